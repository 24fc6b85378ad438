/* SPDX-License-Identifier: MIT
 *
 * compiler/compile: what a good configuration becomes, and input that is hardly a configuration. What is said of broken ones
 * is in test_broken.c.
 */
#include "compiler/compile.h"

#include <grp.h>
#include <pwd.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define SERVICES "services: {web: {checks: [{tcp: \"127.0.0.1:80\"}]}}\n"

/* What compile_text() makes of a text, and what it says. */
struct outcome {
	struct flat *flat;
	char *said;
};

static struct outcome compile_bytes(const char *bytes, size_t length)
{
	struct outcome outcome = {NULL, NULL};
	size_t size = 0;
	FILE *stream = open_memstream(&outcome.said, &size);

	outcome.flat = compile_text("f.yaml", bytes, length, stream);
	assert_int_equal(fclose(stream), 0);
	return outcome;
}

/* A good configuration, of which nothing is said; the caller frees it. */
static struct flat *good(const char *yaml)
{
	struct outcome outcome = compile_bytes(yaml, strlen(yaml));

	assert_string_equal(outcome.said, "");
	assert_non_null(outcome.flat);
	free(outcome.said);
	return outcome.flat;
}

/* A bad one: what is said of it begins like this. */
static void bad(const char *bytes, size_t length, const char *beginning)
{
	struct outcome outcome = compile_bytes(bytes, length);

	assert_null(outcome.flat);
	if (strncmp(outcome.said, beginning, strlen(beginning)) != 0)
		fail_msg("said: %.300s\nexpected: %s", outcome.said, beginning);
	free(outcome.said);
}

static void assert_text(const struct flat *flat, text_at at, const char *expected)
{
	assert_string_equal(flat_text(flat, at), expected);
}

static void assert_command(const struct flat *flat, struct command command, const char *const expected[])
{
	uint32_t count = 0;

	while (expected[count])
		count++;
	assert_int_equal(command.argc, count);
	for (uint32_t i = 0; i < count; i++)
		assert_string_equal(flat_argument(flat, command, i), expected[i]);
}

static void defaults_are_those_of_the_manual(void **state)
{
	struct flat *flat = good(SERVICES);
	struct rules rules = flat_rules(flat);
	const struct service_spec *service = flat_services(flat);
	const struct check_spec *check = flat_checks(flat);

	(void)state;
	assert_text(flat, flat->board, "auto");
	assert_text(flat, flat->file, "f.yaml");
	assert_int_equal(flat->metrics, 0);
	assert_text(flat, flat->watchdog.device, "/dev/watchdog0");
	assert_int_equal(flat->watchdog.timeout_ms, 15000);
	assert_int_equal(flat->watchdog.simulated, 0);
	assert_int_equal(flat->watchdog.disarm_on_stop, 1);
	assert_int_equal(flat->watchdog.take, TAKE_BORROW);
	assert_int_equal(flat->watchdog.via, VIA_DEVICE);
	assert_int_equal(flat->led.kind, LED_NONE);
	assert_int_equal(flat->reboot.argc, 0);
	assert_int_equal(rules.ladder->restart_for_ms, 300000);
	assert_int_equal(rules.ladder->reboot_within_ms, 60000);
	assert_int_equal(rules.ladder->settle_ms, 120000);
	assert_int_equal(rules.ladder->reboot_limit, 3);
	assert_int_equal(rules.ladder->reboot_settle_ms, 1800000);
	assert_int_equal(rules.ladder->then_reboot, 0);
	assert_int_equal(rules.service_count, 1);
	assert_int_equal(rules.services[0].start_period_ms, 60000);
	assert_int_equal(rules.services[0].attempts, 5);
	assert_int_equal(rules.services[0].can_restart, 0);
	assert_int_equal(rules.services[0].can_start, 0);
	assert_int_equal(rules.services[0].check_count, 1);
	assert_int_equal(service->restart_timeout_ms, 30000);
	assert_int_equal(service->user.name, 0);
	assert_int_equal(rules.check_count, 1);
	assert_int_equal(rules.checks[0].interval_ms, 5000);
	assert_int_equal(rules.checks[0].timeout_ms, 2000);
	assert_int_equal(rules.checks[0].retries, 3);
	assert_int_equal(rules.checks[0].level, LEVEL_REBOOT);
	assert_int_equal(check->kind, KIND_TCP);
	assert_text(flat, check->host, "127.0.0.1");
	assert_int_equal(check->port, 80);
	assert_int_equal(check->remote, 0);
	assert_string_equal(flat_service_name(flat, 0), "web");
	assert_string_equal(flat_check_name(flat, 0), "tcp");
	/* What follows from them: BOUND can be told. */
	assert_int_equal(rules.ladder->start_period_ms, 60000);
	assert_int_equal(rules.ladder->detection_ms, check_detection_ms(&rules.checks[0]));
	free(flat);
}

static void every_key_arrives_where_it_belongs(void **state)
{
	struct flat *flat =
	        good("board: raspberry-pi-4\n"
	             "watchdog: {device: /tmp/dog, simulated: true, timeout: 300ms, disarm_on_stop: false,\n"
	             "           take: refuse, via: device}\n"
	             "led: {gpio: {chip: pinctrl-rp1, line: 17, active: low}}\n"
	             "ladder: {restart_for: 0s, reboot: [/sbin/reboot, -f], reboot_within: 0s, settle: 10ms,\n"
	             "         reboots: {limit: 0, settle: 30d, then: reboot}}\n" SERVICES);

	(void)state;
	assert_text(flat, flat->board, "raspberry-pi-4");
	assert_text(flat, flat->watchdog.device, "/tmp/dog");
	assert_int_equal(flat->watchdog.simulated, 1);
	assert_int_equal(flat->watchdog.timeout_ms, 300);
	assert_int_equal(flat->watchdog.disarm_on_stop, 0);
	assert_int_equal(flat->watchdog.take, TAKE_REFUSE);
	assert_int_equal(flat->led.kind, LED_GPIO_LINE);
	assert_text(flat, flat->led.chip, "pinctrl-rp1");
	assert_int_equal(flat->led.line, 17);
	assert_int_equal(flat->led.active_low, 1);
	assert_command(flat, flat->reboot, (const char *const[]){"/sbin/reboot", "-f", NULL});
	assert_int_equal(flat->ladder.restart_for_ms, 0);
	assert_int_equal(flat->ladder.reboot_within_ms, 0);
	assert_int_equal(flat->ladder.settle_ms, 10);
	assert_int_equal(flat->ladder.reboot_limit, 0);
	assert_int_equal(flat->ladder.reboot_settle_ms, UINT32_C(2592000000));
	assert_int_equal(flat->ladder.then_reboot, 1);
	free(flat);
}

