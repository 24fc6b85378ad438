/* SPDX-License-Identifier: MIT
 *
 * What no single key can tell.
 */
#include "cross_check.h"

#include "importer/autoheal_parts.h"
#include "cross_check_parts.h"
#include "duration.h"

#include <string.h>

struct place place_of(const struct node *map, const char *key)
{
	const struct node *value = node_get(map, key);

	return value ? value->place : map->place;
}

void refuse_both(struct draft *draft, const struct node *map, const char *one, const char *other)
{
	const struct node *second = node_get(map, other);

	if (second && node_get(map, one))
		problem_error(draft->problems, second->key->place,
		        "%s: it cannot be given together with %s (leave one of them out)", other, one);
}

/* A probe must end before the next one starts. */
static void check_timing(struct draft *draft, const struct node *map, uint32_t interval_ms, uint32_t timeout_ms)
{
	char interval[DURATION_TEXT_SIZE];
	char timeout[DURATION_TEXT_SIZE];

	if (timeout_ms <= interval_ms || (!node_get(map, "interval") && !node_get(map, "timeout")))
		return;
	(void)duration_text(interval, interval_ms);
	(void)duration_text(timeout, timeout_ms);
	if (node_get(map, "timeout"))
		problem_error(draft->problems, place_of(map, "timeout"),
		        "timeout: %s is longer than the interval, which is %s (write %s or less)", timeout, interval,
		        interval);
	else
		problem_error(draft->problems, place_of(map, "interval"),
		        "interval: %s is shorter than the timeout, which is %s (write timeout: %s beside it)", interval,
		        timeout, interval);
}

/* A check is asked again sooner after a failure, never later. */
static void check_retry(struct draft *draft, const struct node *map, uint32_t interval_ms, uint32_t retry_interval_ms)
{
	char interval[DURATION_TEXT_SIZE];
	char retry_interval[DURATION_TEXT_SIZE];

	if (!node_get(map, "retry_interval") || retry_interval_ms <= interval_ms)
		return;
	(void)duration_text(interval, interval_ms);
	(void)duration_text(retry_interval, retry_interval_ms);
	problem_error(draft->problems, place_of(map, "retry_interval"),
	        "retry_interval: %s is longer than the interval, which is %s (write %s or less)", retry_interval,
	        interval, interval);
}

/* Anything else than a path is the identity of a driver, which no simulated watchdog has. */
static bool is_device(const struct watchdog_spec *watchdog, const char *device)
{
	bool is_lost_path = strncmp(device, "watchdog", strlen("watchdog")) == 0 || strchr(device, '/');

	return device[0] == '/' || (!watchdog->simulated && device[0] && !is_lost_path);
}

static void check_watchdog(struct draft *draft, const struct node *map)
{
	const struct watchdog_spec *watchdog = &draft->head.watchdog;
	const char *device = draft_name(draft, watchdog->device);
	uint32_t timeout_ms = watchdog->timeout_ms;

	if (!watchdog->simulated && (timeout_ms < 1000 || timeout_ms % 1000 != 0))
		problem_error(draft->problems, place_of(map, "timeout"),
		        "timeout: the hardware counts whole seconds (write %us)", (unsigned)(timeout_ms / 1000 + 1));
	if (!is_device(watchdog, device) && node_get(map, "device"))
		problem_error(draft->problems, place_of(map, "device"),
		        "device: '%.60s' is not an absolute path%s (write /dev/watchdog0)", device,
		        watchdog->simulated ? "" : " and not the identity of a driver");
	if (watchdog->simulated && strncmp(device, "/dev/watchdog", strlen("/dev/watchdog")) == 0)
		problem_error(draft->problems, place_of(map, node_get(map, "device") ? "device" : "simulated"),
		        "device: %.60s is the real watchdog (write the path of a file or FIFO that stands in for it)",
		        device);
}

static void check_led(struct draft *draft, const struct node *map)
{
	const struct node *class = node_get(map, "class");

	if (class && node_get(map, "gpio"))
		problem_error(draft->problems, class->key->place,
		        "class: there is one LED, and gpio is given already (leave one of them out)");
	else if (!map->first)
		problem_error(
		        draft->problems, map->place, "led: it is not said which (write gpio: GPIO17 or class: ACT)");
}

