/* SPDX-License-Identifier: MIT
 *
 * The note of a running command is written before the command begins: it waits at a gate. So an actor that is killed at any
 * moment leaves no command that the next actor does not know.
 */
#include "order_command.h"

#include "command/job_record.h"
#include "command/launch.h"
#include "command/slot_path.h"
#include "command/variables.h"

#include "os/log.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const struct check_spec *order_command_heartbeat(const struct flat *flat, uint16_t service)
{
	const struct rules rules = flat_rules(flat);
	const struct service_rule *rule = &rules.services[service];

	for (uint32_t i = rule->first_check; i < (uint32_t)rule->first_check + rule->check_count; i++)
		if (flat_checks(flat)[i].kind == KIND_HEARTBEAT)
			return &flat_checks(flat)[i];
	return NULL;
}

int order_command_environment(const struct orders *orders, uint16_t service, struct user_environment *environment)
{
	const struct flat *flat = orders->flat;
	const struct service_spec *spec = &flat_services(flat)[service];
	const struct check_spec *heartbeat = spec->run.argc > 0 ? order_command_heartbeat(flat, service) : NULL;
	char path[PATH_MAX];

	slot_path(path, orders->run_dir, "heartbeat", flat_service_name(flat, service));
	return user_environment_make(environment,
	        &(struct user_environment_facts){
	                .user = spec->user.name != 0 && geteuid() == 0 ? flat_text(flat, spec->user.name) : NULL,
	                .uid = spec->user.uid,
	                .heartbeat = heartbeat ? path : NULL,
	                .within_ms = heartbeat ? heartbeat->within_ms : 0,
	        });
}

static struct command command_of(const struct flat *flat, const struct event *order)
{
	if (order->kind == EVENT_REBOOT)
		return flat->reboot;
	const struct service_spec *service = &flat_services(flat)[order->service];
	return order->kind == EVENT_START ? service->start : service->restart;
}

/* Without a budget of its own a reboot has until the watchdog expires. */
uint32_t order_command_timeout_ms(const struct flat *flat, const struct event *order)
{
	if (order->kind != EVENT_REBOOT)
		return flat_services(flat)[order->service].restart_timeout_ms;
	return flat->ladder.reboot_within_ms > 0 ? flat->ladder.reboot_within_ms : flat->watchdog.timeout_ms;
}

static void write_note(const struct order_slot *slot, const struct event *order)
{
	int error = job_record_write(slot->note, &slot->job, order);

	/* The command runs all the same; without /proc (-ESRCH) the next actor could not recognize it. */
	if (error && error != -ESRCH)
		log_line(LOG_PRIORITY_WARNING, "event=storage stable=0 file=%s error=\"%s\"", slot->note,
		        strerror(-error));
}

/* Starts what is launched, and lets it begin when its note is written. 0 or -errno. */
static int start_noted(const struct orders *orders, struct order_slot *slot, const struct event *order,
        struct launch *launch, int64_t now_ms)
{
	int gate[2];
	int error = spawn_gate_make(gate);

	if (error)
		return error;
	launch->spawn.gate = gate;
	error = job_start(&slot->job, &launch->spawn, order_command_timeout_ms(orders->flat, order), now_ms);
	if (!error)
		write_note(slot, order);
	spawn_gate_open(gate);
	launch->spawn.gate = NULL;
	return error;
}

int order_command_start(struct orders *orders, struct order_slot *slot, const struct event *order, int64_t now_ms)
{
	static const struct identity ourselves;
	const struct flat *flat = orders->flat;
	bool is_reboot = order->kind == EVENT_REBOOT;
	struct user_environment environment = {0};
	struct launch launch;
	int error = is_reboot ? 0 : order_command_environment(orders, order->service, &environment);

	if (!error)
		error = launch_begin(&launch, flat, command_of(flat, order),
		        is_reboot ? &ourselves : &flat_services(flat)[order->service].user, &environment, &slot->output,
		        now_ms);
	if (!error) {
		char *const *base = environment.variables ? environment.variables : environ;
		char **variables = variables_of_order(base, flat, order);
		/* Without memory for them the command runs without FEEDDOG_SERVICE and so on. */
		if (variables)
			launch.spawn.envp = variables;
		if (order->kind == EVENT_RESTART)
			orders_forget_pats(orders, order->service);
		error = start_noted(orders, slot, order, &launch, now_ms);
		free(variables);
		launch_end(&launch);
	}
	user_environment_free(&environment);
	return error;
}

bool order_command_is_shortage(int error)
{
	return error == -EAGAIN || error == -ENOMEM || error == -EMFILE || error == -ENFILE;
}

const char *order_command_objection(const struct flat *flat, const struct order_slot *slot, const struct event *order)
{
	if (slot->job.phase != JOB_NONE)
		return "still running";
	if (order->kind == EVENT_REBOOT) {
		/* Trying feeddog with a simulated watchdog must not reboot the machine that it is tried on. */
		bool pretends = flat->watchdog.simulated && flat->reboot.argc == 0;
		return pretends ? "the dog is simulated and no reboot command is configured: the machine is left alone"
		                : NULL;
	}
	if (command_of(flat, order).argc == 0)
		return "no command is configured for it";
	return launch_objection(&flat_services(flat)[order->service].user);
}