static void an_led_goes_by_a_line_or_a_class(void **state)
{
	struct flat *line = good("led: {gpio: GPIO17}\n" SERVICES);
	struct flat *class = good("led: {class: \"input3::capslock\"}\n" SERVICES);

	(void)state;
	assert_int_equal(line->led.kind, LED_GPIO_NAME);
	assert_text(line, line->led.name, "GPIO17");
	assert_int_equal(class->led.kind, LED_CLASS);
	assert_text(class, class->led.name, "input3::capslock");
	free(line);
	free(class);
}

static void every_kind_of_check_keeps_its_own(void **state)
{
	struct flat *flat = good("services:\n"
	                         "  web:\n"
	                         "    checks:\n"
	                         "      - http: https://user:pass@[::1]:8443/health?x=%20#y\n"
	                         "        status: [200, \"300-399\"]\n"
	                         "        body: '\"ok\"'\n"
	                         "      - http: HTTP://localhost\n"
	                         "      - tcp: \"[fe80::1]:65535\"\n"
	                         "      - process: {pidfile: /run/web.pid}\n"
	                         "      - process: {name: 'nginx: worker'}\n"
	                         "      - command: [/bin/true, '', a b]\n"
	                         "      - command: |\n"
	                         "          if true; then\n"
	                         "          \texit 0\n"
	                         "          fi\n");
	const struct check_spec *check = flat_checks(flat);

	(void)state;
	assert_int_equal(flat->check_count, 7);
	assert_int_equal(check[0].kind, KIND_HTTP);
	assert_text(flat, check[0].url, "https://user:pass@[::1]:8443/health?x=%20#y");
	assert_text(flat, check[0].body, "\"ok\"");
	assert_int_equal(check[0].status_count, 2);
	assert_int_equal(check[0].status[0].low, 200);
	assert_int_equal(check[0].status[0].high, 200);
	assert_int_equal(check[0].status[1].low, 300);
	assert_int_equal(check[0].status[1].high, 399);
	assert_int_equal(check[1].status_count, 1);
	assert_int_equal(check[1].status[0].low, 200);
	assert_int_equal(check[1].status[0].high, 299);
	assert_int_equal(check[1].body, 0);
	assert_text(flat, check[2].host, "fe80::1");
	assert_int_equal(check[2].port, 65535);
	assert_int_equal(check[2].status_count, 0);
	assert_text(flat, check[3].pidfile, "/run/web.pid");
	assert_text(flat, check[4].process_name, "nginx: worker");
	assert_command(flat, check[5].command, (const char *const[]){"/bin/true", "", "a b", NULL});
	assert_command(
	        flat, check[6].command, (const char *const[]){"/bin/sh", "-c", "if true; then\n\texit 0\nfi\n", NULL});
	free(flat);
}

static void http_may_be_asked_in_many_ways(void **state)
{
	struct flat *flat = good("services:\n"
	                         "  web:\n"
	                         "    checks:\n"
	                         "      - http: https://127.0.0.1/\n"
	                         "        method: HEAD\n"
	                         "        headers: {Host: www.example.org, X-Count: 7}\n"
	                         "        socket: /run/app.sock\n"
	                         "        redirects: true\n"
	                         "        insecure: true\n"
	                         "        max_latency: 800ms\n"
	                         "      - http: http://127.0.0.1/\n"
	                         "        headers: ['Cookie: a=b', \"Cookie:\\tc: d\"]\n"
	                         "      - http: http://127.0.0.1/\n"
	                         "        redirects: false\n");
	const struct check_spec *check = flat_checks(flat);

	(void)state;
	assert_text(flat, check[0].method, "HEAD");
	assert_command(flat, check[0].headers, (const char *const[]){"Host: www.example.org", "X-Count: 7", NULL});
	assert_text(flat, check[0].unix_socket, "/run/app.sock");
	assert_int_equal(check[0].redirects, 1);
	assert_int_equal(check[0].insecure, 1);
	assert_int_equal(check[0].max_latency_ms, 800);
	assert_command(flat, check[1].headers, (const char *const[]){"Cookie: a=b", "Cookie: c: d", NULL});
	assert_int_equal(check[2].method, 0);
	assert_int_equal(check[2].headers.argc, 0);
	assert_int_equal(check[2].unix_socket, 0);
	assert_int_equal(check[2].redirects, 0);
	assert_int_equal(check[2].insecure, 0);
	assert_int_equal(check[2].max_latency_ms, 0);
	free(flat);
}

