/* SPDX-License-Identifier: MIT
 *
 * A table of slots, one for each service and one for the reboot.
 */
#include "orders.h"

#include "command/job_record.h"
#include "order_command.h"
#include "command/slot_path.h"
#include "supervise.h"

#include "os/channel/heartbeat_socket.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool is_supervised(const struct orders *orders, uint32_t slot)
{
	return slot < orders->flat->service_count && flat_services(orders->flat)[slot].run.argc > 0;
}

int orders_begin(struct orders *orders, const struct flat *flat, const char *run_dir, int64_t now_ms)
{
	uint32_t services = flat->service_count;

	*orders = (struct orders){.flat = flat, .slot_count = services + 1, .run_dir = run_dir};
	orders->slots = calloc(orders->slot_count, sizeof(orders->slots[0]));
	if (!orders->slots)
		return -ENOMEM;
	for (uint32_t i = 0; i <= services; i++) {
		struct order_slot *slot = &orders->slots[i];
		const char *name = flat_service_name(flat, i < services ? (uint16_t)i : NO_INDEX);
		slot_path(slot->note, run_dir, "jobs", name);
		job_output_begin(&slot->output, run_dir, name, now_ms);
		slot->output.running = job_record_take(slot->note, &slot->job, &slot->order);
		/* Its number is that of this configuration. */
		slot->order.service = i < services ? (uint16_t)i : NO_INDEX;
	}
	for (uint32_t i = 0; i < services; i++)
		if (is_supervised(orders, i))
			supervise_begin(orders, (uint16_t)i);
	return 0;
}

void orders_forget_pats(const struct orders *orders, uint16_t service)
{
	char path[PATH_MAX];

	if (!order_command_heartbeat(orders->flat, service))
		return;
	slot_path(path, orders->run_dir, "heartbeat", flat_service_name(orders->flat, service));
	heartbeat_socket_say(path, "STOPPING=1");
}

enum {
	ORDER_OLD_MS = 30000,   /* an order that waited longer, as for the next actor, is no answer to the present */
	RETRY_REBOOT_MS = 5000, /* somebody inhibits the reboot, as apt does while it installs */
};

bool orders_is_old(const struct flat *flat, const struct event *order, int64_t now_ms)
{
	int64_t age_ms = now_ms - order->at_ms;

	if (order->kind == EVENT_REBOOT)
		return age_ms >= flat->ladder.reboot_within_ms;
	return (order->kind == EVENT_START || order->kind == EVENT_RESTART) && age_ms >= ORDER_OLD_MS;
}

static void retry_in(const struct orders *orders, struct order_slot *slot, int64_t wait_ms, int64_t now_ms)
{
	bool is_too_late = orders->stopping || orders_is_old(orders->flat, &slot->order, now_ms + wait_ms);

	slot->retry_ms = is_too_late ? 0 : now_ms + wait_ms;
}

/* 0 or -errno; a shortage of this board's own is tried again. */
static int start(struct orders *orders, struct order_slot *slot, int64_t now_ms)
{
	int error = order_command_start(orders, slot, &slot->order, now_ms);

	slot->retry_ms = 0;
	if (order_command_is_shortage(error))
		retry_in(orders, slot, RETRY_SHORTAGE_MS, now_ms);
	return error;
}

bool orders_carry_out(struct orders *orders, const struct event *order, int64_t now_ms, struct order_report *report)
{
	uint32_t index = order->kind == EVENT_REBOOT ? orders->slot_count - 1 : order->service;

	if (index >= orders->slot_count || (index == orders->slot_count - 1) != (order->kind == EVENT_REBOOT)) {
		*report = order_report_refusal(order, now_ms, "it names no service");
		return false;
	}
	struct order_slot *slot = &orders->slots[index];
	if (is_supervised(orders, index))
		return supervise_order(orders, slot, order, now_ms, report);
	const char *reason = order_command_objection(orders->flat, slot, order);
	if (reason) {
		*report = order_report_refusal(order, now_ms, reason);
		return false;
	}
	slot->order = *order;
	slot->reboot_failed = false;
	int error = start(orders, slot, now_ms);
	if (error)
		*report = order_report_refusal(order, now_ms, strerror(-error));
	return error == 0;
}

void orders_cancel_reboot(struct orders *orders)
{
	orders->slots[orders->slot_count - 1].retry_ms = 0;
}

