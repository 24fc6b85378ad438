/* SPDX-License-Identifier: MIT
 *
 * The dog on loan.
 */
#include "loan.h"

#include "os/clock.h"
#include "os/log.h"
#include "os/storage/store.h"
#include "os/hardware/watchdog.h"
#include "os/hardware/watchdog_holder.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
	/* On the slowest boards a reload takes most of this, also one that process 1 is at when it is asked for something else. */
	ASK_WAIT_MS = 40000,
	/* Once the device is open: all dogs wait longer. */
	RECALL_WAIT_MS = 500,
	OPEN_WAIT_MS = 1000,
	OPEN_PAUSE_MS = 10,
	FEED_EVERY_MS = 1000,
};

/* It sorts behind whatever else says RuntimeWatchdogSec. */
#define DROP_IN_DIR "/run/systemd/system.conf.d"
#define DROP_IN DROP_IN_DIR "/zz-feeddog-borrows.conf"

static const char drop_in[] = "# feeddogd has borrowed the watchdog, and takes this away when it gives it back.\n"
                              "[Manager]\n"
                              "RuntimeWatchdogSec=off\n";

/* Where RUN has no room for it, a feeder that follows one which was killed cannot give back; a board without one is worse off. */
static void write_note(const struct loan *loan)
{
	char text[64];
	int length = snprintf(text, sizeof(text), "%d %llu\n", (int)loan->way, (unsigned long long)loan->usec);
	int error = store_replace(loan->note, text, (size_t)length, 0600);

	if (error)
		log_line(LOG_PRIORITY_WARNING, "event=storage stable=0 file=%s error=\"%s\"", loan->note,
		        strerror(-error));
}

static void name_note(struct loan *loan, const char *run_dir)
{
	int length = snprintf(loan->note, sizeof(loan->note), "%s/borrowed", run_dir);

	if (length < 0 || (size_t)length >= sizeof(loan->note))
		loan->note[0] = '\0';
}

/* Fed at once: the kernel still remembers process 1's magic close, and would let us go like it. */
static int open_and_feed(const char *device)
{
	int fd = watchdog_open(device);

	if (fd >= 0)
		(void)!watchdog_feed(fd);
	return fd;
}

/*
 * Process 1 closes the device before all else that a reload is, which takes seconds on a slow board, and in those nobody would
 * guard: it is opened as soon as that can be done, and fed until the answer has come. The kernel may be done with the closing
 * only a moment after that.
 */
static int ask_and_open(enum systemd_verb verb, const char *device)
{
	const struct timespec pause = {.tv_nsec = OPEN_PAUSE_MS * 1000000L};
	int64_t now_ms = clock_now_ms(), until_ms = now_ms + ASK_WAIT_MS, fed_ms = now_ms;
	struct systemd_call call;
	int fd = -EBUSY, answer = systemd_begin(&call, SYSTEMD_SOCKET, verb, 0);

	if (answer)
		return answer;
	answer = -EAGAIN;
	while (now_ms < until_ms && (fd == -EBUSY || answer == -EAGAIN)) {
		if (answer == -EAGAIN && (answer = systemd_take(&call)) != -EAGAIN)
			until_ms = answer ? now_ms : now_ms + OPEN_WAIT_MS;
		if (fd == -EBUSY && (fd = open_and_feed(device)) >= 0)
			fed_ms = now_ms;
		if (fd >= 0 && now_ms - fed_ms >= FEED_EVERY_MS && watchdog_feed(fd) == 0)
			fed_ms = now_ms;
		nanosleep(&pause, NULL);
		now_ms = clock_now_ms();
	}
	systemd_end(&call);
	return fd;
}

static int by_property(struct loan *loan, const char *device)
{
	loan->way = LOAN_BY_PROPERTY;
	write_note(loan);
	return ask_and_open(SYSTEMD_SET_WATCHDOG, device);
}

static int by_drop_in(struct loan *loan, const char *device)
{
	int error;

	loan->way = LOAN_BY_DROP_IN;
	write_note(loan);
	error = store_make_dir(DROP_IN_DIR, 0755);
	if (!error)
		error = store_replace(DROP_IN, drop_in, sizeof(drop_in) - 1, 0644);
	return error ? error : ask_and_open(SYSTEMD_RELOAD, device);
}

int loan_take(struct loan *loan, const char *run_dir, const char *device)
{
	char name[64];
	pid_t holder = watchdog_find_holder("", device, name, sizeof(name));
	int fd;

	name_note(loan, run_dir);
	if (holder > 1 || systemd_ask(SYSTEMD_SOCKET, SYSTEMD_GET_WATCHDOG, &loan->usec, ASK_WAIT_MS) != 0 ||
	        loan->usec == 0)
		return -EBUSY;
	fd = by_property(loan, device);
	if (fd >= 0)
		return fd;
	loan_return(loan);
	fd = by_drop_in(loan, device);
	if (fd < 0)
		loan_return(loan);
	return fd;
}

void loan_recall(struct loan *loan, const char *run_dir)
{
	char text[64] = "";
	uint64_t usec = 0;
	char *end;
	long way;
	int error;

	name_note(loan, run_dir);
	if (store_read(loan->note, text, sizeof(text) - 1) <= 0)
		return;
	way = strtol(text, &end, 10);
	loan->usec = strtoull(end, NULL, 10);
	if (loan->usec == 0)
		return;
	/* Somebody may have given it back since. Where process 1 is busy the note is believed: it is of this boot. */
	error = systemd_ask(SYSTEMD_SOCKET, SYSTEMD_GET_WATCHDOG, &usec, RECALL_WAIT_MS);
	if (error && error != -ETIMEDOUT)
		return;
	if (way == LOAN_BY_PROPERTY && usec == 0)
		loan->way = LOAN_BY_PROPERTY;
	if (way == LOAN_BY_DROP_IN && access(DROP_IN, F_OK) == 0)
		loan->way = LOAN_BY_DROP_IN;
}

void loan_begin_return(struct loan *loan)
{
	enum systemd_verb verb = SYSTEMD_SET_WATCHDOG;

	if (loan->way == LOAN_NONE)
		return;
	if (loan->way == LOAN_BY_DROP_IN) {
		verb = SYSTEMD_RELOAD;
		unlink(DROP_IN);
	}
	/* That value means: as the configuration says. Nothing of ours is then left in process 1. */
	loan->progress =
	        systemd_begin(&loan->call, SYSTEMD_SOCKET, verb, UINT64_MAX) == 0 ? LOAN_RETURNING : LOAN_REFUSED;
}

bool loan_is_over(struct loan *loan)
{
	int error;

	if (loan->progress != LOAN_RETURNING)
		return true;
	error = systemd_take(&loan->call);
	if (error == -EAGAIN)
		return false;
	loan->progress = error ? LOAN_REFUSED : LOAN_RETURNED;
	if (!error) {
		loan->way = LOAN_NONE;
		unlink(loan->note);
	}
	return true;
}

void loan_return(struct loan *loan)
{
	const struct timespec pause = {.tv_nsec = OPEN_PAUSE_MS * 1000000L};
	int64_t until_ms = clock_now_ms() + ASK_WAIT_MS;

	if (loan->way == LOAN_NONE)
		return;
	loan_begin_return(loan);
	while (!loan_is_over(loan) && clock_now_ms() < until_ms)
		nanosleep(&pause, NULL);
	systemd_end(&loan->call);
	loan->progress = LOAN_KEPT;
}
