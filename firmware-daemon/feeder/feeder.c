/* SPDX-License-Identifier: MIT
 *
 * The feeder's turn.
 */
#include "feeder.h"

#include "intake.h"
#include "loss.h"
#include "report.h"

#include "os/clock.h"
#include "os/systemd/notify.h"
#include "os/systemd/systemd.h"

#include <poll.h>

enum {
	LED_INTERVAL_MS = 500,
	/* An actor whose report is so old has missed one. */
	ACTOR_SILENT_MS = STORAGE_NEWS_EVERY_MS + STORAGE_NEWS_EVERY_MS / 4,
	/* How long a clean stop waits for the actor to put the ledger down, and to stop what it supervises. */
	END_WAIT_MS = 3000,
	END_WAIT_LAST_MS = 60000,
	/* The LED program only has to go off. */
	END_LED_MS = 1000,
};

/* It has missed a report, and none has come since this outage began, so the ledger may not know of the outage. */
static bool is_actor_silent(const struct feeder *feeder, int64_t now_ms)
{
	const struct ladder *ladder = feeder->board.ladder;
	bool knows = ladder->state == BOARD_RECOVERING && feeder->actor_heard_ms > ladder->since_ms;

	return !knows && now_ms - feeder->actor_heard_ms >= ACTOR_SILENT_MS;
}

/*
 * What this boot does is counted only where the ledger knows that it began. And an actor that hangs carries out nothing:
 * another one may. Once a reboot is ordered it is left alone; the system may be ending it already.
 */
static void miss_actor(struct feeder *feeder, int64_t now_ms)
{
	uint8_t state = feeder->board.ladder->state;

	board_actor_silent(&feeder->board, is_actor_silent(feeder, now_ms));
	if (now_ms >= feeder->storage_due_ms)
		board_storage(&feeder->board, false);
	if (state != BOARD_REBOOTING && state != BOARD_LETGO && !feeder->helpers.process[HELPER_ACTOR].late &&
	        now_ms - feeder->actor_heard_ms >= STORAGE_NEWS_LATE_MS)
		helpers_kill_late(&feeder->helpers, HELPER_ACTOR);
}

static void replace_helpers(struct feeder *feeder, int64_t now_ms)
{
	int64_t later_ms = FOREVER_MS;
	enum helper helper;

	while ((helper = helpers_due(&feeder->helpers, now_ms, &later_ms)) != HELPER_NONE) {
		feeder_tell_helper(feeder, helpers_start(&feeder->helpers, helper, now_ms));
		if (helper == HELPER_CHECKER)
			board_checker_replaced(&feeder->rules, &feeder->board, now_ms);
		if (helper == HELPER_ACTOR)
			feeder->actor_heard_ms = now_ms;
	}
}

static void step(struct feeder *feeder, int64_t now_ms)
{
	struct events events;

	/* The allowance of a checker counts from when it runs. What is not known meanwhile is unknown after detection all the same. */
	if (helpers_is_starting(&feeder->helpers, HELPER_CHECKER, now_ms))
		board_checker_replaced(&feeder->rules, &feeder->board, now_ms);
	do {
		board_step(&feeder->rules, &feeder->board, now_ms, &events);
		if (events.late) {
			helpers_kill_late(&feeder->helpers, HELPER_CHECKER);
			board_checker_replaced(&feeder->rules, &feeder->board, now_ms);
		}
		feeder_tell_all(feeder, &events);
	} while (events.more);
}

/* The only place where a watchdog is fed. The clock is read anew: the lease counts when we feed, not when we woke up. */
static void feed(struct feeder *feeder)
{
	const struct dog_state *dog = &feeder->snapshot->dog;
	int64_t now_ms = clock_now_ms();

	if (now_ms < feeder->next_feed_ms || !board_may_feed(&feeder->board, now_ms))
		return;
	feeder->next_feed_ms = now_ms + dog->feed_interval_ms;
	loss_note_feed(feeder, dog_feed(&feeder->dog), now_ms);
}

static void show_led(struct feeder *feeder, int64_t now_ms)
{
	const struct ladder *ladder = feeder->board.ladder;
	uint16_t number = ladder->service == NO_INDEX ? 0 : (uint16_t)(ladder->service + 1);
	/* What is healthy moves only while the dog is fed (promise P8). */
	bool is_lost = feeder->unfed && board_may_feed(&feeder->board, now_ms);

	if (now_ms < feeder->next_led_ms)
		return;
	feeder->next_led_ms = now_ms + LED_INTERVAL_MS;
	helpers_send_led(
	        &feeder->helpers, is_lost ? LED_FAULT : (enum led_pattern)ladder->state, is_lost ? 0 : number, now_ms);
}

static int64_t next_turn_ms(const struct feeder *feeder, int64_t now_ms)
{
	int64_t next_ms = board_deadline_ms(&feeder->rules, &feeder->board);

	if (board_may_feed(&feeder->board, now_ms) && feeder->next_feed_ms < next_ms)
		next_ms = feeder->next_feed_ms;
	if (feeder->next_led_ms < next_ms)
		next_ms = feeder->next_led_ms;
	helpers_due(&feeder->helpers, now_ms, &next_ms);
	return next_ms;
}

