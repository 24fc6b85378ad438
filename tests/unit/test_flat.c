/* SPDX-License-Identifier: MIT
 *
 * config/flat: a block with any field wrong is refused with a reason, and one that passes can be read wherever it points.
 * Built with sanitizers, each read outside of the block would be seen.
 */
#include "config/flat.h"

#include "compiler/compile.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

static const char yaml[] = "led: {gpio: {chip: a, line: 1}}\n"
                           "ladder: {reboot: [/sbin/reboot]}\n"
                           "services:\n"
                           "  web:\n"
                           "    needs: [database]\n"
                           "    user: root\n"
                           "    checks:\n"
                           "      - {http: \"http://a/\", body: ok}\n"
                           "      - {process: {name: web}}\n"
                           "      - {command: [/bin/true, -x], scope: remote}\n"
                           "    restart: [/bin/x, y]\n"
                           "    start: [/bin/z]\n"
                           "  database:\n"
                           "    checks: [{tcp: \"a:1\"}, {process: {pidfile: /p}}]\n"
                           "  door:\n"
                           "    run: [/bin/w]\n"
                           "    flap: {count: 3, within: 5m}\n"
                           "    needs: [{tcp: \"b:1\"}]\n"
                           "    checks:\n"
                           "      - {log: {file: /l, pattern: x}}\n"
                           "      - {cpu: {above: 1%, process: {name: w}}}\n"
                           "      - {memory: {above: 1kB, process: {pidfile: /p}}}\n"
                           "      - {pressure: {of: io, above: 1%}}\n"
                           "      - {load: {above: 1}}\n"
                           "      - {disk: {path: /}}\n"
                           "      - {temperature: {above: 1}}\n"
                           "      - {file: {path: /f}}\n"
                           "      - {ping: h}\n"
                           "      - {heartbeat: {within: 1s}}\n"
                           "      - {command: {directory: /d}}\n"
                           "      - {http: \"http://a/\", method: HEAD, headers: {A: b}, socket: /s}\n"
                           "alerts:\n"
                           "  - {url: \"http://a/\"}\n"
                           "  - {command: [/bin/tell]}\n"
                           "  - {heartbeat: \"http://a/\"}\n";

/* Where the checks of "door" are: the first watches what is run. */
enum { RUN = 5, LOG, CPU, MEMORY, PRESSURE, LOAD, DISK, TEMPERATURE, FILE_CHECK, PING, HEARTBEAT, FOLDER, WEB, HIDDEN };

static struct flat *make(void)
{
	struct flat *flat = compile_text("f.yaml", yaml, strlen(yaml), stderr);

	assert_non_null(flat);
	return flat;
}

static struct service_rule *service_rules(struct flat *flat)
{
	return (void *)((char *)flat + flat->services_at);
}

static struct service_spec *service_specs(struct flat *flat)
{
	return (void *)((char *)flat + flat->service_specs_at);
}

static struct check_rule *check_rules(struct flat *flat)
{
	return (void *)((char *)flat + flat->checks_at);
}

static struct check_spec *check_specs(struct flat *flat)
{
	return (void *)((char *)flat + flat->check_specs_at);
}

static uint16_t *order(struct flat *flat)
{
	return (void *)((char *)flat + flat->order_at);
}

static uint16_t *needs(struct flat *flat)
{
	return (void *)((char *)flat + flat->needs_at);
}

static struct alert_spec *alerts(struct flat *flat)
{
	return (void *)((char *)flat + flat->alerts_at);
}

static text_at *argv(struct flat *flat)
{
	return (void *)((char *)flat + flat->argv_at);
}

static void a_good_block_passes(void **state)
{
	struct flat *flat = make();
	const char *why = NULL;

	(void)state;
	assert_true(flat_verify(flat, flat->size, &why));
	free(flat);
}

