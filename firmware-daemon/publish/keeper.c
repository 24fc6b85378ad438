/* SPDX-License-Identifier: MIT
 *
 * One time, write_at_ms, says when to write; both files are written then.
 */
#include "keeper.h"

#include "os/clock.h"
#include "os/log.h"
#include "os/storage/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Logs once that a file cannot be written, and once that it can again. */
static void log_storage(int *known_error, int error, const char *path)
{
	char line[LOG_LINE_SIZE];

	if ((*known_error == 0) != (error == 0)) {
		size_t length = (size_t)snprintf(line, sizeof(line), "event=storage stable=%d", error == 0);
		length = log_append_text(line, sizeof(line), length, "file", path);
		if (error)
			(void)log_append_text(line, sizeof(line), length, "error", strerror(error));
		log_line(error ? LOG_PRIORITY_ERROR : LOG_PRIORITY_NOTICE, "%s", line);
	}
	*known_error = error;
}

static struct ledger read_ledger(const struct keeper *keeper, const char boot_id[BOOT_ID_SIZE + 1])
{
	uint8_t bytes[LEDGER_SIZE] = {0};
	struct ledger ledger;
	long length = store_read(keeper->ledger_path, bytes, sizeof(bytes));
	/* A file that cannot be read is no better than a corrupt one: one zero byte is such. */
	enum ledger_reading reading =
	        ledger_decode(bytes, length < 0 ? 1 : (size_t)length, keeper->flat->ladder.reboot_limit, &ledger);

	(void)ledger_open_boot(&ledger, reading, boot_id);
	return ledger;
}

bool keeper_can_count(const struct keeper *keeper)
{
	return keeper->ledger_error == 0 && keeper->kind == STORAGE_LASTING && !keeper->moved;
}

const char *keeper_why_not(const struct keeper *keeper, char why[STORAGE_WHY_SIZE])
{
	const char *folder = keeper->state_dir;

	why[0] = '\0';
	if (keeper->kind != STORAGE_LASTING)
		(void)snprintf(why, STORAGE_WHY_SIZE,
		        "%.256s is on %s, which is lost at a reset (give feeddogd a --state-dir on a disk)", folder,
		        storage_kind_text(keeper->kind));
	else if (keeper->moved)
		(void)snprintf(why, STORAGE_WHY_SIZE,
		        "%.256s was mounted or unmounted after feeddogd had started (have feeddogd start after the mount: "
		        "RequiresMountsFor=)",
		        folder);
	else if (keeper->ledger_error != 0)
		(void)snprintf(why, STORAGE_WHY_SIZE, "%.256s cannot be written: %s (make room, or check the disk)",
		        keeper->ledger_path, strerror(keeper->ledger_error));
	return why;
}

/* Logs why reboots cannot be counted. What cannot be written is logged by log_storage(). */
static void log_place(const struct keeper *keeper)
{
	char line[LOG_LINE_SIZE], why[STORAGE_WHY_SIZE];
	bool lasts = keeper->kind == STORAGE_LASTING && !keeper->moved;
	size_t length = (size_t)snprintf(line, sizeof(line), "event=storage stable=%d", lasts);

	length = log_append_text(line, sizeof(line), length, "folder", keeper->state_dir);
	if (!lasts)
		(void)log_append_text(line, sizeof(line), length, "reason", keeper_why_not(keeper, why));
	log_line(lasts ? LOG_PRIORITY_NOTICE : LOG_PRIORITY_ERROR, "%s", line);
}

static void look_at_kind(struct keeper *keeper)
{
	char folder[PATH_MAX];

	keeper->kind = storage_kind_of("", realpath(keeper->state_dir, folder) ? folder : keeper->state_dir);
	/* A played boot loses no memory. */
	if (keeper->played && keeper->kind == STORAGE_MEMORY)
		keeper->kind = STORAGE_LASTING;
}

/*
 * A disk that is mounted over the state folder, or unmounted from it, leaves another ledger at its path. This boot goes on
 * in that one, with the higher counts; what it has counted before is in the other.
 */
static void look_at_place(struct keeper *keeper, int64_t now_ms)
{
	struct storage_place place;

	keeper->look_at_ms = now_ms + KEEPER_LOOK_MS;
	if (storage_place_of(keeper->state_dir, &place) != 0 || memcmp(&place, &keeper->place, sizeof(place)) == 0)
		return;
	keeper->place = place;
	keeper->moved = memcmp(&place, &keeper->first, sizeof(place)) != 0;
	struct ledger found = read_ledger(keeper, keeper->ledger.boot_id);
	ledger_merge(&keeper->ledger, &found);
	keeper->unwritten = true;
	keeper->write_at_ms = now_ms;
	look_at_kind(keeper);
	log_place(keeper);
}

/* 0 or -errno. */
static int write_ledger(struct keeper *keeper)
{
	uint8_t slot[LEDGER_SLOT_SIZE];

	if (!keeper->unwritten)
		return 0;
	size_t offset = ledger_encode(&keeper->ledger, slot);
	int error = store_write_at(keeper->ledger_path, offset, slot, sizeof(slot));
	keeper->unwritten = error != 0;
	log_storage(&keeper->ledger_error, -error, keeper->ledger_path);
	return error;
}

