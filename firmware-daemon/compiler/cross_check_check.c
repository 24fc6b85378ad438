/* SPDX-License-Identifier: MIT
 *
 * What no single key can tell of a check.
 */
#include "cross_check_parts.h"

#include "duration.h"

#include <string.h>
#include <strings.h>

enum { WHOLE = 100000 };

static void check_latency(struct draft *draft, const struct node *map, const struct draft_check *check)
{
	char latency[DURATION_TEXT_SIZE];
	char timeout[DURATION_TEXT_SIZE];

	if (check->spec.max_latency_ms < check->rule.timeout_ms)
		return;
	(void)duration_text(latency, check->spec.max_latency_ms);
	(void)duration_text(timeout, check->rule.timeout_ms);
	problem_error(draft->problems, place_of(map, "max_latency"),
	        "max_latency: no answer takes %s, since the timeout is %s (write less, or a longer timeout:)", latency,
	        timeout);
}

/* Lines that come between two probes would be counted too late. */
static void check_window(struct draft *draft, const struct node *map, const struct draft_check *check)
{
	const struct node *within = node_get(node_get(map, "log"), "within");
	char window[DURATION_TEXT_SIZE];
	char interval[DURATION_TEXT_SIZE];

	if (check->spec.within_ms >= check->rule.interval_ms)
		return;
	(void)duration_text(window, check->spec.within_ms);
	(void)duration_text(interval, check->rule.interval_ms);
	problem_error(draft->problems, within ? within->place : place_of(map, "interval"),
	        "within: %s is shorter than the interval, which is %s (write %s or more)", window, interval, interval);
}

/* There would be nothing to compare. */
static void check_body(struct draft *draft, const struct node *map, const struct draft_check *check)
{
	if (check->spec.body && strcmp(draft_name(draft, check->spec.method), "HEAD") == 0)
		problem_error(draft->problems, place_of(map, "body"),
		        "body: the answer to HEAD has none (leave it out, or the method)");
}

static void check_connection(struct draft *draft, const struct node *map, const struct draft_check *check)
{
	refuse_both(draft, map, "socket", "connect");
	if (check->spec.client_key && !check->spec.client_certificate)
		problem_error(draft->problems, place_of(map, "client_key"),
		        "client_key: there is no certificate that it is the key of (write client_certificate: %s)",
		        "/etc/feeddog/NAME.pem");
}

/* Ports whose servers this program can speak with. */
static const struct {
	uint16_t port;
	const char *protocol;
} known_ports[] = {{5432, "postgresql"}, {3306, "mysql"}, {6379, "redis"}, {1883, "mqtt"}, {25, "smtp"}, {22, "ssh"}};

/* A connection alone only proves that the kernel is alive. */
static void check_dialogue(struct draft *draft, const struct node *map, const struct draft_check *check)
{
	const struct check_spec *spec = &check->spec;

	refuse_both(draft, map, "protocol", "send");
	refuse_both(draft, map, "protocol", "expect");
	if (spec->send && !spec->expect && !spec->protocol)
		problem_error(draft->problems, place_of(map, "send"),
		        "send: it is not said what answer is good (write expect: PATTERN beside it)");
	for (size_t i = 0; i < sizeof(known_ports) / sizeof(known_ports[0]); i++)
		if (spec->port == known_ports[i].port && !spec->protocol && !spec->expect)
			problem_warning(draft->problems, place_of(map, "tcp"),
			        "tcp: the kernel takes connections also for a server that hangs (write protocol: %s beside it)",
			        known_ports[i].protocol);
}

/* For sh -c it would be the name of the shell. */
static void check_script(struct draft *draft, const struct node *map, const struct draft_check *check)
{
	const struct node *command = node_get(map, "command");

	if (check->spec.v1 && command->kind == NODE_TEXT)
		problem_error(draft->problems, command->place,
		        "command: a shell does not pass `test` on to a V1 script (write a list: [%.80s])",
		        command->text);
}

