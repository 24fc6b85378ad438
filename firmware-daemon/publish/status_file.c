/* SPDX-License-Identifier: MIT
 *
 * One function for each object of the file.
 */
#include "status_file.h"

#include "os/clock.h"
#include "os/log.h"
#include "os/storage/store.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

/* A feeder in the middle of its turn is done in microseconds. */
enum { COPY_TRIES = 100 };

int status_file_begin(struct status_file *status, const struct orders *orders, const char *run_dir, const char *boot_id,
        int snapshot_fd)
{
	const struct flat *flat = orders->flat;
	struct stat page;

	*status = (struct status_file){
	        .flat = flat,
	        .slots = orders->slots,
	        .size = snapshot_size(flat->service_count, flat->check_count),
	        .write_at_ms = NEVER_MS,
	};
	(void)snprintf(status->boot_id, sizeof(status->boot_id), "%s", boot_id);
	if ((size_t)snprintf(status->path, sizeof(status->path), "%s/status.json", run_dir) >= sizeof(status->path))
		return -ENAMETOOLONG;
	if (fstat(snapshot_fd, &page) != 0)
		return -errno;
	/* What lies beyond the end of a file is a SIGBUS. */
	if (page.st_size < (off_t)status->size)
		return -EINVAL;
	void *live = mmap(NULL, status->size, PROT_READ, MAP_SHARED, snapshot_fd, 0);
	if (live == MAP_FAILED)
		return -errno;
	status->live = live;
	status->copy = malloc(status->size);
	status->fresh = malloc(status->size);
	return status->copy && status->fresh ? 0 : -ENOMEM;
}

/* The counts are the feeder's: were they not ours, its arrays would lie elsewhere. */
static bool is_ours(const struct status_file *status, const struct snapshot *snapshot)
{
	return snapshot->version != 0 && snapshot->service_count == status->flat->service_count &&
	        snapshot->check_count == status->flat->check_count;
}

/* Whatever is there, its texts have an end. */
static void end_texts(struct snapshot *snapshot)
{
	snapshot->dog.identity[NAME_SIZE - 1] = '\0';
	snapshot->last_service[NAME_SIZE - 1] = '\0';
	snapshot->last_check[NAME_SIZE - 1] = '\0';
}

static void refresh_copy(struct status_file *status)
{
	for (int i = 0; i < COPY_TRIES; i++) {
		struct snapshot *fresh = status->fresh;
		if (!snapshot_copy(status->live, fresh, status->size) || !is_ours(status, fresh))
			continue;
		end_texts(fresh);
		status->fresh = status->copy;
		status->copy = fresh;
		status->have_copy = true;
		return;
	}
}

/* How long ago; never negative, though the snapshot may be younger than now_ms. No time is before 0, and NEVER_MS is none. */
static int64_t age_ms(int64_t since_ms, int64_t now_ms)
{
	return since_ms < 0 || since_ms > now_ms ? 0 : now_ms - since_ms;
}

static void add_dog(struct status_file *status, int64_t now_ms)
{
	struct json_writer *json = &status->json;
	const struct dog_state *dog = &status->copy->dog;

	json_open_object(json, "dog");
	json_text(json, "device", flat_text(status->flat, status->flat->watchdog.device));
	json_text(json, "identity", dog->identity);
	json_seconds(json, "timeout_s", dog->timeout_ms);
	if (dog->fed_ms == NEVER_MS)
		json_null(json, "fed_ago_ms");
	else
		json_integer(json, "fed_ago_ms", age_ms(dog->fed_ms, now_ms));
	json_integer(json, "feeds", (int64_t)dog->feeds);
	json_integer(json, "failed_feeds", (int64_t)dog->failed_feeds);
	json_boolean(json, "lost", dog->lost != 0);
	json_close_object(json);
}

/* The first line that the command printed in its last run. */
static void add_output(struct status_file *status, uint16_t check)
{
	char text[OUTPUT_TEXT_SIZE];

	json_text(&status->json, "output", output_page_read(status->output, check, text));
}

