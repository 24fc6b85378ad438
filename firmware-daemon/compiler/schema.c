/* SPDX-License-Identifier: MIT
 *
 * The schema: the table. feeddog.yaml(5) says the same in prose.
 */
#include "schema.h"

#include "importer/autoheal_parts.h"
#include "read.h"

#include <stddef.h>
#include <string.h>

#define AT(type, member) offsetof(struct type, member), sizeof(((struct type *)NULL)->member)
#define NOWHERE 0, 0
#define REQUIRED .required = true
#define OPTIONAL .fallback = NULL
#define FALLBACK(text) .fallback = (text)
#define FALLBACK_EMPTY .fallback = ""
#define RANGE(least, most) .low = (least), .high = (most)
#define ONE_KIND(kind_of_check) .kind = (1 + (kind_of_check))
#define ONLY(kind_of_check) .only = (1 + (kind_of_check))

static const struct choice booleans[] = {{"true", 1}, {"false", 0}, {NULL, 0}};
static const struct choice takes[] = {{"borrow", TAKE_BORROW}, {"own", TAKE_OWN}, {"refuse", TAKE_REFUSE}, {NULL, 0}};
static const struct choice vias[] = {{"device", VIA_DEVICE}, {"systemd", VIA_SYSTEMD}, {NULL, 0}};
static const struct choice actives[] = {{"high", 0}, {"low", 1}, {NULL, 0}};
static const struct choice levels[] = {
        {"reboot", LEVEL_REBOOT}, {"restart", LEVEL_RESTART}, {"alert", LEVEL_ALERT}, {NULL, 0}};
static const struct choice protocols[] = {{"postgresql", TCP_POSTGRESQL}, {"mysql", TCP_MYSQL}, {"redis", TCP_REDIS},
        {"mqtt", TCP_MQTT}, {"smtp", TCP_SMTP}, {"ssh", TCP_SSH}, {NULL, 0}};
static const struct choice scopes[] = {{"local", 0}, {"remote", 1}, {NULL, 0}};
static const struct choice thens[] = {{"hold", 0}, {"reboot", 1}, {NULL, 0}};

static const struct choice respawns[] = {{"always", 1}, {"on-failure", 0}, {NULL, 0}};
static const struct choice averages[] = {{"1", 1}, {"5", 5}, {"15", 15}, {NULL, 0}};
static const struct choice formats[] = {{"text", FORMAT_TEXT}, {"json", FORMAT_JSON}, {"discord", FORMAT_DISCORD},
        {"slack", FORMAT_SLACK}, {"gotify", FORMAT_GOTIFY}, {NULL, 0}};

/* In thousandths: of a percent, of load, of a degree Celsius. */
#define WHOLE INT64_C(100000)
#define MANY INT64_C(1000000000)
#define COLDEST INT64_C(-273150)
#define HOTTEST INT64_C(1000000)

#define MS INT64_C(1)
#define HOUR INT64_C(3600000)
#define LONGEST (MAX_DURATION_S * INT64_C(1000))

