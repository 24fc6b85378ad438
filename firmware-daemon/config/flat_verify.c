/* SPDX-License-Identifier: MIT
 *
 * Whether a block of bytes is a flat configuration that can be read without looking back: every offset, count, index, enum
 * and position inside its bounds. Pure, libc only; it reads nothing outside of the block, whatever the block says.
 */
#include "flat.h"

#include "core/invariant.h"
#include "flat_verify_check.h"

/* An array of `count` things of `size` bytes at `at`: aligned, behind the head and inside the block. */
static bool array_fits(const struct flat *flat, uint32_t at, uint32_t count, size_t size, size_t alignment)
{
	return at >= sizeof(*flat) && at % alignment == 0 && at <= flat->size && count <= (flat->size - at) / size;
}

static bool layout_is_sound(const struct flat *flat)
{
	return array_fits(flat, flat->services_at, flat->service_count, sizeof(struct service_rule),
	               _Alignof(struct service_rule)) &&
	        array_fits(flat, flat->service_specs_at, flat->service_count, sizeof(struct service_spec),
	                _Alignof(struct service_spec)) &&
	        array_fits(flat, flat->checks_at, flat->check_count, sizeof(struct check_rule),
	                _Alignof(struct check_rule)) &&
	        array_fits(flat, flat->check_specs_at, flat->check_count, sizeof(struct check_spec),
	                _Alignof(struct check_spec)) &&
	        array_fits(flat, flat->needs_at, flat->need_count, sizeof(uint16_t), 2) &&
	        array_fits(flat, flat->order_at, flat->service_count, sizeof(uint16_t), 2) &&
	        array_fits(flat, flat->argv_at, flat->argv_count, sizeof(text_at), 4) &&
	        array_fits(flat, flat->alerts_at, flat->alert_count, sizeof(struct alert_spec),
	                _Alignof(struct alert_spec)) &&
	        array_fits(flat, flat->pool_at, flat->pool_size, 1, 1);
}

/* With its last byte a NUL, every position inside the pool is a terminated string. */
static bool pool_is_sound(const struct flat *flat)
{
	const char *pool = (const char *)flat + flat->pool_at;

	return flat->pool_size > 0 && pool[0] == '\0' && pool[flat->pool_size - 1] == '\0';
}

static bool identity_is_sound(const struct flat *flat, const struct identity *identity)
{
	return flat_text_is_sound(flat, identity->name) && identity->group_count <= MAX_GROUPS;
}

static bool ladder_is_sound(const struct ladder_rule *ladder)
{
	return flat_duration_is_sound(ladder->restart_for_ms) && flat_duration_is_sound(ladder->reboot_within_ms) &&
	        flat_duration_is_sound(ladder->settle_ms) && flat_duration_is_sound(ladder->reboot_settle_ms) &&
	        ladder->then_reboot <= 1;
}

static bool watchdog_is_sound(const struct flat *flat, const struct watchdog_spec *watchdog)
{
	return watchdog->device > 0 && flat_text_is_sound(flat, watchdog->device) && watchdog->timeout_ms > 0 &&
	        flat_duration_is_sound(watchdog->timeout_ms) && watchdog->simulated <= 1 &&
	        watchdog->disarm_on_stop <= 1 && watchdog->take <= TAKE_REFUSE && watchdog->via <= VIA_SYSTEMD;
}

static bool led_is_sound(const struct flat *flat, const struct led_spec *led)
{
	return led->kind <= LED_CLASS && led->active_low <= 1 && flat_text_is_sound(flat, led->name) &&
	        flat_text_is_sound(flat, led->chip);
}

static bool head_is_sound(const struct flat *flat)
{
	return ladder_is_sound(&flat->ladder) && watchdog_is_sound(flat, &flat->watchdog) &&
	        led_is_sound(flat, &flat->led) && flat_command_is_sound(flat, flat->reboot) &&
	        identity_is_sound(flat, &flat->checker) && flat_text_is_sound(flat, flat->file) &&
	        flat_text_is_sound(flat, flat->board) && flat_text_is_sound(flat, flat->metrics);
}

static bool argv_is_sound(const struct flat *flat)
{
	const text_at *argv = (const void *)((const char *)flat + flat->argv_at);

	for (uint32_t i = 0; i < flat->argv_count; i++)
		if (!flat_text_is_sound(flat, argv[i]))
			return false;
	return true;
}

/* What feeddog runs itself has no other commands. */
static bool commands_are_sound(
        const struct flat *flat, const struct service_rule *rule, const struct service_spec *spec)
{
	bool run = spec->run.argc > 0;
	bool start = spec->start.argc > 0;
	bool restart = spec->restart.argc > 0;

	return flat_command_is_sound(flat, spec->restart) && flat_command_is_sound(flat, spec->start) &&
	        flat_command_is_sound(flat, spec->run) && !(run && (start || restart)) &&
	        rule->can_restart == (restart || run) && rule->can_start == (start || run) &&
	        spec->respawn_always <= 1 && spec->hidden <= 1;
}

