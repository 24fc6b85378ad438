/* SPDX-License-Identifier: MIT
 *
 * What can happen to a board, and what the policy answers.
 */
#include "model.h"

#include <stdio.h>

void model_make(struct model *model, const struct plan *plan)
{
	uint32_t chain_ms[MODEL_SERVICES];

	*model = (struct model){.plan = plan, .ladder = plan->ladder};
	model->rules = (struct rules){
	        .ladder = &model->ladder,
	        .services = plan->services,
	        .checks = plan->checks,
	        .needs = plan->needs,
	        .order = plan->order,
	        .service_count = plan->service_count,
	        .check_count = plan->check_count,
	};
	rules_derive(&model->rules, &model->ladder, chain_ms);
	/* Said here once more, from the design and not from core/: what is promised must not follow what is computed. */
	for (uint16_t i = 0; i < plan->check_count; i++) {
		const struct check_rule *rule = &plan->checks[i];
		int64_t again = rule->retries > 1 ? rule->retries - 1 : 0;
		bool sooner = rule->retry_interval_ms > 0 && rule->retry_interval_ms < rule->interval_ms;
		int64_t retry_ms = sooner ? rule->retry_interval_ms : rule->interval_ms;

		/* A probe begins when the one before it has ended, at its timeout at the latest. */
		if (retry_ms < rule->timeout_ms)
			retry_ms = rule->timeout_ms;
		model->late_ms[i] = (int64_t)rule->interval_ms + rule->timeout_ms + LATE_ALLOWANCE_MS;
		model->detection_ms[i] = rule->interval_ms + again * retry_ms + 2 * (int64_t)rule->timeout_ms +
		        LATE_ALLOWANCE_MS + RESPAWN_ALLOWANCE_MS;
		if (model->detection_ms[i] > model->bound_ms)
			model->bound_ms = model->detection_ms[i];
	}
	model->bound_ms += (int64_t)plan->ladder.restart_for_ms + plan->ladder.reboot_within_ms;
	model->start_bound_ms =
	        (int64_t)model->ladder.start_period_ms + plan->ladder.restart_for_ms + plan->ladder.reboot_within_ms;
}

static struct board board_of(struct world *world)
{
	return (struct board){&world->ladder, world->services, world->checks};
}

/* What the ledger says is in the witness and in `unexplained`. */
static void boot_with(const struct model *model, struct world *world, uint16_t unexplained)
{
	struct board board = board_of(world);
	uint16_t limit = model->ladder.reboot_limit;
	uint16_t reboots = world->witness.hung ? world->witness.stored : world->witness.reboots;

	/* With `then: reboot` they are without limit, and beyond the limit all alike. */
	if (model->ladder.then_reboot && reboots > limit)
		reboots = limit;
	board_begin(&model->rules, &board, reboots, world->now_ms);
	board_unexplained(&board, unexplained < limit ? unexplained : limit);
	/* The ledger has yet to learn of this boot. */
	board_storage(&board, !(model->plan->may & MAY_HANG));
	world->witness = (struct witness){
	        .allowed_ms = world->now_ms + model->start_bound_ms,
	        .reboots = reboots,
	        .resets = world->witness.resets,
	        .starting = true,
	};
}

/* How the last boot ended is known by what of it reached the disk. */
static void boot(const struct model *model, struct world *world)
{
	bool down = world->ladder.state == BOARD_REBOOTING || world->ladder.state == BOARD_LETGO;
	bool by_ladder = down && !world->ladder.planned;
	bool said = down && !world->witness.hung;
	uint16_t unexplained = world->ladder.unexplained;

	if (by_ladder && !model->ladder.then_reboot)
		world->witness.resets++;
	boot_with(model, world, said ? unexplained : (uint16_t)(unexplained + 1));
}

void world_begin(const struct model *model, struct world *world)
{
	*world = (struct world){.now_ms = NOW_MS};
	boot_with(model, world, 0);
}

static bool is_being_restarted(const struct model *model, const struct world *world, unsigned check)
{
	uint32_t start_period_ms = model->rules.services[model->rules.checks[check].service].start_period_ms;

	return world->checks[check].ignore_until_ms < world->now_ms &&
	        world->now_ms < world->checks[check].ignore_until_ms + start_period_ms;
}

