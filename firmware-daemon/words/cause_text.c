/* SPDX-License-Identifier: MIT
 *
 * Causes and ends as people say them.
 */
#include "cause_text.h"

#include "span_text.h"

#include "core/names.h"

#include <stdio.h>
#include <string.h>

/* What a cause's `detail` means, and so how it is said. */
enum saying {
	SAY_ALONE,  /* it means nothing */
	SAY_NUMBER, /* WORDS NUMBER */
	SAY_NOTE,   /* WORDS (NOTE NUMBER); 0: there is none */
	SAY_ERRNO,  /* WORDS (No such file or directory); 0: there is none */
	SAY_SIGNAL,
	SAY_SECONDS,
	SAY_MILLISECONDS,
	SAY_MEASURED, /* in the unit of the kind of check */
};

static const struct cause_words {
	const char *words;
	enum saying saying;
	const char *note;
} cause_words[] = {
        [CAUSE_NONE] = {"no result yet", SAY_ALONE, NULL},
        [CAUSE_OK] = {"ok", SAY_ALONE, NULL},
        [CAUSE_WARNING] = {"warning: exit code", SAY_NUMBER, NULL},
        [CAUSE_REFUSED] = {"connection refused", SAY_ALONE, NULL},
        [CAUSE_TIMEOUT] = {"no answer in time", SAY_ALONE, NULL},
        [CAUSE_UNREACHABLE] = {"unreachable", SAY_ERRNO, NULL},
        [CAUSE_UNRESOLVED] = {"host name has no address", SAY_ALONE, NULL},
        [CAUSE_DROPPED] = {"connection dropped", SAY_ERRNO, NULL},
        [CAUSE_TLS] = {"TLS failed", SAY_NOTE, "curl"},
        [CAUSE_GARBLED] = {"answer is not HTTP", SAY_NOTE, "curl"},
        [CAUSE_STATUS] = {"http status", SAY_NUMBER, NULL},
        [CAUSE_BODY] = {"body does not match", SAY_NOTE, "http status"},
        [CAUSE_SLOW] = {"too slow:", SAY_MILLISECONDS, NULL},
        [CAUSE_NO_PIDFILE] = {"no pid file", SAY_ERRNO, NULL},
        [CAUSE_BAD_PIDFILE] = {"pid file holds no pid", SAY_ALONE, NULL},
        [CAUSE_NO_PROCESS] = {"no such process", SAY_NOTE, "pid"},
        [CAUSE_EXITED] = {"process ended", SAY_NOTE, "pid"},
        [CAUSE_EXIT_CODE] = {"exit code", SAY_NUMBER, NULL},
        [CAUSE_SIGNAL] = {"killed by signal", SAY_SIGNAL, NULL},
        [CAUSE_CANNOT_PROBE] = {"cannot probe", SAY_ERRNO, NULL},
        [CAUSE_LATE] = {"checker does not answer", SAY_ALONE, NULL},
        [CAUSE_RESTARTED] = {"restarted, no result yet", SAY_ALONE, NULL},
        [CAUSE_PATTERN] = {"matching lines:", SAY_NUMBER, NULL},
        [CAUSE_ABOVE] = {"above its limit:", SAY_MEASURED, NULL},
        [CAUSE_BELOW] = {"below its limit:", SAY_MEASURED, NULL},
        [CAUSE_ABSENT] = {"not there", SAY_ERRNO, NULL},
        [CAUSE_OLD] = {"too old:", SAY_SECONDS, NULL},
        [CAUSE_SILENT] = {"silent for", SAY_MILLISECONDS, NULL},
        [CAUSE_SHUTDOWN] = {"a shutdown that did not end", SAY_ALONE, NULL},
        [CAUSE_BLIND] = {"nothing to measure", SAY_ERRNO, NULL},
        [CAUSE_ANSWER] = {"wrong answer", SAY_ALONE, NULL},
        [CAUSE_EXPIRES] = {"certificate: days left:", SAY_NUMBER, NULL},
        [CAUSE_NOT_YET] = {"certificate is not valid yet", SAY_ALONE, NULL},
};
NAMES_FIT(cause_words, CAUSE_COUNT);

enum { VALUE_TEXT_SIZE = 24 };

/* A measured value with its unit. That of memory may be percent or MiB, which the check's limit tells. */
static char *value_text(enum check_kind kind, int32_t value, char text[VALUE_TEXT_SIZE])
{
	switch (kind) {
	case KIND_CPU:
	case KIND_PRESSURE:
	case KIND_DISK:
		(void)snprintf(text, VALUE_TEXT_SIZE, "%d%%", (int)value);
		break;
	case KIND_LOAD:
		(void)snprintf(text, VALUE_TEXT_SIZE, "%.2f", value / 100.0);
		break;
	case KIND_TEMPERATURE:
		(void)snprintf(text, VALUE_TEXT_SIZE, "%d degrees", (int)value);
		break;
	case KIND_FILE:
		(void)snprintf(text, VALUE_TEXT_SIZE, "%d bytes", (int)value);
		break;
	case KIND_HTTP:
	case KIND_TCP:
	case KIND_PROCESS:
	case KIND_COMMAND:
	case KIND_LOG:
	case KIND_MEMORY:
	case KIND_PING:
	case KIND_HEARTBEAT:
	case KIND_CERTIFICATE:
	case KIND_COUNT:
		(void)snprintf(text, VALUE_TEXT_SIZE, "%d", (int)value);
		break;
	}
	return text;
}

