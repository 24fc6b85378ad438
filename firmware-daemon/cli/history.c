/* SPDX-License-Identifier: MIT
 *
 * feeddog history: what happened, boot by boot, from STATE/history.jsonl. A line that a power cut spoiled is passed over
 * and counted. The file is read twice: what a boot's last lines say of the wall clock dates its first one.
 */
#include "command.h"

#include "history_clock.h"
#include "style.h"
#include "words.h"

#include "words/cause_text.h"
#include "words/span_text.h"
#include "cli/json/json_view.h"
#include "core/ledger.h"
#include "core/rules.h"
#include "os/storage/boot_id.h"
#include "os/clock.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { WORD_SIZE = 64, SAID_SIZE = 256, AT_WIDTH = 12, EVENT_WIDTH = 15 };

/* One line of the history, read and cleaned. */
struct entry {
	char boot[BOOT_ID_SIZE + 1];
	int64_t at_ms, wall_s;
	char event[WORD_SIZE];
	char service[NAME_SIZE], check[NAME_SIZE];
	struct fy_node *root;
};

struct reading {
	struct history_clock clock;
	bool colours;
	char boot[BOOT_ID_SIZE + 1]; /* the one that is being told */
	int64_t began_ms;            /* by its clock; only a played boot does not begin with it */
	unsigned spoiled;
	bool any;
};

static bool read_entry(struct fy_document *document, struct entry *entry)
{
	entry->root = json_root(document);
	(void)json_text_of(entry->root, "boot", entry->boot, sizeof(entry->boot));
	(void)json_text_of(entry->root, "event", entry->event, sizeof(entry->event));
	(void)json_text_of(entry->root, "service", entry->service, sizeof(entry->service));
	(void)json_text_of(entry->root, "check", entry->check, sizeof(entry->check));
	entry->at_ms = json_ms_of(entry->root, "at_s", 0);
	entry->wall_s = json_number_of(entry->root, "wall", 0);
	return *entry->event != '\0';
}

static char *date_text(const struct reading *reading, const struct entry *entry, char text[WORD_SIZE])
{
	int64_t wall_s = 0;
	bool is_known = history_clock_date(&reading->clock, entry->boot, entry->at_ms, &wall_s);
	time_t wall = (time_t)wall_s;
	struct tm local;

	if (!is_known || !localtime_r(&wall, &local) || strftime(text, WORD_SIZE, "%Y-%m-%d %H:%M:%S", &local) == 0)
		(void)snprintf(text, WORD_SIZE, "date not known (the clock was not set)");
	return text;
}

/* The start of a boot: when, and why the one before it ended. */
static void tell_boot(const struct reading *reading, const struct entry *entry)
{
	char word[WORD_SIZE], service[NAME_SIZE], check[NAME_SIZE], end[END_TEXT_SIZE], date[WORD_SIZE],
	        line[SAID_SIZE];

	(void)json_text_of(entry->root, "last_cause", word, sizeof(word));
	(void)end_text(end_cause_of(word), json_text_of(entry->root, "last_service", service, sizeof(service)),
	        json_text_of(entry->root, "last_check", check, sizeof(check)), end);
	(void)snprintf(line, sizeof(line), "%s  boot, after: %s", date_text(reading, entry, date), end);
	style_put(stdout, reading->colours, COLOUR_DOUBT, line, 0);
	(void)putchar('\n');
}

/* What is known of why: a cause in words, an attempt, a count of reboots. */
static char *said_text(const struct entry *entry, char text[SAID_SIZE])
{
	char word[WORD_SIZE], cause[CAUSE_TEXT_SIZE], reason[SAID_SIZE / 2];
	int64_t number = json_number_of(entry->root, "attempt", 0);
	size_t length = 0;

	text[0] = '\0';
	if (*json_text_of(entry->root, "cause", word, sizeof(word)) && strcmp(word, "ok") != 0)
		length += (size_t)snprintf(text, SAID_SIZE, "%s",
		        cause_text(
		                cause_of(word), KIND_COUNT, (int32_t)json_number_of(entry->root, "detail", 0), cause));
	if (number > 0 && length < SAID_SIZE)
		length += (size_t)snprintf(
		        text + length, SAID_SIZE - length, "%sattempt %lld", length ? ", " : "", (long long)number);
	number = json_number_of(entry->root, "unsettled", 0);
	if (number > 0 && length < SAID_SIZE)
		length += (size_t)snprintf(text + length, SAID_SIZE - length, "%sreboot %lld in a row",
		        length ? ", " : "", (long long)number);
	if (*json_text_of(entry->root, "reason", reason, sizeof(reason)) && length < SAID_SIZE)
		(void)snprintf(text + length, SAID_SIZE - length, "%s%s", length ? ", " : "", reason);
	return text;
}

/* How long it lasted, where an event ends something. */
static char *lasted_text(const struct entry *entry, char text[WORD_SIZE])
{
	static const struct {
		const char *key, *words;
	} spans[] = {{"down_s", "was down for"}, {"up_s", "was up for"}, {"took_s", "took"}, {"for_s", "for"},
	        {"lost_s", "was lost for"}};
	char span[SPAN_TEXT_SIZE];

	text[0] = '\0';
	for (size_t i = 0; i < sizeof(spans) / sizeof(spans[0]); i++) {
		int64_t ms = json_ms_of(entry->root, spans[i].key, -1);

		if (ms >= 0)
			(void)snprintf(text, WORD_SIZE, "%s %s", spans[i].words, span_text_fine(span, ms));
	}
	return text;
}