static void add_check(
        struct status_file *status, const struct check_spec *spec, const struct check_state *check, int64_t now_ms)
{
	struct json_writer *json = &status->json;

	json_open_object(json, NULL);
	json_text(json, "name", flat_text(status->flat, spec->name));
	json_text(json, "kind", check_kind_name((enum check_kind)spec->kind));
	json_text(json, "health", health_name((enum health)check->health));
	json_text(json, "cause", cause_name((enum cause)check->cause));
	json_integer(json, "detail", check->detail);
	/* Nothing was heard of it yet: heard_ms is then when it began. */
	if (check->cause == CAUSE_NONE || check->heard_ms == NEVER_MS)
		json_null(json, "age_ms");
	else
		json_integer(json, "age_ms", age_ms(check->heard_ms, now_ms));
	json_integer(json, "took_ms", check->took_ms);
	json_integer(json, "failures", check->streak);
	if (spec->kind == KIND_COMMAND && status->output)
		add_output(status, (uint16_t)(spec - flat_checks(status->flat)));
	json_close_object(json);
}

static void add_waiting_for(struct status_file *status, const struct rules *rules, uint16_t index)
{
	const struct service_rule *rule = &rules->services[index];
	const struct board board = snapshot_board(status->copy);

	json_open_array(&status->json, "waiting_for");
	for (uint32_t i = rule->first_need; i < rule->first_need + rule->need_count; i++)
		if (board.services[rules->needs[i]].health != HEALTH_UP)
			json_text(&status->json, NULL, flat_service_name(status->flat, rules->needs[i]));
	json_close_array(&status->json);
}

/* What feeddog runs itself: its process, and how the last one ended. */
static void add_program(struct status_file *status, const struct order_slot *slot)
{
	struct json_writer *json = &status->json;
	const struct last_exit *last = &slot->last_exit;

	if (slot->child.phase == CHILD_NONE)
		json_null(json, "pid");
	else
		json_integer(json, "pid", slot->child.leader.pid);
	if (!last->known) {
		json_null(json, "last_exit");
		return;
	}
	json_open_object(json, "last_exit");
	json_text(json, "cause", last->end.cause == CAUSE_NONE ? "unknown" : cause_name(last->end.cause));
	json_integer(json, "detail", last->end.detail);
	json_seconds(json, "at_s", last->at_ms);
	json_boolean(json, "ordered", last->end.ordered);
	json_close_object(json);
}

static void add_service(struct status_file *status, uint16_t index, int64_t now_ms)
{
	struct json_writer *json = &status->json;
	const struct rules rules = flat_rules(status->flat);
	const struct service_rule *rule = &rules.services[index];
	const struct board board = snapshot_board(status->copy);
	const struct service_state *service = &board.services[index];

	json_open_object(json, flat_service_name(status->flat, index));
	json_text(json, "health", health_name((enum health)service->health));
	json_integer(json, "since_s", age_ms(service->since_ms, now_ms) / 1000);
	json_integer(json, "restarts", service->restarts);
	json_integer(json, "attempts", service->attempts);
	add_waiting_for(status, &rules, index);
	if (flat_services(status->flat)[index].run.argc > 0)
		add_program(status, &status->slots[index]);
	json_open_array(json, "checks");
	for (uint32_t i = rule->first_check; i < (uint32_t)rule->first_check + rule->check_count; i++)
		add_check(status, &flat_checks(status->flat)[i], &board.checks[i], now_ms);
	json_close_array(json);
	json_close_object(json);
}

static void add_culprit(struct status_file *status)
{
	struct json_writer *json = &status->json;
	const struct ladder *ladder = &status->copy->ladder;

	json_open_object(json, "culprit");
	json_text(json, "service", flat_service_name(status->flat, ladder->service));
	json_text(json, "check", flat_check_name(status->flat, ladder->check));
	json_text(json, "cause", ladder->cause == CAUSE_NONE ? NULL : cause_name((enum cause)ladder->cause));
	json_close_object(json);
}