static const struct key keys[] = {
        {SECTION_TOP, "board", read_name, AT(draft, head.board), "auto", FALLBACK("auto")},
        {SECTION_TOP, "watchdog", read_section, NOWHERE, "{timeout: 15s}", FALLBACK_EMPTY, .inner = SECTION_WATCHDOG},
        {SECTION_TOP, "led", read_led, NOWHERE, "{gpio: GPIO17}", OPTIONAL, .inner = SECTION_LED},
        {SECTION_TOP, "defaults", read_section, NOWHERE, "{interval: 5s}", FALLBACK_EMPTY, .inner = SECTION_DEFAULTS},
        {SECTION_TOP, "services", read_services, NOWHERE, "services: {web: {checks: [{tcp: 127.0.0.1:80}]}}", REQUIRED},
        {SECTION_TOP, "ladder", read_section, NOWHERE, "{restart_for: 5m}", FALLBACK_EMPTY, .inner = SECTION_LADDER},
        {SECTION_TOP, "alerts", read_alerts, NOWHERE, "alerts: [{url: \"https://ntfy.example/closet\"}]", OPTIONAL},
        {SECTION_TOP, "metrics", read_metrics, AT(draft, head.metrics),
                "/var/lib/prometheus/node-exporter/feeddog.prom", OPTIONAL},

        {SECTION_WATCHDOG, "device", read_text, AT(draft, head.watchdog.device), "/dev/watchdog0",
                FALLBACK("/dev/watchdog0")},
        {SECTION_WATCHDOG, "simulated", read_choice, AT(draft, head.watchdog.simulated), "true or false",
                FALLBACK("false"), .choices = booleans},
        {SECTION_WATCHDOG, "timeout", read_duration, AT(draft, head.watchdog.timeout_ms), "15s", FALLBACK("15s"),
                RANGE(200 * MS, HOUR)},
        {SECTION_WATCHDOG, "disarm_on_stop", read_choice, AT(draft, head.watchdog.disarm_on_stop), "true or false",
                FALLBACK("true"), .choices = booleans},
        {SECTION_WATCHDOG, "take", read_choice, AT(draft, head.watchdog.take), "borrow, own or refuse",
                FALLBACK("borrow"), .choices = takes},
        {SECTION_WATCHDOG, "via", read_choice, AT(draft, head.watchdog.via), "device or systemd", FALLBACK("device"),
                .choices = vias},

        {SECTION_LED, "gpio", read_gpio, AT(draft, head.led.name), "GPIO17, or {chip: gpiochip0, line: 17}", OPTIONAL,
                .inner = SECTION_GPIO},
        {SECTION_LED, "class", read_class, AT(draft, head.led.name), "ACT", OPTIONAL},

        {SECTION_GPIO, "chip", read_text, AT(draft, head.led.chip), "chip: gpiochip0", REQUIRED},
        {SECTION_GPIO, "line", read_number, AT(draft, head.led.line), "line: 17", REQUIRED, RANGE(0, 65535)},
        {SECTION_GPIO, "active", read_choice, AT(draft, head.led.active_low), "high or low", FALLBACK("high"),
                .choices = actives},

        {SECTION_DEFAULTS, "interval", read_duration, AT(draft, defaults.interval_ms), "5s", FALLBACK("5s"),
                RANGE(10 * MS, LONGEST)},
        {SECTION_DEFAULTS, "retry_interval", read_duration, AT(draft, defaults.retry_interval_ms), "1s", FALLBACK("1s"),
                RANGE(10 * MS, LONGEST)},
        {SECTION_DEFAULTS, "timeout", read_duration, AT(draft, defaults.timeout_ms), "2s", FALLBACK("2s"),
                RANGE(10 * MS, LONGEST)},
        {SECTION_DEFAULTS, "retries", read_number, AT(draft, defaults.retries), "3", FALLBACK("3"), RANGE(1, 1000)},
        {SECTION_DEFAULTS, "start_period", read_duration, AT(draft, defaults.start_period_ms), "60s", FALLBACK("60s"),
                RANGE(0, LONGEST)},

        {SECTION_SERVICE, "needs", read_needs, NOWHERE, "[NAME]", OPTIONAL},
        {SECTION_SERVICE, "user", read_user, AT(draft_service, spec.user), "the name of a user", OPTIONAL},
        {SECTION_SERVICE, "run", read_run, AT(draft_service, spec.run), "[/usr/bin/PROGRAM, ARGUMENT]", OPTIONAL},
        {SECTION_SERVICE, "respawn", read_choice, AT(draft_service, spec.respawn_always), "always or on-failure",
                OPTIONAL, .choices = respawns},
        {SECTION_SERVICE, "checks", read_checks, NOWHERE, "checks: [{tcp: 127.0.0.1:80}]", OPTIONAL},
        {SECTION_SERVICE, "start", read_command, AT(draft_service, spec.start), "[/usr/bin/PROGRAM, ARGUMENT]",
                OPTIONAL},
        {SECTION_SERVICE, "restart", read_command, AT(draft_service, spec.restart), "systemctl restart NAME", OPTIONAL},
        {SECTION_SERVICE, "restart_timeout", read_duration, AT(draft_service, spec.restart_timeout_ms), "30s",
                FALLBACK("30s"), RANGE(10 * MS, LONGEST)},
        {SECTION_SERVICE, "attempts", read_number, AT(draft_service, rule.attempts), "5", OPTIONAL, RANGE(0, 10000)},
        {SECTION_SERVICE, "start_period", read_duration, AT(draft_service, rule.start_period_ms), "60s", OPTIONAL,
                RANGE(0, LONGEST)},
        {SECTION_SERVICE, "propagate", read_choice, AT(draft_service, rule.propagate), "true or false",
                FALLBACK("false"), .choices = booleans},
        {SECTION_SERVICE, "flap", read_section, NOWHERE, "{count: 3, within: 5m}", OPTIONAL, .inner = SECTION_FLAP},

        {SECTION_NEED, "http", read_http, AT(draft_check, spec.url), "http://db.example:8080/", OPTIONAL},
        {SECTION_NEED, "redirects", read_choice, AT(draft_check, spec.redirects), "true or false", OPTIONAL,
                .choices = booleans, ONLY(KIND_HTTP)},
        {SECTION_NEED, "tcp", read_tcp, AT(draft_check, spec.host), "db.example:5432", OPTIONAL},

        {SECTION_FLAP, "count", read_number, AT(draft_service, rule.flap_count), "count: 3", REQUIRED,
                RANGE(2, FLAP_LAST)},
        {SECTION_FLAP, "within", read_duration, AT(draft_service, rule.flap_within_ms), "within: 5m", REQUIRED,
                RANGE(10 * MS, LONGEST)},

        {SECTION_CHECK, "http", read_http, AT(draft_check, spec.url), "http://127.0.0.1:8080/", OPTIONAL,
                ONE_KIND(KIND_HTTP)},
        {SECTION_CHECK, "tcp", read_tcp, AT(draft_check, spec.host), "127.0.0.1:80", OPTIONAL, ONE_KIND(KIND_TCP)},
        {SECTION_CHECK, "process", read_section, NOWHERE, "{pidfile: /run/NAME.pid}", OPTIONAL,
                .inner = SECTION_PROCESS, ONE_KIND(KIND_PROCESS)},
        {SECTION_CHECK, "command", read_test, AT(draft_check, spec.command), "[/usr/bin/PROGRAM, ARGUMENT]", OPTIONAL,
                .inner = SECTION_COMMAND, ONE_KIND(KIND_COMMAND)},
        {SECTION_CHECK, "log", read_section, NOWHERE, "{file: /var/log/NAME.log, pattern: ERROR}", OPTIONAL,
                .inner = SECTION_LOG, ONE_KIND(KIND_LOG)},
        {SECTION_CHECK, "cpu", read_section, NOWHERE, "{above: 90%, for: 1m}", OPTIONAL, .inner = SECTION_CPU,
                ONE_KIND(KIND_CPU)},
        {SECTION_CHECK, "memory", read_section, NOWHERE, "{above: 90%, for: 30s}", OPTIONAL, .inner = SECTION_MEMORY,
                ONE_KIND(KIND_MEMORY)},
        {SECTION_CHECK, "pressure", read_section, NOWHERE, "{of: memory, above: 20%, for: 1m}", OPTIONAL,
                .inner = SECTION_PRESSURE, ONE_KIND(KIND_PRESSURE)},
        {SECTION_CHECK, "load", read_section, NOWHERE, "{above: 8, for: 1m}", OPTIONAL, .inner = SECTION_LOAD,
                ONE_KIND(KIND_LOAD)},
        {SECTION_CHECK, "disk", read_section, NOWHERE, "{path: /, above: 95%}", OPTIONAL, .inner = SECTION_DISK,
                ONE_KIND(KIND_DISK)},
        {SECTION_CHECK, "temperature", read_section, NOWHERE, "{above: 80}", OPTIONAL, .inner = SECTION_TEMPERATURE,
                ONE_KIND(KIND_TEMPERATURE)},
        {SECTION_CHECK, "file", read_section, NOWHERE, "{path: /run/NAME, max_age: 10m}", OPTIONAL,
                .inner = SECTION_FILE, ONE_KIND(KIND_FILE)},
        {SECTION_CHECK, "ping", read_ping, AT(draft_check, spec.host), "192.168.1.1, or {interface: eth0}", OPTIONAL,
                .inner = SECTION_PING, ONE_KIND(KIND_PING)},
        {SECTION_CHECK, "heartbeat", read_section, NOWHERE, "{within: 30s}", OPTIONAL, .inner = SECTION_HEARTBEAT,
                ONE_KIND(KIND_HEARTBEAT)},
        {SECTION_CHECK, "certificate", read_certificate, NOWHERE, "{url: https://www.example.org/, within: 14d}",
                OPTIONAL, .inner = SECTION_CERTIFICATE, ONE_KIND(KIND_CERTIFICATE)},
        {SECTION_CHECK, "status", read_status, AT(draft_check, spec.status), "200, \"200-299\" or [200, 204]",
                FALLBACK("200-299"), ONLY(KIND_HTTP)},
        {SECTION_CHECK, "body", read_expression, AT(draft_check, spec.body), "an extended regular expression", OPTIONAL,
                ONLY(KIND_HTTP)},
        {SECTION_CHECK, "method", read_method, AT(draft_check, spec.method), "HEAD", OPTIONAL, ONLY(KIND_HTTP)},
        {SECTION_CHECK, "headers", read_headers, AT(draft_check, spec.headers), "{Host: www.example.org}", OPTIONAL,
                ONLY(KIND_HTTP)},
        {SECTION_CHECK, "socket", read_socket, AT(draft_check, spec.unix_socket), "/run/NAME.sock", OPTIONAL,
                ONLY(KIND_HTTP)},
        {SECTION_CHECK, "connect", read_connect, AT(draft_check, spec.host), "127.0.0.1, or 127.0.0.1:8443", OPTIONAL,
                ONLY(KIND_HTTP)},
        {SECTION_CHECK, "ca_file", read_path, AT(draft_check, spec.ca_file), "/etc/ssl/NAME.pem", OPTIONAL,
                ONLY(KIND_HTTP)},
        {SECTION_CHECK, "client_certificate", read_path, AT(draft_check, spec.client_certificate),
                "/etc/feeddog/NAME.pem", OPTIONAL, ONLY(KIND_HTTP)},
        {SECTION_CHECK, "client_key", read_path, AT(draft_check, spec.client_key), "/etc/feeddog/NAME.key", OPTIONAL,
                ONLY(KIND_HTTP)},
        {SECTION_CHECK, "redirects", read_choice, AT(draft_check, spec.redirects), "true or false", OPTIONAL,
                .choices = booleans, ONLY(KIND_HTTP)},
        {SECTION_CHECK, "insecure", read_choice, AT(draft_check, spec.insecure), "true or false", OPTIONAL,
                .choices = booleans, ONLY(KIND_HTTP)},
        {SECTION_CHECK, "max_latency", read_duration, AT(draft_check, spec.max_latency_ms), "800ms", OPTIONAL,
                RANGE(1 * MS, LONGEST), ONLY(KIND_HTTP)},
        {SECTION_CHECK, "protocol", read_choice, AT(draft_check, spec.protocol),
                "postgresql, mysql, redis, mqtt, smtp or ssh", OPTIONAL, .choices = protocols, ONLY(KIND_TCP)},
        {SECTION_CHECK, "send", read_text, AT(draft_check, spec.send), "a text", OPTIONAL, ONLY(KIND_TCP)},
        {SECTION_CHECK, "expect", read_expression, AT(draft_check, spec.expect), "an extended regular expression",
                OPTIONAL, ONLY(KIND_TCP)},
        {SECTION_CHECK, "v1", read_choice, AT(draft_check, spec.v1), "true or false", OPTIONAL, .choices = booleans,
                ONLY(KIND_COMMAND)},
        {SECTION_CHECK, "plugin", read_choice, AT(draft_check, spec.plugin), "true or false", OPTIONAL,
                .choices = booleans, ONLY(KIND_COMMAND)},
        {SECTION_CHECK, "name", read_name, AT(draft_check, spec.name), "a word", OPTIONAL},
        {SECTION_CHECK, "interval", read_duration, AT(draft_check, rule.interval_ms), "5s", OPTIONAL,
                RANGE(10 * MS, LONGEST)},
        {SECTION_CHECK, "retry_interval", read_duration, AT(draft_check, rule.retry_interval_ms), "1s", OPTIONAL,
                RANGE(10 * MS, LONGEST)},
        {SECTION_CHECK, "timeout", read_duration, AT(draft_check, rule.timeout_ms), "2s", OPTIONAL,
                RANGE(10 * MS, LONGEST)},
        {SECTION_CHECK, "retries", read_number, AT(draft_check, rule.retries), "3", OPTIONAL, RANGE(1, 1000)},
        {SECTION_CHECK, "on_failure", read_choice, AT(draft_check, rule.level), "reboot, restart or alert", OPTIONAL,
                .choices = levels},
        {SECTION_CHECK, "scope", read_choice, AT(draft_check, spec.remote), "local or remote", OPTIONAL,
                .choices = scopes},

        {SECTION_PROCESS, "pidfile", read_path, AT(draft_check, spec.pidfile), "/run/NAME.pid", OPTIONAL},
        {SECTION_PROCESS, "name", read_text, AT(draft_check, spec.process_name), "the name of a program", OPTIONAL},

        {SECTION_COMMAND, "directory", read_path, AT(draft_check, spec.path), "directory: /etc/watchdog.d", REQUIRED},

        {SECTION_LOG, "file", read_path, AT(draft_check, spec.path), "/var/log/NAME.log", OPTIONAL},
        {SECTION_LOG, "journal", read_word, AT(draft_check, spec.unit), "the name of a unit, as nginx.service",
                OPTIONAL},
        {SECTION_LOG, "pattern", read_expression, AT(draft_check, spec.pattern), "pattern: ERROR", REQUIRED},
        {SECTION_LOG, "count", read_number, AT(draft_check, spec.count), "3", FALLBACK("1"), RANGE(1, 10000)},
        {SECTION_LOG, "within", read_duration, AT(draft_check, spec.within_ms), "5m", FALLBACK("1m"),
                RANGE(10 * MS, LONGEST)},

        {SECTION_CPU, "above", read_percent, AT(draft_check, spec.above), "above: 90%", REQUIRED, RANGE(0, MANY)},
        {SECTION_CPU, "for", read_duration, AT(draft_check, spec.for_ms), "1m", OPTIONAL, RANGE(0, LONGEST)},
        {SECTION_CPU, "process", read_section, NOWHERE, "{name: NAME}", OPTIONAL, .inner = SECTION_PROCESS},

        {SECTION_MEMORY, "above", read_percent_or_size, AT(draft_check, spec.above), "above: 90%", REQUIRED,
                RANGE(0, MANY)},
        {SECTION_MEMORY, "for", read_duration, AT(draft_check, spec.for_ms), "30s", OPTIONAL, RANGE(0, LONGEST)},
        {SECTION_MEMORY, "process", read_section, NOWHERE, "{name: NAME}", OPTIONAL, .inner = SECTION_PROCESS},

        {SECTION_PRESSURE, "of", read_resource, AT(draft_check, spec.resource), "of: memory", REQUIRED},
        {SECTION_PRESSURE, "above", read_percent, AT(draft_check, spec.above), "above: 20%", REQUIRED, RANGE(0, WHOLE)},
        {SECTION_PRESSURE, "for", read_duration, AT(draft_check, spec.for_ms), "1m", OPTIONAL, RANGE(0, LONGEST)},
        {SECTION_PRESSURE, "full", read_choice, AT(draft_check, spec.full), "true or false", OPTIONAL,
                .choices = booleans},

        {SECTION_LOAD, "above", read_decimal, AT(draft_check, spec.above), "above: 8", REQUIRED, RANGE(0, MANY)},
        {SECTION_LOAD, "for", read_duration, AT(draft_check, spec.for_ms), "1m", OPTIONAL, RANGE(0, LONGEST)},
        {SECTION_LOAD, "average", read_choice, AT(draft_check, spec.average), "1, 5 or 15", FALLBACK("1"),
                .choices = averages},

        {SECTION_DISK, "path", read_path, AT(draft_check, spec.path), "path: /", REQUIRED},
        {SECTION_DISK, "above", read_percent, AT(draft_check, spec.above), "95%", OPTIONAL, RANGE(0, WHOLE)},
        {SECTION_DISK, "inodes", read_choice, AT(draft_check, spec.inodes), "true or false", OPTIONAL,
                .choices = booleans},
        {SECTION_DISK, "mounted", read_choice, AT(draft_check, spec.mounted), "true or false", OPTIONAL,
                .choices = booleans},

        {SECTION_TEMPERATURE, "sensor", read_sensor, AT(draft_check, spec.path),
                "cpu_thermal, nvme/Composite, thermal_zone0, or a path", FALLBACK("thermal_zone0")},
        {SECTION_TEMPERATURE, "above", read_decimal, AT(draft_check, spec.above), "80", OPTIONAL,
                RANGE(COLDEST, HOTTEST)},
        {SECTION_TEMPERATURE, "below", read_decimal, AT(draft_check, spec.below), "0", OPTIONAL,
                RANGE(COLDEST, HOTTEST)},

        {SECTION_FILE, "path", read_path, AT(draft_check, spec.path), "path: /run/NAME", REQUIRED},
        {SECTION_FILE, "max_age", read_duration, AT(draft_check, spec.within_ms), "10m", OPTIONAL,
                RANGE(10 * MS, LONGEST)},
        {SECTION_FILE, "min_size", read_size, AT(draft_check, spec.below), "1kB", OPTIONAL},
        {SECTION_FILE, "below", read_size, AT(draft_check, spec.below), "1kB", OPTIONAL},
        {SECTION_FILE, "above", read_size, AT(draft_check, spec.above), "100MB", OPTIONAL},

        {SECTION_PING, "host", read_host, AT(draft_check, spec.host), "192.168.1.1", OPTIONAL},
        {SECTION_PING, "interface", read_interface, AT(draft_check, spec.resource), "eth0", OPTIONAL},

        {SECTION_HEARTBEAT, "within", read_duration, AT(draft_check, spec.within_ms), "within: 30s", REQUIRED,
                RANGE(10 * MS, LONGEST)},

        {SECTION_CERTIFICATE, "url", read_http, AT(draft_check, spec.url), "https://www.example.org/", OPTIONAL},
        {SECTION_CERTIFICATE, "tcp", read_tcp, AT(draft_check, spec.host), "mail.example.org:465", OPTIONAL},
        {SECTION_CERTIFICATE, "within", read_duration, AT(draft_check, spec.within_ms), "14d", FALLBACK("14d"),
                RANGE(1000 * MS, LONGEST)},
        {SECTION_CERTIFICATE, "connect", read_connect, AT(draft_check, spec.host), "127.0.0.1, or 127.0.0.1:8443",
                OPTIONAL},
        {SECTION_CERTIFICATE, "ca_file", read_path, AT(draft_check, spec.ca_file), "/etc/ssl/NAME.pem", OPTIONAL},

        {SECTION_LADDER, "restart_for", read_duration, AT(draft, head.ladder.restart_for_ms), "5m", FALLBACK("5m"),
                RANGE(0, LONGEST)},
        {SECTION_LADDER, "reboot", read_command, AT(draft, head.reboot), "systemctl reboot", OPTIONAL},
        {SECTION_LADDER, "reboot_within", read_duration, AT(draft, head.ladder.reboot_within_ms), "60s",
                FALLBACK("60s"), RANGE(0, LONGEST)},
        {SECTION_LADDER, "settle", read_duration, AT(draft, head.ladder.settle_ms), "2m", FALLBACK("2m"),
                RANGE(10 * MS, LONGEST)},
        {SECTION_LADDER, "at_once", read_number, AT(draft, head.ladder.at_once), "4", FALLBACK("4"), RANGE(1, 1024)},
        {SECTION_LADDER, "reboots", read_section, NOWHERE, "{limit: 3}", FALLBACK_EMPTY, .inner = SECTION_REBOOTS},

        {SECTION_REBOOTS, "limit", read_number, AT(draft, head.ladder.reboot_limit), "3", FALLBACK("3"),
                RANGE(0, 1000)},
        {SECTION_REBOOTS, "settle", read_duration, AT(draft, head.ladder.reboot_settle_ms), "30m", FALLBACK("30m"),
                RANGE(10 * MS, LONGEST)},
        {SECTION_REBOOTS, "then", read_choice, AT(draft, head.ladder.then_reboot), "hold or reboot", FALLBACK("hold"),
                .choices = thens},

        {SECTION_ALERT, "url", read_http, AT(alert_spec, url), "https://ntfy.example/closet", OPTIONAL},
        {SECTION_ALERT, "command", read_command, AT(alert_spec, command), "[/usr/bin/PROGRAM, ARGUMENT]", OPTIONAL},
        {SECTION_ALERT, "heartbeat", read_http, AT(alert_spec, heartbeat), "https://hc.example/uuid", OPTIONAL},
        {SECTION_ALERT, "every", read_duration, AT(alert_spec, every_ms), "60s", OPTIONAL, RANGE(100 * MS, LONGEST)},
        {SECTION_ALERT, "on", read_topics, AT(alert_spec, on), "[down, letgo, recovered]", OPTIONAL},
        {SECTION_ALERT, "format", read_choice, AT(alert_spec, format), "text, json, discord, slack or gotify", OPTIONAL,
                .choices = formats},

        {SECTION_AUTOHEAL, "pname", read_text, AT(autoheal_process, pname), "pname: nginx", OPTIONAL},
        {SECTION_AUTOHEAL, "pid_file", read_path, AT(autoheal_process, pid_file), "/run/NAME.pid", OPTIONAL},
        {SECTION_AUTOHEAL, "dep", autoheal_read_deps, NOWHERE, "[{name: NAME, host: HOST, port: 80}]", OPTIONAL},
        {SECTION_AUTOHEAL, "dependencies", autoheal_read_deps, NOWHERE, "[{name: NAME, host: HOST, port: 80}]",
                OPTIONAL},
        {SECTION_AUTOHEAL, "script", read_text, AT(autoheal_process, script), "script: systemctl restart NAME",
                REQUIRED},

        {SECTION_AUTOHEAL_DEP, "name", read_text, AT(autoheal_dep, name), "the id of a process, or any name", OPTIONAL},
        {SECTION_AUTOHEAL_DEP, "url", read_http, AT(autoheal_dep, url), "http://HOST/", OPTIONAL},
        {SECTION_AUTOHEAL_DEP, "host", read_host, AT(autoheal_dep, host), "127.0.0.1", OPTIONAL},
        {SECTION_AUTOHEAL_DEP, "port", read_number, AT(autoheal_dep, port), "80", OPTIONAL, RANGE(1, 65535)},

        {SECTION_BOARD, "title", read_text, AT(draft, board.title), "title: Raspberry Pi 4", REQUIRED},
        {SECTION_BOARD, "compatible", read_words, AT(draft, board.compatible), "[raspberrypi,4-model-b]", OPTIONAL},
        {SECTION_BOARD, "watchdog", read_section, NOWHERE, "watchdog: {driver: bcm2835_wdt, longest: 15s}", REQUIRED,
                .inner = SECTION_BOARD_WATCHDOG},
        {SECTION_BOARD, "led", read_section, NOWHERE, "{class: ACT}", OPTIONAL, .inner = SECTION_LED},
        {SECTION_BOARD, "gpio", read_words, AT(draft, board.chips), "[pinctrl-bcm2711]", OPTIONAL},
        {SECTION_BOARD, "boot", read_words, AT(draft, board.boot), "[watchdog_disarm=0]", OPTIONAL},
        {SECTION_BOARD, "wiring", read_word, AT(draft, board.wiring), "header-40.svg", OPTIONAL},

        {SECTION_BOARD_WATCHDOG, "driver", read_word, AT(draft, board.driver), "driver: bcm2835_wdt", REQUIRED},
        {SECTION_BOARD_WATCHDOG, "longest", read_duration, AT(draft, board.longest_ms), "15s", OPTIONAL,
                RANGE(1000 * MS, LONGEST)},
};

