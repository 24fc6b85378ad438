/* SPDX-License-Identifier: MIT
 *
 * `feeddog hold DURATION [--reason TEXT]`, `feeddog resume` and `feeddog going-down`: one datagram to feeddogd, which answers
 * nothing; what came of it shows in status.json.
 */
#include "command.h"
#include "control.h"
#include "status_view.h"
#include "time_argument.h"
#include "words.h"

#include "words/span_text.h"
#include "core/record.h"
#include "os/clock.h"
#include "os/storage/store.h"

#include <errno.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { ANSWER_WITHIN_MS = 3000, LOOK_EVERY_MS = 50 };

static enum board_state state_now(const struct invocation *invocation)
{
	struct status_view view;

	status_view_open(&view, invocation->run_dir);
	enum board_state state = board_state_of(view.state);
	status_view_close(&view);
	return state;
}

/*
 * Waits until a status that was written after `told_ms` shows maintenance, or the end of maintenance and hold. The last
 * state seen is left in `state`, BOARD_STATE_COUNT where there was no new status.
 */
static bool wait_for(const struct invocation *invocation, bool maintenance, int64_t told_ms, enum board_state *state)
{
	const struct timespec pause = {.tv_nsec = LOOK_EVERY_MS * 1000000L};

	*state = BOARD_STATE_COUNT;
	while (clock_now_ms() < told_ms + ANSWER_WITHIN_MS) {
		struct status_view view;
		status_view_open(&view, invocation->run_dir);
		if (view.reading == STATUS_READ && clock_now_ms() - view.age_ms > told_ms)
			*state = board_state_of(view.state);
		status_view_close(&view);
		bool suspended = *state == BOARD_MAINTENANCE || (*state == BOARD_HOLD && !maintenance);
		if (*state != BOARD_STATE_COUNT && suspended == maintenance)
			return true;
		(void)nanosleep(&pause, NULL);
	}
	return false;
}

/* Nothing new within the time, or not what was asked for. */
static int complain_of_answer(enum board_state state)
{
	if (state == BOARD_STATE_COUNT)
		complain("feeddogd was told, but shows no new status (`feeddog status` says more)");
	else if (state == BOARD_REBOOTING || state == BOARD_LETGO)
		complain("it is too late: the state of the board is %s", board_state_name(state));
	else
		complain(
		        "feeddogd was told, but the state of the board is still %s: feeddogd is stopped, or kept from running",
		        board_state_name(state));
	return EX_NOT_WELL;
}

static void say_until(uint32_t duration_ms)
{
	char span[SPAN_TEXT_SIZE], until[32];
	time_t end = (time_t)(clock_wall_s() + duration_ms / 1000);
	struct tm parts;

	/* A time of day is what people plan with; of a board without a clock the time that is left is right all the same. */
	if (!localtime_r(&end, &parts) || strftime(until, sizeof(until), "%Y-%m-%d %H:%M:%S", &parts) == 0)
		until[0] = '\0';
	(void)printf("maintenance for %s, until %s: checks go on, nothing is restarted or rebooted\n"
	             "`feeddog resume` ends it early\n",
	        span_text(span, duration_ms), until);
}

static bool write_reason(const struct invocation *invocation)
{
	const char *reason = invocation->values[OPTION_REASON] ? invocation->values[OPTION_REASON] : "";
	char path[512];

	int length = snprintf(path, sizeof(path), "%s/hold.reason", invocation->run_dir);
	int error = length < (int)sizeof(path) ? store_replace(path, reason, strlen(reason), 0600) : -ENAMETOOLONG;
	/* That feeddogd does not run is said better by who tries to tell it. */
	if (!error || error == -ENOENT || error == -ENOTDIR)
		return true;
	complain("%s cannot be written: %s%s", path, strerror(-error), error == -EACCES ? " (use sudo)" : "");
	return false;
}

int command_hold(const struct invocation *invocation)
{
	uint32_t duration_ms;
	enum board_state state;

	if (!time_argument("hold", invocation->arguments[0], &duration_ms))
		return EX_USAGE;
	if (duration_ms < 1000 || duration_ms > MAX_HOLD_S * UINT32_C(1000)) {
		complain("hold %s: from 1s to %dd (a board that nobody comes back to must get its dog back)",
		        invocation->arguments[0], MAX_HOLD_S / 86400);
		return EX_USAGE;
	}
	if (!write_reason(invocation))
		return EX_OSERR;
	int64_t told_ms = clock_now_ms();
	int code = control_tell(invocation->run_dir, CONTROL_HOLD, duration_ms);
	if (code)
		return code;
	if (!wait_for(invocation, true, told_ms, &state))
		return complain_of_answer(state);
	say_until(duration_ms);
	return EX_OK;
}

int command_resume(const struct invocation *invocation)
{
	enum board_state before = state_now(invocation);
	enum board_state state;
	int64_t told_ms = clock_now_ms();

	int code = control_tell(invocation->run_dir, CONTROL_RESUME, 0);
	if (code)
		return code;
	if (!wait_for(invocation, false, told_ms, &state))
		return complain_of_answer(state);
	if (before == BOARD_MAINTENANCE || before == BOARD_HOLD)
		(void)printf("%s is over; the state of the board is %s\n", board_state_name(before),
		        board_state_name(state));
	else
		(void)printf("there was nothing to end; the state of the board is %s\n", board_state_name(state));
	return EX_OK;
}

int command_going_down(const struct invocation *invocation)
{
	/* Nobody waits for an answer: what is shut down next must be found to be shut down, not to have failed. */
	return control_tell(invocation->run_dir, CONTROL_GOING_DOWN, 0);
}
