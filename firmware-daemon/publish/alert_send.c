/* SPDX-License-Identifier: MIT
 *
 * The message is in a memfd, so that nobody waits for anybody to read it.
 */
#include "alert_send.h"

#include "command/variables.h"

#include "os/channel/helper_fds.h"
#include "os/log.h"
#include "os/channel/sealed_memory.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { HOST_SIZE = 256 };

static void read_host(char host[HOST_SIZE])
{
	if (gethostname(host, HOST_SIZE) != 0 || !*host)
		(void)snprintf(host, HOST_SIZE, "feeddog");
	host[HOST_SIZE - 1] = '\0';
}

/* A descriptor to read the body from, or -errno; -1 without a message. */
static int body_of(struct alerts *alerts, const struct alert *alert, const struct alert_message *message)
{
	char host[HOST_SIZE];

	if (!message)
		return -1;
	read_host(host);
	alert_body(&alerts->body, alerts->flat, message, host, alerts->boot_id, (enum alert_format)alert->spec->format);
	if (alerts->body.failed)
		return -ENOMEM;
	int fd = memory_create("feeddog-alert");
	if (fd < 0)
		return fd;
	ssize_t written = write(fd, alerts->body.text, alerts->body.length);
	if (written != (ssize_t)alerts->body.length || lseek(fd, 0, SEEK_SET) != 0) {
		(void)close(fd);
		return -ENOSPC;
	}
	return fd;
}

/* FEEDDOG_EVENT and so on, for commands; to be freed. NULL: no memory. */
static char **make_environment(const struct alerts *alerts, const struct alert_message *message)
{
	const struct event *event = &message->event;
	char host[HOST_SIZE], detail[16], missed[16];

	read_host(host);
	(void)snprintf(detail, sizeof(detail), "%d", (int)event->detail);
	(void)snprintf(missed, sizeof(missed), "%u", (unsigned)message->missed);
	const struct variable own[] = {
	        {"FEEDDOG_HOST", host},
	        {"FEEDDOG_EVENT", event_name((enum event_kind)event->kind)},
	        {"FEEDDOG_TOPIC", alert_topic_name(alert_topic_of(event))},
	        {"FEEDDOG_SERVICE", flat_service_name(alerts->flat, event->service)},
	        {"FEEDDOG_CHECK", flat_check_name(alerts->flat, event->check)},
	        {"FEEDDOG_CAUSE", event->cause == CAUSE_NONE ? "" : cause_name((enum cause)event->cause)},
	        {"FEEDDOG_DETAIL", detail},
	        {"FEEDDOG_STATE", board_state_name((enum board_state)event->state)},
	        {"FEEDDOG_TEXT", message->text},
	        {"FEEDDOG_MISSED", missed},
	};
	return variables_join(environ, own, sizeof(own) / sizeof(own[0]));
}

/* 0 or -errno. */
static int start(
        const struct alerts *alerts, struct alert *alert, struct spawn *spawn, uint32_t timeout_ms, int64_t now_ms)
{
	spawn->dies_with_parent = 1;
	int error = job_start(&alert->job, spawn, timeout_ms, now_ms);
	if (!error) {
		alert->guarded = alert->job.leader.pid;
		guard_watch(&alerts->guard, alert->guarded, timeout_ms + ALERT_GUARD_AFTER_MS);
	}
	return error;
}

static int send_by_helper(const struct alerts *alerts, struct alert *alert, const int fds[3], int64_t now_ms)
{
	char path[PATH_MAX], number[16];
	char *argv[] = {path, number, NULL};
	int all[] = {fds[0], fds[1], fds[2], [FD_CONFIG] = FD_CONFIG};
	struct spawn spawn = {.path = path,
	        .program_fd = alerts->program_fd,
	        .argv = argv,
	        .fds = all,
	        .fd_count = FD_CONFIG + 1,
	        .own_group = 1};
	int error = spawn_find_sister("feeddog-alert", path, sizeof(path));

	(void)snprintf(number, sizeof(number), "%u", (unsigned)alert->index);
	return error && !spawn.program_fd ? error : start(alerts, alert, &spawn, ALERT_URL_TIMEOUT_MS, now_ms);
}

static int send_by_command(const struct alerts *alerts, struct alert *alert, const struct alert_message *message,
        const int fds[3], int64_t now_ms)
{
	const struct identity identity = flat_powerless(alerts->flat);
	const struct spawn_user user = {.uid = identity.uid,
	        .gid = identity.gid,
	        .group_count = identity.group_count,
	        .groups = identity.groups};
	struct command command = alert->spec->command;
	char **environment = make_environment(alerts, message);
	char **argv = calloc(command.argc + 1, sizeof(char *));
	int error = argv && environment ? 0 : -ENOMEM;

	for (uint32_t i = 0; argv && i < command.argc; i++) {
		const char *argument = flat_argument(alerts->flat, command, i);
		/* exec takes them as char *, and changes none of them. */
		memcpy(&argv[i], &argument, sizeof(argument));
	}
	if (!error) {
		struct spawn spawn = {
		        .path = argv[0],
		        .argv = argv,
		        .envp = environment,
		        .fds = fds,
		        .fd_count = 3,
		        .user = geteuid() == 0 ? &user : NULL,
		        .own_group = 1,
		};
		error = start(alerts, alert, &spawn, ALERT_COMMAND_TIMEOUT_MS, now_ms);
	}
	free(environment);
	free(argv);
	return error;
}

int alert_send(struct alerts *alerts, struct alert *alert, const struct alert_message *message, int64_t now_ms)
{
	const struct identity identity = flat_powerless(alerts->flat);
	bool root = geteuid() == 0;
	int body = body_of(alerts, alert, message);

	if (body < -1)
		return body;
	int writer = job_output_open(
	        &alert->output, root ? identity.uid : geteuid(), root ? identity.gid : getegid(), now_ms);
	/* It is sent all the same; what is wrong with it is not heard. */
	int fds[] = {body, writer < 0 ? -1 : writer, writer < 0 ? -1 : writer};
	int error = message && alert->spec->command.argc > 0 ? send_by_command(alerts, alert, message, fds, now_ms)
	                                                     : send_by_helper(alerts, alert, fds, now_ms);
	if (body >= 0)
		(void)close(body);
	if (writer >= 0)
		(void)close(writer);
	return error;
}
