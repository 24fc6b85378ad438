/* SPDX-License-Identifier: MIT
 *
 * feeddogd: reads the configuration, takes the dog, starts the helpers, and feeds. All that can fail fails before the
 * board is declared guarded.
 */
#include "config_parts.h"
#include "feeder.h"
#include "folders.h"
#include "last_boot.h"
#include "load_config.h"
#include "options.h"
#include "report.h"
#include "same_boot.h"

#include "os/clock.h"
#include "os/log_event.h"
#include "os/systemd/notify.h"
#include "os/channel/output_page.h"
#include "os/process/privileges.h"
#include "os/channel/sealed_memory.h"
#include "os/storage/store.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

static int fail(const char *what, int error)
{
	fprintf(stderr, "feeddogd: %s: %s\n", what, strerror(-error));
	return EXIT_SYSTEM;
}

/* Helpers run in "/", so what they are given must not depend on where feeddogd was started. */
static const char *absolute(const char *path, char resolved[PATH_MAX])
{
	return realpath(path, resolved) ? resolved : path;
}

/* Where the checker keeps its sockets and its places in logs; a checker without them says so in its results. */
static void make_checker_dirs(const char *run_dir, const struct flat *flat)
{
	static const char *const names[] = {"heartbeat", "checker"};
	struct identity checker = flat_powerless(flat);
	char path[PATH_MAX];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", run_dir, names[i]);
		(void)!store_make_dir_for(path, 0755, checker.uid, checker.gid);
	}
}