void cross_one_check(struct draft *draft, const struct node *map, const struct draft_check *check)
{
	if (check->spec.kind == KIND_HTTP) {
		check_latency(draft, map, check);
		check_body(draft, map, check);
		check_connection(draft, map, check);
	}
	if (check->spec.kind == KIND_TCP)
		check_dialogue(draft, map, check);
	if (check->spec.kind == KIND_LOG)
		check_window(draft, map, check);
	if (check->spec.kind == KIND_COMMAND)
		check_script(draft, map, check);
}

void cross_process(struct draft *draft, const struct node *map)
{
	if (!map->first)
		problem_error(draft->problems, map->place,
		        "process: it is not said which (write {pidfile: /run/NAME.pid} or {name: NAME})");
}

void cross_log(struct draft *draft, const struct node *map)
{
	refuse_both(draft, map, "file", "journal");
	if (!node_get(map, "file") && !node_get(map, "journal"))
		problem_error(draft->problems, map->place,
		        "log: it is not said which (write file: /var/log/NAME.log or journal: UNIT)");
}

/* What is a share of one whole never comes to more than all of it. */
static void refuse_all(struct draft *draft, const struct node *map, const struct draft_check *check)
{
	if (!check->spec.limit_is_bytes && check->spec.above >= WHOLE)
		problem_error(draft->problems, place_of(map, "above"),
		        "above: more than 100%% is never reached (write less)");
}

void cross_cpu(struct draft *draft, const struct node *map, const struct draft_check *check)
{
	/* Of a process it is of one core. */
	if (!node_get(map, "process"))
		refuse_all(draft, map, check);
}

void cross_memory(struct draft *draft, const struct node *map, const struct draft_check *check)
{
	refuse_all(draft, map, check);
	if (check->spec.limit_is_bytes && !node_get(map, "process"))
		problem_error(draft->problems, place_of(map, "above"),
		        "above: the memory of the whole board is measured in percent (write 90%%, or process: beside it)");
}

void cross_pressure(struct draft *draft, const struct node *map, const struct draft_check *check)
{
	refuse_all(draft, map, check);
	if (check->spec.full && strcmp(draft_name(draft, check->spec.resource), "cpu") == 0)
		problem_error(draft->problems, place_of(map, "full"),
		        "full: something always runs while the CPU is short (leave it out)");
}

void cross_disk(struct draft *draft, const struct node *map, const struct draft_check *check)
{
	refuse_all(draft, map, check);
	if (check->spec.inodes && check->spec.above == NO_LIMIT)
		problem_error(draft->problems, place_of(map, "inodes"),
		        "inodes: it is not said how many are too many (write above: 95%%)");
}

/* Between the limits there must be something that is good. */
static void check_limits(struct draft *draft, const struct node *map, const struct draft_check *check)
{
	if (check->spec.above != NO_LIMIT && check->spec.below != NO_LIMIT && check->spec.below >= check->spec.above)
		problem_error(draft->problems, place_of(map, "above"),
		        "above: nothing is good between these limits (write more than below)");
}

void cross_temperature(struct draft *draft, const struct node *map, const struct draft_check *check)
{
	if (check->spec.above == NO_LIMIT && check->spec.below == NO_LIMIT)
		problem_error(draft->problems, map->place, "temperature: it is not said what is bad (write above: 80)");
	check_limits(draft, map, check);
}

void cross_file(struct draft *draft, const struct node *map, const struct draft_check *check)
{
	refuse_both(draft, map, "min_size", "below");
	check_limits(draft, map, check);
}

void cross_ping(struct draft *draft, const struct node *map)
{
	if (!map->first)
		problem_error(draft->problems, map->place,
		        "ping: it is not said whom (write {host: 192.168.1.1} or {interface: eth0})");
}

void cross_certificate(struct draft *draft, const struct node *map)
{
	const struct node *url = node_get(map, "url");

	refuse_both(draft, map, "url", "tcp");
	refuse_both(draft, map, "tcp", "connect");
	if (!url && !node_get(map, "tcp"))
		problem_error(draft->problems, map->place,
		        "certificate: it is not said of whom (write {url: https://HOST/} or {tcp: HOST:PORT})");
	if (url && strncasecmp(url->text, "https://", strlen("https://")) != 0)
		problem_error(draft->problems, url->place, "url: there is no certificate without TLS (write https://)");
}
