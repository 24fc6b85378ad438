/* SPDX-License-Identifier: MIT
 *
 * A bad day in virtual time: the real policy, the real ledger, history and alerts, a world that is made up. Every alert and
 * every line of the history is compared with tests/unit/bad_day.txt; times in it count from the first start. Where a change
 * is meant, `FEEDDOG_WRITE_GOLDEN=1 build/tests/test_actor_bad_day` writes it anew, to be read before it is committed.
 */
#include "publish/alerts.h"
#include "publish/keeper.h"

#include "compiler/compile.h"
#include "core/board.h"
#include "os/log.h"
#include "os/storage/store.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define GOLDEN "tests/unit/bad_day.txt"

enum { WALL_S = 1700000000, BEGIN_MS = 60000, BOOT_MS = 20000, TEXT_SIZE = 1 << 23, MINUTE_MS = 60000 };

static const char yaml[] = "watchdog: {device: /nowhere, timeout: 15s, simulated: true}\n"
                           "defaults: {interval: 5s, timeout: 2s, retries: 3, start_period: 30s}\n"
                           "services:\n"
                           "  database: {checks: [{tcp: '127.0.0.1:5432'}], restart: db}\n"
                           "  web:\n"
                           "    needs: [database]\n"
                           "    checks:\n"
                           "      - http: http://127.0.0.1/\n"
                           "      - process: {pidfile: /run/web.pid}\n"
                           "      - {disk: {path: /, above: 90%}, on_failure: alert}\n"
                           "    restart: web\n"
                           "  upstream: {checks: [{tcp: 'example.org:80', scope: remote}]}\n"
                           "ladder: {restart_for: 5m, reboot_within: 60s, settle: 2m,\n"
                           "         reboots: {limit: 2, settle: 30m, then: hold}}\n"
                           "alerts:\n"
                           "  - {command: [tell], on: [down, restart, reboot, letgo, hold, recovered, boot, warning,\n"
                           "     maintenance]}\n";

enum { CHECK_DATABASE, CHECK_HTTP, CHECK_PROCESS, CHECK_DISK, CHECK_UPSTREAM };

/* What goes wrong from minute to minute, and what a probe finds then. */
static const struct fault {
	int64_t from_ms, until_ms;
	uint16_t check;
	enum outcome outcome;
	enum cause cause;
	int32_t detail;
	bool mended; /* by a restart */
} faults[] = {
        /* A server that says 503 until it is restarted. */
        {10 * MINUTE_MS, 60 * MINUTE_MS, CHECK_HTTP, OUTCOME_BAD, CAUSE_STATUS, 503, true},
        /* One that crashes. */
        {30 * MINUTE_MS, 60 * MINUTE_MS, CHECK_PROCESS, OUTCOME_BAD, CAUSE_EXITED, 4711, true},
        /* A database that is away, and takes the web with it. */
        {60 * MINUTE_MS, 61 * MINUTE_MS, CHECK_DATABASE, OUTCOME_BAD, CAUSE_REFUSED, 0, false},
        {60 * MINUTE_MS, 61 * MINUTE_MS, CHECK_HTTP, OUTCOME_BAD, CAUSE_STATUS, 500, false},
        /* A disk that fills. */
        {90 * MINUTE_MS, 95 * MINUTE_MS, CHECK_DISK, OUTCOME_WARNING, CAUSE_WARNING, 1, false},
        {95 * MINUTE_MS, 100 * MINUTE_MS, CHECK_DISK, OUTCOME_BAD, CAUSE_ABOVE, 96, false},
        /* Somebody works on the server, who asked for maintenance first. */
        {120 * MINUTE_MS, 128 * MINUTE_MS, CHECK_HTTP, OUTCOME_BAD, CAUSE_REFUSED, 0, false},
        /* The internet is away for two hours: no reason to reboot. */
        {150 * MINUTE_MS, 270 * MINUTE_MS, CHECK_UPSTREAM, OUTCOME_BAD, CAUSE_UNREACHABLE, 113, false},
        /* And then nothing helps. */
        {480 * MINUTE_MS, 521 * MINUTE_MS, CHECK_HTTP, OUTCOME_BAD, CAUSE_TIMEOUT, 0, false},
};

