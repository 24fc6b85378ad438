/* SPDX-License-Identifier: MIT
 *
 * The words for events and helpers. They are relied on from outside: the log carries them.
 */
#include "event.h"

#include "names.h"

static const char *const event_names[] = {
        [EVENT_ARMED] = "armed",
        [EVENT_BOOT] = "boot",
        [EVENT_CHECK_FAILED] = "check-failed",
        [EVENT_CHECK_PASSED] = "check-passed",
        [EVENT_SERVICE_DOWN] = "service-down",
        [EVENT_SERVICE_UP] = "service-up",
        [EVENT_START] = "start",
        [EVENT_RESTART] = "restart",
        [EVENT_RESTART_DONE] = "restart-done",
        [EVENT_RESTART_FAILED] = "restart-failed",
        [EVENT_REBOOT] = "reboot",
        [EVENT_LETGO] = "letgo",
        [EVENT_HOLD] = "hold",
        [EVENT_MAINTENANCE] = "maintenance",
        [EVENT_RESUMED] = "resumed",
        [EVENT_HELPER_DIED] = "helper-died",
        [EVENT_HELPER_STARTED] = "helper-started",
        [EVENT_DROPPED] = "dropped",
        [EVENT_DISARMED] = "disarmed",
        [EVENT_STATE] = "state",
        [EVENT_SETTLED] = "settled",
        [EVENT_STORAGE] = "storage",
        [EVENT_WARNING] = "warning",
        [EVENT_EXITED] = "exited",
        [EVENT_REBOOT_DONE] = "reboot-done",
        [EVENT_REBOOT_FAILED] = "reboot-failed",
        [EVENT_GOING_DOWN] = "going-down",
        [EVENT_WATCHDOG_LOST] = "watchdog-lost",
        [EVENT_WATCHDOG_BACK] = "watchdog-back",
        [EVENT_PROVEN] = "proven",
        [EVENT_DRILL] = "drill",
};
NAMES_FIT(event_names, EVENT_KIND_COUNT);

static const char *const helper_names[] = {
        [HELPER_CHECKER] = "checker",
        [HELPER_ACTOR] = "actor",
        [HELPER_LED] = "led",
};
NAMES_FIT(helper_names, HELPER_COUNT);

const char *event_name(enum event_kind kind)
{
	return NAME_OF(event_names, kind);
}

const char *helper_name(enum helper helper)
{
	return NAME_OF(helper_names, helper);
}
