/* SPDX-License-Identifier: MIT
 *
 * Spawning, respawning and talking to the helpers.
 */
#include "helpers.h"

#include "core/respawn.h"
#include "os/channel/channel.h"
#include "os/channel/helper_fds.h"
#include "os/log.h"
#include "os/process/spawn.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *const program_names[] = {
        [HELPER_CHECKER] = "feeddog-checker",
        [HELPER_ACTOR] = "feeddog-actor",
        [HELPER_LED] = "feeddog-led",
};
_Static_assert(sizeof(program_names) / sizeof(program_names[0]) == HELPER_COUNT, "a program for every helper");

/*
 * Only the checker's records are told apart by generation: what a dead checker left behind is not news. What we send is
 * meant for whichever actor or LED is there, so their generation never changes.
 */
enum { FIRST_GENERATION = 1 };

/* 0 or -errno. The LED has nothing to say. */
static int open_channel(struct helper_process *process, enum helper helper)
{
	int error = channel_pair(process->fds);

	return !error && helper == HELPER_LED ? channel_only_send(process->fds[0]) : error;
}

int helpers_open(struct helpers *helpers, uint16_t service_count, const char **missing)
{
	char alert_path[PATH_MAX];

	for (int i = 0; i < HELPER_COUNT; i++) {
		struct helper_process *process = &helpers->process[i];
		int error;

		*missing = program_names[i];
		process->program_fd = spawn_open_sister(program_names[i], process->path, sizeof(process->path));
		error = process->program_fd < 0 ? process->program_fd : open_channel(process, (enum helper)i);
		if (error)
			return error;
		process->in.generation = FIRST_GENERATION;
		helpers->states[i].generation = FIRST_GENERATION;
	}
	helpers->alert_fd = spawn_open_sister("feeddog-alert", alert_path, sizeof(alert_path));
	return outbox_open(&helpers->outbox, service_count);
}

static struct event helper_event(enum event_kind kind, enum helper helper, int64_t now_ms)
{
	return (struct event){
	        .at_ms = now_ms,
	        .kind = (uint8_t)kind,
	        .helper = (uint8_t)helper,
	        .service = NO_INDEX,
	        .check = NO_INDEX,
	};
}

static void start_later(struct helper_state *state, int64_t now_ms)
{
	state->delay_ms = respawn_delay_ms(state->delay_ms, now_ms - state->started_ms);
	state->start_at_ms = now_ms + state->delay_ms;
	state->pid = 0;
}

/* 0 or -errno, and then it has to be tried again. */
static int renew_channel(struct helper_process *process, enum helper helper)
{
	if (process->fds[0] >= 0) {
		int error = channel_discard(process->fds);
		if (error)
			return error;
	}
	process->fds[0] = process->fds[1] = -1;
	process->spoiled = false;
	return open_channel(process, helper);
}

static pid_t spawn(const struct helpers *helpers, enum helper helper)
{
	const struct helper_process *process = &helpers->process[helper];
	char generation[16], run_dir[PATH_MAX], state_dir[PATH_MAX], path[PATH_MAX];
	char generation_flag[] = "--generation", run_flag[] = "--run-dir", state_flag[] = "--state-dir";
	char *argv[] = {path, generation_flag, generation, run_flag, run_dir, state_flag, state_dir, NULL};
	int fds[] = {
	        -1,
	        helpers->error_fds[helper],
	        helpers->error_fds[helper],
	        [FD_CONFIG] = helpers->config_fds[helper],
	        [FD_CHANNEL] = process->fds[1],
	        [FD_SNAPSHOT] = helper == HELPER_ACTOR ? helpers->snapshot_fd : -1,
	        [FD_ALERT] = helper == HELPER_ACTOR ? helpers->alert_fd : -1,
	        [FD_OUTPUT] = helper == HELPER_LED ? -1 : helpers->output_fd,
	};
	struct spawn how = {
	        .path = path,
	        .program_fd = process->program_fd,
	        .argv = argv,
	        .fds = fds,
	        .fd_count = sizeof(fds) / sizeof(fds[0]),
	        .own_group = 1,
	};

	snprintf(path, sizeof(path), "%s", process->path);
	snprintf(run_dir, sizeof(run_dir), "%s", helpers->run_dir);
	snprintf(state_dir, sizeof(state_dir), "%s", helpers->state_dir);
	snprintf(generation, sizeof(generation), "%u", (unsigned)helpers->states[helper].generation);
	return spawn_start(&how);
}

struct event helpers_start(struct helpers *helpers, enum helper helper, int64_t now_ms)
{
	struct helper_process *process = &helpers->process[helper];
	struct helper_state *state = &helpers->states[helper];
	struct event event;
	int error = 0;
	pid_t pid;

	if (state->started_ms != NEVER_MS) {
		state->restarts++;
		if (helper == HELPER_CHECKER)
			state->generation++;
		/* Records that the last actor has not read are for the next one. */
		if (helper != HELPER_ACTOR || process->spoiled)
			error = renew_channel(process, helper);
	}
	process->unheard = process->late && process->in.sequence == 0 ? process->unheard + 1 : 0;
	process->in = (struct channel_state){.generation = state->generation, .dropped = process->in.dropped};
	process->late = false;
	state->started_ms = now_ms;
	pid = error ? error : spawn(helpers, helper);
	if (pid < 0) {
		start_later(state, now_ms);
		event = helper_event(EVENT_HELPER_DIED, helper, now_ms);
		event.cause = CAUSE_CANNOT_PROBE;
		event.detail = (int32_t)-pid;
		event.span_ms = state->delay_ms;
		return event;
	}
	state->pid = pid;
	event = helper_event(EVENT_HELPER_STARTED, helper, now_ms);
	event.value = pid;
	return event;
}

