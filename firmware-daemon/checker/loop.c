/* SPDX-License-Identifier: MIT
 *
 * Deadlines are absolute: a probe is due at its first start plus a whole number of intervals, however late the last one
 * was. Descriptors are served before deadlines, so that an answer that came in time is not taken for a timeout.
 */
#include "loop.h"

#include "os/channel/channel.h"
#include "os/clock.h"
#include "os/log.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

enum { EVENTS_AT_ONCE = 64 };

static const struct probe_kind *const kinds[KIND_COUNT] = {
        [KIND_HTTP] = &check_http,
        [KIND_TCP] = &check_tcp,
        [KIND_PROCESS] = &check_process,
        [KIND_COMMAND] = &check_command,
        [KIND_LOG] = &check_log,
        [KIND_CPU] = &check_cpu,
        [KIND_MEMORY] = &check_memory,
        [KIND_PRESSURE] = &check_pressure,
        [KIND_LOAD] = &check_load,
        [KIND_DISK] = &check_disk,
        [KIND_TEMPERATURE] = &check_temperature,
        [KIND_FILE] = &check_file,
        [KIND_PING] = &check_ping,
        [KIND_HEARTBEAT] = &check_heartbeat,
        [KIND_CERTIFICATE] = &check_certificate,
};

static const struct probe_kind *kind_of(const struct probe *probe)
{
	return kinds[probe->spec->kind];
}

static void start(struct probe *probe)
{
	probe_stamp(probe);
	/* Tried again each time: memory may be there by then. */
	int error = probe->own ? 0 : kind_of(probe)->init(probe);
	if (error < 0) {
		probe_end(probe, cannot_probe(-error));
		return;
	}
	probe->running = true;
	schedule_set(&probe->checker->schedule, &probe->timer, probe->started_ms + probe->rule->timeout_ms);
	kind_of(probe)->start(probe);
}

static void serve_timer(struct checker *checker, uint32_t owner)
{
	struct probe *probe;

	if (owner == OWNER_TRANSFERS) {
		transfers_timer(checker);
		return;
	}
	probe = &checker->probes[owner];
	if (probe->running) {
		kind_of(probe)->timeout(probe);
	} else if (clock_now_ms() >= probe->due_ms) {
		start(probe);
	} else {
		probe_release(probe);
		kind_of(probe)->look(probe);
	}
}

/* The feeder says nothing; its end of the channel is closed when it is gone. */
static void serve_channel(struct checker *checker)
{
	char ignored[64];
	long length = channel_receive(checker->channel_fd, ignored, sizeof(ignored));

	if (length <= 0 && length != -EAGAIN)
		checker->over = true;
}

static void serve_event(struct checker *checker, const struct epoll_event *event)
{
	int fd = (int)(uint32_t)event->data.u64;
	uint16_t check = (uint16_t)(event->data.u64 >> 32);

	switch ((enum watched)(event->data.u64 >> 48)) {
	case WATCHED_CHANNEL:
		serve_channel(checker);
		break;
	case WATCHED_SIGNAL:
		checker->over = true;
		break;
	case WATCHED_TRANSFER:
		transfers_event(checker, fd, event->events);
		break;
	case WATCHED_LOOKUPS:
		lookups_event(checker);
		break;
	case WATCHED_PROBE:
		if (checker->probes[check].own)
			kind_of(&checker->probes[check])->event(&checker->probes[check], fd);
		break;
	}
}

static int wait_ms(const struct checker *checker)
{
	int64_t next_ms = schedule_next_ms(&checker->schedule);
	int64_t now_ms = clock_now_ms();

	if (next_ms <= now_ms)
		return 0;
	return next_ms - now_ms > INT32_MAX ? INT32_MAX : (int)(next_ms - now_ms);
}