/* P10: one line a field. */
#define WRONG(statement)                                                                                               \
	do {                                                                                                           \
		struct flat *flat = make();                                                                            \
		const char *why = "";                                                                                  \
		uint32_t size = flat->size;                                                                            \
		statement;                                                                                             \
		if (flat_verify(flat, size, &why))                                                                     \
			fail_msg("passed: %s", #statement);                                                            \
		assert_true(strlen(why) > 10);                                                                         \
		free(flat);                                                                                            \
	} while (0)

static void a_wrong_head_is_refused(void **state)
{
	(void)state;
	WRONG(flat->magic++);
	WRONG(flat->version++);
	WRONG(flat->size++);
	WRONG(size--);
	WRONG(size = 0);
	WRONG(size = sizeof(struct flat) - 1);
	WRONG(size = flat->size = sizeof(struct flat));
	WRONG(flat->service_count++);
	WRONG(flat->service_count = MAX_SERVICES + 1);
	WRONG(flat->service_count--);
	WRONG(flat->check_count++);
	WRONG(flat->check_count = MAX_CHECKS + 1);
	WRONG(flat->check_count--);
	WRONG(flat->need_count = UINT32_MAX);
	WRONG(flat->need_count = 0);
	WRONG(flat->argv_count = UINT32_MAX);
	WRONG(flat->argv_count--);
	WRONG(flat->pool_size = 0);
	WRONG(flat->pool_size++);
	WRONG(flat->pool_size--);
	WRONG(flat->services_at = flat->size + 4);
	WRONG(flat->services_at = flat->size - 4);
	WRONG(flat->services_at++);
	WRONG(flat->services_at = 0);
	WRONG(flat->service_specs_at = UINT32_MAX - 3);
	WRONG(flat->checks_at = UINT32_MAX - 3);
	WRONG(flat->check_specs_at += 2);
	WRONG(flat->needs_at++);
	WRONG(flat->order_at = flat->size);
	WRONG(flat->argv_at += 1);
	WRONG(flat->alert_count = MAX_ALERTS + 1);
	WRONG(flat->alert_count = UINT32_MAX);
	WRONG(flat->alerts_at = flat->size);
	WRONG(flat->alerts_at += 2);
	WRONG(flat->pool_at = flat->size);
	WRONG(flat->pool_at = 4);
}

static void wrong_settings_are_refused(void **state)
{
	(void)state;
	WRONG(flat->ladder.restart_for_ms = UINT32_MAX);
	WRONG(flat->ladder.reboot_within_ms = UINT32_MAX);
	WRONG(flat->ladder.settle_ms = UINT32_MAX);
	WRONG(flat->ladder.reboot_settle_ms = UINT32_MAX);
	WRONG(flat->ladder.then_reboot = 2);
	WRONG(flat->watchdog.device = 0);
	WRONG(flat->watchdog.device = flat->pool_size);
	WRONG(flat->watchdog.timeout_ms = 0);
	WRONG(flat->watchdog.timeout_ms = UINT32_MAX);
	WRONG(flat->watchdog.simulated = 2);
	WRONG(flat->watchdog.disarm_on_stop = 2);
	WRONG(flat->watchdog.take = 3);
	WRONG(flat->watchdog.via = 2);
	WRONG(flat->led.kind = 4);
	WRONG(flat->led.active_low = 2);
	WRONG(flat->led.name = flat->pool_size);
	WRONG(flat->led.chip = UINT32_MAX);
	WRONG(flat->reboot.first = UINT32_MAX);
	WRONG(flat->reboot.argc = UINT32_MAX);
	WRONG(flat->checker.name = flat->pool_size);
	WRONG(flat->checker.group_count = MAX_GROUPS + 1);
	WRONG(flat->file = flat->pool_size);
	WRONG(flat->board = flat->pool_size);
	WRONG(flat->metrics = flat->pool_size);
	WRONG(((char *)flat)[flat->pool_at] = 'x');
	WRONG(((char *)flat)[flat->size - 1] = 'x');
	WRONG(argv(flat)[0] = flat->pool_size);
}

static void wrong_services_are_refused(void **state)
{
	(void)state;
	WRONG(service_rules(flat)[0].start_period_ms = UINT32_MAX);
	WRONG(service_rules(flat)[0].first_need = UINT32_MAX);
	WRONG(service_rules(flat)[0].need_count = 2);
	WRONG(service_rules(flat)[0].first_check = 1);
	WRONG(service_rules(flat)[0].check_count = 2);
	WRONG(service_rules(flat)[0].check_count = UINT16_MAX);
	WRONG(service_rules(flat)[1].first_check = 0);
	WRONG(service_rules(flat)[1].check_count++);
	WRONG(service_rules(flat)[0].can_restart = 0);
	WRONG(service_rules(flat)[0].can_restart = 2);
	WRONG(service_rules(flat)[1].can_restart = 1);
	WRONG(service_rules(flat)[0].can_start = 0);
	WRONG(service_specs(flat)[0].name = 0);
	WRONG(service_specs(flat)[0].name = flat->pool_size);
	WRONG(memset((char *)flat + flat->pool_at + service_specs(flat)[0].name, 'n', NAME_SIZE));
	WRONG(service_specs(flat)[0].user.name = flat->pool_size);
	WRONG(service_specs(flat)[0].user.group_count = UINT32_MAX);
	WRONG(service_specs(flat)[0].restart.first = flat->argv_count);
	WRONG(service_specs(flat)[0].restart.argc = UINT32_MAX);
	WRONG(service_specs(flat)[0].start.first = UINT32_MAX);
	WRONG(service_specs(flat)[0].restart_timeout_ms = UINT32_MAX);
	WRONG(service_rules(flat)[0].propagate = 2);
	WRONG(service_rules(flat)[2].flap_count = 0);
	WRONG(service_rules(flat)[2].flap_within_ms = 0);
	WRONG(service_rules(flat)[2].flap_within_ms = UINT32_MAX);
	WRONG(service_rules(flat)[2].can_start = 0);
	WRONG(service_rules(flat)[2].can_restart = 0);
	WRONG(service_specs(flat)[2].run.argc = 0);
	WRONG(service_specs(flat)[2].run.argc = UINT32_MAX);
	WRONG(service_specs(flat)[2].start = service_specs(flat)[2].run);
	WRONG(service_specs(flat)[2].restart = service_specs(flat)[2].run);
	WRONG(service_specs(flat)[2].respawn_always = 2);
	WRONG(service_specs(flat)[3].hidden = 2);
	WRONG(strcpy((char *)flat + flat->pool_at + service_specs(flat)[2].name, "a/b"));
	WRONG(strcpy((char *)flat + flat->pool_at + service_specs(flat)[2].name, ".."));
	WRONG(needs(flat)[0] = 4);
	WRONG(needs(flat)[0] = 0); /* itself */
	WRONG(order(flat)[0] = 4);
	WRONG(order(flat)[0] = 0); /* twice, and before what it needs */
	WRONG((order(flat)[0] = 0, order(flat)[1] = 1));
}

static void wrong_checks_are_refused(void **state)
{
	(void)state;
	WRONG(check_rules(flat)[0].interval_ms = 0);
	WRONG(check_rules(flat)[0].interval_ms = UINT32_MAX);
	WRONG(check_rules(flat)[0].timeout_ms = 0);
	WRONG(check_rules(flat)[0].timeout_ms = UINT32_MAX);
	WRONG(check_rules(flat)[0].retries = 0);
	WRONG(check_rules(flat)[0].service = 1);
	WRONG(check_rules(flat)[0].service = NO_INDEX);
	WRONG(check_rules(flat)[0].level = LEVEL_COUNT);
	WRONG(check_specs(flat)[0].name = 0);
	WRONG(check_specs(flat)[0].name = flat->pool_size);
	WRONG(check_specs(flat)[0].kind = KIND_COUNT);
	WRONG(check_specs(flat)[0].kind = KIND_LOG);
	WRONG(check_specs(flat)[0].kind = KIND_COMMAND);
	WRONG(check_specs(flat)[0].status_count = 0);
	WRONG(check_specs(flat)[0].status_count = MAX_STATUS_RANGES + 1);
	WRONG(check_specs(flat)[0].status[0].low = 999);
	WRONG(check_specs(flat)[0].url = 0);
	WRONG(check_specs(flat)[0].url = flat->pool_size);
	WRONG(check_specs(flat)[0].body = flat->pool_size);
	WRONG(check_specs(flat)[1].process_name = 0);
	WRONG(check_specs(flat)[1].process_name = flat->pool_size);
	WRONG(check_specs(flat)[1].pidfile = flat->pool_size);
	WRONG(check_specs(flat)[2].command.argc = 0);
	WRONG(check_specs(flat)[2].command.argc = UINT32_MAX);
	WRONG(check_specs(flat)[2].command.first = UINT32_MAX);
	WRONG(check_specs(flat)[2].remote = 2);
	WRONG(check_rules(flat)[2].level = LEVEL_REBOOT); /* P12: it is remote */
	WRONG(check_specs(flat)[3].port = 0);
	WRONG(check_specs(flat)[3].host = 0);
	WRONG(check_specs(flat)[3].host = flat->pool_size);
	WRONG(check_specs(flat)[4].pidfile = 0);
}

static void wrong_checks_of_a_later_kind_are_refused(void **state)
{
	(void)state;
	WRONG(check_specs(flat)[RUN].pidfile = 0);
	WRONG(check_specs(flat)[LOG].path = 0);
	WRONG(check_specs(flat)[LOG].path = flat->pool_size);
	WRONG(check_specs(flat)[LOG].unit = 1);
	WRONG(check_specs(flat)[LOG].unit = flat->pool_size);
	WRONG(check_specs(flat)[LOG].pattern = 0);
	WRONG(check_specs(flat)[LOG].pattern = flat->pool_size);
	WRONG(check_specs(flat)[LOG].count = 0);
	WRONG(check_specs(flat)[LOG].within_ms = 0);
	WRONG(check_specs(flat)[LOG].within_ms = UINT32_MAX);
	WRONG(check_specs(flat)[CPU].above = NO_LIMIT);
	WRONG(check_specs(flat)[CPU].for_ms = UINT32_MAX);
	WRONG(check_specs(flat)[MEMORY].above = NO_LIMIT);
	WRONG(check_specs(flat)[MEMORY].limit_is_bytes = 2);
	WRONG(check_specs(flat)[PRESSURE].resource = 0);
	WRONG(check_specs(flat)[PRESSURE].resource = flat->pool_size);
	WRONG(check_specs(flat)[PRESSURE].above = NO_LIMIT);
	WRONG(check_specs(flat)[PRESSURE].full = 2);
	WRONG(check_specs(flat)[LOAD].above = NO_LIMIT);
	WRONG(check_specs(flat)[LOAD].average = 0);
	WRONG(check_specs(flat)[LOAD].average = 10);
	WRONG(check_specs(flat)[DISK].path = 0);
	WRONG(check_specs(flat)[DISK].inodes = 2);
	WRONG(check_specs(flat)[TEMPERATURE].path = 0);
	WRONG(check_specs(flat)[TEMPERATURE].above = NO_LIMIT);
	WRONG(check_specs(flat)[FILE_CHECK].path = 0);
	WRONG(check_specs(flat)[PING].host = 0);
	WRONG(check_specs(flat)[HEARTBEAT].within_ms = 0);
	WRONG(check_specs(flat)[FOLDER].path = 0);
	WRONG(check_specs(flat)[FOLDER].command.argc = 1);
	WRONG(check_specs(flat)[FOLDER].v1 = 2);
	WRONG(check_specs(flat)[WEB].method = flat->pool_size);
	WRONG(check_specs(flat)[WEB].unix_socket = flat->pool_size);
	WRONG(check_specs(flat)[WEB].headers.argc = UINT32_MAX);
	WRONG(check_specs(flat)[WEB].redirects = 2);
	WRONG(check_specs(flat)[WEB].insecure = 2);
	WRONG(check_specs(flat)[WEB].max_latency_ms = UINT32_MAX);
	WRONG(check_rules(flat)[HIDDEN].level = LEVEL_REBOOT); /* P12 */
}

static void wrong_alerts_are_refused(void **state)
{
	(void)state;
	WRONG(alerts(flat)[0].url = 0);
	WRONG(alerts(flat)[0].url = flat->pool_size);
	WRONG(alerts(flat)[0].heartbeat = 1);
	WRONG(alerts(flat)[0].command.argc = 1);
	WRONG(alerts(flat)[0].on = 0);
	WRONG(alerts(flat)[0].on = 1U << ALERT_TOPIC_COUNT);
	WRONG(alerts(flat)[0].every_ms = 1000);
	WRONG(alerts(flat)[0].format = ALERT_FORMAT_COUNT);
	WRONG(alerts(flat)[1].command.argc = 0);
	WRONG(alerts(flat)[1].command.argc = UINT32_MAX);
	WRONG(alerts(flat)[2].heartbeat = 0);
	WRONG(alerts(flat)[2].heartbeat = flat->pool_size);
	WRONG(alerts(flat)[2].every_ms = 0);
	WRONG(alerts(flat)[2].every_ms = UINT32_MAX);
	WRONG(alerts(flat)[2].on = 1);
}

/* Reads all that the programs read; the sum is only there so that nothing of it is optimised away. */
static size_t read_command(const struct flat *flat, struct command command)
{
	size_t sum = 0;

	for (uint32_t i = 0; i < command.argc; i++)
		sum += strlen(flat_argument(flat, command, i));
	return sum;
}

static size_t read_service(const struct flat *flat, uint16_t i)
{
	const struct rules rules = flat_rules(flat);
	const struct service_rule *rule = &rules.services[i];
	const struct service_spec *spec = &flat_services(flat)[i];
	size_t sum = strlen(flat_service_name(flat, i)) + strlen(flat_text(flat, spec->user.name));

	for (uint32_t g = 0; g < spec->user.group_count; g++)
		sum += spec->user.groups[g];
	for (uint16_t n = 0; n < rule->need_count; n++)
		sum += rules.services[rules.needs[rule->first_need + n]].attempts;
	for (uint16_t c = 0; c < rule->check_count; c++)
		sum += rules.checks[rule->first_check + c].retries;
	return sum + rules.services[rules.order[i]].attempts + read_command(flat, spec->restart) +
	        read_command(flat, spec->start) + read_command(flat, spec->run);
}

static size_t read_all(const struct flat *flat)
{
	size_t sum = strlen(flat_text(flat, flat->file)) + strlen(flat_text(flat, flat->board)) +
	        strlen(flat_text(flat, flat->watchdog.device)) + strlen(flat_text(flat, flat->led.name)) +
	        strlen(flat_text(flat, flat->led.chip)) + strlen(flat_text(flat, flat->checker.name)) +
	        read_command(flat, flat->reboot);

	for (uint16_t i = 0; i < flat->service_count; i++)
		sum += read_service(flat, i);
	for (uint16_t i = 0; i < flat->check_count; i++) {
		const struct check_spec *spec = &flat_checks(flat)[i];
		sum += strlen(flat_check_name(flat, i)) + strlen(check_kind_name((enum check_kind)spec->kind)) +
		        strlen(flat_text(flat, spec->url)) + strlen(flat_text(flat, spec->host)) +
		        strlen(flat_text(flat, spec->body)) + strlen(flat_text(flat, spec->pidfile)) +
		        strlen(flat_text(flat, spec->process_name)) + read_command(flat, spec->command) +
		        strlen(flat_text(flat, spec->method)) + read_command(flat, spec->headers) +
		        strlen(flat_text(flat, spec->unix_socket)) + strlen(flat_text(flat, spec->path)) +
		        strlen(flat_text(flat, spec->unit)) + strlen(flat_text(flat, spec->pattern)) +
		        strlen(flat_text(flat, spec->resource));
		for (uint8_t s = 0; s < spec->status_count; s++)
			sum += spec->status[s].high;
	}
	for (uint32_t i = 0; i < flat->alert_count; i++) {
		const struct alert_spec *alert = &flat_alerts(flat)[i];
		sum += strlen(flat_text(flat, alert->url)) + strlen(flat_text(flat, alert->heartbeat)) +
		        read_command(flat, alert->command);
	}
	return sum + strlen(flat_text(flat, flat->metrics));
}

/* Whatever one byte is changed to, the block is refused or can be read. */
static void any_byte_may_be_wrong(void **state)
{
	static const unsigned char values[] = {0, 1, 2, 4, 16, 127, 128, 254, 255};
	struct flat *flat = make();
	unsigned char *bytes = (void *)flat;
	uint32_t size = flat->size;
	volatile size_t sum = 0;

	(void)state;
	for (uint32_t i = 0; i < size; i++) {
		unsigned char before = bytes[i];
		for (size_t v = 0; v < sizeof(values); v++) {
			const char *why = "";
			bytes[i] = values[v];
			if (flat_verify(flat, size, &why))
				sum += read_all(flat);
		}
		bytes[i] = before;
	}
	assert_true(sum > 0);
	free(flat);
}

/* A block that was cut anywhere is refused. */
static void a_cut_block_is_refused(void **state)
{
	struct flat *flat = make();
	const char *why;

	(void)state;
	for (uint32_t size = 0; size < flat->size; size++) {
		void *cut = malloc(size ? size : 1);
		assert_non_null(cut);
		memcpy(cut, flat, size);
		assert_false(flat_verify(cut, size, &why));
		free(cut);
	}
	free(flat);
}

static int memory_with(const void *bytes, size_t size)
{
	int fd = memfd_create("flat", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, size), size);
	return fd;
}