enum { KEY_COUNT = sizeof(keys) / sizeof(keys[0]) };

static const char *const places[] = {
        [SECTION_TOP] = "at the top",
        [SECTION_WATCHDOG] = "in watchdog",
        [SECTION_LED] = "in led",
        [SECTION_GPIO] = "in gpio",
        [SECTION_DEFAULTS] = "in defaults",
        [SECTION_SERVICE] = "in a service",
        [SECTION_NEED] = "in needs",
        [SECTION_FLAP] = "in flap",
        [SECTION_CHECK] = "in a check",
        [SECTION_PROCESS] = "in process",
        [SECTION_COMMAND] = "in command",
        [SECTION_LOG] = "in log",
        [SECTION_CPU] = "in cpu",
        [SECTION_MEMORY] = "in memory",
        [SECTION_PRESSURE] = "in pressure",
        [SECTION_LOAD] = "in load",
        [SECTION_DISK] = "in disk",
        [SECTION_TEMPERATURE] = "in temperature",
        [SECTION_FILE] = "in file",
        [SECTION_PING] = "in ping",
        [SECTION_HEARTBEAT] = "in heartbeat",
        [SECTION_CERTIFICATE] = "in certificate",
        [SECTION_LADDER] = "in ladder",
        [SECTION_REBOOTS] = "in reboots",
        [SECTION_ALERT] = "in an alert",
        [SECTION_AUTOHEAL] = "in a process",
        [SECTION_AUTOHEAL_DEP] = "in a dependency",
        [SECTION_BOARD] = "of a board",
        [SECTION_BOARD_WATCHDOG] = "in watchdog",
};
_Static_assert(sizeof(places) / sizeof(places[0]) == SECTION_COUNT, "a place for every section");

const char *section_place(enum section section)
{
	return places[section];
}

const struct key *schema_next(enum section section, const struct key *key)
{
	for (key = key ? key + 1 : keys; key < keys + KEY_COUNT; key++)
		if (key->section == section)
			return key;
	return NULL;
}

const struct key *schema_find(enum section section, const char *name)
{
	const struct key *key = NULL;

	while ((key = schema_next(section, key)))
		if (strcmp(key->name, name) == 0)
			return key;
	return NULL;
}
