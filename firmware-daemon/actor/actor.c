/* SPDX-License-Identifier: MIT
 *
 * One turn: what has ended is told before new orders are taken, for those are refused where a command still runs.
 */
#include "actor.h"

#include "publish/hold_reason.h"
#include "order_report.h"
#include "supervise.h"

#include "os/channel/channel.h"
#include "os/clock.h"
#include "os/channel/helper_fds.h"
#include "os/log.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

enum {
	/* After SIGTERM the feeder's own last words are waited for: a stop of the whole unit signals everyone at once. */
	LEAVE_MS = 2000,
};

static void tell(struct actor *actor, struct order_report *report, int64_t now_ms)
{
	/* An order may have been long ago, and what a program does of itself follows none. */
	report->event.state = actor->state;
	order_report_log(report, flat_service_name(actor->flat, report->event.service));
	keeper_note(&actor->keeper, &report->event, report->reason, order_report_command(report), now_ms);
	alerts_note(&actor->alerts, &actor->keeper.ledger, &report->event, report->reason, now_ms);
}

/* The reboot is counted first; what cannot be counted is not done (promise P6). */
static void reboot(struct actor *actor, const struct event *order, int64_t now_ms)
{
	struct order_report report;
	int error = keeper_secure(&actor->keeper, now_ms);
	/* With `then: reboot` the count matters to nobody. */
	bool counts = error == 0 && (keeper_can_count(&actor->keeper) || actor->flat->ladder.then_reboot);

	if (counts && orders_carry_out(&actor->orders, order, now_ms, &report))
		return;
	if (!counts) {
		report = order_report_refusal(order, now_ms, "it cannot be counted on stable storage");
		actor->refused = true;
	}
	tell(actor, &report, now_ms);
}

static void take_event(struct actor *actor, const struct event *event, int64_t now_ms)
{
	struct order_report report;
	char *reason = actor->status.reason;

	actor->state = event->state;
	actor->refused = actor->refused && event->state == BOARD_REBOOTING;
	if (event->kind == EVENT_MAINTENANCE)
		hold_reason_take(actor->run_dir, reason, REASON_SIZE);
	else
		reason = NULL;
	keeper_note(&actor->keeper, event, reason, NULL, now_ms);
	alerts_note(&actor->alerts, &actor->keeper.ledger, event, reason, now_ms);
	if (event->kind != EVENT_REBOOT && event->state != BOARD_REBOOTING)
		orders_cancel_reboot(&actor->orders);
	if (orders_is_old(actor->flat, event, now_ms))
		log_line(LOG_PRIORITY_WARNING, "event=dropped what=%s age_ms=%lld reason=\"the order is too old\"",
		        event_name((enum event_kind)event->kind), (long long)(now_ms - event->at_ms));
	else if (event->kind == EVENT_REBOOT)
		reboot(actor, event, now_ms);
	else if ((event->kind == EVENT_START || event->kind == EVENT_RESTART) &&
	        !orders_carry_out(&actor->orders, event, now_ms, &report))
		tell(actor, &report, now_ms);
	else if (event->kind == EVENT_DISARMED)
		actor->feeder_ended = actor->orders.stopping = true;
}

/* Takes all that waits in the channel. */
static void listen_to_feeder(struct actor *actor)
{
	char record[sizeof(struct event) + 1];
	struct event event;
	bool was_reset = false;
	long size;

	for (;;) {
		size = channel_receive(FD_CHANNEL, record, sizeof(record));
		/* The feeder ended without reading our last report, which the kernel says once. Its own records come after it. */
		if (size == -ECONNRESET && !was_reset) {
			was_reset = true;
			continue;
		}
		if (size <= 0)
			break;
		int64_t now_ms = clock_now_ms();
		if (record_take_event(&actor->feeder, record, (size_t)size, actor->flat->service_count,
		            actor->flat->check_count, now_ms, &event))
			take_event(actor, &event, now_ms);
	}
	if (size != -EAGAIN)
		actor->gone = actor->feeder_ended = true;
	if (actor->feeder.dropped != actor->dropped_said)
		log_line(LOG_PRIORITY_WARNING, "event=dropped helper=actor records=%llu",
		        (unsigned long long)(actor->feeder.dropped - actor->dropped_said));
	actor->dropped_said = actor->feeder.dropped;
}

static void take_signals(struct actor *actor, int64_t now_ms)
{
	struct signalfd_siginfo info;

	/* Children are asked one by one in each turn: signals of one kind are merged. */
	while (read(actor->signals, &info, sizeof(info)) == (ssize_t)sizeof(info))
		if (info.ssi_signo == SIGTERM && actor->leave_at_ms == FOREVER_MS)
			actor->leave_at_ms = now_ms + LEAVE_MS;
}

