/* SPDX-License-Identifier: MIT
 *
 * Records are read into a place of their own first, and believed when core/record has let them through.
 */
#include "intake.h"

#include "report.h"

#include "os/channel/channel.h"
#include "os/clock.h"
#include "os/log.h"

#include <errno.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* Records taken in one turn: a checker that floods us must not keep us from feeding. */
enum { RECORDS_IN_TURN = 256 };

/* Our copy of the helper's end is open: where we read the end of the channel, the helper has shut it or sent an empty record. */
static void take_spoiled(struct feeder *feeder, enum helper helper, long received)
{
	if (received == -EBADMSG)
		helpers_spoiled(&feeder->helpers, helper, "descriptors");
	else if (received == 0)
		helpers_spoiled(&feeder->helpers, helper, "end");
}

/* The next result into `held`; false where there is none, or none that counts. */
static bool receive_result(struct feeder *feeder, bool *is_empty)
{
	struct helper_process *checker = &feeder->helpers.process[HELPER_CHECKER];
	struct result record;
	long size = channel_receive(checker->fds[0], &record, sizeof(record));

	*is_empty = size <= 0;
	take_spoiled(feeder, HELPER_CHECKER, size);
	return size > 0 &&
	        record_take_result(
	                &checker->in, &record, (size_t)size, feeder->rules.check_count, clock_now_ms(), &feeder->held);
}

void intake_results(struct feeder *feeder)
{
	bool is_empty = feeder->helpers.process[HELPER_CHECKER].late;

	for (int i = 0; i < RECORDS_IN_TURN && (feeder->has_held || !is_empty); i++) {
		if (!feeder->has_held)
			feeder->has_held = receive_result(feeder, &is_empty);
		if (!feeder->has_held)
			continue;
		/* Its turn comes after the step, and after we have fed. */
		if (board_has_to_step(&feeder->board, &feeder->held))
			return;
		board_result(&feeder->rules, &feeder->board, &feeder->held, clock_now_ms());
		feeder->has_held = false;
	}
}

void intake_storage_news(struct feeder *feeder)
{
	struct helper_process *actor = &feeder->helpers.process[HELPER_ACTOR];
	struct storage_news news, record;

	for (int i = 0; i < RECORDS_IN_TURN && !actor->spoiled; i++) {
		long size = channel_receive(actor->fds[0], &record, sizeof(record));

		take_spoiled(feeder, HELPER_ACTOR, size);
		if (size <= 0)
			return;
		if (!record_take_storage_news(&actor->in, &record, (size_t)size, clock_now_ms(), &news))
			continue;
		feeder->actor_heard_ms = news.at_ms;
		feeder->storage_due_ms = FOREVER_MS;
		board_storage(&feeder->board, news.stable != 0);
		if (news.refused)
			board_reboot_refused(&feeder->board, news.at_ms);
	}
}

/* `feeddog drill` says what it is about to do, so that the ledger can explain the reset after the boot. */
static void begin_or_end_drill(struct feeder *feeder, uint32_t within_ms, int64_t now_ms)
{
	struct event event = {
	        .at_ms = now_ms,
	        .span_ms = within_ms,
	        .value = within_ms > 0,
	        .kind = EVENT_DRILL,
	        .helper = HELPER_NONE,
	        .service = NO_INDEX,
	        .check = NO_INDEX,
	};

	feeder_tell_helper(feeder, event);
}

void intake_control(struct feeder *feeder, int64_t now_ms)
{
	struct control record, control;
	struct events events;
	long size = channel_receive(feeder->control_fd, &record, sizeof(record));
	bool done = false, expected = false;

	/* Only root can send here. */
	if (size == -EBADMSG)
		size = recv(feeder->control_fd, &record, sizeof(record), MSG_DONTWAIT);
	if (size < 0)
		return;
	if (record_take_control(&record, (size_t)size, &control)) {
		if (control.verb == CONTROL_DRILL) {
			begin_or_end_drill(feeder, control.duration_ms, now_ms);
			return;
		}
		if (control.verb == CONTROL_HOLD)
			done = board_hold(&feeder->board, control.duration_ms, now_ms, &events);
		else if (control.verb == CONTROL_RESUME)
			done = board_resume(&feeder->rules, &feeder->board, now_ms, &events);
		else
			done = board_go_down(&feeder->rules, &feeder->board, now_ms, now_ms, &events);
		/* That the system shuts down is also said of a reboot that we have ordered. */
		expected = control.verb == CONTROL_GOING_DOWN;
	}
	if (done)
		feeder_tell_all(feeder, &events);
	else if (!expected)
		log_line(LOG_PRIORITY_WARNING, "event=dropped what=control state=%s",
		        board_state_name((enum board_state)feeder->board.ladder->state));
}

/*
 * The next child that has ended, 0 where there is none. What a helper has left in its process group goes with it; until its
 * status is taken, its number cannot be another group's. As process 1 of a container we are given orphans too: their groups are
 * none of our business.
 */
static pid_t reap(const struct helpers *helpers, int *status)
{
	siginfo_t ended = {.si_pid = 0};

	if (waitid(P_ALL, 0, &ended, WEXITED | WNOHANG | WNOWAIT) != 0 || ended.si_pid <= 0)
		return 0;
	for (int i = 0; i < HELPER_COUNT; i++)
		if (helpers->states[i].pid == ended.si_pid)
			(void)kill(-ended.si_pid, SIGKILL);
	return waitpid(ended.si_pid, status, WNOHANG);
}

void intake_signals(struct feeder *feeder, int64_t now_ms)
{
	struct signalfd_siginfo signal;
	struct event event;
	int status;
	pid_t pid;

	while (read(feeder->signal_fd, &signal, sizeof(signal)) == (ssize_t)sizeof(signal))
		if (signal.ssi_signo != SIGCHLD)
			feeder->stop = true;
	while ((pid = reap(&feeder->helpers, &status)) > 0)
		/* At the end they end because they were told to. */
		if (!log_relay_died(&feeder->log_relay, pid, now_ms) &&
		        helpers_died(&feeder->helpers, pid, status, now_ms, &event) && !feeder->stop)
			feeder_tell_helper(feeder, event);
}
