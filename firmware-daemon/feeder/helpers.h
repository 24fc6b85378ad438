/* SPDX-License-Identifier: MIT
 *
 * The three helpers: started, replaced when they die, killed when they are late. Each has a
 * channel of its own, so that whoever takes one over cannot spoil that of the next. Only the actor's outlives it: a record
 * that was sent while it was down waits for the next one.
 */
#ifndef FEEDDOG_FEEDER_HELPERS_H
#define FEEDDOG_FEEDER_HELPERS_H

#include "outbox.h"

#include "core/record.h"
#include "core/snapshot.h"

#include <limits.h>
#include <sys/types.h>

struct helper_process {
	char path[PATH_MAX];
	int program_fd;          /* the file that was there before arming: an upgrade does not change it */
	int fds[2];              /* ours, the helper's */
	struct channel_state in; /* what it sends */
	uint32_t out_sequence;   /* what we send */
	bool late;               /* killed for being late: said when its death is seen */
	unsigned unheard;        /* so many before it, in a row, were killed for being late and had not been heard */
	bool spoiled;            /* its channel cannot be read any more, and the next one needs another */
};

struct helpers {
	const char *run_dir, *state_dir;
	int config_fds[HELPER_COUNT]; /* each its own part of the configuration */
	int error_fds[HELPER_COUNT];  /* what they print */
	int snapshot_fd;
	int output_fd; /* from the checker to the actor; -1: there is none */
	int alert_fd;  /* feeddog-alert, for the actor; -1: it is not there */
	struct helper_process process[HELPER_COUNT];
	struct outbox outbox;        /* to the actor */
	struct helper_state *states; /* HELPER_COUNT of them, in the snapshot */
};

/* Finds the programs and makes the channels, before arming. 0 or -errno; `missing` is then the program's name. */
int helpers_open(struct helpers *helpers, uint16_t service_count, const char **missing);

/*
 * Starts one. The event says how that went: helper-started, or helper-died where it could not even be forked; it is then
 * tried again later.
 */
struct event helpers_start(struct helpers *helpers, enum helper helper, int64_t now_ms);

/*
 * Takes the death of a child. False where `pid` is none of them; otherwise *event is helper-died, and it will be started
 * again when its delay is over.
 */
bool helpers_died(struct helpers *helpers, pid_t pid, int wait_status, int64_t now_ms, struct event *event);

/* The helper did not answer in time; whatever it does instead, it will be replaced (promise P4). */
void helpers_kill_late(struct helpers *helpers, enum helper helper);

/* Whether it was started, has not been heard since, and need not have been. */
bool helpers_is_starting(const struct helpers *helpers, enum helper helper, int64_t now_ms);

/* Which helper is due to be started; HELPER_NONE where none is. *deadline_ms becomes the next such time at the latest. */
enum helper helpers_due(const struct helpers *helpers, int64_t now_ms, int64_t *deadline_ms);

/* Sends an event to the actor; what the channel does not take waits, and what has no room then is counted as dropped. */
void helpers_send_event(struct helpers *helpers, const struct event *event);

/* Sends what waits, as far as the channel takes it. True where some is left. */
bool helpers_send_waiting(struct helpers *helpers);

void helpers_send_led(struct helpers *helpers, enum led_pattern pattern, uint16_t number, int64_t now_ms);

/*
 * The helper made its channel useless: it is killed and gets a new channel. `what` for the log: "descriptors" came with a
 * record, which is not taken, because that would close them here (promise P18); or the "end" of the channel.
 */
void helpers_spoiled(struct helpers *helpers, enum helper helper, const char *what);

/* Ends the channels: every helper reads the end of file and ends, but for an LED that goes on to show a fault. */
void helpers_dismiss(struct helpers *helpers);

/* Whether the checker, the actor, or (with_led) the LED program still runs. with_led: it was told to switch the LED off. */
bool helpers_are_working(const struct helpers *helpers, bool with_led);

/* Kills the checker, and the LED program, with their groups, where they did not end. The actor may be stopping services. */
void helpers_kill_rest(struct helpers *helpers, bool with_led);

#endif
