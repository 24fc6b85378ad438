/* SPDX-License-Identifier: MIT
 *
 * What all kinds of check have in common: when a run begins and ends, and the result that it sends.
 */
#include "probe.h"

#include "os/channel/channel.h"
#include "os/clock.h"
#include "os/log.h"
#include "loop.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <unistd.h>

enum {
	/* We are this late to a deadline ourselves: what was waited for may have come, so nothing is known. */
	OWN_LATENESS_MS = LATE_ALLOWANCE_MS / 2,
	TELL_EVERY_MS = 10000, /* of results that were not taken */
};

static struct result make_result(const struct probe *probe, struct verdict verdict)
{
	return (struct result){
	        .generation = probe->checker->generation,
	        .sequence = ++probe->checker->sequence,
	        .started_ms = probe->started_ms,
	        .seen_ms = verdict.seen_ms,
	        .took_ms = (uint32_t)(clock_now_ms() - probe->started_ms),
	        .detail = verdict.detail,
	        .check = probe->check,
	        .outcome = (uint8_t)verdict.outcome,
	        .cause = (uint8_t)verdict.cause,
	        .conclusive = (uint8_t)verdict.conclusive,
	};
}

/* A feeder that does not keep up misses results, and learns it by their sequence; waiting for it would stop every check. */
static void send_result(struct checker *checker, const struct result *result)
{
	int error = channel_send(checker->channel_fd, result, sizeof(*result));
	int64_t now_ms = clock_now_ms();

	if (error == -EAGAIN)
		checker->unsent++;
	else if (error < 0)
		checker->over = true;
	if (error < 0 || checker->unsent == 0 || now_ms < checker->tell_ms)
		return;
	log_line(LOG_PRIORITY_WARNING, "event=dropped helper=checker records=%" PRIu64, checker->unsent);
	checker->unsent = 0;
	checker->tell_ms = now_ms + TELL_EVERY_MS;
}

void probe_stamp(struct probe *probe)
{
	int64_t interval_ms = probe->rule->interval_ms;

	probe->started_ms = clock_now_ms();
	probe->reported = false;
	if (probe->due_ms <= probe->started_ms)
		probe->due_ms += ((probe->started_ms - probe->due_ms) / interval_ms + 1) * interval_ms;
}

/*
 * After a bad result the check is asked again soon, until there were as many in a row as make it down. What says enough by
 * itself needs no second opinion.
 */
static void note_outcome(struct probe *probe, struct verdict verdict)
{
	int64_t again_ms = probe->started_ms + check_retry_ms(probe->rule);

	if (verdict.outcome == OUTCOME_GOOD || verdict.outcome == OUTCOME_WARNING)
		probe->bad_count = 0;
	if (verdict.outcome != OUTCOME_BAD || probe->bad_count >= probe->rule->retries)
		return;
	probe->bad_count = verdict.conclusive ? probe->rule->retries : (uint16_t)(probe->bad_count + 1);
	if (probe->bad_count < probe->rule->retries && again_ms < probe->due_ms)
		probe->due_ms = again_ms;
}

void probe_report(struct probe *probe, struct verdict verdict)
{
	struct result result;

	if (probe->reported)
		return;
	probe->reported = true;
	note_outcome(probe, verdict);
	result = make_result(probe, verdict);
	send_result(probe->checker, &result);
}

void probe_release(struct probe *probe)
{
	probe->running = false;
	schedule_set(&probe->checker->schedule, &probe->timer, probe->due_ms);
}

void probe_end(struct probe *probe, struct verdict verdict)
{
	probe_report(probe, verdict);
	probe_release(probe);
}

void probe_notice(struct probe *probe, struct verdict verdict)
{
	probe->started_ms = clock_now_ms();
	probe->reported = false;
	probe_report(probe, verdict);
}

void probe_look_at(struct probe *probe, int64_t at_ms)
{
	schedule_set(&probe->checker->schedule, &probe->timer, at_ms < probe->due_ms ? at_ms : probe->due_ms);
}

struct verdict probe_timeout_verdict(const struct probe *probe)
{
	int64_t late_ms = clock_now_ms() - probe->started_ms - probe->rule->timeout_ms;

	if (late_ms > OWN_LATENESS_MS)
		return (struct verdict){.outcome = OUTCOME_UNKNOWN, .cause = CAUSE_LATE};
	return (struct verdict){.outcome = OUTCOME_BAD, .cause = CAUSE_TIMEOUT};
}

void probe_run_path(const struct probe *probe, const char *path, char out[PATH_MAX])
{
	if (path[0] == '/')
		(void)snprintf(out, PATH_MAX, "%s", path);
	else
		(void)snprintf(out, PATH_MAX, "%s/%s", probe->checker->run_dir, path);
}

void probe_record_path(const struct probe *probe, char out[PATH_MAX])
{
	char name[NAME_SIZE + NAME_SIZE + sizeof("checker/:")];

	(void)snprintf(name, sizeof(name), "checker/%s:%s", flat_service_name(probe->flat, probe->rule->service),
	        flat_check_name(probe->flat, probe->check));
	probe_run_path(probe, name, out);
}

void probe_explain(const struct probe *probe, const char *reason)
{
	char line[LOG_LINE_SIZE];
	size_t length = (size_t)snprintf(line, sizeof(line), "event=cannot-probe");

	length = log_append_text(
	        line, sizeof(line), length, "service", flat_service_name(probe->flat, probe->rule->service));
	length = log_append_text(line, sizeof(line), length, "check", flat_check_name(probe->flat, probe->check));
	(void)log_append_text(line, sizeof(line), length, "reason", reason);
	log_line(LOG_PRIORITY_WARNING, "%s", line);
}

int probe_watch(struct probe *probe, int fd)
{
	struct epoll_event event = {.events = EPOLLIN, .data.u64 = watch_key(WATCHED_PROBE, probe->check, fd)};

	return epoll_ctl(probe->checker->epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0 ? -errno : 0;
}

void probe_unwatch(struct probe *probe, int fd)
{
	(void)epoll_ctl(probe->checker->epoll_fd, EPOLL_CTL_DEL, fd, NULL);
}

void probe_close(struct probe *probe, int fd)
{
	probe_unwatch(probe, fd);
	close(fd);
}