static void logs_and_folders_of_tests(void **state)
{
	struct flat *flat = good("services:\n"
	                         "  web:\n"
	                         "    checks:\n"
	                         "      - log: {file: /var/log/web.log, pattern: 'Out[Oo]f|x', count: 3, within: 5m}\n"
	                         "      - log: {journal: web@1.service, pattern: x}\n"
	                         "      - command: {directory: /etc/watchdog.d}\n"
	                         "      - command: {directory: /etc/watchdog.d}\n"
	                         "        v1: false\n"
	                         "      - command: [/etc/watchdog.d/web]\n"
	                         "        v1: true\n"
	                         "      - command: [/bin/true]\n"
	                         "      - heartbeat: {within: 1500ms}\n");
	const struct check_spec *check = flat_checks(flat);

	(void)state;
	assert_int_equal(check[0].kind, KIND_LOG);
	assert_text(flat, check[0].path, "/var/log/web.log");
	assert_int_equal(check[0].unit, 0);
	assert_text(flat, check[0].pattern, "Out[Oo]f|x");
	assert_int_equal(check[0].count, 3);
	assert_int_equal(check[0].within_ms, 300000);
	assert_int_equal(check[1].path, 0);
	assert_text(flat, check[1].unit, "web@1.service");
	assert_int_equal(check[1].count, 1);
	assert_int_equal(check[1].within_ms, 60000);
	assert_int_equal(check[2].kind, KIND_COMMAND);
	assert_text(flat, check[2].path, "/etc/watchdog.d");
	assert_int_equal(check[2].command.argc, 0);
	for (int i = 2; i < 6; i++)
		assert_int_equal(check[i].v1, i % 2 == 0);
	assert_int_equal(check[6].kind, KIND_HEARTBEAT);
	assert_int_equal(check[6].within_ms, 1500);
	free(flat);
}

static void limits_of_processor_and_memory(void **state)
{
	struct flat *flat = good("services:\n"
	                         "  web:\n"
	                         "    checks:\n"
	                         "      - cpu: {above: 90.125%, for: 1m}\n"
	                         "      - cpu: {above: 250%, process: {pidfile: /run/web.pid}}\n"
	                         "      - memory: {above: 90%, for: 30s}\n"
	                         "      - memory: {above: 1.5GB, process: {name: web}}\n"
	                         "      - memory: {above: 200MiB, process: {name: web}}\n"
	                         "      - memory: {above: 50%, process: {name: web}}\n"
	                         "      - pressure: {of: io, above: 0%, for: 1ms, full: true}\n"
	                         "      - load: {above: 8}\n"
	                         "      - load: {above: 0.5, for: 10m, average: 15}\n");
	const struct check_spec *check = flat_checks(flat);

	(void)state;
	assert_int_equal(check[0].kind, KIND_CPU);
	assert_int_equal(check[0].above, 90125);
	assert_true(check[0].below == NO_LIMIT);
	assert_int_equal(check[0].for_ms, 60000);
	assert_int_equal(check[0].pidfile, 0);
	assert_int_equal(check[1].above, 250000);
	assert_int_equal(check[1].for_ms, 0);
	assert_text(flat, check[1].pidfile, "/run/web.pid");
	assert_int_equal(check[2].kind, KIND_MEMORY);
	assert_int_equal(check[2].above, 90000);
	assert_int_equal(check[2].limit_is_bytes, 0);
	assert_int_equal(check[3].above, INT64_C(1500000000));
	assert_int_equal(check[3].limit_is_bytes, 1);
	assert_text(flat, check[3].process_name, "web");
	assert_int_equal(check[4].above, 200 * 1024 * 1024);
	assert_int_equal(check[5].above, 50000);
	assert_int_equal(check[5].limit_is_bytes, 0);
	assert_int_equal(check[6].kind, KIND_PRESSURE);
	assert_text(flat, check[6].resource, "io");
	assert_int_equal(check[6].above, 0);
	assert_int_equal(check[6].full, 1);
	assert_int_equal(check[7].kind, KIND_LOAD);
	assert_int_equal(check[7].above, 8000);
	assert_int_equal(check[7].average, 1);
	assert_int_equal(check[8].above, 500);
	assert_int_equal(check[8].average, 15);
	assert_int_equal(check[8].for_ms, 600000);
	free(flat);
}

static void limits_of_the_rest_of_the_board(void **state)
{
	struct flat *flat = good("services:\n"
	                         "  web:\n"
	                         "    checks:\n"
	                         "      - disk: {path: /, above: 95%, inodes: true}\n"
	                         "      - disk: {path: /data}\n"
	                         "      - temperature: {above: 80, below: -10.5}\n"
	                         "      - temperature: {sensor: /sys/class/hwmon/by-name/temp1_input, above: 70}\n"
	                         "      - file: {path: /run/alive, max_age: 10m, min_size: 1kB, above: 1TiB}\n"
	                         "      - file: {path: /run/alive, below: 0.5kB}\n"
	                         "      - ping: 192.168.1.1\n"
	                         "      - ping: fe80::1\n"
	                         "      - ping: {host: '[::1]', interface: eth0.2}\n"
	                         "      - ping: {interface: wlan0}\n");
	const struct check_spec *check = flat_checks(flat);

	(void)state;
	assert_int_equal(check[0].kind, KIND_DISK);
	assert_text(flat, check[0].path, "/");
	assert_int_equal(check[0].above, 95000);
	assert_int_equal(check[0].inodes, 1);
	assert_true(check[1].above == NO_LIMIT);
	assert_int_equal(check[1].inodes, 0);
	assert_int_equal(check[2].kind, KIND_TEMPERATURE);
	assert_text(flat, check[2].path, "/sys/class/thermal/thermal_zone0/temp");
	assert_int_equal(check[2].above, 80000);
	assert_int_equal(check[2].below, -10500);
	assert_text(flat, check[3].path, "/sys/class/hwmon/by-name/temp1_input");
	assert_int_equal(check[4].kind, KIND_FILE);
	assert_text(flat, check[4].path, "/run/alive");
	assert_int_equal(check[4].within_ms, 600000);
	assert_int_equal(check[4].below, 1000);
	assert_int_equal(check[4].above, INT64_C(1) << 40);
	assert_int_equal(check[5].below, 500);
	assert_true(check[5].above == NO_LIMIT);
	assert_int_equal(check[6].kind, KIND_PING);
	assert_text(flat, check[6].host, "192.168.1.1");
	assert_text(flat, check[7].host, "fe80::1");
	assert_text(flat, check[8].host, "::1");
	assert_text(flat, check[8].resource, "eth0.2");
	assert_int_equal(check[9].host, 0);
	assert_text(flat, check[9].resource, "wlan0");
	free(flat);
}