static int open_signals(void)
{
	/* What a fault of our own raises ends us. */
	static const int faults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS};
	sigset_t caught, kept;
	int fd;

	sigemptyset(&caught);
	sigaddset(&caught, SIGTERM);
	sigaddset(&caught, SIGINT);
	sigaddset(&caught, SIGCHLD);
	kept = caught;
	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
		sigaddset(&kept, faults[i]);
	/* All others have no business here, and most would end us: a hang-up must not leave the board to the dog. */
	for (int number = 1; number < NSIG; number++)
		if (sigismember(&kept, number) == 0)
			signal(number, SIG_IGN);
	sigprocmask(SIG_BLOCK, &caught, NULL);
	fd = signalfd(-1, &caught, SFD_NONBLOCK | SFD_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static int open_snapshot(struct feeder *feeder, const struct last_boot *last)
{
	size_t size = snapshot_size(feeder->rules.service_count, feeder->rules.check_count);
	void *address = NULL;
	struct snapshot *snapshot;
	int error = memory_publish("feeddog-snapshot", size, &feeder->helpers.snapshot_fd, &address);

	if (error)
		return error;
	snapshot = (struct snapshot *)address;
	snapshot->service_count = feeder->rules.service_count;
	snapshot->check_count = feeder->rules.check_count;
	snapshot->reboot_limit = feeder->rules.ladder->reboot_limit;
	snapshot->last_cause = last->ledger.last_cause;
	snapshot->last_why = last->ledger.last_why;
	snapshot->last_counted = last->ledger.last_counted;
	memcpy(snapshot->last_service, last->ledger.last_service, NAME_SIZE);
	memcpy(snapshot->last_check, last->ledger.last_check, NAME_SIZE);
	for (int i = 0; i < HELPER_COUNT; i++)
		snapshot->helpers[i].started_ms = NEVER_MS;
	/* Without it nobody sees what the commands of checks have printed. */
	feeder->helpers.output_fd = output_page_create(feeder->rules.check_count);
	feeder->snapshot = snapshot;
	feeder->board = snapshot_board(snapshot);
	feeder->helpers.states = snapshot->helpers;
	return 0;
}

/* All that may fail, before the dog is taken. */
static int prepare(const struct options *options, struct feeder *feeder, struct last_boot *last)
{
	const char *missing = "";
	int whole;
	int code = load_config(options->config, &feeder->flat, &whole);
	int error;

	if (code != EXIT_OK)
		return code;
	error = config_parts_open(feeder->flat, whole, feeder->helpers.config_fds);
	if (error)
		return fail("no memory for the configuration", error);
	/* With a dog that is not real there is nothing to take over: the checker then runs as nobody. */
	if (geteuid() == 0 && feeder->flat->checker.uid == UINT32_MAX && !feeder->flat->watchdog.simulated) {
		fprintf(stderr,
		        "feeddogd: there is no user \"feeddog\" for the checker to run as (adduser --system --group "
		        "--no-create-home feeddog)\n");
		return EXIT_SYSTEM;
	}
	feeder->rules = flat_rules(feeder->flat);
	code = folders_open(options->run_dir, options->state_dir, &feeder->control_fd);
	if (code != EXIT_OK)
		return code;
	make_checker_dirs(options->run_dir, feeder->flat);
	last_boot_read(options->state_dir, feeder->flat->watchdog.simulated, feeder->rules.ladder->reboot_limit, last);
	error = open_snapshot(feeder, last);
	if (error)
		return fail("no shared memory", error);
	feeder->helpers.run_dir = absolute(options->run_dir, feeder->run_dir);
	feeder->helpers.state_dir = absolute(options->state_dir, feeder->state_dir);
	error = helpers_open(&feeder->helpers, feeder->rules.service_count, &missing);
	if (error)
		return fail(missing, error);
	error = fold_open(&feeder->fold, feeder->rules.service_count, feeder->rules.check_count, clock_now_ms());
	if (error)
		return fail("no memory for the log", error);
	dog_await(feeder->flat);
	feeder->signal_fd = open_signals();
	if (feeder->signal_fd < 0)
		return fail("signals", feeder->signal_fd);
	feeder->notify_fd = notify_open();
	error = log_relay_begin(&feeder->log_relay, clock_now_ms());
	if (error)
		return fail("the log", error);
	/* The actor is as trusted as we are, and what it logs is the log. */
	feeder->helpers.error_fds[HELPER_ACTOR] = STDERR_FILENO;
	feeder->helpers.error_fds[HELPER_CHECKER] = feeder->log_relay.outputs[0];
	feeder->helpers.error_fds[HELPER_LED] = feeder->log_relay.outputs[1];
	log_open("feeddogd");
	return dog_take(feeder->flat, feeder->helpers.run_dir, feeder->notify_fd, &feeder->dog, &feeder->snapshot->dog);
}

static void say_armed(struct feeder *feeder, unsigned protection, int64_t now_ms)
{
	const struct flat *flat = feeder->flat;
	struct event event = {
	        .at_ms = now_ms,
	        .value = feeder->snapshot->dog.timeout_ms,
	        .kind = EVENT_ARMED,
	        .helper = HELPER_NONE,
	        .service = NO_INDEX,
	        .check = NO_INDEX,
	};
	char more[LOG_LINE_SIZE / 2] = "";
	size_t length = log_append_text(more, sizeof(more), 0, "device", feeder->dog.device);

	length = log_append_text(more, sizeof(more), length, "identity", feeder->snapshot->dog.identity);
	snprintf(more + length, sizeof(more) - length,
	        " bound_ms=%lld start_bound_ms=%lld memory_locked=%d realtime=%d nowayout=%d",
	        (long long)rules_bound_ms(&flat->ladder), (long long)rules_start_bound_ms(&flat->ladder),
	        !!(protection & PROTECTED_MEMORY), !!(protection & PROTECTED_PRIORITY), !feeder->dog.can_disarm);
	log_event(&event, "", "", more);
	helpers_send_event(&feeder->helpers, &event);
	(void)!notify_send(feeder->notify_fd, "READY=1\nSTATUS=starting");
}

static void say_boot(struct feeder *feeder, const struct last_boot *last, int64_t now_ms)
{
	struct event event = {
	        .at_ms = now_ms,
	        .value = last->ledger.unsettled,
	        .detail = last->ledger.last_cause,
	        .kind = EVENT_BOOT,
	        .cause = last->ledger.last_why,
	        .helper = HELPER_NONE,
	        .service = NO_INDEX,
	        .check = NO_INDEX,
	};

	log_event(&event, last->ledger.last_service, last->ledger.last_check,
	        last->ledger.last_counted ? " counted=1" : "");
	helpers_send_event(&feeder->helpers, &event);
}

int main(int argc, char *argv[])
{
	static struct feeder feeder;
	static struct last_boot last;
	struct options options;
	int64_t now_ms;
	int code;

	if (!options_read(argc, argv, &options, &code))
		return code;
	log_open("feeddogd");
	/* Ignored is inherited, and would have the kernel keep the helpers' ends from us. */
	signal(SIGCHLD, SIG_DFL);
	code = prepare(&options, &feeder, &last);
	if (code != EXIT_OK) {
		log_relay_end(&feeder.log_relay);
		return code;
	}
	now_ms = clock_now_ms();
	board_begin(&feeder.rules, &feeder.board, last.ledger.unsettled, now_ms);
	board_unexplained(&feeder.board, last.ledger.unexplained);
	if (last.ledger.proven != feeder.flat->fingerprint)
		board_unproven(&feeder.board);
	feeder.storage_due_ms = last.is_new ? now_ms + STORAGE_FIRST_NEWS_MS : FOREVER_MS;
	if (last.is_new)
		say_boot(&feeder, &last, now_ms);
	say_armed(&feeder, privileges_protect(), now_ms);
	same_boot_continue(&feeder, &last, now_ms);
	feeder.spin = spin_guard_of_feeder;
	while (!feeder.stop)
		feeder_turn(&feeder);
	feeder_end(&feeder);
	return EXIT_OK;
}