/* Whether reboots can be counted, whenever that changes: to the history, which may be in memory, and as an alert. */
static void note_storage(struct actor *actor, int64_t now_ms)
{
	bool stable = keeper_can_count(&actor->keeper);
	char why[STORAGE_WHY_SIZE];
	struct event event = {
	        .at_ms = now_ms,
	        .value = stable,
	        .detail = actor->keeper.ledger_error,
	        .kind = EVENT_STORAGE,
	        .state = actor->state,
	        .helper = HELPER_NONE,
	        .service = NO_INDEX,
	        .check = NO_INDEX,
	};

	if (stable == !actor->is_unstable)
		return;
	actor->is_unstable = !stable;
	const char *reason = stable ? NULL : keeper_why_not(&actor->keeper, why);
	keeper_note(&actor->keeper, &event, reason, NULL, now_ms);
	alerts_note(&actor->alerts, &actor->keeper.ledger, &event, reason, now_ms);
}

/* Tells the feeder what became of the ledger, whenever that changes and every second: who hangs is missed. */
static void tell_storage_news(struct actor *actor, int64_t now_ms)
{
	bool stable = keeper_can_count(&actor->keeper);
	bool changed = actor->news_stable != stable || actor->news_refused != actor->refused;

	if (!changed && now_ms < actor->news_at_ms)
		return;
	struct storage_news news = {
	        .generation = actor->feeder.generation,
	        .sequence = actor->news_sequence + 1,
	        .at_ms = now_ms,
	        .error = actor->keeper.ledger_error,
	        .stable = stable,
	        .refused = actor->refused,
	};
	actor->news_at_ms = now_ms + STORAGE_NEWS_EVERY_MS;
	if (channel_send(FD_CHANNEL, &news, sizeof(news)) != 0)
		return;
	actor->news_sequence++;
	actor->news_stable = stable;
	actor->news_refused = actor->refused;
}

static int64_t earlier(int64_t a_ms, int64_t b_ms)
{
	return a_ms < b_ms ? a_ms : b_ms;
}

static int wait_ms(const struct actor *actor)
{
	int64_t now_ms = clock_now_ms();
	int64_t until_ms = earlier(actor->keeper.write_at_ms, actor->status.write_at_ms);

	until_ms = earlier(until_ms, actor->keeper.look_at_ms);
	until_ms = earlier(until_ms, orders_deadline_ms(&actor->orders));
	until_ms = earlier(until_ms, alerts_deadline_ms(&actor->alerts));
	until_ms = earlier(until_ms, actor->leave_at_ms);
	until_ms = earlier(until_ms, actor->news_at_ms);
	if (until_ms <= now_ms)
		return 0;
	return until_ms - now_ms < STATUS_EVERY_MS ? (int)(until_ms - now_ms) : STATUS_EVERY_MS;
}

/* Carries out what is ordered as far as it can be done by now, and tells what has ended. */
static void carry_on(struct actor *actor, int64_t now_ms)
{
	struct order_report report;

	if (actor->orders.stopping)
		supervise_stop(&actor->orders, now_ms);
	while (orders_step(&actor->orders, now_ms, &report))
		tell(actor, &report, now_ms);
}

/* Whether there is anything left to do. */
static bool goes_on(const struct actor *actor, int64_t now_ms)
{
	if (actor->orders.stopping)
		return !supervise_is_over(&actor->orders, now_ms) || (!actor->gone && now_ms < actor->leave_at_ms);
	return !actor->gone && now_ms < actor->leave_at_ms;
}

bool actor_turn(struct actor *actor)
{
	nfds_t outputs = orders_poll(&actor->orders, actor->fds + ACTOR_FIXED_FDS);
	nfds_t count = ACTOR_FIXED_FDS + outputs + alerts_poll(&actor->alerts, actor->fds + ACTOR_FIXED_FDS + outputs);

	actor->fds[0] = (struct pollfd){.fd = actor->gone ? -1 : FD_CHANNEL, .events = POLLIN};
	actor->fds[1] = (struct pollfd){.fd = actor->signals, .events = POLLIN};
	int64_t before_ms = clock_now_ms();
	if (poll(actor->fds, count, wait_ms(actor)) < 0) {
		if (errno == EINTR)
			return true;
		/* Who cannot wait would spin and hear nothing; the next actor takes over all that runs. */
		log_line(LOG_PRIORITY_ERROR, "event=actor-failed error=\"%s\"", strerror(errno));
		return false;
	}
	spin_guard_rest(&actor->spin, before_ms);
	int64_t now_ms = clock_now_ms();
	if (actor->fds[1].revents)
		take_signals(actor, now_ms);
	orders_drain(&actor->orders, actor->fds + ACTOR_FIXED_FDS, outputs, now_ms);
	/* Before new orders, which are refused where a command still runs; and after them. */
	carry_on(actor, now_ms);
	if (actor->fds[0].revents)
		listen_to_feeder(actor);
	now_ms = clock_now_ms();
	carry_on(actor, now_ms);
	keeper_step(&actor->keeper, now_ms);
	note_storage(actor, now_ms);
	tell_storage_news(actor, now_ms);
	(void)keeper_why_not(&actor->keeper, actor->status.why_unstable);
	status_file_step(&actor->status, !actor->feeder_ended, now_ms);
	const struct snapshot *snapshot = status_file_snapshot(&actor->status);
	metrics_file_step(&actor->metrics, snapshot, !actor->feeder_ended, now_ms);
	alerts_drain(&actor->alerts, now_ms);
	alerts_step(&actor->alerts, actor->feeder_ended ? NULL : snapshot, now_ms);
	log_tell_lost();
	return goes_on(actor, now_ms);
}