static void a_check_without_a_name_is_called_by_its_kind(void **state)
{
	struct flat *flat =
	        good("services:\n"
	             "  a: {checks: [{tcp: \"a:1\"}, {tcp: \"a:2\"}, {tcp: \"a:3\", name: tcp-3}, {tcp: \"a:4\"}]}\n"
	             "  b: {checks: [{tcp: \"b:1\"}, {process: {name: tcp}, name: tcp-2}, {tcp: \"b:3\"}]}\n");
	const char *const names[] = {"tcp", "tcp-2", "tcp-3", "tcp-4", "tcp", "tcp-2", "tcp-3"};

	(void)state;
	assert_int_equal(flat->check_count, 7);
	for (uint16_t i = 0; i < 7; i++)
		assert_string_equal(flat_check_name(flat, i), names[i]);
	assert_int_equal(flat_rules(flat).services[1].first_check, 4);
	assert_int_equal(flat_rules(flat).checks[6].service, 1);
	assert_string_equal(flat_check_name(flat, NO_INDEX), "");
	assert_string_equal(flat_service_name(flat, NO_INDEX), "");
	free(flat);
}

static void what_a_check_says_itself_goes_before_defaults(void **state)
{
	struct flat *flat = good("services:\n"
	                         "  a:\n"
	                         "    start_period: 1s\n"
	                         "    checks:\n"
	                         "      - {tcp: \"a:1\", interval: 1m, timeout: 1m, retries: 1}\n"
	                         "      - {tcp: \"a:2\"}\n"
	                         "  b: {checks: [{tcp: \"b:1\"}]}\n"
	                         "defaults: {interval: 20s, timeout: 10s, retries: 7, start_period: 0s}\n");
	struct rules rules = flat_rules(flat);

	(void)state;
	assert_int_equal(rules.checks[0].interval_ms, 60000);
	assert_int_equal(rules.checks[0].timeout_ms, 60000);
	assert_int_equal(rules.checks[0].retries, 1);
	assert_int_equal(rules.checks[1].interval_ms, 20000);
	assert_int_equal(rules.checks[1].timeout_ms, 10000);
	assert_int_equal(rules.checks[1].retries, 7);
	assert_int_equal(rules.services[0].start_period_ms, 1000);
	assert_int_equal(rules.services[1].start_period_ms, 0);
	free(flat);
}

/* P12: what is not this board is remote, unless the configuration says otherwise */
static void the_address_decides_the_scope(void **state)
{
	struct flat *flat = good("services:\n"
	                         "  a:\n"
	                         "    restart: [x]\n"
	                         "    checks:\n"
	                         "      - {tcp: \"127.1.2.3:1\"}\n"
	                         "      - {tcp: \"localhost:1\"}\n"
	                         "      - {tcp: \"[::1]:1\"}\n"
	                         "      - {http: \"https://web.localhost:8443/\"}\n"
	                         "      - {http: \"http://elsewhere.example/\", socket: /run/web.sock}\n"
	                         "      - {tcp: \"0.0.0.0:1\"}\n"
	                         "      - {process: {name: a}}\n"
	                         "      - {tcp: \"192.0.2.1:1\"}\n"
	                         "      - {tcp: \"[2001:db8::1]:1\"}\n"
	                         "      - {http: \"http://user@localhost@elsewhere.example:80/127.0.0.1\"}\n"
	                         "      - {ping: localhost.example}\n"
	                         "      - {ping: {interface: eth0}}\n");

	(void)state;
	for (int i = 0; i < 12; i++) {
		assert_int_equal(flat_checks(flat)[i].remote, i >= 7);
		assert_int_equal(flat_rules(flat).checks[i].level, i >= 7 ? LEVEL_RESTART : LEVEL_REBOOT);
	}
	free(flat);
}

/* P12 */
static void the_own_name_is_this_board(void **state)
{
	char name[128] = "", yaml[512];
	struct flat *flat;

	(void)state;
	assert_int_equal(gethostname(name, sizeof(name) - 1), 0);
	(void)snprintf(yaml, sizeof(yaml),
	        "services: {a: {restart: [x], checks: [{tcp: \"%s:1\"}, {tcp: \"%s.local:1\"}, {tcp: \"x%s:1\"}]}}\n",
	        name, name, name);
	flat = good(yaml);
	for (int i = 0; i < 3; i++)
		assert_int_equal(flat_checks(flat)[i].remote, i == 2);
	free(flat);
}

/* P12: a full disk, a hot or a busy board is no reason to reboot it, unless the configuration says so */
static void the_kind_decides_what_a_failure_does(void **state)
{
	struct flat *flat = good("services:\n"
	                         "  a:\n"
	                         "    restart: [x]\n"
	                         "    checks:\n"
	                         "      - disk: {path: /, above: 95%}\n"
	                         "      - temperature: {above: 80}\n"
	                         "      - cpu: {above: 90%}\n"
	                         "      - memory: {above: 90%}\n"
	                         "      - load: {above: 8}\n"
	                         "      - pressure: {of: io, above: 20%}\n"
	                         "      - cpu: {above: 90%, process: {name: a}}\n"
	                         "      - memory: {above: 90%, process: {pidfile: /run/a.pid}}\n"
	                         "      - disk: {path: /, above: 95%}\n"
	                         "        on_failure: reboot\n");
	const uint8_t levels[] = {LEVEL_ALERT, LEVEL_ALERT, LEVEL_RESTART, LEVEL_RESTART, LEVEL_RESTART, LEVEL_RESTART,
	        LEVEL_REBOOT, LEVEL_REBOOT, LEVEL_REBOOT};

	(void)state;
	for (size_t i = 0; i < sizeof(levels); i++)
		assert_int_equal(flat_rules(flat).checks[i].level, levels[i]);
	free(flat);
}

