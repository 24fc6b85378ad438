/* SPDX-License-Identifier: MIT
 *
 * feeddog drill: a fire drill. The operator chooses what fails; what is to follow is written down first, and then it is done
 * to the feeder or the checker that runs here. While the board lives this program writes down for how long; when it is still
 * there at the end, there was no reset.
 */
#include "command.h"
#include "control.h"
#include "drill_record.h"
#include "status_view.h"

#include "compiler/compile.h"
#include "cli/json/json_view.h"
#include "words/span_text.h"
#include "core/ledger.h"
#include "os/storage/boot_id.h"
#include "os/clock.h"
#include "os/process/procfs.h"
#include "os/storage/store.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
	LOOK_EVERY_MS = 500,
	/* Beyond what is expected, before it is called off. */
	PATIENCE_MS = 10000,
	/* For the actor to write the ledger; a slow card takes seconds. */
	LEDGER_WAIT_MS = 5000,
	LEDGER_LOOK_MS = 50,
};

/* What the drill is done with. */
struct stage {
	const struct invocation *invocation;
	struct drill_record record;
	pid_t feeder, checker;
};

static pid_t feeder_pid(const char *run_dir)
{
	char path[1024];
	pid_t holder = 0;
	int fd;

	(void)snprintf(path, sizeof(path), "%s/feeddogd.lock", run_dir);
	if (access(path, F_OK) != 0)
		return 0;
	fd = store_lock(path, &holder);
	if (fd >= 0)
		(void)close(fd);
	return fd == -EWOULDBLOCK ? holder : 0;
}

static pid_t checker_pid(const char *run_dir, bool *well)
{
	struct status_view view;
	pid_t pid = 0;

	status_view_open(&view, run_dir);
	*well = view.reading == STATUS_READ && strcmp(view.state, "well") == 0;
	if (view.reading == STATUS_READ) {
		struct fy_node *helpers = json_member(view.root, "helpers");
		struct fy_node *checker = helpers ? json_member(helpers, "checker") : NULL;

		pid = checker ? (pid_t)json_number_of(checker, "pid", 0) : 0;
	}
	status_view_close(&view);
	return pid;
}

/* Who else starts it again, by the names of the processes that watch over it; OpenRC's is cut as the kernel cuts it. */
static const char *const supervisors[] = {"supervise-daemo", "runsv", "s6-supervise", "supervise", "supervisord"};

/* A service manager starts it again, so that its death is not the board's. */
static bool is_supervised(pid_t pid)
{
	struct procfs_process feeder, parent;
	char path[64], text[1024];
	long length;

	(void)snprintf(path, sizeof(path), "/proc/%d/cgroup", (int)pid);
	length = store_read(path, text, sizeof(text) - 1);
	text[length > 0 ? length : 0] = '\0';
	if (strstr(text, "feeddog.service"))
		return true;
	if (procfs_read(pid, &feeder) != 0 || procfs_read(feeder.parent, &parent) != 0)
		return false;
	for (size_t i = 0; i < sizeof(supervisors) / sizeof(supervisors[0]); i++)
		if (strcmp(parent.comm, supervisors[i]) == 0)
			return true;
	return false;
}

static bool prepare(struct stage *stage, const struct flat *flat, const char *kind)
{
	struct drill_record *record = &stage->record;
	bool well;

	for (record->kind = DRILL_STOP; record->kind < DRILL_KIND_COUNT; record->kind++)
		if (strcmp(kind, drill_kind_name(record->kind)) == 0)
			break;
	if (record->kind == DRILL_KIND_COUNT) {
		complain("drill %s: there is no such drill (stop, kill or hang)", kind);
		return false;
	}
	stage->feeder = feeder_pid(stage->invocation->run_dir);
	stage->checker = checker_pid(stage->invocation->run_dir, &well);
	if (stage->feeder <= 0 || stage->checker <= 0 || !well) {
		complain("a drill begins on a board that is well, and on which feeddogd runs (see `feeddog status`)");
		return false;
	}
	record->timeout_ms = flat->watchdog.timeout_ms;
	record->expects_reset =
	        record->kind == DRILL_STOP || (record->kind == DRILL_KILL && !is_supervised(stage->feeder));
	record->within_ms = record->kind == DRILL_HANG ? flat->ladder.detection_ms : record->timeout_ms;
	boot_id_read(flat->watchdog.simulated, record->boot_id, sizeof(record->boot_id));
	return true;
}

