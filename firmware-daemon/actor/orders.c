/* SPDX-License-Identifier: MIT
 *
 * A table of slots, one for each service and one for the reboot.
 */
#include "orders.h"

#include "job_record.h"
#include "launch.h"
#include "slot_path.h"
#include "supervise.h"
#include "variables.h"

#include "../os/heartbeat_socket.h"
#include "../os/log.h"

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

/* The first heartbeat check of a service is that of its program. */
static const struct check_spec *heartbeat_of(const struct flat *flat, uint16_t service)
{
	const struct rules rules = flat_rules(flat);
	const struct service_rule *rule = &rules.services[service];

	for (uint32_t i = rule->first_check; i < (uint32_t)rule->first_check + rule->check_count; i++)
		if (flat_checks(flat)[i].kind == KIND_HEARTBEAT)
			return &flat_checks(flat)[i];
	return NULL;
}

static int make_environment(struct orders *orders, uint16_t service)
{
	const struct flat *flat = orders->flat;
	const struct identity *user = &flat_services(flat)[service].user;
	const struct check_spec *heartbeat = is_supervised(orders, service) ? heartbeat_of(flat, service) : NULL;
	char path[PATH_MAX];

	slot_path(path, orders->run_dir, "heartbeat", flat_service_name(flat, service));
	return user_environment_make(&orders->slots[service].environment,
	        &(struct user_environment_facts){
	                .user = user->name != 0 && geteuid() == 0 ? flat_text(flat, user->name) : NULL,
	                .uid = user->uid,
	                .heartbeat = heartbeat ? path : NULL,
	                .within_ms = heartbeat ? heartbeat->within_ms : 0,
	        });
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
	for (uint32_t i = 0; i < services; i++) {
		int error = make_environment(orders, (uint16_t)i);
		if (error)
			return error;
		if (is_supervised(orders, i))
			supervise_begin(orders, (uint16_t)i);
	}
	return 0;
}

void orders_forget_pats(const struct orders *orders, uint16_t service)
{
	char path[PATH_MAX];

	if (!heartbeat_of(orders->flat, service))
		return;
	slot_path(path, orders->run_dir, "heartbeat", flat_service_name(orders->flat, service));
	heartbeat_socket_say(path, "STOPPING=1");
}

static struct command command_of(const struct flat *flat, const struct event *order)
{
	if (order->kind == EVENT_REBOOT)
		return flat->reboot;
	const struct service_spec *service = &flat_services(flat)[order->service];
	return order->kind == EVENT_START ? service->start : service->restart;
}

/* Without a budget of its own a reboot has until the dog bites. */
static uint32_t timeout_of(const struct flat *flat, const struct event *order)
{
	if (order->kind != EVENT_REBOOT)
		return flat_services(flat)[order->service].restart_timeout_ms;
	return flat->ladder.reboot_within_ms > 0 ? flat->ladder.reboot_within_ms : flat->watchdog.timeout_ms;
}

/* Runs the order's command in its slot. 0 or -errno. */
static int start(struct orders *orders, struct order_slot *slot, const struct event *order, int64_t now_ms)
{
	static const struct identity ourselves;
	const struct flat *flat = orders->flat;
	char *const *base = slot->environment.variables ? slot->environment.variables : environ;
	struct launch launch;
	int error = launch_begin(&launch, flat, command_of(flat, order),
	        order->kind == EVENT_REBOOT ? &ourselves : &flat_services(flat)[order->service].user,
	        &slot->environment, &slot->output, now_ms);

	if (error)
		return error;
	char **variables = variables_of_order(base, flat, order);
	/* Without memory for them it runs all the same, and is not told why. */
	if (variables)
		launch.spawn.envp = variables;
	if (order->kind == EVENT_RESTART)
		orders_forget_pats(orders, order->service);
	error = job_start(&slot->job, &launch.spawn, timeout_of(flat, order), now_ms);
	free(variables);
	launch_end(&launch);
	return error;
}

/* Why an order cannot even be tried, or NULL. */
static const char *objection(const struct flat *flat, const struct order_slot *slot, const struct event *order)
{
	if (slot->job.phase != JOB_NONE)
		return "still running";
	if (order->kind == EVENT_REBOOT) {
		/* Whoever tries feeddog with a stand-in for the dog does not mean the machine he sits at. */
		bool pretends = flat->watchdog.simulated && flat->reboot.argc == 0;
		return pretends ? "the dog is simulated and no reboot command is configured: the machine is left alone"
		                : NULL;
	}
	if (command_of(flat, order).argc == 0)
		return "no command is configured for it";
	return launch_objection(&flat_services(flat)[order->service].user);
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
	const char *reason = objection(orders->flat, slot, order);
	int error = reason ? 0 : start(orders, slot, order, now_ms);
	if (error)
		reason = strerror(-error);
	if (reason) {
		*report = order_report_refusal(order, now_ms, reason);
		return false;
	}
	slot->order = *order;
	error = job_record_write(slot->note, &slot->job, order);
	if (error && error != -ESRCH && error != -ENOENT) /* it runs all the same, and may have ended by now */
		log_line(LOG_PRIORITY_WARNING, "event=storage stable=0 file=%s error=\"%s\"", slot->note,
		        strerror(-error));
	return true;
}

bool orders_step(struct orders *orders, int64_t now_ms, struct order_report *report)
{
	for (uint32_t i = 0; i < orders->slot_count; i++) {
		struct order_slot *slot = &orders->slots[i];
		struct job_end end;
		if (is_supervised(orders, i) && supervise_step(orders, slot, now_ms, report))
			return true;
		if (!job_step(&slot->job, now_ms, &end))
			continue;
		job_record_remove(slot->note);
		/* Its last words before the news of its end. */
		if (slot->output.fd >= 0)
			job_output_drain(&slot->output, now_ms);
		job_output_end(&slot->output, now_ms);
		*report = order_report_end(&slot->order, now_ms, &end);
		return true;
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
		if (child_ms < first_ms)
			first_ms = child_ms;
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
		user_environment_free(&orders->slots[i].environment);
		child_release(&orders->slots[i].child);
		job_release(&orders->slots[i].job);
	}
	free(orders->slots);
	orders->slots = NULL;
}