/* The command has ended. False where there is nothing new to report. */
static bool take_end(struct orders *orders, struct order_slot *slot, const struct job_end *end, int64_t now_ms,
        struct order_report *report)
{
	bool failed = end->cause != CAUSE_OK && end->cause != CAUSE_NONE;

	job_record_remove(slot->note);
	/* Its last output before the report of its end. */
	if (slot->output.fd >= 0)
		job_output_drain(&slot->output, now_ms);
	job_output_end(&slot->output, now_ms);
	*report = order_report_end(&slot->order, now_ms, end);
	if (slot->order.kind != EVENT_REBOOT || !failed)
		return true;
	/* A reboot was counted when it was ordered, so asking again costs nothing. One failure of many is reported. */
	bool is_first = !slot->reboot_failed;
	slot->reboot_failed = true;
	retry_in(orders, slot, RETRY_REBOOT_MS, now_ms);
	if (slot->retry_ms > 0)
		report->reason = "it is ordered again every 5 s";
	return is_first;
}

bool orders_step(struct orders *orders, int64_t now_ms, struct order_report *report)
{
	for (uint32_t i = 0; i < orders->slot_count; i++) {
		struct order_slot *slot = &orders->slots[i];
		struct job_end end;

		if (is_supervised(orders, i) && supervise_step(orders, slot, now_ms, report))
			return true;
		if (job_step(&slot->job, now_ms, &end) && take_end(orders, slot, &end, now_ms, report))
			return true;
		/* That it cannot be started was reported when that was tried first. */
		if (!is_supervised(orders, i) && slot->retry_ms > 0 && now_ms >= slot->retry_ms &&
		        slot->job.phase == JOB_NONE)
			(void)!start(orders, slot, now_ms);
	}
	return false;
}

int64_t orders_deadline_ms(const struct orders *orders)
{
	int64_t first_ms = FOREVER_MS;

	for (uint32_t i = 0; i < orders->slot_count; i++) {
		int64_t deadline_ms = job_deadline_ms(&orders->slots[i].job);
		int64_t child_ms = child_deadline_ms(&orders->slots[i].child);
		if (deadline_ms < first_ms)
			first_ms = deadline_ms;
		int64_t retry_ms = orders->slots[i].retry_ms;
		if (child_ms < first_ms)
			first_ms = child_ms;
		if (retry_ms > 0 && retry_ms < first_ms)
			first_ms = retry_ms;
	}
	return first_ms;
}

nfds_t orders_poll(const struct orders *orders, struct pollfd fds[])
{
	nfds_t count = 0;

	for (uint32_t i = 0; i < orders->slot_count; i++)
		if (orders->slots[i].output.fd >= 0)
			fds[count++] = (struct pollfd){.fd = orders->slots[i].output.fd, .events = POLLIN};
	/* Behind the outputs: orders_drain() looks for those alone. A slot has a command or a program. */
	for (uint32_t i = 0; i < orders->slot_count; i++) {
		const struct order_slot *slot = &orders->slots[i];
		const struct leader *leader = slot->child.phase != CHILD_NONE ? &slot->child.leader : &slot->job.leader;
		/* A command that was asked to end has its grace, whether its leader is still there or not. */
		bool is_there = slot->child.phase != CHILD_NONE || slot->job.phase == JOB_RUNS;
		if (is_there && leader->pidfd >= 0)
			fds[count++] = (struct pollfd){.fd = leader->pidfd, .events = POLLIN};
	}
	return count;
}

void orders_drain(struct orders *orders, const struct pollfd fds[], nfds_t count, int64_t now_ms)
{
	nfds_t at = 0;

	for (uint32_t i = 0; i < orders->slot_count; i++)
		job_output_step(&orders->slots[i].output, now_ms);
	/* `fds` is in the order of the slots, as orders_poll() left it. */
	for (uint32_t i = 0; i < orders->slot_count && at < count; i++) {
		struct job_output *output = &orders->slots[i].output;
		if (output->fd < 0 || output->fd != fds[at].fd)
			continue;
		if (fds[at].revents != 0)
			job_output_drain(output, now_ms);
		at++;
	}
}

void orders_end(struct orders *orders)
{
	for (uint32_t i = 0; orders->slots && i < orders->slot_count; i++) {
		if (orders->slots[i].output.fd >= 0)
			(void)close(orders->slots[i].output.fd);
		child_release(&orders->slots[i].child);
		job_release(&orders->slots[i].job);
	}
	free(orders->slots);
	orders->slots = NULL;
}