/* P12 */
static void a_remote_check_never_reboots_the_board(void **state)
{
	struct flat *flat = good("services:\n"
	                         "  a:\n"
	                         "    restart: [x]\n"
	                         "    checks:\n"
	                         "      - {tcp: \"a:1\", scope: remote}\n"
	                         "      - {tcp: \"a:2\", scope: remote, on_failure: alert}\n"
	                         "      - {tcp: \"a:3\", scope: local, on_failure: restart}\n"
	                         "      - {tcp: \"a:4\", scope: local, on_failure: reboot}\n");
	struct rules rules = flat_rules(flat);
	const uint8_t levels[] = {LEVEL_RESTART, LEVEL_ALERT, LEVEL_RESTART, LEVEL_REBOOT};

	(void)state;
	for (int i = 0; i < 4; i++) {
		assert_int_equal(rules.checks[i].level, levels[i]);
		assert_int_equal(flat_checks(flat)[i].remote, i < 2);
	}
	free(flat);
}

static void commands_of_a_service(void **state)
{
	struct flat *flat = good("services:\n"
	                         "  a:\n"
	                         "    checks: [{tcp: \"a:1\"}]\n"
	                         "    restart: systemctl restart a\n"
	                         "    restart_timeout: 90s\n"
	                         "    start: [/srv/a/start.sh, -v]\n"
	                         "    attempts: 0\n"
	                         "    user: root\n");
	const struct service_spec *service = flat_services(flat);

	(void)state;
	assert_command(flat, service->restart, (const char *const[]){"/bin/sh", "-c", "systemctl restart a", NULL});
	assert_command(flat, service->start, (const char *const[]){"/srv/a/start.sh", "-v", NULL});
	assert_int_equal(service->restart_timeout_ms, 90000);
	assert_int_equal(flat_rules(flat).services[0].can_restart, 1);
	assert_int_equal(flat_rules(flat).services[0].can_start, 1);
	assert_int_equal(flat_rules(flat).services[0].attempts, 0);
	assert_text(flat, service->user.name, "root");
	assert_int_equal(service->user.uid, 0);
	assert_int_equal(service->user.gid, 0);
	assert_true(service->user.group_count >= 1);
	free(flat);
}

static void what_feeddog_runs_itself(void **state)
{
	struct flat *flat = good("services:\n"
	                         "  a:\n"
	                         "    run: [/usr/bin/ruby, /srv/doorbot/server.rb]\n"
	                         "    checks: [{http: \"http://127.0.0.1:4567/\"}]\n"
	                         "  b: {run: exec ruby server.rb, respawn: on-failure, attempts: 7}\n"
	                         "  c:\n"
	                         "    run: [/srv/c]\n"
	                         "    checks: [{tcp: \"c:1\"}, {process: {name: c}, name: run}]\n");
	struct rules rules = flat_rules(flat);
	const struct service_spec *service = flat_services(flat);

	(void)state;
	assert_command(flat, service[0].run, (const char *const[]){"/usr/bin/ruby", "/srv/doorbot/server.rb", NULL});
	assert_command(flat, service[1].run, (const char *const[]){"/bin/sh", "-c", "exec ruby server.rb", NULL});
	assert_int_equal(service[0].respawn_always, 1);
	assert_int_equal(service[1].respawn_always, 0);
	assert_int_equal(rules.services[0].attempts, 0);
	assert_int_equal(rules.services[1].attempts, 7);
	assert_int_equal(rules.services[0].can_start, 1);
	assert_int_equal(rules.services[0].can_restart, 1);
	assert_int_equal(service[0].start.argc + service[0].restart.argc, 0);
	/* Each is watched by its pid file, the first without a word. */
	assert_int_equal(rules.services[0].check_count, 2);
	assert_string_equal(flat_check_name(flat, 0), "run");
	assert_int_equal(flat_checks(flat)[0].kind, KIND_PROCESS);
	assert_text(flat, flat_checks(flat)[0].pidfile, "run/a.pid");
	assert_int_equal(rules.checks[0].retries, 3);
	assert_int_equal(rules.checks[0].level, LEVEL_REBOOT);
	assert_string_equal(flat_check_name(flat, 1), "http");
	assert_int_equal(rules.services[1].check_count, 1);
	assert_text(flat, flat_checks(flat)[2].pidfile, "run/b.pid");
	assert_int_equal(rules.services[2].check_count, 2);
	assert_string_equal(flat_check_name(flat, 4), "run");
	assert_text(flat, flat_checks(flat)[4].process_name, "c");
	free(flat);
}

static void followers_and_flapping(void **state)
{
	struct flat *flat = good("services:\n"
	                         "  a: {restart: x, checks: [{tcp: \"a:1\"}]}\n"
	                         "  b: {needs: [a], propagate: true, flap: {count: 2, within: 30s}, restart: x,\n"
	                         "      checks: [{tcp: \"a:1\"}]}\n");
	struct rules rules = flat_rules(flat);

	(void)state;
	assert_int_equal(rules.services[0].propagate, 0);
	assert_int_equal(rules.services[0].flap_count, 0);
	assert_int_equal(rules.services[0].flap_within_ms, 0);
	assert_int_equal(rules.services[1].propagate, 1);
	assert_int_equal(rules.services[1].flap_count, 2);
	assert_int_equal(rules.services[1].flap_within_ms, 30000);
	free(flat);
}