int checker_run(struct checker *checker)
{
	struct epoll_event events[EVENTS_AT_ONCE];
	struct timer *timer;

	while (!checker->over) {
		int64_t before_ms = clock_now_ms();
		int count = epoll_wait(checker->epoll_fd, events, EVENTS_AT_ONCE, wait_ms(checker));

		if (count < 0 && errno != EINTR)
			return -errno;
		for (int i = 0; i < count; i++)
			serve_event(checker, &events[i]);
		int64_t now_ms = clock_now_ms();
		while ((timer = schedule_take_due(&checker->schedule, now_ms)))
			serve_timer(checker, timer->owner);
		spin_guard_rest(&checker->spin, before_ms);
	}
	return 0;
}

static int watch_own(struct checker *checker, enum watched watched, int fd)
{
	struct epoll_event event = {.events = EPOLLIN, .data.u64 = watch_key(watched, 0, fd)};

	return epoll_ctl(checker->epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0 ? -errno : 0;
}

/* SIGTERM goes through the loop, so that the commands that run are ended first. */
static int watch_signal(struct checker *checker)
{
	sigset_t term;

	sigemptyset(&term);
	sigaddset(&term, SIGTERM);
	if (sigprocmask(SIG_BLOCK, &term, NULL) < 0)
		return -errno;
	int fd = signalfd(-1, &term, SFD_CLOEXEC | SFD_NONBLOCK);
	return fd < 0 ? -errno : watch_own(checker, WATCHED_SIGNAL, fd);
}

/*
 * The first probes come at once, but one millisecond after another, and all within one interval: a thousand checks must not
 * start in the same instant, now and ever after.
 */
static int64_t first_due_ms(int64_t now_ms, uint16_t check, uint16_t count, uint32_t interval_ms)
{
	int64_t spread_ms = count < interval_ms ? count : interval_ms;

	return now_ms + check * spread_ms / count;
}

static void open_probes(struct checker *checker)
{
	struct rules rules = flat_rules(checker->flat);
	int64_t now_ms = clock_now_ms();

	for (uint16_t i = 0; i < rules.check_count; i++) {
		struct probe *probe = &checker->probes[i];

		*probe = (struct probe){
		        .checker = checker,
		        .flat = checker->flat,
		        .spec = &flat_checks(checker->flat)[i],
		        .rule = &rules.checks[i],
		        .check = i,
		        .timer.owner = i,
		};
		probe->due_ms = first_due_ms(now_ms, i, rules.check_count, probe->rule->interval_ms);
		schedule_set(&checker->schedule, &probe->timer, probe->due_ms);
	}
}

int checker_open(
        struct checker *checker, const struct flat *flat, const char *run_dir, uint32_t generation, int channel_fd)
{
	*checker = (struct checker){.flat = flat,
	        .run_dir = run_dir,
	        .generation = generation,
	        .channel_fd = channel_fd,
	        .spin = spin_guard_of_helper};
	/* Before any thread. Commands also die without it, but not always all that they have started. */
	int error = guard_open(&checker->guard);
	if (error < 0)
		log_line(LOG_PRIORITY_WARNING, "event=no-guard error=\"%s\"", strerror(-error));
	checker->probes = calloc(flat->check_count, sizeof(struct probe));
	checker->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (checker->epoll_fd < 0)
		return -errno;
	error = schedule_open(&checker->schedule, (size_t)flat->check_count + 1);
	if (error == 0 && !checker->probes)
		error = -ENOMEM;
	if (error == 0)
		error = transfers_open(checker);
	if (error == 0)
		error = lookups_open(checker);
	if (error == 0)
		error = watch_own(checker, WATCHED_CHANNEL, channel_fd);
	if (error == 0)
		error = watch_signal(checker);
	if (error == 0)
		open_probes(checker);
	return error;
}

void checker_close(struct checker *checker)
{
	for (uint16_t i = 0; i < checker->flat->check_count; i++)
		if (checker->probes[i].own)
			kind_of(&checker->probes[i])->cleanup(&checker->probes[i]);
	guard_close(&checker->guard);
	transfers_close(checker);
	lookups_close(checker);
	process_table_close(checker);
	schedule_close(&checker->schedule);
	free(checker->probes);
	close(checker->epoll_fd);
}
