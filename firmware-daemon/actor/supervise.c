/* SPDX-License-Identifier: MIT
 *
 * An order is a wish that stays until it is fulfilled or refused: an end that came before it is told before it.
 */
#include "supervise.h"

#include "command/child_file.h"
#include "command/launch.h"
#include "order_command.h"

#include "os/log.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { BACKGROUND_MS = 10000 }; /* a program that ends sooner with exit code 0 may have gone into the background */

static void file_path(char path[PATH_MAX], const struct orders *orders, uint16_t service, const char *extension)
{
	(void)snprintf(
	        path, PATH_MAX, "%s/run/%s.%s", orders->run_dir, flat_service_name(orders->flat, service), extension);
}

static const struct service_spec *spec_of(const struct orders *orders, uint16_t service)
{
	return &flat_services(orders->flat)[service];
}

enum pid_file { SAY_RUNS, SAY_STOPPING, SAY_DONE, SAY_NOTHING };

/* What RUN/run/NAME.pid says from now on. */
static void say(const struct orders *orders, const struct order_slot *slot, enum pid_file what)
{
	char path[PATH_MAX];
	int error = 0;

	file_path(path, orders, slot->order.service, "pid");
	switch (what) {
	case SAY_RUNS:
		error = child_file_write(path, &slot->child);
		break;
	case SAY_STOPPING:
		error = child_file_write_stopping(path, &slot->child);
		break;
	case SAY_DONE:
		error = child_file_write_done(path);
		break;
	case SAY_NOTHING:
		child_file_remove(path);
		break;
	}
	if (error)
		log_line(LOG_PRIORITY_WARNING, "event=storage stable=0 file=%s error=\"%s\"", path, strerror(-error));
}

static struct order_report note_exit(
        struct orders *orders, struct order_slot *slot, const struct last_exit *last, int64_t now_ms)
{
	char path[PATH_MAX];

	slot->last_exit = *last;
	file_path(path, orders, slot->order.service, "exit");
	(void)!child_file_write_exit(path, last);
	return order_report_exit(slot->order.service, now_ms, &last->end);
}

void supervise_begin(struct orders *orders, uint16_t service)
{
	struct order_slot *slot = &orders->slots[service];
	char path[PATH_MAX];
	pid_t pid = 0;
	uint64_t ticks = 0;

	file_path(path, orders, service, "exit");
	child_file_read_exit(path, &slot->last_exit);
	file_path(path, orders, service, "pid");
	switch (child_file_read(path, &pid, &ticks)) {
	case CHILD_FILE_PROCESS:
		if (child_adopt(&slot->child, pid, ticks))
			slot->output.running = true;
		else if (slot->last_exit.pid != pid || slot->last_exit.ticks != ticks)
			slot->unseen_exit = (struct last_exit){.known = true, .pid = pid, .ticks = ticks};
		break;
	case CHILD_FILE_STOPPING:
		/* What the last actor began is finished. */
		slot->wanted = true;
		slot->order.kind = EVENT_RESTART;
		(void)!child_adopt(&slot->child, pid, ticks);
		break;
	case CHILD_FILE_DONE:
		slot->done = true;
		break;
	case CHILD_FILE_ABSENT:
		break;
	}
	slot->child.keep_group = !spec_of(orders, service)->respawn_always;
}

bool supervise_order(const struct orders *orders, struct order_slot *slot, const struct event *order, int64_t now_ms,
        struct order_report *report)
{
	const char *reason = launch_objection(&spec_of(orders, order->service)->user);

	if (orders->stopping)
		reason = "feeddogd is being stopped";
	else if (slot->wanted && slot->retry_ms == 0)
		reason = "still running";
	if (reason) {
		*report = order_report_refusal(order, now_ms, reason);
		return false;
	}
	slot->order = *order;
	slot->retry_ms = 0;
	slot->wanted = true;
	slot->wanted_ms = now_ms;
	return true;
}

/* The order came because the program was seen to have ended, and not for another check's sake. */
static bool is_for_its_end(const struct orders *orders, const struct event *order)
{
	char pidfile[PATH_MAX];

	if (order->check == NO_INDEX)
		return true;
	const struct check_spec *check = &flat_checks(orders->flat)[order->check];
	(void)snprintf(pidfile, sizeof(pidfile), "run/%s.pid", flat_service_name(orders->flat, order->service));
	return check->kind == KIND_PROCESS && strcmp(flat_text(orders->flat, check->pidfile), pidfile) == 0;
}

/* Starts the program. 0 or -errno. */
static int start(struct orders *orders, struct order_slot *slot, int64_t now_ms)
{
	const struct service_spec *spec = spec_of(orders, slot->order.service);
	struct user_environment environment = {0};
	struct launch launch;
	int gate[2];
	int error = order_command_environment(orders, slot->order.service, &environment);

	if (!error)
		error = launch_begin(
		        &launch, orders->flat, spec->run, &spec->user, &environment, &slot->output, now_ms);
	if (!error) {
		/* The program waits until its pid is written, so that the next actor never starts a second one. */
		error = spawn_gate_make(gate);
		launch.spawn.gate = gate;
		orders_forget_pats(orders, slot->order.service);
		if (!error) {
			error = child_start(&slot->child, &launch.spawn, now_ms);
			if (!error)
				say(orders, slot, SAY_RUNS);
			spawn_gate_open(gate);
		}
		launch_end(&launch);
	}
	user_environment_free(&environment);
	return error;
}