static bool can_news(const struct model *model, const struct world *world, unsigned happening)
{
	bool slow = happening >= HAPPEN_SLOW_NEWS;
	unsigned check = happening % HAPPEN_SLOW_NEWS / NEWS_COUNT;

	if (check >= model->rules.check_count || (slow && !(model->plan->may & MAY_SLOW)))
		return false;
	/* What the last restart stops ends while that is new: later its end is as any other. */
	if (happening % NEWS_COUNT == NEWS_STOPPED)
		return !slow && is_being_restarted(model, world, check);
	/* One probe at a time; but a watched process may die at any. */
	return world->checks[check].heard_ms < world->now_ms ||
	        (!slow && happening % NEWS_COUNT == NEWS_CONCLUSIVE && world->checks[check].streak == 0);
}

static int64_t until_deadline_ms(const struct model *model, struct world *world)
{
	struct board board = board_of(world);
	int64_t deadline_ms = board_deadline_ms(&model->rules, &board);

	return deadline_ms == FOREVER_MS ? 0 : deadline_ms - world->now_ms;
}

bool happening_can(const struct model *model, const struct world *world, unsigned happening)
{
	struct world copy;

	if (happening < HAPPEN_TICK)
		return world->ladder.state != BOARD_LETGO && can_news(model, world, happening);
	switch ((enum happening)happening) {
	case HAPPEN_TICK:
		return true;
	case HAPPEN_DEADLINE:
		copy = *world;
		return until_deadline_ms(model, &copy) > UNIT_MS;
	case HAPPEN_REPLACED:
		return world->checks[0].expect_ms < world->now_ms;
	case HAPPEN_MAINTENANCE:
	case HAPPEN_RESUME:
		return model->plan->may & MAY_PERSON;
	case HAPPEN_GOING_DOWN:
		return model->plan->may & MAY_SHUT_DOWN;
	case HAPPEN_LOST:
		return model->plan->may & MAY_STORAGE && !world->ladder.uncountable && !world->witness.hung;
	case HAPPEN_STORED:
		return world->ladder.uncountable && !world->witness.hung;
	case HAPPEN_REFUSED:
		return model->plan->may & MAY_STORAGE && world->ladder.state == BOARD_REBOOTING;
	case HAPPEN_HANG:
		return model->plan->may & MAY_HANG && !world->witness.hung;
	case HAPPEN_BOOT:
		return model->plan->may & MAY_POWER || world->ladder.state == BOARD_REBOOTING ||
		        world->ladder.state == BOARD_LETGO;
	case HAPPEN_NEWS:
	case HAPPEN_SLOW_NEWS:
	case HAPPEN_COUNT:
		break;
	}
	return false;
}

/* True where it is news that may renew the lease. */
static bool play_news(const struct model *model, struct world *world, unsigned happening, const char **broken)
{
	static const struct result kinds[NEWS_COUNT] = {
	        [NEWS_GOOD] = {.outcome = OUTCOME_GOOD, .cause = CAUSE_OK},
	        [NEWS_WARNING] = {.outcome = OUTCOME_WARNING, .cause = CAUSE_WARNING},
	        [NEWS_BAD] = {.outcome = OUTCOME_BAD, .cause = CAUSE_STATUS},
	        [NEWS_CONCLUSIVE] = {.outcome = OUTCOME_BAD, .cause = CAUSE_EXITED, .conclusive = CONCLUSIVE_YES},
	        [NEWS_GONE] = {.outcome = OUTCOME_BAD, .cause = CAUSE_EXITED, .conclusive = CONCLUSIVE_ALWAYS},
	        [NEWS_STOPPED] = {.outcome = OUTCOME_BAD, .cause = CAUSE_EXITED, .conclusive = CONCLUSIVE_YES},
	        [NEWS_UNKNOWN] = {.outcome = OUTCOME_UNKNOWN, .cause = CAUSE_CANNOT_PROBE},
	};
	enum news news = (enum news)(happening % NEWS_COUNT);
	struct board board = board_of(world);
	struct result result = kinds[news];
	int64_t ignored_ms;
	bool excused, taken;

	result.check = (uint16_t)(happening % HAPPEN_SLOW_NEWS / NEWS_COUNT);
	result.started_ms = world->now_ms;
	if (happening >= HAPPEN_SLOW_NEWS)
		result.started_ms -= model->rules.checks[result.check].timeout_ms;
	ignored_ms = world->checks[result.check].ignore_until_ms;
	if (news == NEWS_STOPPED)
		result.seen_ms = ignored_ms;
	excused = world->now_ms < world->checks[result.check].grace_until_ms;
	taken = board_result(&model->rules, &board, &result, world->now_ms);
	if (taken && result.started_ms <= ignored_ms)
		*broken = "news from before a restart does not count";
	if (taken)
		witness_news(model, world, result.check, news, excused);
	/* What may not climb only has to be heard. */
	return model->rules.checks[result.check].level != LEVEL_REBOOT ||
	        (taken && (news == NEWS_GOOD || news == NEWS_WARNING));
}

