/* SPDX-License-Identifier: MIT
 *
 * The actor's part: the keeper as it is, on a disk that is played, and orders that reach the servers.
 */
#include "sim.h"

#include "core/respawn.h"
#include "os/log.h"
#include "os/storage/store.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The disk of the board that plays. */
static struct disk *disk;

int __wrap_store_make_dir(const char *path, mode_t mode);
long __wrap_store_read(const char *path, void *bytes, size_t size);
enum storage_kind __wrap_storage_kind_of(const char *root, const char *folder);
int __wrap_storage_place_of(const char *folder, struct storage_place *place);
int __wrap_store_write_at(const char *path, size_t offset, const void *bytes, size_t size);
int __wrap_store_append_line(const char *path, const char *line, size_t cap);
int64_t __wrap_clock_wall_s(void);
__attribute__((format(printf, 2, 3))) void __wrap_log_line(enum log_priority priority, const char *format, ...);

int __wrap_store_make_dir(const char *path, mode_t mode)
{
	(void)path;
	(void)mode;
	return 0;
}

enum storage_kind __wrap_storage_kind_of(const char *root, const char *folder)
{
	(void)root;
	(void)folder;
	return STORAGE_LASTING;
}

int __wrap_storage_place_of(const char *folder, struct storage_place *place)
{
	(void)folder;
	*place = (struct storage_place){.device = 1, .inode = 1};
	return 0;
}

long __wrap_store_read(const char *path, void *bytes, size_t size)
{
	(void)path;
	memcpy(bytes, disk->ledger, disk->ledger_length < size ? disk->ledger_length : size);
	return (long)disk->ledger_length;
}

int __wrap_store_write_at(const char *path, size_t offset, const void *bytes, size_t size)
{
	(void)path;
	if (disk->now_ms < disk->fails_until_ms)
		return -EROFS;
	memcpy(disk->ledger + offset, bytes, size);
	if (disk->ledger_length < offset + size)
		disk->ledger_length = offset + size;
	disk->writes++;
	return 0;
}

int __wrap_store_append_line(const char *path, const char *line, size_t cap)
{
	(void)path;
	(void)line;
	(void)cap;
	return disk->now_ms < disk->fails_until_ms ? -EROFS : 0;
}

int64_t __wrap_clock_wall_s(void)
{
	return 1700000000 + disk->now_ms / 1000 + disk->wall_off_s;
}

void __wrap_log_line(enum log_priority priority, const char *format, ...)
{
	(void)priority;
	(void)format;
}

static void boot_id(const struct sim *sim, char id[BOOT_ID_SIZE + 1])
{
	(void)snprintf(id, BOOT_ID_SIZE + 1, "%08x-0000-4000-8000-000000000000", (unsigned)sim->boots);
}

static void start(struct sim *sim)
{
	struct actor_play *actor = &sim->actor;
	char id[BOOT_ID_SIZE + 1];

	boot_id(sim, id);
	keeper_begin(&actor->keeper, sim->flat, "/state", id, false, sim->world.now_ms);
	actor->alive = actor->is_kept = true;
	actor->started_ms = sim->world.now_ms;
	actor->hung_until_ms = NEVER_MS;
	actor->heard_ms = sim->world.now_ms;
	actor->news_sequence = 0;
	actor->refused = false;
	actor->in = (struct channel_state){.generation = 1};
	actor->news_in = (struct channel_state){.generation = 1};
}

void actor_hear(struct sim *sim, const struct event *event)
{
	struct actor_play *actor = &sim->actor;
	struct event numbered = *event;

	numbered.generation = 1;
	numbered.sequence = ++actor->sent;
	if (actor->queued < QUEUE_LAST)
		actor->queue[actor->queued++] = numbered;
}

/* The feeder's first words. */
static void tell_start(struct sim *sim, const struct ledger *ledger, bool is_new)
{
	struct event event = {
	        .at_ms = sim->world.now_ms,
	        .value = ledger->unsettled,
	        .detail = ledger->last_cause,
	        .kind = EVENT_BOOT,
	        .cause = ledger->last_why,
	        .helper = HELPER_NONE,
	        .service = NO_INDEX,
	        .check = NO_INDEX,
	};

	if (is_new)
		actor_hear(sim, &event);
	event.kind = EVENT_ARMED;
	event.value = sim->flat->watchdog.timeout_ms;
	event.detail = 0;
	event.cause = CAUSE_NONE;
	actor_hear(sim, &event);
}

/* What the feeder reads before it arms; then the actor is started. */
void actor_boot(struct sim *sim)
{
	struct actor_play *actor = &sim->actor;
	char id[BOOT_ID_SIZE + 1];
	struct ledger ledger;
	enum ledger_reading reading;
	bool is_new;

	disk = &sim->disk;
	boot_id(sim, id);
	reading = ledger_decode(sim->disk.ledger, sim->disk.ledger_length, sim->rules.ladder->reboot_limit, &ledger);
	is_new = ledger_open_boot(&ledger, reading, id);
	actor->queued = 0;
	actor->sent = 0;
	actor->delay_ms = 0;
	start(sim);
	world_boot(&sim->world, ledger.unsettled);
	if (ledger.proven != sim->flat->fingerprint)
		board_unproven(&sim->world.board);
	board_unexplained(&sim->world.board, ledger.unexplained);
	/* Until the actor says that the ledger knows of this boot. */
	board_storage(&sim->world.board, !is_new);
	tell_start(sim, &ledger, is_new);
	watch_boot(sim, &ledger, is_new);
}

