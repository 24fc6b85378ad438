/* SPDX-License-Identifier: MIT
 *
 * Most of taking a dog is refusing one that would not bite in time.
 */
#include "dog.h"

#include "../os/watchdog.h"
#include "options.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum {
	/* Fed at least this often, so that the LED is told as often and a missed turn costs little. */
	FEED_INTERVAL_LAST_MS = 1000,
	/* And this many times in a timeout: promise P3 allows two, the rest is for a busy board. */
	FEEDS_IN_TIMEOUT = 4,
	/* Whole seconds are rounded, and the count runs on while we ask. */
	TIME_LEFT_SLACK_S = 2,
};

static int say_busy(const char *device)
{
	char name[64] = "";
	pid_t holder = watchdog_find_holder(name, sizeof(name));

	if (holder == 1)
		fprintf(stderr,
		        "feeddogd: %s is held by process 1 (%s), so this board is guarded by it and not by feeddog (set "
		        "RuntimeWatchdogSec=off in a drop-in of /etc/systemd/system.conf.d/ that sorts last, and run "
		        "`systemctl daemon-reload`)\n",
		        device, name);
	else if (holder > 0)
		fprintf(stderr,
		        "feeddogd: %s is held by process %d (%s), and a dog has one feeder (stop that process)\n",
		        device, (int)holder, name);
	else
		fprintf(stderr, "feeddogd: %s is held by another process (find it as root: fuser -v %s)\n", device,
		        device);
	return EXIT_NO_DOG;
}

static int say_not_opened(const char *device, int error)
{
	if (error == -EBUSY)
		return say_busy(device);
	if (error == -ENOENT)
		fprintf(stderr,
		        "feeddogd: there is no %s (load the board's watchdog driver, or set watchdog.device to what `ls "
		        "/dev/watchdog*` shows)\n",
		        device);
	else if (error == -EACCES || error == -EPERM)
		fprintf(stderr, "feeddogd: %s cannot be opened: %s (run feeddogd as root)\n", device, strerror(-error));
	else
		fprintf(stderr, "feeddogd: %s cannot be opened: %s\n", device, strerror(-error));
	return EXIT_NO_DOG;
}

/* Sets the timeout and believes only what is read back. */
static int prove_timeout(const char *device, int fd, int wanted_s)
{
	int real_s = wanted_s, left_s = 0;
	int error = watchdog_set_timeout(fd, &real_s);

	if (error && error != -EOPNOTSUPP && error != -ENOTTY) {
		fprintf(stderr, "feeddogd: %s refuses a timeout of %d s: %s (set watchdog.timeout to what it can do)\n",
		        device, wanted_s, strerror(-error));
		return EXIT_NO_DOG;
	}
	error = watchdog_get_timeout(fd, &real_s);
	if (error) {
		fprintf(stderr,
		        "feeddogd: %s does not tell its timeout: %s (it is not a watchdog that can be trusted)\n",
		        device, strerror(-error));
		return EXIT_NO_DOG;
	}
	if (real_s != wanted_s) {
		fprintf(stderr, "feeddogd: %s bites after %d s where %d s were asked for (set watchdog.timeout: %ds)\n",
		        device, real_s, wanted_s, real_s);
		return EXIT_NO_DOG;
	}
	error = watchdog_feed(fd);
	if (error) {
		fprintf(stderr, "feeddogd: %s cannot be fed: %s\n", device, strerror(-error));
		return EXIT_NO_DOG;
	}
	/* Some kernels take a timeout that the hardware then counts modulo its width: only the time left shows it. */
	if (watchdog_get_time_left(fd, &left_s) == 0 && (left_s > wanted_s || left_s < wanted_s - TIME_LEFT_SLACK_S)) {
		fprintf(stderr,
		        "feeddogd: %s says it took %d s, but just after a feed only %d s are left (this kernel does not honour "
		        "long timeouts: set watchdog.timeout: %ds or less)\n",
		        device, wanted_s, left_s, left_s > 0 && left_s < 15 ? left_s : 15);
		return EXIT_NO_DOG;
	}
	return EXIT_OK;
}

static void set_interval(struct dog_state *state)
{
	state->feed_interval_ms = state->timeout_ms / FEEDS_IN_TIMEOUT;
	if (state->feed_interval_ms > FEED_INTERVAL_LAST_MS)
		state->feed_interval_ms = FEED_INTERVAL_LAST_MS;
}

int dog_take(const struct flat *flat, struct dog *dog, struct dog_state *state)
{
	const char *device = flat_text(flat, flat->watchdog.device);
	int code;

	state->timeout_ms = flat->watchdog.timeout_ms;
	state->fed_ms = NEVER_MS;
	set_interval(state);
	if (flat->watchdog.simulated) {
		dog->fd = watchdog_open_simulated(device);
		dog->can_disarm = true;
		snprintf(state->identity, sizeof(state->identity), "simulated");
		return dog->fd < 0 ? say_not_opened(device, dog->fd) : EXIT_OK;
	}
	dog->fd = watchdog_open(device);
	if (dog->fd < 0)
		return say_not_opened(device, dog->fd);
	dog->can_disarm = !watchdog_is_nowayout(device);
	if (watchdog_identity(dog->fd, state->identity, sizeof(state->identity)) < 0) {
		fprintf(stderr, "feeddogd: %s is not a watchdog (set watchdog.device)\n", device);
		watchdog_close(dog->fd, true);
		return EXIT_NO_DOG;
	}
	code = prove_timeout(device, dog->fd, (int)(flat->watchdog.timeout_ms / 1000));
	if (code != EXIT_OK)
		watchdog_close(dog->fd, true);
	return code;
}
