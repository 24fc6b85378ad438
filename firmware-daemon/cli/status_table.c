/* SPDX-License-Identifier: MIT
 *
 * The status as a table for people. Only what stands in columns of its own is padded, and that is ASCII (names, words).
 */
#include "status_table.h"

#include "style.h"
#include "words.h"

#include "words/cause_text.h"
#include "words/span_text.h"
#include "cli/json/json_view.h"
#include "core/event.h"
#include "core/rules.h"
#include "os/storage/storage_kind.h"

#include <string.h>

enum {
	COLUMNS = 80,
	LABEL_WIDTH = 11,
	HEALTH_WIDTH = 9,
	AGE_WIDTH = 8,
	TOOK_WIDTH = 8,
	INDENT = 2, /* of checks below their service */
	TEXT_SIZE = 256,
	OUTPUT_SIZE = 128, /* of what a command printed, as os/channel/output_page.h keeps it */
};

struct table {
	FILE *out;
	bool colours;
	const struct status_view *view;
	int name_width; /* of the widest service or indented check */
};

/* One coloured line. */
static void put_line(const struct table *table, enum colour colour, const char *text)
{
	style_put(table->out, table->colours, colour, text, 0);
	(void)fputc('\n', table->out);
}

/* How many bytes of a text fit into `columns`; the bytes of one UTF-8 character stay together. */
static int fitting(const char *text, int columns)
{
	int bytes = 0;

	for (; text[bytes] && (columns > 0 || ((unsigned char)text[bytes] & 0xc0) == 0x80); bytes++)
		columns -= ((unsigned char)text[bytes] & 0xc0) != 0x80;
	return bytes;
}

/* How many bytes of a text go on this line: up to the last space that fits, or as much of a long word as does. */
static int first_line(const char *text, int columns)
{
	int fits = fitting(text, columns);
	int bytes = fits;

	if (text[fits] == '\0')
		return fits;
	while (bytes > 0 && text[bytes] != ' ')
		bytes--;
	return bytes > 0 ? bytes : fits;
}

/* One fact of the head: what it is about, and the text, on as many lines as it needs. */
static void put_fact(const struct table *table, const char *label, enum colour colour, const char *text)
{
	char line[TEXT_SIZE];

	do {
		int length = first_line(text, COLUMNS - INDENT - LABEL_WIDTH);

		(void)snprintf(line, sizeof(line), "%.*s", length, text);
		text += length;
		text += strspn(text, " ");
		(void)fprintf(table->out, "%*s", INDENT, "");
		style_put(table->out, table->colours, COLOUR_FAINT, label, LABEL_WIDTH);
		put_line(table, colour, line);
		label = "";
	} while (*text);
}

static bool is_running(const struct table *table)
{
	return table->view->running == RUNNING_YES;
}

static void put_age(const struct table *table)
{
	char span[SPAN_TEXT_SIZE];
	char text[TEXT_SIZE];

	(void)span_text(span, table->view->age_ms);
	if (!is_running(table))
		(void)snprintf(text, sizeof(text), "NOT RUNNING. The last that is known, %s old:", span);
	else
		(void)snprintf(
		        text, sizeof(text), "The status is %s old: feeddog-actor does not write it any more.", span);
	if (!is_running(table) || table->view->age_ms > STATUS_OLD_MS)
		put_line(table, COLOUR_BAD, text);
}

static bool is_lost(struct fy_node *root)
{
	struct fy_node *dog = json_member(root, "dog");

	return dog && json_is_true(dog, "lost");
}

static void put_headline(const struct table *table)
{
	struct fy_node *root = table->view->root;
	char span[SPAN_TEXT_SIZE];
	int64_t lease_ms = json_number_of(root, "lease_ms", 0);

	style_put(
	        table->out, table->colours, style_of_state(board_state_of(table->view->state)), table->view->state, 0);
	(void)fprintf(table->out, " for %s", span_text(span, json_number_of(root, "since_s", 0) * 1000));
	if (!is_running(table)) {
		(void)fputc('\n', table->out);
		return;
	}
	if (!json_is_true(root, "feeding"))
		style_put(table->out, table->colours, COLOUR_BAD,
		        is_lost(root) ? ", NOT FEEDING: the watchdog device is lost, the board is unguarded"
		                      : ", NOT FEEDING",
		        0);
	else if (lease_ms <= MAX_DURATION_S * INT64_C(1000))
		(void)fprintf(table->out, ", feeding (lease %s)", span_text(span, lease_ms));
	else
		(void)fputs(", feeding", table->out);
	(void)fputc('\n', table->out);
}