static enum colour colour_of(const char *event)
{
	static const char *const bad[] = {
	        "service-down", "reboot", "letgo", "hold", "restart-failed", "helper-died", "watchdog-lost"};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (strcmp(event, bad[i]) == 0)
			return COLOUR_BAD;
	return strcmp(event, "service-up") == 0 || strcmp(event, "settled") == 0 || strcmp(event, "watchdog-back") == 0
	        ? COLOUR_GOOD
	        : COLOUR_PLAIN;
}

static void tell_entry(const struct reading *reading, const struct entry *entry)
{
	char at[SPAN_TEXT_SIZE + 1], said[SAID_SIZE], lasted[WORD_SIZE];

	at[0] = '+';
	(void)span_text(at + 1, entry->at_ms - reading->began_ms);
	(void)printf("%*s  ", AT_WIDTH, at);
	style_put(stdout, reading->colours, colour_of(entry->event), entry->event, EVENT_WIDTH);
	if (*entry->service)
		(void)printf(
		        " %s%s%s%s", entry->service, *entry->check ? " (" : "", entry->check, *entry->check ? ")" : "");
	if (*said_text(entry, said))
		(void)printf(" %s", said);
	if (*lasted_text(entry, lasted))
		(void)printf("%s %s", *said ? "," : "", lasted);
	(void)putchar('\n');
}

static void tell_line(struct reading *reading, const char *line, size_t length)
{
	struct fy_document *document = json_open(line, length);
	struct entry entry;

	if (!document || !read_entry(document, &entry)) {
		reading->spoiled++;
	} else {
		if (strcmp(reading->boot, entry.boot) != 0) {
			(void)printf("%sBoot %s\n", reading->any ? "\n" : "", entry.boot);
			memcpy(reading->boot, entry.boot, sizeof(reading->boot));
			reading->began_ms = json_ms_of(entry.root, "began_s", 0);
		}
		reading->any = true;
		if (strcmp(entry.event, "boot") == 0)
			tell_boot(reading, &entry);
		else
			tell_entry(reading, &entry);
	}
	json_close(document);
}

/* `--json`: the lines that are whole, as one array. */
static void copy_line(struct reading *reading, const char *line, size_t length)
{
	struct fy_document *document = json_open(line, length);

	if (document)
		(void)printf("%s%.*s", reading->any ? ",\n " : "", (int)length, line);
	else
		reading->spoiled++;
	reading->any = reading->any || document;
	json_close(document);
}

static void read_lines(FILE *file, struct reading *reading, void (*take)(struct reading *, const char *, size_t))
{
	char *line = NULL;
	size_t room = 0;
	ssize_t length;

	while ((length = getline(&line, &room, file)) > 0) {
		if (line[length - 1] == '\n')
			line[--length] = '\0';
		if (length > 0)
			take(reading, line, (size_t)length);
	}
	free(line);
}

static void take_clock(struct reading *reading, const char *line, size_t length)
{
	struct fy_document *document = json_open(line, length);
	struct entry entry;

	if (document && read_entry(document, &entry))
		history_clock_take(&reading->clock, entry.boot, entry.at_ms, entry.wall_s);
	json_close(document);
}

/* Learns when each boot was, and goes back to the start of the file. The boot that runs is dated by the clock of now. */
static void read_clock(struct reading *reading, FILE *file)
{
	char boot[BOOT_ID_SIZE + 1];
	struct history_clock *clock = &reading->clock;

	read_lines(file, reading, take_clock);
	rewind(file);
	boot_id_read(false, boot, sizeof(boot));
	if (*boot && clock->count > 0 && strcmp(clock->boots[clock->count - 1].boot, boot) == 0)
		history_clock_take(clock, boot, clock_now_ms(), clock_wall_s());
}

int command_history(const struct invocation *invocation)
{
	bool json = invocation->values[OPTION_JSON] != NULL;
	struct reading reading = {.colours = style_wanted()};
	char path[PATH_MAX];
	FILE *file;

	(void)snprintf(path, sizeof(path), "%s/history.jsonl", invocation->state_dir);
	file = fopen(path, "re");
	if (!file && errno != ENOENT) {
		complain("%s cannot be read: %s (run it as root, or give --state-dir)", path, strerror(errno));
		return EX_OSERR;
	}
	if (json)
		(void)printf("[");
	if (file) {
		read_clock(&reading, file);
		read_lines(file, &reading, json ? copy_line : tell_line);
		(void)fclose(file);
	}
	history_clock_end(&reading.clock);
	if (json)
		(void)puts("]");
	else if (!reading.any)
		(void)printf("Nothing has happened yet that %s tells of.\n", path);
	if (reading.spoiled > 0)
		complain("%u spoiled lines of %s were passed over (a power cut may spoil the last one of a boot)",
		        reading.spoiled, path);
	return fflush(stdout) == EOF ? EX_OSERR : EX_OK;
}