/* True where there is something to report; `wanted` stays where it is tried again. */
static bool launch(struct orders *orders, struct order_slot *slot, int64_t now_ms, struct order_report *report)
{
	int error = now_ms < slot->retry_ms ? -EAGAIN : start(orders, slot, now_ms);
	bool is_reported = slot->retry_ms > 0;

	if (!error) {
		slot->retry_ms = 0;
		slot->wanted = false;
		slot->child.keep_group = !spec_of(orders, slot->order.service)->respawn_always;
		slot->done = false;
		*report = order_report_end(&slot->order, now_ms,
		        &(struct job_end){.cause = CAUSE_OK, .took_ms = now_ms - slot->wanted_ms});
		return true;
	}
	*report = order_report_refusal(&slot->order, now_ms, strerror(-error));
	slot->wanted = order_command_is_shortage(error) && !orders_is_old(orders->flat, &slot->order, now_ms);
	if (!slot->wanted)
		slot->retry_ms = 0;
	else if (now_ms >= slot->retry_ms)
		slot->retry_ms = now_ms + RETRY_SHORTAGE_MS;
	return !is_reported;
}

/* Does what is wanted as far as it can be done now; true where there is something to report. */
static bool fulfil(struct orders *orders, struct order_slot *slot, int64_t now_ms, struct order_report *report)
{
	bool restart = slot->order.kind == EVENT_RESTART;

	switch (slot->child.phase) {
	case CHILD_RUNS:
		if (restart) {
			say(orders, slot, SAY_STOPPING);
			child_stop(&slot->child, spec_of(orders, slot->order.service)->restart_timeout_ms, now_ms);
			return false;
		}
		*report = order_report_end(&slot->order, now_ms, &(struct job_end){.cause = CAUSE_OK});
		break;
	case CHILD_NONE:
		if (restart && slot->done && is_for_its_end(orders, &slot->order))
			*report = order_report_refusal(&slot->order, now_ms,
			        "it has ended with exit code 0 and is to be respawned on failure only");
		else
			return launch(orders, slot, now_ms, report);
		break;
	case CHILD_ASKED:
	case CHILD_KILLED:
		return false;
	}
	slot->wanted = false;
	return true;
}

static void take_end(struct orders *orders, struct order_slot *slot, const struct child_end *end)
{
	bool well = end->cause == CAUSE_EXIT_CODE && end->detail == 0;

	if (end->ordered) {
		if (!slot->wanted)
			say(orders, slot, SAY_NOTHING);
		return;
	}
	slot->done = well && !spec_of(orders, slot->order.service)->respawn_always;
	if (slot->done)
		say(orders, slot, SAY_DONE);
}

/* What daemon programs do unless they are told not to. Its pid is not known, so it cannot be supervised. */
static const char *background_hint(
        const struct orders *orders, const struct order_slot *slot, const struct child_end *end)
{
	bool well = end->cause == CAUSE_EXIT_CODE && end->detail == 0;

	if (!well || end->ordered || end->ran_ms >= BACKGROUND_MS ||
	        !spec_of(orders, slot->order.service)->respawn_always)
		return NULL;
	return "it ended at once with exit code 0: if it goes into the background, make it stay in the foreground "
	       "(for nginx: daemon off;), or use start and restart in place of run";
}

bool supervise_step(struct orders *orders, struct order_slot *slot, int64_t now_ms, struct order_report *report)
{
	struct last_exit last = {
	        .known = true, .at_ms = now_ms, .pid = slot->child.leader.pid, .ticks = slot->child.leader.ticks};

	if (slot->unseen_exit.known) {
		last = slot->unseen_exit;
		last.at_ms = now_ms;
		slot->unseen_exit.known = false;
		*report = note_exit(orders, slot, &last, now_ms);
		return true;
	}
	if (child_step(&slot->child, now_ms, &last.end)) {
		take_end(orders, slot, &last.end);
		/* Its last words before the news of its end. */
		if (slot->output.fd >= 0)
			job_output_drain(&slot->output, now_ms);
		job_output_end(&slot->output, now_ms);
		*report = note_exit(orders, slot, &last, now_ms);
		report->reason = background_hint(orders, slot, &last.end);
		return true;
	}
	return slot->wanted && fulfil(orders, slot, now_ms, report);
}

/* In the order of the rules everything comes after what it needs; so, backwards, whoever needs it was seen before. */
void supervise_stop(struct orders *orders, int64_t now_ms)
{
	struct rules rules = flat_rules(orders->flat);

	orders->stopping = true;
	for (uint32_t i = 0; i < orders->slot_count; i++)
		orders->slots[i].is_needed = false;
	for (uint32_t i = rules.service_count; i-- > 0;) {
		struct order_slot *slot = &orders->slots[rules.order[i]];
		const struct service_rule *rule = &rules.services[rules.order[i]];
		struct child *child = &slot->child;

		slot->wanted = false;
		slot->retry_ms = 0;
		if (child->phase == CHILD_RUNS && !slot->is_needed) {
			say(orders, slot, SAY_STOPPING);
			child_stop(child, spec_of(orders, rules.order[i])->restart_timeout_ms, now_ms);
		} else if (child->phase == CHILD_NONE && spec_of(orders, rules.order[i])->run.argc > 0) {
			say(orders, slot, SAY_NOTHING);
		}
		bool is_there = child->phase != CHILD_NONE && !child_hangs(child, now_ms);
		for (uint16_t n = 0; n < rule->need_count; n++)
			orders->slots[rules.needs[rule->first_need + n]].is_needed |= is_there || slot->is_needed;
	}
}

bool supervise_is_over(const struct orders *orders, int64_t now_ms)
{
	for (uint32_t i = 0; i < orders->slot_count; i++) {
		const struct child *child = &orders->slots[i].child;

		if (child->phase != CHILD_NONE && !child_hangs(child, now_ms))
			return false;
	}
	return true;
}
