/* SPDX-License-Identifier: MIT
 *
 * Most of taking a dog is refusing one that would not bite in time.
 */
#include "dog.h"

#include "../os/clock.h"
#include "../os/log.h"
#include "../os/notify.h"
#include "../os/watchdog.h"
#include "../os/watchdog_class.h"
#include "delegate.h"
#include "options.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum {
	/* Fed at least this often, so that the LED is told as often and a missed turn costs little. */
	FEED_INTERVAL_LAST_MS = 1000,
	/* And this many times in a timeout: promise P3 allows two, the rest is for a busy board. */
	FEEDS_IN_TIMEOUT = 4,
	/* Whole seconds are rounded, and the count runs on while we ask. */
	TIME_LEFT_SLACK_S = 2,
	/* Twenty bits of 1/65536 s; what is more is taken, and cut off. */
	BCM2835_LAST_S = 15,
	/* For process 1 to take back what it lent: on the slowest boards it is busy for most of this. It is fed meanwhile. */
	HAND_OVER_MS = 20000,
	HAND_OVER_ASK_MS = 500,
	HAND_OVER_LOOK_MS = 100,
	/* So long after its boot a slow board may still be loading its drivers; the unit gives us more. Later, it is not far. */
	AWAIT_BOOT_MS = 300000,
	AWAIT_LATER_MS = 10000,
	AWAIT_LOOK_MS = 100,
};

/* What to do about process 1, which holds the dog. */
static const char *remedy(enum take take)
{
	switch (take) {
	case TAKE_OWN:
		return "take: own expects the drop-in 99-feeddog.conf in /etc/systemd/system.conf.d; put it there, and run "
		       "`systemctl daemon-reload`";
	case TAKE_REFUSE:
		return "set watchdog.take: borrow, or RuntimeWatchdogSec=off in a drop-in of /etc/systemd/system.conf.d/ that "
		       "sorts last, and run `systemctl daemon-reload`";
	case TAKE_BORROW:
		break;
	}
	return "it does not lend it; set RuntimeWatchdogSec=off in a drop-in of /etc/systemd/system.conf.d/ that sorts last, "
	       "and run `systemctl daemon-reload`";
}

static int say_busy(const char *device, enum take take)
{
	char name[64] = "";
	pid_t holder = watchdog_find_holder(name, sizeof(name));

	if (holder == 1)
		fprintf(stderr,
		        "feeddogd: %s is held by process 1 (%s), so this board is guarded by it and not by feeddog (%s)\n",
		        device, name, remedy(take));
	else if (holder > 0)
		fprintf(stderr,
		        "feeddogd: %s is held by process %d (%s), and a dog has one feeder (stop that process)\n",
		        device, (int)holder, name);
	else
		fprintf(stderr, "feeddogd: %s is held by another process (find it as root: fuser -v %s)\n", device,
		        device);
	return EXIT_NO_DOG;
}