void cross_check(struct draft *draft, enum section section, const struct node *map, void *target)
{
	const struct draft_check *check = target;

	switch (section) {
	case SECTION_WATCHDOG:
		check_watchdog(draft, map);
		break;
	case SECTION_LED:
		check_led(draft, map);
		break;
	case SECTION_DEFAULTS:
		check_timing(draft, map, draft->defaults.interval_ms, draft->defaults.timeout_ms);
		check_retry(draft, map, draft->defaults.interval_ms, draft->defaults.retry_interval_ms);
		break;
	case SECTION_SERVICE:
		cross_service(draft, map, target);
		break;
	case SECTION_CHECK:
		check_timing(draft, map, check->rule.interval_ms, check->rule.timeout_ms);
		check_retry(draft, map, check->rule.interval_ms, check->rule.retry_interval_ms);
		cross_one_check(draft, map, check);
		break;
	case SECTION_PROCESS:
		cross_process(draft, map);
		break;
	case SECTION_LOG:
		cross_log(draft, map);
		break;
	case SECTION_CPU:
		cross_cpu(draft, map, check);
		break;
	case SECTION_MEMORY:
		cross_memory(draft, map, check);
		break;
	case SECTION_PRESSURE:
		cross_pressure(draft, map, check);
		break;
	case SECTION_DISK:
		cross_disk(draft, map, check);
		break;
	case SECTION_TEMPERATURE:
		cross_temperature(draft, map, check);
		break;
	case SECTION_FILE:
		cross_file(draft, map, check);
		break;
	case SECTION_CERTIFICATE:
		cross_certificate(draft, map);
		break;
	case SECTION_PING:
		cross_ping(draft, map);
		break;
	case SECTION_NEED:
		cross_need(draft, map);
		break;
	case SECTION_ALERT:
		cross_alert(draft, map);
		break;
	case SECTION_AUTOHEAL:
		autoheal_check_process(draft, map);
		break;
	case SECTION_AUTOHEAL_DEP:
		autoheal_check_dep(draft, map);
		break;
	case SECTION_TOP:
	case SECTION_GPIO:
	case SECTION_FLAP:
	case SECTION_COMMAND:
	case SECTION_LOAD:
	case SECTION_HEARTBEAT:
	case SECTION_LADDER:
	case SECTION_REBOOTS:
	case SECTION_BOARD:
	case SECTION_BOARD_WATCHDOG:
	case SECTION_COUNT:
		break;
	}
}

/* A process is looked at again soon while it is bad, and a pat is told when it comes. */
static bool waits_for_its_turn(const struct draft_check *check)
{
	return check->rule.level == LEVEL_REBOOT && check->spec.kind != KIND_PROCESS &&
	        check->spec.kind != KIND_HEARTBEAT;
}

/* That a restart has helped is seen at the next probe; until then the time for restarts runs. */
void cross_check_whole(struct draft *draft)
{
	uint32_t restart_for_ms = draft->head.ladder.restart_for_ms;
	char restart_for[DURATION_TEXT_SIZE];
	char interval[DURATION_TEXT_SIZE];

	/* Without a time for restarts there are none. */
	if (restart_for_ms == 0)
		return;
	(void)duration_text(restart_for, restart_for_ms);
	for (uint32_t i = 0; i < draft->checks.count; i++) {
		const struct draft_check *check = draft_check(draft, i);
		const struct draft_service *service = draft_service(draft, check->rule.service);
		if (!waits_for_its_turn(check) || check->rule.interval_ms <= restart_for_ms ||
		        service->spec.restart.argc + service->spec.run.argc == 0)
			continue;
		(void)duration_text(interval, check->rule.interval_ms);
		problem_warning(draft->problems, place_of(check->node, "interval"),
		        "interval: the next look at %s may be %s after its restart, and the board is rebooted after restart_for, "
		        "which is %s (write a shorter interval, or ladder: {restart_for: %s} or more)",
		        draft_name(draft, service->spec.name), interval, restart_for, interval);
	}
}
