/* SPDX-License-Identifier: MIT
 *
 * A pipe with one small record for each command. End of file means that whoever started the commands is gone.
 */
#include "guard.h"

#include "os/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* for_ms 0: forget it. One write of a record is atomic. */
struct record {
	int32_t group;
	uint32_t for_ms;
};

struct watched {
	pid_t group;
	int64_t kill_at_ms;
};

/* As many as there can be checks at one time; more are only killed by whoever has started them. */
enum { WATCHED_MAX = 8192, RECORDS_AT_ONCE = 64, DESCRIPTOR = 0, REST_US = 100000 };

static struct watched watched[WATCHED_MAX];
static size_t watched_count;

/* The leader, too, which makes its group a moment after it was started. */
static void kill_group(pid_t group)
{
	if (kill(-group, SIGKILL) != 0)
		(void)kill(group, SIGKILL);
}

static void forget(pid_t group)
{
	for (size_t i = 0; i < watched_count; i++)
		if (watched[i].group == group)
			watched[i--] = watched[--watched_count];
}

static void take_record(const struct record *record, int64_t now_ms)
{
	/* Never everybody (-1), nor init. */
	if (record->group <= 1)
		return;
	forget(record->group);
	if (record->for_ms > 0 && watched_count < WATCHED_MAX)
		watched[watched_count++] =
		        (struct watched){.group = record->group, .kill_at_ms = now_ms + record->for_ms};
}

/* Kills what has reached its deadline. How long until the next one, for poll(). */
static int kill_due(int64_t now_ms)
{
	int64_t next_ms = INT32_MAX;

	for (size_t i = 0; i < watched_count; i++) {
		int64_t left_ms = watched[i].kill_at_ms - now_ms;

		if (left_ms <= 0) {
			kill_group(watched[i].group);
			watched[i--] = watched[--watched_count];
		} else if (left_ms < next_ms) {
			next_ms = left_ms;
		}
	}
	return watched_count > 0 ? (int)next_ms : -1;
}

/* How many bytes: 0 at the end of the pipe, -1 where there are none, or the call failed. */
static ssize_t take_records(void)
{
	struct record records[RECORDS_AT_ONCE];
	ssize_t length = read(DESCRIPTOR, records, sizeof(records));

	for (ssize_t i = 0; i < length / (ssize_t)sizeof(records[0]); i++)
		take_record(&records[i], clock_now_ms());
	return length;
}

/*
 * Keeps nothing of the process that it was forked from but the pipe, and leaves its session. The writing end is closed by its
 * name, too: with it, the guard would wait for itself where close_range() is refused, as in older containers.
 */
static void become_guard(const int ends[2])
{
	(void)setsid();
	(void)prctl(PR_SET_NAME, "feeddog-guard", 0, 0, 0);
	(void)close(ends[1]);
	if (dup2(ends[0], DESCRIPTOR) < 0)
		_exit(1);
	(void)syscall(SYS_close_range, DESCRIPTOR + 1U, ~0U, 0U);
}

/*
 * The owner has ended when the pipe has, or when this process has another parent and no record is left. The second also holds
 * where the calls fail for ever; between two that failed the guard rests.
 */
__attribute__((noreturn)) static void run(const int ends[2], pid_t owner)
{
	struct pollfd records = {.fd = DESCRIPTOR, .events = POLLIN};

	become_guard(ends);
	for (;;) {
		bool is_orphan = getppid() != owner;
		int ready = poll(&records, 1, is_orphan ? 0 : kill_due(clock_now_ms()));
		ssize_t got = take_records();

		if (got == 0 || (got < 0 && is_orphan))
			break;
		if (got < 0 && ready != 0)
			(void)usleep(REST_US);
	}
	for (size_t i = 0; i < watched_count; i++)
		kill_group(watched[i].group);
	_exit(0);
}

int guard_open(struct guard *guard)
{
	pid_t owner = getpid();
	int ends[2];

	*guard = (struct guard){.fd = -1};
	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0)
		return -errno;
	/* The guard keeps them blocked: a stop of the whole unit must not end it before us. */
	sigset_t all, before;
	sigfillset(&all);
	(void)sigprocmask(SIG_SETMASK, &all, &before);
	guard->pid = fork();
	if (guard->pid == 0)
		run(ends, owner);
	int error = guard->pid < 0 ? -errno : 0;
	(void)sigprocmask(SIG_SETMASK, &before, NULL);
	(void)close(ends[0]);
	if (error == 0)
		guard->fd = ends[1];
	else
		(void)close(ends[1]);
	return error;
}

static void send_record(const struct guard *guard, pid_t group, uint32_t for_ms)
{
	struct record record = {.group = group, .for_ms = for_ms};

	/* A full pipe, because somebody has stopped the guard, must not stop us. */
	if (guard->fd >= 0)
		(void)!write(guard->fd, &record, sizeof(record));
}

void guard_watch(const struct guard *guard, pid_t group, uint32_t for_ms)
{
	send_record(guard, group, for_ms > 0 ? for_ms : 1);
}

void guard_forget(const struct guard *guard, pid_t group)
{
	send_record(guard, group, 0);
}

void guard_close(struct guard *guard)
{
	if (guard->fd < 0)
		return;
	(void)close(guard->fd);
	guard->fd = -1;
	(void)waitpid(guard->pid, NULL, WNOHANG);
}