static int say_not_opened(const char *device, enum take take, int error)
{
	if (error == -EBUSY)
		return say_busy(device, take);
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

/* Sets the timeout and believes only what is read back. *known_s: what it has where that is not it, as far as it tells. */
static int prove_timeout(const char *device, int fd, int wanted_s, int *known_s)
{
	int real_s = wanted_s, left_s = 0;
	int error = watchdog_set_timeout(fd, &real_s);

	*known_s = 0;
	(void)!watchdog_get_timeout(fd, known_s);
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
		*known_s = left_s < wanted_s ? left_s : wanted_s;
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

/*
 * Refused now, a dog that cannot be disarmed any more would reset the board, and again in every boot. It is fed for what it has
 * instead.
 */
static bool is_kept(const struct dog *dog, int known_s, struct dog_state *state)
{
	if (dog->can_disarm || known_s <= 0)
		return false;
	state->timeout_ms = (uint32_t)known_s * 1000;
	set_interval(state);
	log_line(LOG_PRIORITY_ERROR,
	        "event=timeout device=%s timeout_ms=%u reason=\"it cannot be disarmed (nowayout), so it is kept, and fed for what "
	        "it has\"",
	        dog->device, (unsigned)state->timeout_ms);
	return true;
}

static int open_device(const struct flat *flat, const char *run_dir, struct dog *dog)
{
	dog->fd = watchdog_open(dog->device);
	if (dog->fd >= 0)
		loan_recall(&dog->loan, run_dir);
	else if (dog->fd == -EBUSY && flat->watchdog.take == TAKE_BORROW)
		dog->fd = loan_take(&dog->loan, run_dir, dog->device);
	if (dog->fd < 0)
		return say_not_opened(dog->device, (enum take)flat->watchdog.take, dog->fd);
	return EXIT_OK;
}

/*
 * With nowayout, opening is for good: a timeout that turns out not to be honoured would reset the board, and again in every
 * boot. So what is known of it without opening is asked first. The Raspberry Pi's takes more than it can count.
 */
static int look_before(const char *device, int wanted_s, bool *can_disarm)
{
	struct watchdog_facts facts = {0};
	bool is_known = watchdog_class_read("", device, &facts);
	int64_t longest_s = strstr(facts.identity, "BCM2835") ? BCM2835_LAST_S : facts.longest_s;

	*can_disarm = !is_known || facts.nowayout != 1;
	if (*can_disarm)
		return EXIT_OK;
	if (longest_s > 0 && wanted_s > longest_s)
		fprintf(stderr,
		        "feeddogd: %s cannot be disarmed once it is opened (nowayout), and counts no more than %d s, so it is not "
		        "opened (set watchdog.timeout: %ds or less)\n",
		        device, (int)longest_s, (int)longest_s);
	else if (wanted_s < facts.shortest_s)
		fprintf(stderr,
		        "feeddogd: %s cannot be disarmed once it is opened (nowayout), and counts no less than %d s, so it is not "
		        "opened (set watchdog.timeout: %ds or more)\n",
		        device, (int)facts.shortest_s, (int)facts.shortest_s);
	else
		return EXIT_OK;
	return EXIT_NO_DOG;
}

static int take_device(const struct flat *flat, const char *run_dir, struct dog *dog, struct dog_state *state)
{
	int wanted_s = (int)(flat->watchdog.timeout_ms / 1000), known_s = 0;
	int code = look_before(dog->device, wanted_s, &dog->can_disarm);

	if (code == EXIT_OK)
		code = open_device(flat, run_dir, dog);
	if (code != EXIT_OK)
		return code;
	if (watchdog_identity(dog->fd, state->identity, sizeof(state->identity)) < 0) {
		fprintf(stderr, "feeddogd: %s is not a watchdog (set watchdog.device)\n", dog->device);
		code = EXIT_NO_DOG;
	}
	if (code == EXIT_OK) {
		code = prove_timeout(dog->device, dog->fd, wanted_s, &known_s);
		if (code != EXIT_OK && is_kept(dog, known_s, state))
			code = EXIT_OK;
	}
	if (code != EXIT_OK) {
		watchdog_close(dog->fd, true);
		loan_return(&dog->loan);
	}
	return code;
}

void dog_await(const struct flat *flat)
{
	const struct timespec pause = {.tv_nsec = AWAIT_LOOK_MS * 1000000L};
	const char *device = flat_text(flat, flat->watchdog.device);
	int64_t now_ms = clock_now_ms();
	int64_t until_ms = now_ms + AWAIT_LATER_MS > AWAIT_BOOT_MS ? now_ms + AWAIT_LATER_MS : AWAIT_BOOT_MS;

	if (flat->watchdog.simulated || flat->watchdog.via == VIA_SYSTEMD || watchdog_is_there(device))
		return;
	fprintf(stderr, "feeddogd: there is no %s yet; it is waited for, for %d s\n", device,
	        (int)((until_ms - now_ms) / 1000));
	while (!watchdog_is_there(device) && clock_now_ms() < until_ms)
		nanosleep(&pause, NULL);
}

int dog_take(const struct flat *flat, const char *run_dir, int manager_fd, struct dog *dog, struct dog_state *state)
{
	*dog = (struct dog){.fd = -1, .manager_fd = -1, .device = flat_text(flat, flat->watchdog.device)};
	state->timeout_ms = flat->watchdog.timeout_ms;
	state->fed_ms = NEVER_MS;
	set_interval(state);
	if (flat->watchdog.via == VIA_SYSTEMD) {
		dog->manager_fd = manager_fd;
		dog->can_disarm = true;
		snprintf(state->identity, sizeof(state->identity), "systemd");
		return delegate_prove(flat, manager_fd);
	}
	if (!flat->watchdog.simulated)
		return take_device(flat, run_dir, dog, state);
	dog->fd = watchdog_open_simulated(dog->device);
	dog->can_disarm = true;
	snprintf(state->identity, sizeof(state->identity), "simulated");
	return dog->fd < 0 ? say_not_opened(dog->device, TAKE_REFUSE, dog->fd) : EXIT_OK;
}

int dog_feed(const struct dog *dog)
{
	return dog->manager_fd >= 0 ? notify_send(dog->manager_fd, "WATCHDOG=1") : watchdog_feed(dog->fd);
}

enum taking { TAKEN, NOT_YET, NOT_WANTED };

/*
 * Whether process 1 has it. Asked anything, it wakes up, and takes what it wants in the next turn of its loop. What it has
 * open is not seen by who has fewer capabilities; that it cannot be opened is. Until then it is fed by us.
 */
static enum taking look_whether_taken(const struct dog *dog)
{
	const struct timespec pause = {.tv_nsec = HAND_OVER_LOOK_MS * 1000000L};
	uint64_t usec = 0;
	int error = systemd_ask(SYSTEMD_SOCKET, SYSTEMD_GET_WATCHDOG, &usec, HAND_OVER_ASK_MS);
	int fd;

	nanosleep(&pause, NULL);
	fd = watchdog_open(dog->device);
	if (fd == -EBUSY)
		return TAKEN;
	if (fd >= 0) {
		(void)!watchdog_feed(fd);
		watchdog_close(fd, false);
	}
	return !error && usec == 0 ? NOT_WANTED : NOT_YET;
}

/*
 * Armed and closed, it is process 1's to take. Where it does not take it, the board is better unguarded than reset for being
 * stopped in order.
 */
static void hand_over(const struct dog *dog)
{
	int64_t until_ms = clock_now_ms() + HAND_OVER_MS;
	enum taking taking;
	int fd;

	watchdog_close(dog->fd, false);
	do {
		taking = look_whether_taken(dog);
	} while (taking == NOT_YET && clock_now_ms() < until_ms);
	fd = taking == TAKEN ? -EBUSY : watchdog_open(dog->device);
	if (fd >= 0)
		watchdog_close(fd, true);
	log_line(fd == -EBUSY ? LOG_PRIORITY_NOTICE : LOG_PRIORITY_WARNING, "event=disarmed disarmed=%d given_back=%d",
	        fd >= 0, fd == -EBUSY);
}

void dog_leave(struct dog *dog, bool disarm)
{
	if (dog->manager_fd >= 0)
		return;
	if (dog->loan.progress == LOAN_RETURNED) {
		hand_over(dog);
		return;
	}
	if (dog->loan.progress != LOAN_KEPT)
		log_line(LOG_PRIORITY_WARNING, "event=disarmed disarmed=%d given_back=0", disarm);
	watchdog_close(dog->fd, disarm);
}