/* P12, P13: what is needed elsewhere is watched as a service of its own, and neither restarted nor a reason to reboot. */
static void needs_elsewhere_become_hidden_services(void **state)
{
	struct flat *flat =
	        good("services:\n"
	             "  a:\n"
	             "    needs: [b, {tcp: \"db.example:5432\"}, {http: \"http://u:p@up.example:8080/a?b\"}]\n"
	             "    checks: [{tcp: \"127.0.0.1:1\"}]\n"
	             "  b:\n"
	             "    needs: [{http: \"http://up.example:8080/c\", redirects: true}, {tcp: \"db.example:5432\"},\n"
	             "            {tcp: \"[2001:db8:1234:5678:9abc:def0:1234:5678]:443\"},\n"
	             "            {tcp: \"[2001:db8:1234:5678:9abc:def0:1234:5678]:444\"}]\n"
	             "    checks: [{tcp: \"127.0.0.1:2\"}]\n");
	struct rules rules = flat_rules(flat);
	const char *const names[] = {"a", "b", "tcp:db.example:5432", "http:up.example:8080", "http:up.example:8080~2",
	        "tcp:[2001:db8:1234:5678:9abc:de", "tcp:[2001:db8:1234:5678:9abc:~2"};

	(void)state;
	assert_int_equal(flat->service_count, 7);
	for (uint16_t i = 0; i < 7; i++) {
		const struct check_spec *check = &flat_checks(flat)[rules.services[i].first_check];
		const struct check_rule *rule = &rules.checks[rules.services[i].first_check];
		assert_string_equal(flat_service_name(flat, i), names[i]);
		assert_int_equal(flat_services(flat)[i].hidden, i >= 2);
		assert_int_equal(check->remote, i >= 2);
		assert_int_equal(rules.services[i].check_count, 1);
		assert_int_equal(rules.services[i].can_restart, 0);
		assert_int_equal(rule->level, i < 2 ? LEVEL_REBOOT : LEVEL_RESTART);
	}
	assert_string_equal(flat_check_name(flat, 2), "tcp");
	assert_text(flat, flat_checks(flat)[2].host, "db.example");
	assert_int_equal(flat_checks(flat)[2].port, 5432);
	assert_text(flat, flat_checks(flat)[3].url, "http://u:p@up.example:8080/a?b");
	assert_int_equal(flat_checks(flat)[3].status[0].low, 200);
	assert_int_equal(flat_checks(flat)[3].redirects, 0);
	assert_int_equal(flat_checks(flat)[4].redirects, 1);
	/* The same address is the same service. */
	assert_int_equal(rules.services[0].need_count, 3);
	assert_int_equal(rules.needs[rules.services[0].first_need + 1], 2);
	assert_int_equal(rules.services[1].need_count, 4);
	assert_int_equal(rules.needs[rules.services[1].first_need + 1], 2);
	free(flat);
}

static void alerts_and_metrics(void **state)
{
	struct flat *flat = good("metrics: /var/lib/x/feeddog.prom\n"
	                         "alerts:\n"
	                         "  - url: https://ntfy.example/closet\n"
	                         "  - {command: [/bin/tell, x], on: [restart, maintenance], format: json}\n"
	                         "  - {command: tell us, format: text}\n"
	                         "  - heartbeat: https://hc.example/uuid\n"
	                         "  - {heartbeat: \"https://hc.example/x\", every: 5m}\n" SERVICES);
	const struct alert_spec *alert = flat_alerts(flat);
	uint32_t most = (1U << ALERT_TOPIC_COUNT) - 1;

	(void)state;
	assert_text(flat, flat->metrics, "/var/lib/x/feeddog.prom");
	assert_int_equal(flat->alert_count, 5);
	assert_text(flat, alert[0].url, "https://ntfy.example/closet");
	assert_int_equal(alert[0].on, most & ~(1U << ALERT_RESTART | 1U << ALERT_MAINTENANCE));
	assert_int_equal(alert[0].format, FORMAT_TEXT);
	assert_int_equal(alert[0].every_ms, 0);
	assert_command(flat, alert[1].command, (const char *const[]){"/bin/tell", "x", NULL});
	assert_int_equal(alert[1].on, 1U << ALERT_RESTART | 1U << ALERT_MAINTENANCE);
	assert_int_equal(alert[1].format, FORMAT_JSON);
	assert_command(flat, alert[2].command, (const char *const[]){"/bin/sh", "-c", "tell us", NULL});
	assert_text(flat, alert[3].heartbeat, "https://hc.example/uuid");
	assert_int_equal(alert[3].on, 0);
	assert_int_equal(alert[3].every_ms, 60000);
	assert_int_equal(alert[4].every_ms, 300000);
	free(flat);
}

static void the_checker_is_the_user_feeddog(void **state)
{
	struct flat *flat = good(SERVICES);
	const struct passwd *user = getpwnam("feeddog");
	const struct group *group = getgrnam("adm");
	bool is_in_adm = !group;

	(void)state;
	assert_text(flat, flat->checker.name, "feeddog");
	assert_int_equal(flat->checker.uid, user ? user->pw_uid : UINT32_MAX);
	for (uint32_t i = 0; i < flat->checker.group_count; i++)
		is_in_adm |= group && flat->checker.groups[i] == group->gr_gid;
	assert_true(is_in_adm);
	free(flat);
}

/* P13 */
static void services_come_after_what_they_need(void **state)
{
	struct flat *flat = good("services:\n"
	                         "  web: {needs: [app, cache], start_period: 1s, checks: [{tcp: \"a:1\"}]}\n"
	                         "  app: {needs: [database], start_period: 10s, checks: [{tcp: \"a:2\"}]}\n"
	                         "  alone: {start_period: 50s, checks: [{tcp: \"a:3\"}]}\n"
	                         "  cache: {needs: [database], start_period: 20s, checks: [{tcp: \"a:4\"}]}\n"
	                         "  database: {start_period: 30s, checks: [{tcp: \"a:5\"}]}\n");
	struct rules rules = flat_rules(flat);
	const uint16_t order[] = {4, 1, 3, 0, 2};

	(void)state;
	assert_int_equal(flat->need_count, 4);
	assert_int_equal(rules.services[0].need_count, 2);
	assert_int_equal(rules.needs[rules.services[0].first_need], 1);
	assert_int_equal(rules.needs[rules.services[0].first_need + 1], 3);
	assert_int_equal(rules.needs[rules.services[1].first_need], 4);
	assert_int_equal(rules.services[4].need_count, 0);
	assert_memory_equal(rules.order, order, sizeof(order));
	/* The longest chain of start periods is database, cache, web: P2's BOUND rests on it. */
	assert_int_equal(rules.ladder->start_period_ms, 51000);
	free(flat);
}