void keeper_begin(struct keeper *keeper, const struct flat *flat, const char *state_dir,
        const char boot_id[BOOT_ID_SIZE + 1], bool played, int64_t now_ms)
{
	*keeper = (struct keeper){
	        .flat = flat,
	        .played = played,
	        .look_at_ms = now_ms + KEEPER_LOOK_MS,
	        .write_at_ms = FOREVER_MS,
	        .retry_ms = KEEPER_RETRY_FIRST_MS,
	};
	bucket_fill(&keeper->writes, KEEPER_WRITES, now_ms);
	bucket_fill(&keeper->lines, KEEPER_LINES, now_ms);
	(void)snprintf(keeper->ledger_path, sizeof(keeper->ledger_path), "%s/ledger", state_dir);
	(void)snprintf(keeper->history_path, sizeof(keeper->history_path), "%s/history.jsonl", state_dir);
	(void)snprintf(keeper->state_dir, sizeof(keeper->state_dir), "%s", state_dir);
	keeper->ledger = read_ledger(keeper, boot_id);
	/* The next write goes to the slot which is not the newest. */
	keeper->ledger.sequence++;
	keeper->unwritten = true;
	/* An error here shows in ledger_error, and is tried again. */
	int error = store_make_dir(state_dir, 0755);
	/* Of a folder that cannot be had nothing is known, and nothing can be written to it. */
	if (storage_place_of(state_dir, &keeper->first) == 0)
		keeper->place = keeper->first;
	look_at_kind(keeper);
	if (keeper->kind != STORAGE_LASTING)
		log_place(keeper);
	if (error == 0)
		error = write_ledger(keeper);
	if (error != 0) {
		log_storage(&keeper->ledger_error, -error, keeper->ledger_path);
		keeper->write_at_ms = now_ms + keeper->retry_ms;
	}
}

int keeper_secure(struct keeper *keeper, int64_t now_ms)
{
	look_at_place(keeper, now_ms);
	return write_ledger(keeper);
}

/* Adds a line to what is to be written; false where there is no room. */
static bool add_pending(struct keeper *keeper, const char *line)
{
	size_t length = strlen(line);
	size_t lead = keeper->pending_length > 0 ? 1 : 0;

	if (keeper->pending_length + lead + length >= sizeof(keeper->pending))
		return false;
	keeper->pending[keeper->pending_length] = '\n';
	memcpy(keeper->pending + keeper->pending_length + lead, line, length + 1);
	keeper->pending_length += lead + length;
	return true;
}

static void note_history(struct keeper *keeper, const struct event *event, const char *reason, const char *command)
{
	char output[OUTPUT_TEXT_SIZE];

	history_line(&keeper->line,
	        &(struct history_facts){
	                .flat = keeper->flat,
	                .ledger = &keeper->ledger,
	                .event = event,
	                .reason = reason,
	                .command = command,
	                .output = check_output(keeper->output, keeper->flat, event, output),
	                .wall_s = clock_wall_s(),
	                .suppressed = keeper->suppressed,
	                .played = keeper->played,
	        });
	if (!keeper->line.failed && add_pending(keeper, keeper->line.text))
		keeper->suppressed = 0;
	else
		keeper->suppressed++;
}

void keeper_note(
        struct keeper *keeper, const struct event *event, const char *reason, const char *command, int64_t now_ms)
{
	enum history_kept kept = history_kept((enum event_kind)event->kind);
	bool changed = ledger_apply(&keeper->ledger, event, flat_service_name(keeper->flat, event->service),
	        flat_check_name(keeper->flat, event->check));

	keeper->unwritten = keeper->unwritten || changed;
	if (kept == HISTORY_LIMITED && !bucket_take(&keeper->lines, KEEPER_LINES, KEEPER_LINE_MS, now_ms))
		keeper->suppressed++;
	else if (kept != HISTORY_LEFT_OUT)
		note_history(keeper, event, reason, command);
	if (!changed && kept == HISTORY_LEFT_OUT)
		return;
	/* The last words of a boot do not wait for their turn. */
	int64_t at_ms = now_ms + KEEPER_QUIET_MS;
	int64_t turn_ms = bucket_next_ms(&keeper->writes, KEEPER_WRITE_MS);
	if (kept != HISTORY_ALWAYS && turn_ms > at_ms)
		at_ms = turn_ms;
	if (at_ms < keeper->write_at_ms)
		keeper->write_at_ms = at_ms;
}

static int write_history(struct keeper *keeper)
{
	if (keeper->pending_length == 0)
		return 0;
	int error = store_append_line(keeper->history_path, keeper->pending, HISTORY_CAP);
	if (error == 0)
		keeper->pending_length = 0;
	log_storage(&keeper->history_error, -error, keeper->history_path);
	return error;
}

static void write_all(struct keeper *keeper, int64_t now_ms)
{
	keeper->write_at_ms = FOREVER_MS;
	(void)bucket_take(&keeper->writes, KEEPER_WRITES, KEEPER_WRITE_MS, now_ms);
	int ledger_error = write_ledger(keeper);
	int history_error = write_history(keeper);
	if (ledger_error == 0 && history_error == 0) {
		keeper->retry_ms = KEEPER_RETRY_FIRST_MS;
		return;
	}
	keeper->write_at_ms = now_ms + keeper->retry_ms;
	keeper->retry_ms = keeper->retry_ms < KEEPER_RETRY_LAST_MS / 2 ? keeper->retry_ms * 2 : KEEPER_RETRY_LAST_MS;
}

void keeper_step(struct keeper *keeper, int64_t now_ms)
{
	if (now_ms >= keeper->look_at_ms || now_ms >= keeper->write_at_ms)
		look_at_place(keeper, now_ms);
	if (now_ms >= keeper->write_at_ms)
		write_all(keeper, now_ms);
}

void keeper_end(struct keeper *keeper, int64_t now_ms)
{
	write_all(keeper, now_ms);
	free(keeper->line.text);
	keeper->line = (struct json_writer){0};
}