static void add_past(struct status_file *status)
{
	struct json_writer *json = &status->json;
	const struct snapshot *snapshot = status->copy;

	json_open_object(json, "reboots");
	json_integer(json, "unsettled", snapshot->ladder.unsettled);
	json_integer(json, "limit", snapshot->reboot_limit);
	json_boolean(json, "proven", snapshot->ladder.proven != 0);
	json_close_object(json);
	json_open_object(json, "last_boot");
	json_text(json, "cause", end_cause_name((enum end_cause)snapshot->last_cause));
	json_text(json, "service", snapshot->last_service);
	json_text(json, "check", snapshot->last_check);
	json_text(json, "why", snapshot->last_why == CAUSE_NONE ? NULL : cause_name((enum cause)snapshot->last_why));
	json_boolean(json, "counted", snapshot->last_counted != 0);
	json_close_object(json);
}

static void add_helpers(struct status_file *status)
{
	struct json_writer *json = &status->json;

	json_open_object(json, "helpers");
	for (int i = 0; i < HELPER_COUNT; i++) {
		const struct helper_state *helper = &status->copy->helpers[i];
		json_open_object(json, helper_name((enum helper)i));
		json_integer(json, "pid", helper->pid);
		json_integer(json, "restarts", helper->restarts);
		json_integer(json, "dropped", (int64_t)helper->dropped);
		json_close_object(json);
	}
	json_close_object(json);
}

bool status_file_build(struct status_file *status, bool running, int64_t now_ms, int64_t wall_s)
{
	struct json_writer *json = &status->json;

	refresh_copy(status);
	if (!status->have_copy)
		return false;
	const struct ladder *ladder = &status->copy->ladder;
	bool feeding = running && snapshot_is_fed(status->copy, now_ms);
	json_begin(json);
	json_open_object(json, NULL);
	json_integer(json, "version", STATUS_VERSION);
	json_text(json, "state", board_state_name((enum board_state)ladder->state));
	json_integer(json, "since_s", age_ms(ladder->since_ms, now_ms) / 1000);
	json_boolean(json, "feeding", feeding);
	json_integer(json, "lease_ms", feeding ? ladder->feed_until_ms - now_ms : 0);
	add_dog(status, now_ms);
	json_open_object(json, "services");
	for (uint16_t i = 0; i < status->flat->service_count; i++)
		add_service(status, i, now_ms);
	json_close_object(json);
	add_past(status);
	add_helpers(status);
	add_culprit(status);
	json_text(json, "reason", ladder->state == BOARD_MAINTENANCE ? status->reason : NULL);
	json_text(json, "uncounted", status->why_unstable[0] ? status->why_unstable : NULL);
	json_boolean(json, "running", running);
	json_text(json, "boot", status->boot_id);
	json_integer(json, "at_ms", now_ms);
	json_integer(json, "at_wall", wall_s);
	json_close_object(json);
	return !json->failed;
}

const struct snapshot *status_file_snapshot(const struct status_file *status)
{
	return status->have_copy ? status->copy : NULL;
}

static void write_it(struct status_file *status, bool running, int64_t now_ms)
{
	if (!status_file_build(status, running, now_ms, clock_wall_s()))
		return;
	status->json.text[status->json.length] = '\n'; /* in place of the NUL, which no one needs */
	int error = -store_replace(status->path, status->json.text, status->json.length + 1, 0644);
	if (error != 0 && status->error == 0)
		log_line(LOG_PRIORITY_WARNING, "event=storage stable=0 file=%s error=\"%s\"", status->path,
		        strerror(error));
	status->error = error;
}

void status_file_step(struct status_file *status, bool running, int64_t now_ms)
{
	if (now_ms < status->write_at_ms)
		return;
	write_it(status, running, now_ms);
	status->write_at_ms = now_ms + (status->have_copy ? STATUS_EVERY_MS : STATUS_RETRY_MS);
}

void status_file_end(struct status_file *status, bool running, int64_t now_ms)
{
	write_it(status, running, now_ms);
	free(status->json.text);
	free(status->copy);
	free(status->fresh);
	status->json = (struct json_writer){0};
	status->copy = status->fresh = NULL;
}