static void say_expected(const struct drill_record *record)
{
	static const char *const harms[] = {"feeddogd is stopped, so that it feeds no more", "feeddogd is killed",
	        "the checker is stopped, so that no check answers"};
	char within[SPAN_TEXT_SIZE];

	(void)span_text(within, record->within_ms);
	(void)printf("drill %s: %s\n", drill_kind_name(record->kind), harms[record->kind]);
	if (record->expects_reset)
		(void)printf("expected: the LED shows fault, and the hardware resets the board within %s\n"
		             "then `feeddog drill --result` says whether it came so\n",
		        within);
	else
		(void)printf("expected: what was lost is replaced within %s, and the board is not reset\n", within);
}

static void harm(const struct stage *stage)
{
	switch (stage->record.kind) {
	case DRILL_STOP:
		(void)kill(stage->feeder, SIGSTOP);
		break;
	case DRILL_KILL:
		(void)kill(stage->feeder, SIGKILL);
		break;
	case DRILL_HANG:
		(void)kill(stage->checker, SIGSTOP);
		break;
	case DRILL_KIND_COUNT:
		break;
	}
}

/* Whether another one is there in the place of the one that was lost, and all is well again. */
static bool is_replaced(const struct stage *stage)
{
	pid_t feeder = feeder_pid(stage->invocation->run_dir);
	bool well;
	pid_t checker = checker_pid(stage->invocation->run_dir, &well);

	if (stage->record.kind == DRILL_KILL)
		return well && feeder > 0 && feeder != stage->feeder;
	return well && feeder == stage->feeder && checker > 0 && checker != stage->checker;
}

static bool ledger_shows_drill(const char *state_dir)
{
	uint8_t bytes[LEDGER_SIZE];
	char path[1024];
	struct ledger ledger;

	(void)snprintf(path, sizeof(path), "%s/ledger", state_dir);
	long length = store_read(path, bytes, sizeof(bytes));
	return length > 0 && ledger_decode(bytes, (size_t)length, 0, &ledger) == LEDGER_READ &&
	        ledger.phase == LEDGER_DRILL;
}

/* Has the reset that is to come written down, so that the next boot knows why this one ended. */
static int announce(const struct stage *stage)
{
	const struct timespec pause = {.tv_nsec = LEDGER_LOOK_MS * 1000000L};
	const struct invocation *invocation = stage->invocation;
	int64_t until_ms = clock_now_ms() + LEDGER_WAIT_MS;
	int code = control_tell(invocation->run_dir, CONTROL_DRILL, (uint32_t)stage->record.within_ms);

	if (code != 0)
		return code;
	while (!ledger_shows_drill(invocation->state_dir)) {
		if (clock_now_ms() >= until_ms) {
			complain(
			        "%s/ledger does not show the drill, so the reset would be counted as unexplained; nothing was done "
			        "(see `feeddog status`)",
			        invocation->state_dir);
			(void)control_tell(invocation->run_dir, CONTROL_DRILL, 0);
			return EX_OSERR;
		}
		(void)nanosleep(&pause, NULL);
	}
	return 0;
}

static int conclude(struct stage *stage, enum drill_verdict verdict, const char *says)
{
	struct drill_record *record = &stage->record;

	record->verdict = verdict;
	(void)snprintf(record->says, sizeof(record->says), "%s", says);
	(void)!drill_write(stage->invocation->state_dir, record);
	(void)printf("%s: %s\n", verdict == DRILL_PASSED ? "passed" : "FAILED", record->says);
	return verdict == DRILL_PASSED ? EX_OK : EX_NOT_WELL;
}