static void a_block_is_mapped_from_a_descriptor(void **state)
{
	struct flat *flat = make();
	int fd = memory_with(flat, flat->size);
	const char *why = NULL;
	const struct flat *mapped = flat_map(fd, &why);

	(void)state;
	assert_non_null(mapped);
	assert_memory_equal(mapped, flat, flat->size);
	assert_int_equal(munmap((void *)(uintptr_t)mapped, flat->size), 0);
	(void)close(fd);
	free(flat);
}

static void what_is_no_block_is_not_mapped(void **state)
{
	int fd = memory_with("", 0);
	int pair[2];
	const char *why = NULL;

	(void)state;
	assert_null(flat_map(fd, &why));
	assert_non_null(strstr(why, "empty"));
	assert_int_equal(write(fd, yaml, sizeof(yaml)), sizeof(yaml));
	assert_null(flat_map(fd, &why));
	assert_non_null(strstr(why, "not a flat"));
	assert_int_equal(ftruncate(fd, FLAT_SIZE_LAST + 1), 0);
	assert_null(flat_map(fd, &why));
	assert_non_null(strstr(why, "too large"));
	(void)close(fd);
	assert_null(flat_map(fd, &why));
	assert_int_equal(pipe(pair), 0);
	assert_null(flat_map(pair[0], &why));
	(void)close(pair[0]);
	(void)close(pair[1]);
}

