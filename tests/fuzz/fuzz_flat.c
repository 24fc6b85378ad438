/* SPDX-License-Identifier: MIT
 *
 * Any bytes as a flat configuration. What flat_verify() lets pass can be read to its last word, and the policy can be run
 * with it, without a step outside of the block. Bytes alone would hardly ever come to pass, so most inputs are changes to a
 * good block.
 *
 * Found: a block could pass whose rules did not follow from each other (corpus: budgets), so that a lease was longer than
 * any configuration makes it. flat_verify() now asks the policy itself.
 */
#include "fuzz.h"

#include "compiler/compile.h"
#include "policy.h"

#include <stdlib.h>
#include <string.h>

static const char good_yaml[] =
        "watchdog: {device: /dev/watchdog0, timeout: 15s}\n"
        "led: {gpio: {chip: gpiochip0, line: 17, active: low}}\n"
        "services:\n"
        "  db: {checks: [{tcp: \"127.0.0.1:5432\"}], restart: [/bin/true, db], attempts: 2}\n"
        "  web:\n"
        "    needs: [db, {http: \"http://far.example/\"}]\n"
        "    flap: {count: 3, within: 5m}\n"
        "    checks:\n"
        "      - {http: \"http://127.0.0.1/\", status: [200, 204], body: ok, headers: {X-A: b}}\n"
        "      - {log: {file: /var/log/web.log, pattern: Out, count: 3, within: 5m}, on_failure: alert}\n"
        "      - {command: [/bin/true, \"1\"], on_failure: restart}\n"
        "    restart: systemctl restart web\n"
        "  bot: {run: [/usr/bin/bot], checks: [{process: {name: bot}}, {memory: {above: 80%}}]}\n"
        "alerts:\n"
        "  - {url: \"https://ntfy.example/closet\", on: [down, recovered]}\n"
        "  - {heartbeat: \"https://hc.example/uuid\", every: 60s}\n"
        "metrics: /tmp/feeddog.prom\n";

/* So that no reading is optimized away. */
static volatile size_t read_so_far;

static void read_text(const struct flat *flat, text_at at)
{
	read_so_far += strlen(flat_text(flat, at));
}

static void read_command(const struct flat *flat, struct command command)
{
	for (uint32_t i = 0; i < command.argc; i++)
		read_so_far += strlen(flat_argument(flat, command, i));
}

static void read_check(const struct flat *flat, uint16_t index)
{
	const struct check_spec *spec = &flat_checks(flat)[index];
	const text_at texts[] = {spec->name, spec->url, spec->host, spec->body, spec->pidfile, spec->process_name,
	        spec->method, spec->unix_socket, spec->path, spec->unit, spec->pattern, spec->resource};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		read_text(flat, texts[i]);
	read_command(flat, spec->command);
	read_command(flat, spec->headers);
	must(*check_kind_name((enum check_kind)spec->kind) && *flat_check_name(flat, index));
	for (uint8_t i = 0; i < spec->status_count; i++)
		read_so_far += spec->status[i].low;
}

static void read_all(const struct flat *flat)
{
	for (uint16_t i = 0; i < flat->service_count; i++) {
		const struct service_spec *spec = &flat_services(flat)[i];

		must(*flat_service_name(flat, i) && strlen(flat_service_name(flat, i)) < NAME_SIZE);
		read_text(flat, spec->user.name);
		read_command(flat, spec->restart);
		read_command(flat, spec->start);
		read_command(flat, spec->run);
		for (uint32_t g = 0; g < spec->user.group_count; g++)
			read_so_far += spec->user.groups[g];
	}
	for (uint16_t i = 0; i < flat->check_count; i++)
		read_check(flat, i);
	for (uint32_t i = 0; i < flat->alert_count; i++) {
		read_text(flat, flat_alerts(flat)[i].url);
		read_text(flat, flat_alerts(flat)[i].heartbeat);
		read_command(flat, flat_alerts(flat)[i].command);
	}
	read_text(flat, flat->watchdog.device);
	read_text(flat, flat->led.name);
	read_text(flat, flat->led.chip);
	read_text(flat, flat->file);
	read_text(flat, flat->board);
	read_text(flat, flat->metrics);
	read_command(flat, flat->reboot);
	read_so_far += flat_powerless(flat).uid;
	read_so_far += (size_t)rules_bound_ms(&flat->ladder);
}

static struct flat *good_block(void)
{
	static struct flat *good;
	struct capture capture;

	if (good)
		return good;
	capture_begin(&capture);
	good = compile_text("good.yaml", good_yaml, strlen(good_yaml), stderr);
	capture_end(&capture);
	(void)fputs(capture.error_text, stderr);
	capture_free(&capture);
	must(good != NULL);
	return good;
}

/* Changes: where, how many bytes, what to. */
static void change(struct input *input, uint8_t *block, size_t size)
{
	static const unsigned widths[] = {1, 2, 4, 8};

	while (input->size > 0) {
		size_t at = take_number(input, 2) % size;
		unsigned width = widths[take_byte(input) % 4];

		at -= at % width;
		for (unsigned i = 0; i < width && at + i < size; i++)
			block[at + i] = take_byte(input);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct input input = {bytes, size};
	bool is_whole = take_byte(&input) & 1;
	size_t length = is_whole ? input.size : good_block()->size;
	struct flat *flat = malloc(length + 1);
	struct flat *exact;
	const char *why = NULL;

	must(flat != NULL);
	if (is_whole) {
		(void)take_some(&input, flat, length);
	} else {
		memcpy(flat, good_block(), length);
		change(&input, (uint8_t *)flat, length);
	}
	/* A block of exactly its size: a step beyond it is one beyond its memory. */
	exact = malloc(length > 0 ? length : 1);
	must(exact != NULL);
	memcpy(exact, flat, length);
	free(flat);
	if (flat_verify(exact, length, &why)) {
		read_all(exact);
		policy_run(exact, true);
	} else {
		must(why && *why);
	}
	free(exact);
	return 0;
}
