/* SPDX-License-Identifier: MIT
 *
 * Taking, feeding and leaving the watchdog.
 */
#include "dog.h"

#include "os/clock.h"
#include "os/log.h"
#include "os/systemd/notify.h"
#include "os/hardware/watchdog.h"
#include "os/hardware/watchdog_class.h"
#include "delegate.h"
#include "dog_open.h"
#include "dog_prove.h"
#include "options.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum {
	/* Feed at least this often: a missed turn then costs little. */
	FEED_INTERVAL_MAX_MS = 1000,
	/* Feed this many times in a timeout: P3 requires two, the rest is margin for a busy board. */
	FEEDS_IN_TIMEOUT = 4,
	/* Process 1 may be busy for most of this on the slowest boards. It is fed meanwhile. */
	HAND_OVER_MS = 20000,
	HAND_OVER_ASK_MS = 500,
	HAND_OVER_LOOK_MS = 100,
};

static void set_interval(struct dog_state *state)
{
	state->feed_interval_ms = state->timeout_ms / FEEDS_IN_TIMEOUT;
	if (state->feed_interval_ms > FEED_INTERVAL_MAX_MS)
		state->feed_interval_ms = FEED_INTERVAL_MAX_MS;
}

/* What the user should know of a watchdog that is used all the same. */
static void warn(const struct dog *dog, const struct dog_state *state)
{
	if (dog->stops_when_closed)
		log_line(LOG_PRIORITY_WARNING,
		        "event=watchdog device=%s magic_close=0 reason=\"the driver has no magic close: if feeddogd is killed, "
		        "the watchdog stops and the board is unguarded until feeddogd runs again\"",
		        dog->device);
	if (watchdog_is_software(state->identity))
		log_line(LOG_PRIORITY_WARNING,
		        "event=watchdog device=%s software=1 reason=\"this is a timer of the kernel: a kernel that hangs is not "
		        "reset (set watchdog.device to a hardware watchdog where the board has one)\"",
		        dog->device);
}

/*
 * Refused now, a watchdog that cannot be disarmed would reset the board, and again in every boot. It is fed for the timeout
 * that it has instead.
 */
static int keep(struct dog *dog, const struct dog_state *state)
{
	log_line(LOG_PRIORITY_ERROR,
	        "event=timeout device=%s timeout_ms=%u reason=\"%s; it cannot be disarmed (nowayout), so "
	        "it is fed for the timeout that it has\"",
	        dog->device, (unsigned)state->timeout_ms, dog->why);
	dog->why[0] = '\0';
	return EXIT_OK;
}

static int take_device(const struct flat *flat, const char *run_dir, struct dog *dog, struct dog_state *state)
{
	struct watchdog_facts facts = {0};
	int code = dog_open(flat, run_dir, dog, &facts);

	if (code != EXIT_OK)
		return code;
	code = dog_prove(dog, &facts, (int)(flat->watchdog.timeout_ms / 1000), state);
	if (code == EXIT_OK && !dog->why[0])
		code = dog_prove_count(dog, state);
	if (dog->why[0] && !dog->can_disarm && state->identity[0])
		code = keep(dog, state);
	if (code != EXIT_OK) {
		watchdog_close(dog->fd, true);
		loan_return(&dog->loan);
		return code;
	}
	warn(dog, state);
	return EXIT_OK;
}

static int take_simulated(struct dog *dog, struct dog_state *state)
{
	dog->can_disarm = true;
	snprintf(state->identity, sizeof(state->identity), "simulated");
	dog->fd = watchdog_open_simulated(dog->device);
	return dog->fd < 0 ? dog_refuse_open(dog, TAKE_REFUSE, dog->fd) : EXIT_OK;
}

int dog_take(const struct flat *flat, const char *run_dir, int manager_fd, struct dog *dog, struct dog_state *state)
{
	int code;

	*dog = (struct dog){.fd = -1, .manager_fd = -1};
	snprintf(dog->device, sizeof(dog->device), "%s", flat_text(flat, flat->watchdog.device));
	state->timeout_ms = flat->watchdog.timeout_ms;
	state->identity[0] = '\0';
	state->fed_ms = NEVER_MS;
	if (flat->watchdog.via == VIA_SYSTEMD) {
		dog->manager_fd = manager_fd;
		dog->can_disarm = true;
		snprintf(state->identity, sizeof(state->identity), "systemd");
		code = delegate_prove(flat, manager_fd);
	} else if (flat->watchdog.simulated) {
		code = take_simulated(dog, state);
	} else {
		code = take_device(flat, run_dir, dog, state);
	}
	if (dog->why[0])
		fprintf(stderr, "feeddogd: %s\n", dog->why);
	set_interval(state);
	return code;
}

int dog_feed(const struct dog *dog)
{
	return dog->manager_fd >= 0 ? notify_send(dog->manager_fd, "WATCHDOG=1") : watchdog_feed(dog->fd);
}

/* Not another one that has taken its number. */
static bool is_same(const char *identity, const struct dog_state *state)
{
	return !identity[0] || strncmp(identity, state->identity, NAME_SIZE - 1) == 0;
}

static int refuse_other(struct dog *dog, const char *identity, const struct dog_state *state)
{
	(void)dog_refuse(
	        dog, "%s is %s now, and not the lost %s, so it is left alone", dog->device, identity, state->identity);
	return -ENODEV;
}

int dog_retake(const struct flat *flat, struct dog *dog, struct dog_state *state)
{
	struct dog_state fresh = *state;
	struct watchdog_facts facts;
	int code, fd;

	if (dog->fd >= 0)
		watchdog_close(dog->fd, false);
	dog->fd = -1;
	dog->why[0] = '\0';
	if (!dog_find(flat, dog))
		return -ENODEV;
	(void)watchdog_class_read("", dog->device, &facts);
	if (!is_same(facts.identity, state))
		return refuse_other(dog, facts.identity, state);
	fd = watchdog_open(dog->device);
	if (fd < 0)
		return fd;
	dog->fd = fd;
	code = dog_prove(dog, &facts, (int)(flat->watchdog.timeout_ms / 1000), &fresh);
	if (code == EXIT_OK && !is_same(fresh.identity, state) && dog->can_disarm)
		code = refuse_other(dog, fresh.identity, state);
	if (code != EXIT_OK) {
		watchdog_close(dog->fd, true);
		dog->fd = -1;
		return -ENODEV;
	}
	*state = fresh;
	set_interval(state);
	return dog->why[0] ? keep(dog, state) : 0;
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
	disarm = watchdog_close(dog->fd, disarm) == 0 && disarm;
	if (dog->loan.progress != LOAN_KEPT)
		log_line(LOG_PRIORITY_WARNING, "event=disarmed disarmed=%d given_back=0", disarm);
}
