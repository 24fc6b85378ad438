/* SPDX-License-Identifier: MIT
 *
 * Whether the description of a check can be read safely, and holds what its kind cannot do without. Pure, libc only.
 */
#include "flat_verify_check.h"

#include <string.h>

#define MAX_DURATION_MS (MAX_DURATION_S * UINT32_C(1000))

bool flat_text_is_sound(const struct flat *flat, text_at at)
{
	return at < flat->pool_size;
}

bool flat_name_is_sound(const struct flat *flat, text_at at)
{
	const char *name = flat_text_is_sound(flat, at) ? flat_text(flat, at) : "";

	return *name && *name != '.' && strnlen(name, NAME_SIZE) < NAME_SIZE && !strchr(name, '/');
}

bool flat_command_is_sound(const struct flat *flat, struct command command)
{
	return command.first <= flat->argv_count && command.argc <= flat->argv_count - command.first;
}

bool flat_duration_is_sound(uint32_t ms)
{
	return ms <= MAX_DURATION_MS;
}

static bool statuses_are_sound(const struct check_spec *spec)
{
	if (spec->status_count > MAX_STATUS_RANGES || (spec->kind == KIND_HTTP && spec->status_count == 0))
		return false;
	for (uint8_t i = 0; i < spec->status_count; i++)
		if (spec->status[i].low > spec->status[i].high)
			return false;
	return true;
}

/* What its kind cannot do without is there. */
static bool kind_is_sound(const struct check_spec *spec)
{
	bool has_limit = spec->above != NO_LIMIT || spec->below != NO_LIMIT;

	switch ((enum check_kind)spec->kind) {
	case KIND_HTTP:
		return spec->url > 0;
	case KIND_TCP:
		return spec->host > 0 && spec->port > 0 && spec->protocol < TCP_PROTOCOL_COUNT;
	case KIND_PROCESS:
		return spec->pidfile > 0 || spec->process_name > 0;
	case KIND_COMMAND:
		return (spec->command.argc > 0) != (spec->path > 0);
	case KIND_LOG:
		return (spec->path > 0) != (spec->unit > 0) && spec->pattern > 0 && spec->count > 0 &&
		        spec->within_ms > 0;
	case KIND_CPU:
	case KIND_MEMORY:
		return has_limit;
	case KIND_PRESSURE:
		return spec->resource > 0 && has_limit;
	case KIND_LOAD:
		return (spec->average == 1 || spec->average == 5 || spec->average == 15) && has_limit;
	case KIND_DISK:
	case KIND_FILE:
		return spec->path > 0;
	case KIND_TEMPERATURE:
		return spec->path > 0 && has_limit;
	case KIND_PING:
		return spec->host > 0 || spec->resource > 0;
	case KIND_CERTIFICATE:
		return (spec->url > 0 || (spec->host > 0 && spec->port > 0)) && spec->within_ms > 0;
	case KIND_HEARTBEAT:
		return spec->within_ms > 0;
	case KIND_COUNT:
		break;
	}
	return false;
}

static bool texts_are_sound(const struct flat *flat, const struct check_spec *spec)
{
	const text_at texts[] = {spec->url, spec->host, spec->body, spec->pidfile, spec->process_name, spec->method,
	        spec->unix_socket, spec->send, spec->expect, spec->ca_file, spec->client_certificate, spec->client_key,
	        spec->path, spec->unit, spec->pattern, spec->resource};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (!flat_text_is_sound(flat, texts[i]))
			return false;
	return flat_command_is_sound(flat, spec->command) && flat_command_is_sound(flat, spec->headers);
}

static bool flags_are_sound(const struct check_spec *spec)
{
	return spec->remote <= 1 && spec->redirects <= 1 && spec->insecure <= 1 && spec->v1 <= 1 && spec->full <= 1 &&
	        spec->inodes <= 1 && spec->limit_is_bytes <= 1 && spec->mounted <= 1 && spec->plugin <= 1;
}

static bool durations_are_sound(const struct check_rule *rule, const struct check_spec *spec)
{
	return rule->interval_ms > 0 && flat_duration_is_sound(rule->interval_ms) &&
	        rule->retry_interval_ms <= rule->interval_ms && rule->timeout_ms > 0 &&
	        flat_duration_is_sound(rule->timeout_ms) && flat_duration_is_sound(spec->max_latency_ms) &&
	        flat_duration_is_sound(spec->within_ms) && flat_duration_is_sound(spec->for_ms);
}

bool flat_check_is_sound(const struct flat *flat, const struct check_rule *rule, const struct check_spec *spec)
{
	return durations_are_sound(rule, spec) && rule->retries > 0 && rule->level < LEVEL_COUNT &&
	        flat_name_is_sound(flat, spec->name) && texts_are_sound(flat, spec) && flags_are_sound(spec) &&
	        !(spec->remote && rule->level == LEVEL_REBOOT) && statuses_are_sound(spec) && kind_is_sound(spec);
}