/* From here on the server flaps: two minutes well, one minute not. */
enum { FLAP_FROM_MS = 300 * MINUTE_MS, FLAP_UNTIL_MS = 339 * MINUTE_MS, FLAP_EACH_MS = 3 * MINUTE_MS };

enum {
	HOLD_MS = 119 * MINUTE_MS,
	HOLD_FOR_MS = 10 * MINUTE_MS,
	RESUME_MS = 520 * MINUTE_MS,
	END_MS = 570 * MINUTE_MS,
};

static struct {
	int64_t now_ms;
	uint8_t disk[LEDGER_SIZE];
	long disk_length;
	char *said; /* alerts and history, as they come */
	size_t length;
} world;

static struct flat *flat;
static struct rules rules;
static struct ladder ladder;
static struct service_state services[8];
static struct check_state checks[8];
static const struct board board = {.ladder = &ladder, .services = services, .checks = checks};
static struct keeper keeper;
static struct alerts alerts;
static int64_t mended_ms, reset_ms, due_ms[8];
static int boots;
static bool reboot_works;

int __wrap_store_make_dir(const char *path, mode_t mode);
long __wrap_store_read(const char *path, void *bytes, size_t size);
enum storage_kind __wrap_storage_kind_of(const char *root, const char *folder);
int __wrap_storage_place_of(const char *folder, struct storage_place *place);
int __wrap_store_write_at(const char *path, size_t offset, const void *bytes, size_t size);
int __wrap_store_append_line(const char *path, const char *line, size_t cap);
int64_t __wrap_clock_wall_s(void);

int __wrap_store_make_dir(const char *path, mode_t mode)
{
	(void)path;
	(void)mode;
	return 0;
}

enum storage_kind __wrap_storage_kind_of(const char *root, const char *folder)
{
	(void)root;
	(void)folder;
	return STORAGE_LASTING;
}

int __wrap_storage_place_of(const char *folder, struct storage_place *place)
{
	(void)folder;
	*place = (struct storage_place){.device = 1, .inode = 1};
	return 0;
}

long __wrap_store_read(const char *path, void *bytes, size_t size)
{
	if (!strstr(path, "ledger"))
		return 0;
	memcpy(bytes, world.disk, size < sizeof(world.disk) ? size : sizeof(world.disk));
	return world.disk_length;
}

int __wrap_store_write_at(const char *path, size_t offset, const void *bytes, size_t size)
{
	(void)path;
	assert_true(offset + size <= sizeof(world.disk));
	memcpy(world.disk + offset, bytes, size);
	world.disk_length = sizeof(world.disk);
	return 0;
}

int64_t __wrap_clock_wall_s(void)
{
	return WALL_S + (world.now_ms - BEGIN_MS) / 1000;
}

__attribute__((format(printf, 1, 2))) static void say(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	world.length += (size_t)vsnprintf(world.said + world.length, TEXT_SIZE - world.length, format, arguments);
	va_end(arguments);
	assert_true(world.length < TEXT_SIZE);
}

static void say_time(int64_t at_ms)
{
	int64_t since_ms = at_ms - BEGIN_MS;

	say("%02" PRId64 ":%02" PRId64 ":%02" PRId64 ".%03" PRId64 "  ", since_ms / 3600000, since_ms / MINUTE_MS % 60,
	        since_ms / 1000 % 60, since_ms % 1000);
}

/* The lines are as the history has them, but for the time and the boot, which begins each by its own clock. */
int __wrap_store_append_line(const char *path, const char *line, size_t cap)
{
	(void)path;
	(void)cap;
	while (*line) {
		const char *at = strstr(line, "\"at_s\":");
		const char *event = strstr(line, "\"event\"");
		size_t length = strcspn(line, "\n");
		assert_non_null(at);
		assert_non_null(event);
		say_time((int64_t)(strtod(at + 7, NULL) * 1000 + 0.5));
		say("history {%.*s\n", (int)(length - (size_t)(event - line)), event);
		line += length + (line[length] == '\n');
	}
	return 0;
}

/* What would have been sent by now. */
static void take_alerts(void)
{
	struct alert_queue *queue = &alerts.alerts[0].queue;

	while (alert_queue_release(queue, false, world.now_ms))
		;
	while (queue->count > 0) {
		alert_body(&alerts.body, flat, &queue->messages[0], "closet", "boot", FORMAT_TEXT);
		say_time(queue->messages[0].event.at_ms);
		say("alert   %s", alerts.body.text);
		alert_queue_sent(queue);
	}
}