/* `in_order`: what is not yet written is written first. */
void actor_dies(struct sim *sim, bool in_order)
{
	struct actor_play *actor = &sim->actor;

	if (actor->is_kept && in_order)
		keeper_end(&actor->keeper, sim->world.now_ms);
	else if (actor->is_kept)
		free(actor->keeper.line.text);
	actor->is_kept = false;
	if (!actor->alive)
		return;
	actor->alive = false;
	actor->delay_ms = respawn_delay_ms(actor->delay_ms, sim->world.now_ms - actor->started_ms);
	actor->start_at_ms = sim->world.now_ms + actor->delay_ms;
}

static void reboot(struct sim *sim)
{
	if (keeper_secure(&sim->actor.keeper, sim->world.now_ms) != 0) {
		sim_trace(sim, "reboot-refused");
		sim->actor.refused = true;
		return;
	}
	if (sim->world.now_ms >= sim->no_reboot_until_ms && sim->down_at_ms == FOREVER_MS)
		sim->down_at_ms = sim->world.now_ms + SHUTDOWN_MS;
}

/* As actor/actor.c has it: an order that waited too long is none any more. */
enum { ORDER_OLD_MS = 30000 };

static void take(struct sim *sim, const struct event *event)
{
	int64_t age_ms = sim->world.now_ms - event->at_ms;

	sim->actor.refused = sim->actor.refused && event->state == BOARD_REBOOTING;
	keeper_note(&sim->actor.keeper, event, NULL, NULL, sim->world.now_ms);
	if (event->kind == EVENT_REBOOT && age_ms < sim->flat->ladder.reboot_within_ms)
		reboot(sim);
	if ((event->kind == EVENT_START || event->kind == EVENT_RESTART) && age_ms < ORDER_OLD_MS)
		truth_command(sim, event->service);
}

static void tell_storage_news(struct sim *sim)
{
	struct actor_play *actor = &sim->actor;
	bool stable = actor->keeper.ledger_error == 0;
	struct storage_news heard;
	struct storage_news news = {
	        .generation = 1,
	        .sequence = actor->news_sequence + 1,
	        .at_ms = sim->world.now_ms,
	        .error = actor->keeper.ledger_error,
	        .stable = stable,
	        .refused = actor->refused,
	};

	/* It is said every second too; only a change makes a difference. */
	if (actor->news_sequence != 0 && actor->news_stable == stable && actor->news_refused == actor->refused)
		return;
	actor->news_refused = actor->refused;
	actor->news_sequence++;
	actor->news_stable = stable;
	if (!record_take_storage_news(&actor->news_in, &news, sizeof(news), sim->world.now_ms, &heard))
		return;
	board_storage(&sim->world.board, heard.stable != 0);
	if (heard.refused)
		board_reboot_refused(&sim->world.board, heard.at_ms);
}

/* As the feeder does it: not once a reboot is ordered. */
static void replace_hung(struct sim *sim)
{
	uint8_t state = sim->world.board.ladder->state;

	if (state != BOARD_REBOOTING && state != BOARD_LETGO &&
	        sim->world.now_ms - sim->actor.heard_ms >= STORAGE_NEWS_LATE_MS)
		actor_dies(sim, false);
}

void actor_turn_play(struct sim *sim)
{
	struct actor_play *actor = &sim->actor;
	struct event event;

	sim->disk.now_ms = sim->world.now_ms;
	if (!actor->alive && sim->world.now_ms >= actor->start_at_ms)
		start(sim);
	if (actor->alive && sim->world.now_ms < actor->hung_until_ms)
		replace_hung(sim);
	if (!actor->alive || sim->world.now_ms < actor->hung_until_ms)
		return;
	actor->heard_ms = sim->world.now_ms;
	for (uint16_t i = 0; i < actor->queued; i++)
		if (record_take_event(&actor->in, &actor->queue[i], sizeof(event), sim->rules.service_count,
		            sim->rules.check_count, sim->world.now_ms, &event))
			take(sim, &event);
	actor->queued = 0;
	keeper_step(&actor->keeper, sim->world.now_ms);
	tell_storage_news(sim);
}

int64_t actor_next_ms(const struct sim *sim)
{
	const struct actor_play *actor = &sim->actor;

	if (!actor->alive)
		return actor->start_at_ms;
	if (sim->world.now_ms < actor->hung_until_ms) {
		int64_t late_ms = actor->heard_ms + STORAGE_NEWS_LATE_MS;

		return late_ms > sim->world.now_ms && late_ms < actor->hung_until_ms ? late_ms : actor->hung_until_ms;
	}
	return actor->queued > 0 ? sim->world.now_ms : actor->keeper.write_at_ms;
}