static const char *step(const struct model *model, struct world *world, bool *late)
{
	struct world before = *world;
	struct board board = board_of(world);
	struct events events;
	const char *broken = NULL;
	unsigned calls = 0;

	witness_verdict(model, world);
	do {
		board_step(&model->rules, &board, world->now_ms, &events);
		*late = *late || events.late;
		for (uint16_t i = 0; i < events.count && !broken; i++)
			broken = witness_event(model, &before, world, &events.list[i]);
		if (!broken && ++calls > EVENTS_ROOM)
			broken = "the policy never ends to speak";
	} while (events.more && !broken);
	return broken;
}

static void pass(const struct model *model, struct world *world, int64_t passed_ms)
{
	world->now_ms += passed_ms;
	witness_time(model, world, passed_ms);
}

/* A person's word; it must be taken or refused as the state says. */
static const char *play_word(const struct model *model, const struct world *before, struct world *world, bool resume)
{
	struct board board = board_of(world);
	struct events events;
	bool over = before->ladder.state == BOARD_REBOOTING || before->ladder.state == BOARD_LETGO;
	bool resting = before->ladder.state == BOARD_MAINTENANCE || before->ladder.state == BOARD_HOLD;
	bool done = resume ? board_resume(&model->rules, &board, world->now_ms, &events)
	                   : board_hold(&board, MAINTENANCE_MS, world->now_ms, &events);

	if (done != (resume ? resting : !over))
		return "P7: a person's word is taken where it may be, and only there";
	if (resume && before->ladder.state == BOARD_HOLD)
		world->witness.reboots = world->witness.resets = 0;
	return NULL;
}

/* The system says that it shuts down; a strict ladder, and one that has brought this about, goes its own way. */
static const char *play_going_down(const struct model *model, const struct world *before, struct world *world)
{
	struct board board = board_of(world);
	struct events events;
	bool strict = model->ladder.reboot_within_ms == 0;
	bool over = before->ladder.state == BOARD_REBOOTING || before->ladder.state == BOARD_LETGO;

	if (board_go_down(&model->rules, &board, world->now_ms, world->now_ms, &events) != (!strict && !over))
		return "P2: a shutdown is guarded where none is under way";
	return NULL;
}

/* The feeder hears nothing of the actor, and says so to the policy. */
static void hang(struct world *world)
{
	struct board board = board_of(world);

	witness_hang(world);
	board_actor_silent(&board, true);
}

const char *happening_play(const struct model *model, struct world *world, unsigned happening, bool *late)
{
	struct world before = *world;
	struct board board = board_of(world);
	const char *broken = NULL;
	bool good_news = false;

	*late = false;
	if (happening < HAPPEN_TICK)
		good_news = play_news(model, world, happening, &broken);
	else if (happening == HAPPEN_TICK)
		pass(model, world, UNIT_MS);
	else if (happening == HAPPEN_DEADLINE)
		pass(model, world, until_deadline_ms(model, world));
	else if (happening == HAPPEN_REPLACED)
		board_checker_replaced(&model->rules, &board, world->now_ms);
	else if (happening == HAPPEN_LOST || happening == HAPPEN_STORED)
		board_storage(&board, happening == HAPPEN_STORED);
	else if (happening == HAPPEN_REFUSED)
		board_reboot_refused(&board, world->now_ms);
	else if (happening == HAPPEN_HANG)
		hang(world);
	else if (happening == HAPPEN_GOING_DOWN)
		broken = play_going_down(model, &before, world);
	else if (happening == HAPPEN_BOOT)
		boot(model, world);
	else
		broken = play_word(model, &before, world, happening == HAPPEN_RESUME);
	if (!broken)
		broken = step(model, world, late);
	return broken ? broken : witness_edge(model, &before, world, happening, good_news);
}

void happening_print(unsigned happening)
{
	static const char *const news[NEWS_COUNT] = {
	        "good", "warning", "bad", "bad for sure", "come and gone", "stopped", "unknown"};
	static const char *const others[HAPPEN_COUNT - HAPPEN_TICK] = {"a second passes", "time passes to the deadline",
	        "the checker is replaced", "maintenance", "resume", "the ledger is lost", "the ledger is back",
	        "the reboot is refused", "the actor hangs", "the system shuts down", "boot"};

	if (happening >= HAPPEN_TICK)
		printf("%s", others[happening - HAPPEN_TICK]);
	else
		printf("check %u: %s%s", happening % HAPPEN_SLOW_NEWS / NEWS_COUNT, news[happening % NEWS_COUNT],
		        happening >= HAPPEN_SLOW_NEWS ? ", slowly" : "");
}