static void take_event(const struct event *event, const char *reason)
{
	keeper_note(&keeper, event, reason, NULL, world.now_ms);
	alerts_note(&alerts, &keeper.ledger, event, reason, world.now_ms);
	if (event->kind == EVENT_RESTART)
		mended_ms = world.now_ms;
	if (event->kind == EVENT_REBOOT && reboot_works)
		reset_ms = world.now_ms + 5000;
	if (event->kind == EVENT_LETGO)
		reset_ms = world.now_ms + 15000;
	take_alerts();
}

static void take_events(const struct events *events, const char *reason)
{
	for (uint16_t i = 0; i < events->count; i++)
		take_event(&events->list[i], events->list[i].kind == EVENT_MAINTENANCE ? reason : NULL);
}

static const struct fault *fault_of(uint16_t check)
{
	static const struct fault flapping = {0, 0, CHECK_HTTP, OUTCOME_BAD, CAUSE_STATUS, 502, false};
	int64_t since_ms = world.now_ms - BEGIN_MS;

	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
		if (faults[i].check == check && since_ms >= faults[i].from_ms && since_ms < faults[i].until_ms &&
		        !(faults[i].mended && mended_ms - BEGIN_MS >= faults[i].from_ms))
			return &faults[i];
	if (check == CHECK_HTTP && since_ms >= FLAP_FROM_MS && since_ms < FLAP_UNTIL_MS &&
	        since_ms % FLAP_EACH_MS >= 2 * MINUTE_MS)
		return &flapping;
	return NULL;
}

static void probe(uint16_t check)
{
	const struct fault *fault = fault_of(check);
	struct result result = {
	        .started_ms = world.now_ms,
	        .check = check,
	        .outcome = (uint8_t)(fault ? fault->outcome : OUTCOME_GOOD),
	        .cause = (uint8_t)(fault ? fault->cause : CAUSE_OK),
	        .detail = fault ? fault->detail : 0,
	        .conclusive = fault && fault->cause == CAUSE_EXITED,
	};

	if (world.now_ms < due_ms[check])
		return;
	due_ms[check] = world.now_ms + rules.checks[check].interval_ms;
	(void)board_result(&rules, &board, &result, world.now_ms);
}

static void boot(void)
{
	char boot_id[BOOT_ID_SIZE + 1];
	struct event event = {.kind = EVENT_BOOT, .service = NO_INDEX, .check = NO_INDEX, .helper = HELPER_NONE};

	(void)snprintf(boot_id, sizeof(boot_id), "%02u000000-0000-4000-8000-000000000000", (unsigned)++boots % 100);
	say_time(world.now_ms);
	say("-- boot %d\n", boots);
	keeper_begin(&keeper, flat, "/state", boot_id, false, world.now_ms);
	assert_int_equal(alerts_begin(&alerts, flat, "/nowhere", boot_id, world.now_ms), 0);
	board_begin(&rules, &board, keeper.ledger.unsettled, world.now_ms);
	memset(due_ms, 0, sizeof(due_ms));
	reset_ms = FOREVER_MS;
	event.at_ms = world.now_ms;
	event.value = keeper.ledger.unsettled;
	event.detail = keeper.ledger.last_cause;
	event.cause = keeper.ledger.last_why;
	take_event(&event, NULL);
	event.kind = EVENT_ARMED;
	event.detail = event.cause = 0;
	take_event(&event, NULL);
}

static void go_down(void)
{
	keeper_end(&keeper, world.now_ms);
	alerts_end(&alerts);
	world.now_ms += BOOT_MS;
	/* The first reboot is done by its command, the second only by the dog. */
	reboot_works = !reboot_works;
	boot();
}

static void step(void)
{
	struct events events;

	do {
		board_step(&rules, &board, world.now_ms, &events);
		take_events(&events, NULL);
	} while (events.more);
	keeper_step(&keeper, world.now_ms);
	take_alerts();
}