static int watch(struct stage *stage)
{
	const struct timespec pause = {.tv_nsec = LOOK_EVERY_MS * 1000000L};
	struct drill_record *record = &stage->record;
	int64_t begun_ms = clock_now_ms();
	char says[DRILL_SAYS_SIZE], lived[SPAN_TEXT_SIZE];

	while (record->lived_ms < record->within_ms + PATIENCE_MS) {
		(void)nanosleep(&pause, NULL);
		record->lived_ms = clock_now_ms() - begun_ms;
		(void)!drill_write(stage->invocation->state_dir, record);
		if (record->expects_reset || !is_replaced(stage))
			continue;
		(void)snprintf(says, sizeof(says), "what was lost was replaced within %s, and the board was not reset",
		        span_text(lived, record->lived_ms));
		return conclude(stage, DRILL_PASSED, says);
	}
	/* Nothing came of it: as it was before. */
	if (record->kind == DRILL_STOP) {
		(void)kill(stage->feeder, SIGCONT);
		(void)control_tell(stage->invocation->run_dir, CONTROL_DRILL, 0);
	}
	if (record->expects_reset)
		return conclude(stage, DRILL_FAILED,
		        "the board was not reset: the hardware does not do its part (feeddog doctor)");
	return conclude(stage, DRILL_FAILED, "what was lost was not replaced in time");
}

static int begin(struct stage *stage)
{
	int error = drill_write(stage->invocation->state_dir, &stage->record);

	if (error) {
		complain("%s/drill.json cannot be written: %s%s", stage->invocation->state_dir, strerror(-error),
		        error == -EACCES ? " (use sudo)" : "");
		return EX_OSERR;
	}
	if (kill(stage->feeder, 0) != 0) {
		complain("feeddogd cannot be reached: %s (use sudo)", strerror(errno));
		return EX_OSERR;
	}
	(void)fflush(stdout);
	if (stage->record.expects_reset) {
		int code = announce(stage);
		if (code != 0)
			return code;
	}
	harm(stage);
	return watch(stage);
}

/* "unexplained" and so on; "" where feeddogd does not tell. */
static void last_cause(const char *run_dir, char cause[32])
{
	struct status_view view;
	struct fy_node *last;

	cause[0] = '\0';
	status_view_open(&view, run_dir);
	last = view.reading == STATUS_READ ? json_member(view.root, "last_boot") : NULL;
	if (last)
		(void)json_text_of(last, "cause", cause, 32);
	status_view_close(&view);
}

static int show_result(const struct invocation *invocation, bool simulated)
{
	struct drill_record record;
	int error = drill_read(invocation->state_dir, &record);
	char boot_id[BOOT_ID_SIZE + 1], cause[32];

	if (error) {
		complain("%s/drill.json: %s", invocation->state_dir,
		        error == -ENOENT ? "there was no drill (feeddog drill stop)" : strerror(-error));
		return EX_NOT_WELL;
	}
	boot_id_read(simulated, boot_id, sizeof(boot_id));
	last_cause(invocation->run_dir, cause);
	if (record.verdict == DRILL_OPEN && !cause[0]) {
		complain("feeddogd does not run, and only it tells why the last boot ended (systemctl start feeddog)");
		return EX_NOT_RUNNING;
	}
	if (record.verdict == DRILL_OPEN) {
		drill_judge(&record, boot_id, cause);
		(void)!drill_write(invocation->state_dir, &record);
	}
	(void)printf("drill %s %s: %s\n", drill_kind_name(record.kind),
	        record.verdict == DRILL_PASSED ? "passed" : "FAILED", record.says);
	return record.verdict == DRILL_PASSED ? EX_OK : EX_NOT_WELL;
}

int command_drill(const struct invocation *invocation)
{
	struct flat *flat = compile_file(invocation->config, stderr);
	struct stage stage = {.invocation = invocation};
	int code = EX_USAGE;

	if (!flat)
		return EX_CONFIG;
	if (invocation->values[OPTION_RESULT])
		code = show_result(invocation, flat->watchdog.simulated);
	else if (invocation->argument_count == 0)
		complain("say which drill: feeddog drill stop, kill or hang (or --result)");
	else if (prepare(&stage, flat, invocation->arguments[0])) {
		say_expected(&stage.record);
		code = EX_OK;
		if (invocation->values[OPTION_YES])
			code = begin(&stage);
		else
			(void)puts("nothing was done: with --yes it is");
	}
	free(flat);
	return code;
}