static void say(const struct cause_words *cause, enum check_kind kind, int32_t detail, char text[CAUSE_TEXT_SIZE])
{
	char value[VALUE_TEXT_SIZE];
	char span[SPAN_TEXT_SIZE];
	enum saying saying = cause->saying;

	if (detail == 0 && (saying == SAY_NOTE || saying == SAY_ERRNO))
		saying = SAY_ALONE;
	switch (saying) {
	case SAY_ALONE:
		(void)snprintf(text, CAUSE_TEXT_SIZE, "%s", cause->words);
		break;
	case SAY_NUMBER:
		(void)snprintf(text, CAUSE_TEXT_SIZE, "%s %d", cause->words, (int)detail);
		break;
	case SAY_NOTE:
		(void)snprintf(text, CAUSE_TEXT_SIZE, "%s (%s %d)", cause->words, cause->note, (int)detail);
		break;
	case SAY_ERRNO:
		(void)snprintf(text, CAUSE_TEXT_SIZE, "%s (%s)", cause->words, strerror(detail));
		break;
	case SAY_SIGNAL:
		(void)snprintf(text, CAUSE_TEXT_SIZE, "%s %d (%s)", cause->words, (int)detail, strsignal(detail));
		break;
	case SAY_SECONDS:
		(void)snprintf(text, CAUSE_TEXT_SIZE, "%s %s", cause->words, span_text(span, (int64_t)detail * 1000));
		break;
	case SAY_MILLISECONDS:
		(void)snprintf(text, CAUSE_TEXT_SIZE, "%s %s", cause->words, span_text_fine(span, detail));
		break;
	case SAY_MEASURED:
		(void)snprintf(text, CAUSE_TEXT_SIZE, "%s %s", cause->words, value_text(kind, detail, value));
		break;
	}
}

/* A good result has its words by kind: "ok" alone leaves people to wonder what was looked at. */
static bool say_good(enum check_kind kind, int32_t detail, char text[CAUSE_TEXT_SIZE])
{
	char value[VALUE_TEXT_SIZE];

	switch (kind) {
	case KIND_HTTP:
		(void)snprintf(text, CAUSE_TEXT_SIZE, "http status %d", (int)detail);
		return true;
	case KIND_TCP:
		(void)snprintf(text, CAUSE_TEXT_SIZE, "connected");
		return true;
	case KIND_PROCESS:
		(void)snprintf(text, CAUSE_TEXT_SIZE, "running");
		return true;
	case KIND_COMMAND:
		(void)snprintf(text, CAUSE_TEXT_SIZE, "exit code %d", (int)detail);
		return true;
	case KIND_CPU:
	case KIND_MEMORY:
	case KIND_PRESSURE:
	case KIND_LOAD:
	case KIND_DISK:
	case KIND_TEMPERATURE:
	case KIND_FILE:
		(void)snprintf(text, CAUSE_TEXT_SIZE, "ok: %s", value_text(kind, detail, value));
		return true;
	case KIND_PING:
		(void)snprintf(text, CAUSE_TEXT_SIZE, "heard");
		return true;
	case KIND_CERTIFICATE:
		(void)snprintf(text, CAUSE_TEXT_SIZE, "days left: %d", (int)detail);
		return true;
	case KIND_LOG:
		if (detail == 0)
			return false;
		(void)snprintf(text, CAUSE_TEXT_SIZE, "ok so far, %d MiB are not read yet", (int)detail);
		return true;
	case KIND_HEARTBEAT:
	case KIND_COUNT:
		break;
	}
	return false;
}

char *cause_text(enum cause cause, enum check_kind kind, int32_t detail, char text[CAUSE_TEXT_SIZE])
{
	if (cause == CAUSE_OK && say_good(kind, detail, text))
		return text;
	if ((unsigned)cause < CAUSE_COUNT)
		say(&cause_words[cause], kind, detail, text);
	else
		(void)snprintf(text, CAUSE_TEXT_SIZE, "%s", NAME_INVALID);
	return text;
}

static const char *const end_words[] = {
        [END_FIRST] = "first boot under feeddog",
        [END_PLANNED] = "planned reboot or shutdown",
        [END_REBOOT] = "reboot ordered by the ladder",
        [END_LETGO] = "let go of the dog",
        [END_UNEXPLAINED] = "unexplained reset",
        [END_UNKNOWN] = "unknown: the ledger could not be read",
        [END_DRILL] = "reset by a fire drill (feeddog drill)",
};
NAMES_FIT(end_words, END_CAUSE_COUNT);

char *end_text(enum end_cause cause, const char *service, const char *check, char text[END_TEXT_SIZE])
{
	const char *words = NAME_OF(end_words, cause);
	/* The ladder acts because of a service; whatever else ends a board only happens during its outage. */
	const char *link = cause == END_REBOOT || cause == END_LETGO ? ", because of" : " during an outage of";

	if (!service[0] && cause == END_UNEXPLAINED) {
		(void)snprintf(text, END_TEXT_SIZE, "%s while healthy: a hang or a power cut", words);
		return text;
	}
	if (service[0] && check[0])
		(void)snprintf(text, END_TEXT_SIZE, "%s%s %s (check %s)", words, link, service, check);
	else if (service[0])
		(void)snprintf(text, END_TEXT_SIZE, "%s%s %s", words, link, service);
	else
		(void)snprintf(text, END_TEXT_SIZE, "%s", words);
	return text;
}