static void turn(void)
{
	struct events events;

	if (world.now_ms >= reset_ms)
		go_down();
	for (uint16_t i = 0; i < rules.check_count; i++)
		probe(i);
	if (world.now_ms == BEGIN_MS + HOLD_MS && board_hold(&board, HOLD_FOR_MS, world.now_ms, &events))
		take_events(&events, "new disk");
	if (world.now_ms == BEGIN_MS + RESUME_MS && board_resume(&rules, &board, world.now_ms, &events))
		take_events(&events, NULL);
	step();
}

static char *read_golden(void)
{
	char *text = calloc(1, TEXT_SIZE);
	FILE *file = fopen(GOLDEN, "r");

	assert_non_null(text);
	if (file) {
		(void)!fread(text, 1, TEXT_SIZE - 1, file);
		(void)fclose(file);
	}
	return text;
}

/* Shows the first line that differs; a whole day is too much. */
static void compare(const char *golden, const char *said)
{
	int line = 1;

	while (*golden && *golden == *said) {
		line += *golden == '\n';
		golden++;
		said++;
	}
	if (*golden == *said)
		return;
	print_error("%s:%d differs: it has\n  ...%.*s\nand now there is\n  ...%.*s\n", GOLDEN, line,
	        (int)strcspn(golden, "\n"), golden, (int)strcspn(said, "\n"), said);
	fail();
}

static void begin_day(void)
{
	memset(&world, 0, sizeof(world));
	world.said = calloc(1, TEXT_SIZE);
	assert_non_null(world.said);
	flat = compile_text("test", yaml, sizeof(yaml) - 1, stderr);
	assert_non_null(flat);
	rules = flat_rules(flat);
	assert_int_equal(rules.check_count, 5);
	boots = 0;
	mended_ms = 0;
	reboot_works = true;
	world.now_ms = BEGIN_MS;
	boot();
}

static void end_day(void)
{
	keeper_end(&keeper, world.now_ms);
	alerts_end(&alerts);
}

/* P2, P6, P7, P12, P13, P14: what a day of faults does and who is told of it, to the letter. */
static void a_bad_day(void **state)
{
	(void)state;
	begin_day();
	for (; world.now_ms < BEGIN_MS + END_MS; world.now_ms += 100)
		turn();
	end_day();
	if (getenv("FEEDDOG_WRITE_GOLDEN")) {
		FILE *file = fopen(GOLDEN, "w");
		assert_non_null(file);
		assert_int_equal(fwrite(world.said, 1, world.length, file), world.length);
		(void)fclose(file);
	}
	char *golden = read_golden();
	compare(golden, world.said);
	free(golden);
	free(world.said);
	free(flat);
}

static unsigned count_of(const char *word)
{
	unsigned count = 0;

	for (const char *at = strstr(world.said, word); at; at = strstr(at + 1, word))
		count++;
	return count;
}

enum { WEEK_MS = 7 * 24 * 60 * MINUTE_MS, TURN_MS = 5000 };

/* P12: an upstream that comes and goes for a week reboots nothing, and tells of it a bounded number of times. */
static void an_upstream_that_is_broken_for_a_week(void **state)
{
	(void)state;
	begin_day();
	for (; world.now_ms < BEGIN_MS + WEEK_MS; world.now_ms += TURN_MS) {
		/* Twenty seconds there, forty not; all else is well. */
		bool away = world.now_ms % MINUTE_MS >= 20000;
		for (uint16_t i = 0; i < rules.check_count; i++) {
			bool bad = away && i == CHECK_UPSTREAM;
			struct result result = {
			        .started_ms = world.now_ms,
			        .check = i,
			        .outcome = bad ? OUTCOME_BAD : OUTCOME_GOOD,
			        .cause = bad ? CAUSE_UNREACHABLE : CAUSE_OK,
			};
			(void)board_result(&rules, &board, &result, world.now_ms);
		}
		step();
		assert_true(board_may_feed(&board, world.now_ms));
	}
	end_day();
	assert_int_equal(boots, 1);
	assert_int_equal(count_of("\"event\":\"reboot\""), 0);
	assert_true(count_of("upstream is down") > 100);
	/* One in five minutes, and those at once; the history one in each minute. */
	assert_in_range(count_of("alert "), 1, 7 * 24 * 12 + ALERT_BURST + 2);
	assert_in_range(count_of("history "), 1, 7 * 24 * 60 + 61);
	free(world.said);
	free(flat);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(a_bad_day),
	        cmocka_unit_test(an_upstream_that_is_broken_for_a_week),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