/* Its checks follow those of the service before it, so that all are owned once; `next` counts them. */
static bool service_is_sound(const struct flat *flat, uint16_t index, uint32_t *next)
{
	struct rules rules = flat_rules(flat);
	const struct service_rule *rule = &rules.services[index];
	const struct service_spec *spec = &flat_services(flat)[index];

	if (!flat_duration_is_sound(rule->start_period_ms) || !flat_duration_is_sound(spec->restart_timeout_ms) ||
	        !flat_duration_is_sound(rule->flap_within_ms) || rule->flap_count > FLAP_LAST ||
	        (rule->flap_count > 0) != (rule->flap_within_ms > 0) || rule->propagate > 1)
		return false;
	if (!flat_name_is_sound(flat, spec->name) || !identity_is_sound(flat, &spec->user) ||
	        !commands_are_sound(flat, rule, spec))
		return false;
	if (rule->first_need > flat->need_count || rule->need_count > flat->need_count - rule->first_need)
		return false;
	for (uint16_t i = 0; i < rule->need_count; i++)
		if (rules.needs[rule->first_need + i] >= flat->service_count)
			return false;
	if (rule->first_check != *next || rule->check_count > flat->check_count - *next)
		return false;
	*next += rule->check_count;
	return true;
}

static bool services_are_sound(const struct flat *flat)
{
	uint32_t next_check = 0;

	for (uint16_t i = 0; i < flat->service_count; i++)
		if (!service_is_sound(flat, i, &next_check))
			return false;
	return next_check == flat->check_count;
}

/* Every service once, after all that it needs. */
static bool order_is_sound(const struct flat *flat)
{
	struct rules rules = flat_rules(flat);
	bool placed[MAX_SERVICES] = {false};

	for (uint16_t i = 0; i < flat->service_count; i++) {
		uint16_t index = rules.order[i];
		if (index >= flat->service_count || placed[index])
			return false;
		for (uint16_t n = 0; n < rules.services[index].need_count; n++)
			if (!placed[rules.needs[rules.services[index].first_need + n]])
				return false;
		placed[index] = true;
	}
	return true;
}

static bool checks_are_sound(const struct flat *flat)
{
	struct rules rules = flat_rules(flat);

	for (uint16_t s = 0; s < flat->service_count; s++) {
		for (uint16_t i = 0; i < rules.services[s].check_count; i++) {
			uint16_t check = (uint16_t)(rules.services[s].first_check + i);
			if (rules.checks[check].service != s ||
			        !flat_check_is_sound(flat, &rules.checks[check], &flat_checks(flat)[check]))
				return false;
		}
	}
	return true;
}

/* It goes one way, and is sent for something or all the time. */
static bool alert_is_sound(const struct flat *flat, const struct alert_spec *alert)
{
	bool url = alert->url > 0;
	bool command = alert->command.argc > 0;
	bool heartbeat = alert->heartbeat > 0;

	return flat_text_is_sound(flat, alert->url) && flat_text_is_sound(flat, alert->heartbeat) &&
	        flat_command_is_sound(flat, alert->command) && url + command + heartbeat == 1 &&
	        flat_duration_is_sound(alert->every_ms) && heartbeat == (alert->every_ms > 0) &&
	        alert->on < 1U << ALERT_TOPIC_COUNT && heartbeat == (alert->on == 0) &&
	        alert->format < ALERT_FORMAT_COUNT;
}

static bool alerts_are_sound(const struct flat *flat)
{
	for (uint32_t i = 0; i < flat->alert_count; i++)
		if (!alert_is_sound(flat, &flat_alerts(flat)[i]))
			return false;
	return true;
}

/* The policy's own terms: what rules_derive() works out is there, so that every budget is the promised one. */
static bool rules_fit(const struct flat *flat)
{
	struct rules rules = flat_rules(flat);

	return rules_are_sound(&rules);
}

bool flat_verify(const struct flat *flat, size_t size, const char **why)
{
	if (size < sizeof(*flat) || flat->magic != FLAT_MAGIC)
		*why = "this is not a flat configuration";
	else if (flat->version != FLAT_VERSION)
		*why = "the flat configuration was made by another version of feeddog";
	else if (flat->size != size || size > FLAT_SIZE_LAST)
		*why = "the flat configuration was cut short";
	else if (flat->service_count > MAX_SERVICES || flat->check_count > MAX_CHECKS ||
	        flat->alert_count > MAX_ALERTS || !layout_is_sound(flat) || !pool_is_sound(flat))
		*why = "the flat configuration's layout is broken";
	else if (!head_is_sound(flat) || !argv_is_sound(flat))
		*why = "the flat configuration's head is broken";
	else if (!services_are_sound(flat) || !order_is_sound(flat))
		*why = "the flat configuration's services are broken";
	else if (!checks_are_sound(flat))
		*why = "the flat configuration's checks are broken";
	else if (!alerts_are_sound(flat))
		*why = "the flat configuration's alerts are broken";
	else if (!rules_fit(flat))
		*why = "the flat configuration's rules do not fit each other";
	else
		return true;
	return false;
}