static void wait_for_news(struct feeder *feeder, int64_t until_ms)
{
	const struct helper_process *checker = &feeder->helpers.process[HELPER_CHECKER];
	const struct helper_process *actor = &feeder->helpers.process[HELPER_ACTOR];
	bool is_waiting = outbox_first(&feeder->helpers.outbox) != NULL;
	struct pollfd news[] = {
	        /* Do not poll a helper that is being replaced: its end of the channel may stay readable. */
	        {.fd = checker->late ? -1 : checker->fds[0], .events = POLLIN},
	        {.fd = actor->spoiled ? -1 : actor->fds[0], .events = is_waiting ? POLLIN | POLLOUT : POLLIN},
	        {.fd = feeder->control_fd, .events = POLLIN},
	        {.fd = feeder->signal_fd, .events = POLLIN},
	};
	int64_t before_ms = clock_now_ms();
	int64_t wait_ms = until_ms - before_ms;

	if (wait_ms < 0 || feeder->has_held)
		wait_ms = 0;
	int limit_ms = wait_ms > LED_INTERVAL_MS ? LED_INTERVAL_MS : (int)wait_ms;
	(void)poll(news, sizeof(news) / sizeof(news[0]), limit_ms);
	spin_guard_rest(&feeder->spin, before_ms);
}

void feeder_turn(struct feeder *feeder)
{
	int64_t now_ms;

	wait_for_news(feeder, next_turn_ms(feeder, clock_now_ms()));
	snapshot_write_begin(feeder->snapshot);
	intake_signals(feeder, clock_now_ms());
	/* A record may be sent while we read; the clock is read after it, or it would seem to come from the future. */
	intake_results(feeder);
	intake_storage_news(feeder);
	now_ms = clock_now_ms();
	intake_control(feeder, now_ms);
	(void)helpers_send_waiting(&feeder->helpers);
	miss_actor(feeder, now_ms);
	replace_helpers(feeder, now_ms);
	log_relay_step(&feeder->log_relay, now_ms);
	step(feeder, now_ms);
	report_folded(feeder, now_ms);
	loss_retake(feeder, now_ms);
	feed(feeder);
	for (int i = 0; i < HELPER_COUNT; i++)
		feeder->helpers.states[i].refused = feeder->helpers.process[i].in.dropped;
	feeder->snapshot->at_ms = now_ms;
	snapshot_write_end(feeder->snapshot);
	show_led(feeder, now_ms);
	report_dropped(feeder, now_ms);
}

/* Supervised services are stopped one after another, each within its restart_timeout. */
static int64_t end_wait_ms(const struct flat *flat)
{
	int64_t wait_ms = END_WAIT_MS;

	for (uint16_t i = 0; i < flat->service_count; i++)
		if (flat_services(flat)[i].run.argc > 0)
			wait_ms += flat_services(flat)[i].restart_timeout_ms;
	return wait_ms < END_WAIT_LAST_MS ? wait_ms : END_WAIT_LAST_MS;
}

/* Process 1 may be slow to answer, and is fed for meanwhile; a helper that hangs is not waited for so long. */
static bool is_ending(struct feeder *feeder, int64_t led_until_ms, int64_t until_ms)
{
	int64_t now_ms = clock_now_ms();

	if (helpers_are_working(&feeder->helpers, now_ms < led_until_ms) && now_ms < until_ms)
		return true;
	return !loan_is_over(&feeder->dog.loan) && now_ms < until_ms + END_WAIT_LAST_MS;
}

void feeder_end(struct feeder *feeder)
{
	enum board_state state = (enum board_state)feeder->board.ladder->state;
	bool falling = state == BOARD_REBOOTING || state == BOARD_LETGO;
	/* While the system goes down the dog stays armed: systemd's last program takes it over. */
	bool leave = feeder->flat->watchdog.disarm_on_stop && !falling && !systemd_is_shutting_down();
	bool give_back = leave && feeder->dog.loan.way != LOAN_NONE;
	bool disarm = leave && feeder->dog.can_disarm && !feeder->snapshot->dog.lost;
	struct event event = {
	        .at_ms = clock_now_ms(),
	        .value = disarm && !give_back,
	        .kind = EVENT_DISARMED,
	        .state = (uint8_t)state,
	        .helper = HELPER_NONE,
	        .service = NO_INDEX,
	        .check = NO_INDEX,
	};
	int64_t until_ms = event.at_ms + end_wait_ms(feeder->flat);
	int64_t led_until_ms = falling ? NEVER_MS : event.at_ms + END_LED_MS;

	(void)!notify_send(feeder->notify_fd, "STOPPING=1");
	if (give_back)
		loan_begin_return(&feeder->dog.loan);
	report_flush(feeder, event.at_ms);
	feeder_tell(feeder, &event);
	/* On the way down the LED goes on; without us it shows fault, which is the truth. */
	if (!falling)
		helpers_send_led(&feeder->helpers, LED_OFF, 0, event.at_ms);
	helpers_dismiss(&feeder->helpers);
	/* A lease that runs out meanwhile is not stretched: what can be disarmed is, before it bites. */
	while (is_ending(feeder, led_until_ms, until_ms) &&
	        (!disarm || board_may_feed(&feeder->board, clock_now_ms()))) {
		struct pollfd child = {.fd = feeder->signal_fd, .events = POLLIN};
		int64_t before_ms = clock_now_ms();

		(void)poll(&child, 1, 50);
		spin_guard_rest(&feeder->spin, before_ms);
		snapshot_write_begin(feeder->snapshot);
		intake_signals(feeder, clock_now_ms());
		feed(feeder);
		snapshot_write_end(feeder->snapshot);
	}
	helpers_kill_rest(&feeder->helpers, !falling);
	dog_leave(&feeder->dog, disarm);
	log_relay_end(&feeder->log_relay);
}