/* Statuses of older versions do not have the key. */
static bool is_proven(struct fy_node *root)
{
	struct fy_node *reboots = json_member(root, "reboots");

	return !json_member(reboots, "proven") || json_is_true(reboots, "proven");
}

/* What a person has to know of this state beside its name. */
static const char *advice(enum board_state state, bool is_proven, bool is_countable)
{
	switch (state) {
	case BOARD_HOLD:
		if (!is_proven)
			return "no reboot is ordered for services that were never well on this board; check the configuration";
		return is_countable ? "no more reboots are ordered; `feeddog resume` starts over with a whole budget"
		                    : "no reboot is ordered that cannot be counted on stable storage";
	case BOARD_MAINTENANCE:
		return "nothing is restarted or rebooted; `feeddog resume` ends it";
	case BOARD_REBOOTING:
		return "a reboot was ordered";
	case BOARD_LETGO:
		return "the hardware will reset the board";
	case BOARD_STARTING:
	case BOARD_WELL:
	case BOARD_DOUBT:
	case BOARD_RECOVERING:
	case BOARD_STATE_COUNT:
		break;
	}
	return NULL;
}

static void put_state(const struct table *table)
{
	enum board_state state = board_state_of(table->view->state);
	struct fy_node *culprit = json_member(table->view->root, "culprit");
	char service[NAME_SIZE], check[NAME_SIZE], reason[TEXT_SIZE], text[TEXT_SIZE], why[STORAGE_WHY_SIZE];

	(void)json_text_of(table->view->root, "uncounted", why, sizeof(why));
	(void)json_text_of(culprit, "service", service, sizeof(service));
	(void)json_text_of(culprit, "check", check, sizeof(check));
	(void)json_text_of(table->view->root, "reason", reason, sizeof(reason));
	if (service[0] && state != BOARD_WELL && state != BOARD_MAINTENANCE) {
		(void)snprintf(text, sizeof(text), check[0] ? "%s (check %s)" : "%s", service, check);
		put_fact(table, "because of", COLOUR_PLAIN, text);
	}
	if (reason[0])
		put_fact(table, "reason", COLOUR_PLAIN, reason);
	const char *words = advice(state, is_proven(table->view->root), *why == '\0');

	if (words && is_running(table))
		put_fact(table, "", COLOUR_PLAIN, words);
}

static void put_dog(const struct table *table)
{
	struct fy_node *dog = json_member(table->view->root, "dog");
	char device[TEXT_SIZE / 4], identity[NAME_SIZE], timeout[SPAN_TEXT_SIZE], fed[SPAN_TEXT_SIZE], text[TEXT_SIZE];
	int64_t fed_ago_ms = json_number_of(dog, "fed_ago_ms", -1);

	(void)json_text_of(dog, "device", device, sizeof(device));
	(void)json_text_of(dog, "identity", identity, sizeof(identity));
	(void)span_text(timeout, json_number_of(dog, "timeout_s", 0) * 1000);
	int length = snprintf(text, sizeof(text), "%s%s%s, %s", device, identity[0] ? ", " : "", identity, timeout);
	if (is_running(table) && fed_ago_ms >= 0)
		(void)snprintf(text + length, sizeof(text) - (size_t)length, ", fed %s ago",
		        span_text(fed, fed_ago_ms + table->view->age_ms));
	put_fact(table, "dog", COLOUR_PLAIN, text);
}