static void a_warning_is_said_and_is_no_error(void **state)
{
	const char *yaml = "services: {web: {checks: [{tcp: \"a:1\", on_failure: restart}]}}\n";
	struct outcome outcome = compile_bytes(yaml, strlen(yaml));

	(void)state;
	assert_non_null(outcome.flat);
	assert_non_null(strstr(outcome.said, "f.yaml:1:52: warning: on_failure: web has no restart command"));
	free(outcome.flat);
	free(outcome.said);
}

/* P4: a connection alone says that the kernel is alive, so a port whose server can be asked is warned of. */
static void a_database_is_asked_and_not_only_connected_to(void **state)
{
	static const struct {
		const char *check;
		bool warned;
	} checks[] = {
	        {"tcp: \"127.0.0.1:5432\"", true},
	        {"tcp: \"127.0.0.1:5432\", protocol: postgresql", false},
	        {"tcp: \"127.0.0.1:6379\", send: PING, expect: PONG", false},
	        {"tcp: \"127.0.0.1:22\", expect: SSH", false},
	        {"tcp: \"127.0.0.1:8080\"", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
		char yaml[256];

		(void)snprintf(
		        yaml, sizeof(yaml), "services: {a: {checks: [{%s}], restart: \"true\"}}\n", checks[i].check);
		struct outcome outcome = compile_bytes(yaml, strlen(yaml));
		assert_non_null(outcome.flat);
		assert_int_equal(strstr(outcome.said, "write protocol: ") != NULL, checks[i].warned);
		free(outcome.flat);
		free(outcome.said);
	}
}

/* A long chain must not be followed by recursion, nor take quadratic time. */
static void as_many_services_as_there_may_be(void **state)
{
	char *yaml = NULL;
	size_t size = 0;
	FILE *stream = open_memstream(&yaml, &size);
	struct flat *flat;

	(void)state;
	(void)fputs("services:\n", stream);
	for (int i = 0; i < MAX_SERVICES; i++) {
		(void)fprintf(stream, "  s%d: {checks: [", i);
		for (int c = 0; c < MAX_CHECKS / MAX_SERVICES; c++)
			(void)fprintf(stream, "{tcp: \"a:%d\"},", c + 1);
		(void)fprintf(stream, i + 1 < MAX_SERVICES ? "], needs: [s%d]}\n" : "]}\n", i + 1);
	}
	assert_int_equal(fclose(stream), 0);
	flat = good(yaml);
	assert_int_equal(flat->check_count, MAX_CHECKS);
	assert_int_equal(flat_rules(flat).order[0], MAX_SERVICES - 1);
	assert_int_equal(flat_rules(flat).order[MAX_SERVICES - 1], 0);
	free(flat);
	free(yaml);
}

static void repeated(const char *head, const char *part, unsigned times, const char *beginning)
{
	size_t size = strlen(head) + strlen(part) * times;
	char *text = malloc(size + 1);
	char *end = stpcpy(text, head);

	assert_non_null(text);
	for (unsigned i = 0; i < times; i++)
		end = stpcpy(end, part);
	bad(text, size, beginning);
	free(text);
}

static void too_many_of_anything_is_said_once(void **state)
{
	char services[MAX_SERVICES * 40 + 100] = "services:\n";
	char *end = services + strlen(services);

	(void)state;
	for (int i = 0; i <= MAX_SERVICES; i++)
		end += sprintf(end, "  s%d: {checks: [{tcp: \"a:1\"}]}\n", i);
	bad(services, (size_t)(end - services), "f.yaml:1026:3: error: more than 1024 services (");
	repeated(SERVICES "alerts:\n", "  - {url: \"http://a/\"}\n", MAX_ALERTS + 1,
	        "f.yaml:67:5: error: more than 64 alerts (");
	repeated("services:\n  a:\n    checks:\n", "      - {tcp: \"a:1\"}\n", MAX_CHECKS + 1,
	        "f.yaml:8196:9: error: more than 8192 checks (");
}

/* Hostile text: refused with a sentence, without growing and without taking long. */
static void hostile_text_is_refused_at_once(void **state)
{
	static const struct {
		const char *head, *part, *beginning;
	} cases[] = {
	        {"", "[", "f.yaml:1:17: error: nested too deeply"},
	        {"", "{", "f.yaml:1:2: error: a key must be a word"},
	        {"", "{a: ", "f.yaml:1:65: error: nested too deeply"},
	        {"", "- ", "f.yaml:1:33: error: nested too deeply"},
	        {"", "? ", "f.yaml:1:3: error: a key must be a word"},
	        {"", "%", "f.yaml:1:1: error: a YAML directive"},
	        {"\n", "%\n", "f.yaml:2:1: error: a YAML directive"},
	        {"", "&a ", "f.yaml:1:"},
	        {"", "*a ", "f.yaml:1:"},
	        {"", "\"", "f.yaml:1:3: error: something follows"},
	        {"", "a: ", "f.yaml:1:5: error: a second"},
	        {"", ": ", "f.yaml:1:1: error: a key is missing"},
	        {"", "---\n", "f.yaml:2:1: error: a second document"},
	        {"", "a: 1\n", "f.yaml:"},
	        {"a: [", "a,", "f.yaml:"},
	        {"a: {", "b,", "f.yaml:"},
	        {"", " ", "f.yaml:1:1: error: the file holds no configuration"},
	        {"", "\t", "f.yaml:"},
	        {"", "\n", "f.yaml:1:1: error: the file holds no configuration"},
	        {"", "#", "f.yaml:1:1: error: the file holds no configuration"},
	        {"services: {", "a: {},", "f.yaml:"},
	        {"services: {a: {needs: [", "b,", "f.yaml:"},
	        {"services: {a: {needs: [", "{tcp: \"b:1\"},", "f.yaml:"},
	        {"alerts: [", "{url: \"http://a/\", on: [boot]},", "f.yaml:"},
	        {"services: {a: {checks: [", "{},", "f.yaml:"},
	        {"a: &a [x,x,x,x,x,x,x,x,x]\n", "b: [*a,*a,*a,*a,*a,*a,*a]\n", "f.yaml:1:4: error: anchors are not"},
	};
	time_t begun = time(NULL);

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		repeated(cases[i].head, cases[i].part,
		        (unsigned)((1024 * 1024 - strlen(cases[i].head)) / strlen(cases[i].part)), cases[i].beginning);
	/* 24 files of 1 MiB, with sanitizers on a busy machine. */
	assert_true(time(NULL) - begun < 100);
}

static void what_is_no_text_is_refused(void **state)
{
	static const char elf[] = "\x7f"
	                          "ELF\x02\x01\x01";
	static const char utf16[] = "\xff\xfe"
	                            "b\0o\0";

	(void)state;
	bad("", 0, "f.yaml:1:1: error: the file holds no configuration (");
	bad(elf, sizeof(elf), "f.yaml:1:1: error: a control character, byte 0x7f, is not text (");
	bad("a: \0b", 5, "f.yaml:1:4: error: a control character, byte 0x00, is not text (");
	bad("a: \033[2J", 7, "f.yaml:1:4: error: a control character, byte 0x1b, is not text (");
	bad(utf16, sizeof(utf16), "f.yaml:1:1: error: this looks like UTF-16 (");
	bad("\nab: \xe4\n", 7, "f.yaml:2:5: error: byte 0xe4 is not UTF-8 (");
	bad("a: \xc0\xaf", 5, "f.yaml:1:4: error: byte 0xc0 is not UTF-8 (");
	bad("a: \xed\xa0\x80", 6, "f.yaml:1:4: error: byte 0xed is not UTF-8 (");
	bad("a: \xf4\x90\x80\x80", 7, "f.yaml:1:4: error: byte 0xf4 is not UTF-8 (");
	bad("a: \xe2\x82", 5, "f.yaml:1:4: error: byte 0xe2 is not UTF-8 (");
}

static void a_byte_order_mark_is_passed_over(void **state)
{
	(void)state;
	free(good("\xef\xbb\xbf" SERVICES));
	bad("\xef\xbb\xbf"
	    "bord: x",
	        10, "f.yaml:1:");
}

static void too_large_a_text_is_not_even_parsed(void **state)
{
	static char text[1024 * 1024 + 1];

	(void)state;
	memset(text, ' ', sizeof(text));
	bad(text, sizeof(text), "f.yaml: error: the file is larger than 1048576 bytes (");
}

static void an_error_shows_its_line_and_a_caret(void **state)
{
	const char yaml[] = "watchdog:\n"
	                    "  timeuot: 5s # \xc3\xa4\n"
	                    "board:\t\"\xc3\xa4 \xc3\xb6\"\n" SERVICES;

	(void)state;
	bad(yaml, strlen(yaml),
	        "f.yaml:2:3: error: timeuot: unknown key (did you mean timeout?)\n"
	        "  timeuot: 5s # \xc3\xa4\n"
	        "  ^~~~~~~\n"
	        "f.yaml:3:8: error: board: '\xc3\xa4 \xc3\xb6' is not a name (write 1 to 31 letters, digits, _ . or -, a letter "
	        "or digit first)\n"
	        "board:\t\"\xc3\xa4 \xc3\xb6\"\n"
	        "      \t^~~~~\n");
}

static void of_a_long_line_only_the_surroundings_are_shown(void **state)
{
	char yaml[2000];
	char expected[800];

	(void)state;
	(void)snprintf(yaml, sizeof(yaml), "baord: auto # %0500d\nwatchdog: {%500stimeuot: 5s}\n" SERVICES, 0, "");
	(void)snprintf(expected, sizeof(expected),
	        "f.yaml:1:1: error: baord: unknown key (did you mean board?)\n"
	        "baord: auto # %066d\n"
	        "^~~~~\n"
	        "f.yaml:2:512: error: timeuot: unknown key (did you mean timeout?)\n"
	        "%80stimeuot: 5s}\n"
	        "%80s^~~~~~~\n",
	        0, "", "");
	bad(yaml, strlen(yaml), expected);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(defaults_are_those_of_the_manual),
	        cmocka_unit_test(every_key_arrives_where_it_belongs),
	        cmocka_unit_test(an_led_goes_by_a_line_or_a_class),
	        cmocka_unit_test(every_kind_of_check_keeps_its_own),
	        cmocka_unit_test(http_may_be_asked_in_many_ways),
	        cmocka_unit_test(logs_and_folders_of_tests),
	        cmocka_unit_test(limits_of_processor_and_memory),
	        cmocka_unit_test(limits_of_the_rest_of_the_board),
	        cmocka_unit_test(a_check_without_a_name_is_called_by_its_kind),
	        cmocka_unit_test(what_a_check_says_itself_goes_before_defaults),
	        cmocka_unit_test(the_address_decides_the_scope),
	        cmocka_unit_test(the_own_name_is_this_board),
	        cmocka_unit_test(the_kind_decides_what_a_failure_does),
	        cmocka_unit_test(a_remote_check_never_reboots_the_board),
	        cmocka_unit_test(commands_of_a_service),
	        cmocka_unit_test(what_feeddog_runs_itself),
	        cmocka_unit_test(followers_and_flapping),
	        cmocka_unit_test(needs_elsewhere_become_hidden_services),
	        cmocka_unit_test(alerts_and_metrics),
	        cmocka_unit_test(the_checker_is_the_user_feeddog),
	        cmocka_unit_test(services_come_after_what_they_need),
	        cmocka_unit_test(a_warning_is_said_and_is_no_error),
	        cmocka_unit_test(a_database_is_asked_and_not_only_connected_to),
	        cmocka_unit_test(as_many_services_as_there_may_be),
	        cmocka_unit_test(too_many_of_anything_is_said_once),
	        cmocka_unit_test(hostile_text_is_refused_at_once),
	        cmocka_unit_test(what_is_no_text_is_refused),
	        cmocka_unit_test(a_byte_order_mark_is_passed_over),
	        cmocka_unit_test(too_large_a_text_is_not_even_parsed),
	        cmocka_unit_test(an_error_shows_its_line_and_a_caret),
	        cmocka_unit_test(of_a_long_line_only_the_surroundings_are_shown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
