/* SPDX-License-Identifier: MIT
 *
 * The proof of a watchdog.
 */
#include "dog_prove.h"

#include "os/clock.h"
#include "os/hardware/watchdog.h"
#include "options.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum {
	/* Whole seconds are rounded, and the count goes on while we ask. */
	TIME_LEFT_SLACK_S = 2,
	/* A count in whole seconds changes within one; slow hardware gets three. */
	COUNT_WAIT_MS = 3000,
	COUNT_SHORTEST_MS = 1200,
	COUNT_LOOK_MS = 50,
};

int dog_refuse(struct dog *dog, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(dog->why, sizeof(dog->why), format, arguments);
	va_end(arguments);
	return EXIT_NO_DOG;
}

int dog_refuse_timeout(struct dog *dog, int wanted_s, int limit_s, bool is_longest)
{
	return dog_refuse(dog, "asked for %d s, %s counts %d s at %s (set watchdog.timeout: %ds or %s)", wanted_s,
	        dog->device, limit_s, is_longest ? "most" : "least", limit_s, is_longest ? "less" : "more");
}

/* sysfs knows; where it does not, the driver is asked by trying. What no one tells is taken for nowayout. */
static bool can_disarm(const struct dog *dog, const struct watchdog_facts *facts)
{
	return facts->nowayout >= 0 ? facts->nowayout == 0 : watchdog_try_stop(dog->fd) == 0;
}

static int examine(struct dog *dog, const struct watchdog_facts *facts, struct watchdog_driver *driver)
{
	struct watchdog_facts known = *facts;

	if (watchdog_ask_driver(dog->fd, driver) < 0)
		return dog_refuse(dog, "%s is not a watchdog (set watchdog.device)", dog->device);
	/* A legacy node may belong to another driver than watchdog0. */
	if (known.identity[0] && strncmp(known.identity, driver->identity, sizeof(driver->identity) - 1) != 0)
		known.nowayout = -1;
	dog->can_disarm = can_disarm(dog, &known);
	dog->stops_when_closed = !driver->magic_close && dog->can_disarm;
	if (driver->alarm_only)
		return dog_refuse(dog,
		        "%s (%s) only raises an alarm and does not reset the board (set watchdog.device to another watchdog)",
		        dog->device, driver->identity);
	return EXIT_OK;
}

/* Sets the timeout, and believes only what is read back. *real_s: the timeout that it has; 0: not known. */
static int set_timeout(struct dog *dog, int wanted_s, int *real_s, bool *is_fixed)
{
	int taken_s = wanted_s, error = watchdog_set_timeout(dog->fd, &taken_s);
	int unread = watchdog_get_timeout(dog->fd, real_s);

	if (unread)
		*real_s = 0;
	*is_fixed = error == -EOPNOTSUPP || error == -ENOTTY;
	if (error && !*is_fixed)
		return dog_refuse(dog,
		        "%s refuses a timeout of %d s: %s (set watchdog.timeout to what its driver accepts%s)",
		        dog->device, wanted_s, strerror(-error), *real_s > 0 ? "" : "; it does not report any");
	if (unread)
		return dog_refuse(dog, "%s does not report its timeout: %s (set watchdog.device to another watchdog)",
		        dog->device, strerror(-unread));
	if (*real_s != wanted_s)
		return dog_refuse(dog, "asked for %d s, the driver %s %d s (set watchdog.timeout: %ds)", wanted_s,
		        *is_fixed ? "has a fixed timeout of" : "set", *real_s, *real_s);
	return EXIT_OK;
}

/*
 * Some kernels take a timeout that the hardware then counts modulo its width: only the time left shows it. A fixed timeout is
 * the hardware's own; a window watchdog (K3 RTI), which the kernel feeds only in the second half of its window, then has
 * less left after a feed.
 */
static int judge_time_left(struct dog *dog, int wanted_s, bool is_fixed, int *real_s)
{
	int left_s = 0;

	if (watchdog_get_time_left(dog->fd, &left_s) != 0)
		return EXIT_OK;
	if (left_s <= wanted_s && left_s >= (is_fixed ? 0 : wanted_s - TIME_LEFT_SLACK_S))
		return EXIT_OK;
	*real_s = left_s < wanted_s ? left_s : wanted_s;
	return dog_refuse(dog,
	        "%s accepted a timeout of %d s, but right after a feed %d s are left, so it does not count so far "
	        "(set a shorter watchdog.timeout%s)",
	        dog->device, wanted_s, left_s, wanted_s > 15 ? ", for example 15s" : "");
}

static int prove_timeout(struct dog *dog, const struct watchdog_driver *driver, int wanted_s, int *real_s)
{
	int longest_s = (int)watchdog_longest_s(driver->identity, 0), error, code;
	bool is_fixed = false;

	if (longest_s > 0 && wanted_s > longest_s) {
		*real_s = longest_s;
		(void)!watchdog_set_timeout(dog->fd, real_s);
		*real_s = longest_s;
		return dog_refuse_timeout(dog, wanted_s, longest_s, true);
	}
	code = set_timeout(dog, wanted_s, real_s, &is_fixed);
	if (code != EXIT_OK)
		return code;
	error = watchdog_feed(dog->fd);
	if (error)
		return dog_refuse(dog, "%s cannot be fed: %s (see what the kernel log says of its driver: dmesg)",
		        dog->device, strerror(-error));
	return judge_time_left(dog, wanted_s, is_fixed, real_s);
}

int dog_prove(struct dog *dog, const struct watchdog_facts *facts, int wanted_s, struct dog_state *state)
{
	struct watchdog_driver driver = {0};
	int code = examine(dog, facts, &driver), real_s = 0;

	if (code != EXIT_OK)
		return code;
	snprintf(state->identity, sizeof(state->identity), "%.*s", NAME_SIZE - 1, driver.identity);
	dog->why[0] = '\0';
	code = prove_timeout(dog, &driver, wanted_s, &real_s);
	if (code != EXIT_OK && (dog->can_disarm || real_s <= 0))
		return code;
	state->timeout_ms = (uint32_t)(code == EXIT_OK ? wanted_s : real_s) * 1000;
	return EXIT_OK;
}

int dog_prove_count(struct dog *dog, struct dog_state *state)
{
	const struct timespec pause = {.tv_nsec = COUNT_LOOK_MS * 1000000L};
	int64_t wait_ms = state->timeout_ms / 2 < COUNT_WAIT_MS ? state->timeout_ms / 2 : COUNT_WAIT_MS;
	int64_t until_ms = clock_now_ms() + wait_ms;
	int first_s = 0, left_s = 0;

	if (wait_ms < COUNT_SHORTEST_MS || watchdog_get_time_left(dog->fd, &first_s) != 0)
		return EXIT_OK;
	do {
		nanosleep(&pause, NULL);
		if (watchdog_get_time_left(dog->fd, &left_s) != 0)
			return EXIT_OK;
	} while (left_s == first_s && clock_now_ms() < until_ms);
	(void)!watchdog_feed(dog->fd);
	if (left_s != first_s)
		return EXIT_OK;
	return dog_refuse(dog,
	        "%s does not count: %d s were left after a feed, and %d s still are %d ms later (set watchdog.device to "
	        "another watchdog)",
	        dog->device, first_s, left_s, (int)wait_ms);
}