static void put_past(const struct table *table)
{
	struct fy_node *last = json_member(table->view->root, "last_boot");
	struct fy_node *reboots = json_member(table->view->root, "reboots");
	char word[NAME_SIZE], service[NAME_SIZE], check[NAME_SIZE], text[END_TEXT_SIZE], why[STORAGE_WHY_SIZE];

	(void)json_text_of(last, "cause", word, sizeof(word));
	(void)json_text_of(last, "service", service, sizeof(service));
	(void)json_text_of(last, "check", check, sizeof(check));
	put_fact(table, "last boot", COLOUR_PLAIN, end_text(end_cause_of(word), service, check, text));
	(void)snprintf(text, sizeof(text), "%lld of %lld used", (long long)json_number_of(reboots, "unsettled", 0),
	        (long long)json_number_of(reboots, "limit", 0));
	put_fact(table, "reboots", COLOUR_PLAIN, text);
	if (json_is_true(last, "counted"))
		put_fact(table, "", COLOUR_PLAIN,
		        "the end of the last boot counts: it was in an outage that no restart had ended");
	if (!is_proven(table->view->root))
		put_fact(table, "", COLOUR_PLAIN,
		        "none is ordered before these services have been well once on this board");
	if (*json_text_of(table->view->root, "uncounted", why, sizeof(why)))
		put_fact(table, "uncounted", COLOUR_BAD, why);
}

static void put_helpers(const struct table *table)
{
	struct fy_node *helpers = json_member(table->view->root, "helpers");
	enum colour colour = COLOUR_PLAIN;
	char text[TEXT_SIZE] = "";
	size_t length = 0;

	if (!is_running(table))
		return;
	for (unsigned i = 0; i < HELPER_COUNT; i++) {
		const char *name = helper_name((enum helper)i);
		struct fy_node *helper = json_member(helpers, name);
		bool up = json_number_of(helper, "pid", 0) > 0;
		long long restarts = (long long)json_number_of(helper, "restarts", 0);
		length += (size_t)snprintf(
		        text + length, sizeof(text) - length, "%s%s%s", i ? ", " : "", name, up ? "" : " DOES NOT RUN");
		if (restarts > 0)
			length +=
			        (size_t)snprintf(text + length, sizeof(text) - length, " (restarted %lldx)", restarts);
		if (!up)
			colour = COLOUR_BAD;
	}
	put_fact(table, "helpers", colour, text);
}

static void put_name(const struct table *table, const char *name, int indent)
{
	(void)fprintf(table->out, "%*s", indent, "");
	style_put(table->out, table->colours, COLOUR_PLAIN, name, table->name_width + 2 - indent);
}

static void put_health(const struct table *table, struct fy_node *node, int width)
{
	char word[NAME_SIZE];
	enum health health = health_of(json_text_of(node, "health", word, sizeof(word)));

	style_put(table->out, table->colours, style_of_health(health), word, width);
}

/* What the command of a check printed, below it. The actor has cleaned the text, but the file may be anybody's copy. */
static void put_output(const struct table *table, struct fy_node *check)
{
	char text[OUTPUT_SIZE];

	(void)json_text_of(check, "output", text, sizeof(text));
	for (char *at = text; *at; at++)
		if ((unsigned char)*at < ' ' || *at == 0x7f)
			*at = '?';
	if (text[0])
		(void)fprintf(table->out, "%*s%s\n", 2 * INDENT, "", text);
}

/* The last result in words, fitted to its column. */
static void put_result(const struct table *table, struct fy_node *check)
{
	int width = COLUMNS - table->name_width - 2 - HEALTH_WIDTH - AGE_WIDTH - TOOK_WIDTH;
	char word[NAME_SIZE], kind[NAME_SIZE], text[CAUSE_TEXT_SIZE];
	int32_t detail = (int32_t)json_number_of(check, "detail", 0);

	(void)json_text_of(check, "cause", word, sizeof(word));
	(void)json_text_of(check, "kind", kind, sizeof(kind));
	(void)cause_text(cause_of(word), check_kind_of(kind), detail, text);
	if ((int)strlen(text) >= width)
		(void)strcpy(text + width - 3, "..");
	(void)fprintf(table->out, "%-*s", width, text);
}

static void put_check(const struct table *table, struct fy_node *check)
{
	char text[NAME_SIZE], span[SPAN_TEXT_SIZE];
	int64_t age_ms = json_number_of(check, "age_ms", -1);

	put_name(table, json_text_of(check, "name", text, sizeof(text)), INDENT);
	put_health(table, check, HEALTH_WIDTH);
	put_result(table, check);
	(void)fprintf(table->out, "%*s", AGE_WIDTH, age_ms < 0 ? "-" : span_text(span, age_ms + table->view->age_ms));
	(void)fprintf(table->out, "%*s\n", TOOK_WIDTH,
	        age_ms < 0 ? "-" : span_text_fine(span, json_number_of(check, "took_ms", 0)));
	put_output(table, check);
}