bool helpers_died(struct helpers *helpers, pid_t pid, int wait_status, int64_t now_ms, struct event *event)
{
	for (int i = 0; i < HELPER_COUNT; i++) {
		struct helper_state *state = &helpers->states[i];

		if (state->pid != pid)
			continue;
		start_later(state, now_ms);
		*event = helper_event(EVENT_HELPER_DIED, (enum helper)i, now_ms);
		event->value = pid;
		event->span_ms = state->delay_ms;
		if (WIFSIGNALED(wait_status)) {
			event->cause = helpers->process[i].late ? CAUSE_LATE : CAUSE_SIGNAL;
			event->detail = WTERMSIG(wait_status);
		} else {
			event->cause = CAUSE_EXIT_CODE;
			event->detail = WEXITSTATUS(wait_status);
		}
		return true;
	}
	return false;
}

void helpers_kill_late(struct helpers *helpers, enum helper helper)
{
	if (helpers->states[helper].pid <= 0)
		return;
	/* KILL, and the whole group: it may be stopped, spinning, or waiting for a probe's command. */
	helpers->process[helper].late = true;
	kill(-helpers->states[helper].pid, SIGKILL);
	kill(helpers->states[helper].pid, SIGKILL);
}

bool helpers_is_starting(const struct helpers *helpers, enum helper helper, int64_t now_ms)
{
	const struct helper_process *process = &helpers->process[helper];
	const struct helper_state *state = &helpers->states[helper];

	return state->pid > 0 && !process->late && process->in.sequence == 0 &&
	        now_ms - state->started_ms < respawn_unheard_ms(process->unheard);
}

void helpers_spoiled(struct helpers *helpers, enum helper helper, const char *what)
{
	struct helper_process *process = &helpers->process[helper];

	if (process->spoiled)
		return;
	log_line(LOG_PRIORITY_ERROR, "event=dropped what=%s helper=%s", what, helper_name(helper));
	process->in.dropped++;
	process->spoiled = true;
	helpers_kill_late(helpers, helper);
}

enum helper helpers_due(const struct helpers *helpers, int64_t now_ms, int64_t *deadline_ms)
{
	enum helper due = HELPER_NONE;

	for (int i = 0; i < HELPER_COUNT; i++) {
		const struct helper_state *state = &helpers->states[i];

		if (state->pid > 0)
			continue;
		if (now_ms >= state->start_at_ms)
			due = (enum helper)i;
		else if (state->start_at_ms < *deadline_ms)
			*deadline_ms = state->start_at_ms;
	}
	return due;
}

static bool send_to_actor(struct helpers *helpers, const struct event *event)
{
	struct helper_process *actor = &helpers->process[HELPER_ACTOR];
	struct event numbered = *event;

	numbered.generation = helpers->states[HELPER_ACTOR].generation;
	numbered.sequence = actor->out_sequence + 1;
	if (channel_send(actor->fds[0], &numbered, sizeof(numbered)) < 0)
		return false;
	actor->out_sequence++;
	return true;
}

bool helpers_send_waiting(struct helpers *helpers)
{
	const struct event *event;

	while ((event = outbox_first(&helpers->outbox))) {
		if (!send_to_actor(helpers, event))
			return true;
		outbox_pop(&helpers->outbox);
	}
	return false;
}

void helpers_send_event(struct helpers *helpers, const struct event *event)
{
	/* One after another: what waits was said before. */
	if (!helpers_send_waiting(helpers) && send_to_actor(helpers, event))
		return;
	if (!outbox_put(&helpers->outbox, event))
		helpers->states[HELPER_ACTOR].dropped++;
}

void helpers_send_led(struct helpers *helpers, enum led_pattern pattern, uint16_t number, int64_t now_ms)
{
	struct led_news news = {
	        .generation = helpers->states[HELPER_LED].generation,
	        .sequence = ++helpers->process[HELPER_LED].out_sequence,
	        .at_ms = now_ms,
	        .number = number,
	        .pattern = (uint8_t)pattern,
	};

	/* A LED that does not read is no loss that anyone has to hear of: it shows fault by itself. */
	(void)!channel_send(helpers->process[HELPER_LED].fds[0], &news, sizeof(news));
}

void helpers_dismiss(struct helpers *helpers)
{
	for (int i = 0; i < HELPER_COUNT; i++)
		channel_end(helpers->process[i].fds[0]);
}

bool helpers_are_working(const struct helpers *helpers, bool with_led)
{
	return helpers->states[HELPER_CHECKER].pid > 0 || helpers->states[HELPER_ACTOR].pid > 0 ||
	        (with_led && helpers->states[HELPER_LED].pid > 0);
}

void helpers_kill_rest(struct helpers *helpers, bool with_led)
{
	helpers_kill_late(helpers, HELPER_CHECKER);
	if (with_led)
		helpers_kill_late(helpers, HELPER_LED);
}