static void every_kind_has_a_name(void **state)
{
	(void)state;
	assert_string_equal(check_kind_name(KIND_HTTP), "http");
	assert_string_equal(check_kind_name(KIND_HEARTBEAT), "heartbeat");
	assert_string_equal(check_kind_name(KIND_COUNT), "invalid");
	assert_string_equal(alert_topic_name(ALERT_DOWN), "down");
	assert_string_equal(alert_topic_name(ALERT_MAINTENANCE), "maintenance");
	assert_string_equal(alert_topic_name(ALERT_TOPIC_COUNT), "invalid");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(a_good_block_passes),
	        cmocka_unit_test(a_wrong_head_is_refused),
	        cmocka_unit_test(wrong_settings_are_refused),
	        cmocka_unit_test(wrong_services_are_refused),
	        cmocka_unit_test(wrong_checks_are_refused),
	        cmocka_unit_test(wrong_checks_of_a_later_kind_are_refused),
	        cmocka_unit_test(wrong_alerts_are_refused),
	        cmocka_unit_test(any_byte_may_be_wrong),
	        cmocka_unit_test(a_cut_block_is_refused),
	        cmocka_unit_test(a_block_is_mapped_from_a_descriptor),
	        cmocka_unit_test(what_is_no_block_is_not_mapped),
	        cmocka_unit_test(every_kind_has_a_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