enum { NOTE_SIZE = 128 };

/* Adds to a list in words. */
static void add_note(char notes[TEXT_SIZE], const char *note)
{
	size_t length = strlen(notes);

	(void)snprintf(notes + length, TEXT_SIZE - length, "%s%.*s", length > 0 ? ", " : "", NOTE_SIZE / 2, note);
}

/* How what feeddog runs itself has ended, "" where it has not yet. */
static void say_end(struct fy_node *service, char note[NOTE_SIZE])
{
	struct fy_node *last = json_member(service, "last_exit");
	const char *when = json_number_of(service, "pid", 0) > 0 ? "last end" : "ended";
	char word[NAME_SIZE], end[CAUSE_TEXT_SIZE];

	enum cause cause = cause_of(json_text_of(last, "cause", word, sizeof(word)));
	(void)cause_text(cause, KIND_PROCESS, (int32_t)json_number_of(last, "detail", 0), end);
	if (!word[0])
		note[0] = '\0';
	else if (cause == CAUSE_COUNT)
		(void)snprintf(note, NOTE_SIZE, "%s: nobody knows how", when);
	else
		(void)snprintf(note, NOTE_SIZE, "%s: %s", when, end);
}

/* What there is to say of a service beside its health. */
static void say_notes(struct fy_node *service, char notes[TEXT_SIZE])
{
	long long restarts = (long long)json_number_of(service, "restarts", 0);
	char word[NAME_SIZE], note[NOTE_SIZE];

	notes[0] = '\0';
	if (health_of(json_text_of(service, "health", word, sizeof(word))) == HEALTH_WAITING)
		add_note(notes, "for what it needs");
	(void)snprintf(note, sizeof(note), "restarted %lldx", restarts);
	if (restarts > 0)
		add_note(notes, note);
	say_end(service, note);
	if (note[0])
		add_note(notes, note);
}

static void put_service(const struct table *table, const char *name, struct fy_node *service)
{
	struct fy_node *checks = json_member(service, "checks");
	char notes[TEXT_SIZE];
	void *cursor = NULL;

	say_notes(service, notes);
	put_name(table, name, 0);
	put_health(table, service, notes[0] ? HEALTH_WIDTH : 0);
	(void)fprintf(table->out, "%.*s\n", fitting(notes, COLUMNS - table->name_width - 2 - HEALTH_WIDTH), notes);
	for (struct fy_node *check; (check = json_next_item(checks, &cursor));)
		put_check(table, check);
}

static void widen(struct table *table, const char *name, int indent)
{
	int width = (int)strlen(name) + indent;

	if (width > table->name_width)
		table->name_width = width;
}

static void measure(struct table *table, struct fy_node *services)
{
	char name[NAME_SIZE];
	void *cursor = NULL;

	widen(table, "SERVICE", 0);
	for (struct fy_node *service; (service = json_next_member(services, &cursor, name, sizeof(name)));) {
		struct fy_node *checks = json_member(service, "checks");
		void *at = NULL;
		widen(table, name, 0);
		for (struct fy_node *check; (check = json_next_item(checks, &at));)
			widen(table, json_text_of(check, "name", name, sizeof(name)), INDENT);
	}
}

void status_table(FILE *out, bool colours, const struct status_view *view)
{
	struct table table = {.out = out, .colours = colours, .view = view};
	struct fy_node *services = json_member(view->root, "services");
	char name[NAME_SIZE], header[COLUMNS + 1];
	void *cursor = NULL;

	put_age(&table);
	put_headline(&table);
	put_state(&table);
	put_dog(&table);
	put_past(&table);
	put_helpers(&table);
	measure(&table, services);
	(void)fputc('\n', out);
	(void)snprintf(header, sizeof(header), "%-*s  %-*s%-*s%*s%*s", table.name_width, "SERVICE", HEALTH_WIDTH,
	        "HEALTH", COLUMNS - table.name_width - 2 - HEALTH_WIDTH - AGE_WIDTH - TOOK_WIDTH, "LAST RESULT",
	        AGE_WIDTH, "AGE", TOOK_WIDTH, "TOOK");
	put_line(&table, COLOUR_FAINT, header);
	for (struct fy_node *service; (service = json_next_member(services, &cursor, name, sizeof(name)));)
		put_service(&table, name, service);
}
