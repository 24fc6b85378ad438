/* SPDX-License-Identifier: MIT
 *
 * feeddog-actor: carries out what the feeder orders, runs what is to be supervised, keeps the ledger and the history, shows
 * the board's state in RUN/status.json and in the metrics, and has others told. Root where feeddogd is, without the network
 * and without policy. One loop, which waits for events, for children, for their output and for the next deadline; only the
 * disk can make it wait, and then the ladder climbs by time.
 *
 * It ends when the feeder is gone, after writing what it has. Commands that still run are left to the services they
 * belong to. Programs that it supervises live on where the feeder went without a word, or the actor itself: the next actor
 * takes them over. Where feeddogd is stopped in order, so are they, and the actor stays until they are gone.
 *
 * There is one at a time: whoever comes next ends the last one before it reads what that has left behind.
 */
#include "actor.h"

#include "log_relay.h"

#include "os/storage/boot_id.h"
#include "os/clock.h"
#include "os/channel/helper_fds.h"
#include "os/log.h"
#include "os/process/privileges.h"
#include "os/process/spawn.h"
#include "os/storage/store.h"
#include "os/process/takeover.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sysexits.h>
#include <unistd.h>

static bool read_arguments(struct actor *actor, int argc, char *argv[])
{
	static const struct option options[] = {
	        {"generation", required_argument, NULL, 'g'},
	        {"run-dir", required_argument, NULL, 'r'},
	        {"state-dir", required_argument, NULL, 's'},
	        {0},
	};

	for (int option = 0; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
		switch (option) {
		case 'g':
			actor->feeder.generation = (uint32_t)strtoul(optarg, NULL, 10);
			break;
		case 'r':
			actor->run_dir = optarg;
			break;
		case 's':
			actor->state_dir = optarg;
			break;
		default:
			return false;
		}
	}
	return optind == argc && actor->run_dir && actor->state_dir;
}

static int open_signals(void)
{
	sigset_t set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGCHLD);
	(void)signal(SIGCHLD, SIG_DFL);
	(void)signal(SIGPIPE, SIG_IGN);
	/* A key pressed at the terminal of feeddogd is meant for feeddogd. */
	(void)signal(SIGINT, SIG_IGN);
	(void)signal(SIGHUP, SIG_IGN);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* What belongs to feeddogd alone, and would confuse a daemon that a command starts. */
static void clean_environment(void)
{
	static const char *const private[] = {
	        "NOTIFY_SOCKET", "WATCHDOG_PID", "WATCHDOG_USEC", "LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES"};

	for (size_t i = 0; i < sizeof(private) / sizeof(private[0]); i++)
		(void)unsetenv(private[i]);
}

/* Without it commands run all the same. */
static void make_folder(const char *run_dir, const char *name, mode_t mode)
{
	char path[PATH_MAX];

	(void)snprintf(path, sizeof(path), "%s/%s", run_dir, name);
	int error = store_make_dir(path, mode);
	if (error)
		log_line(LOG_PRIORITY_WARNING, "event=storage stable=0 file=%s error=\"%s\"", path, strerror(-error));
}

/*
 * An earlier feeder's actor would write the same ledger, and start the same programs. Where there can be no such file there
 * is nobody to be found by it, and commands run all the same. 0 or -errno.
 */
static int replace_the_last_one(const char *run_dir)
{
	int error = takeover(run_dir, "actor.lock");
	bool is_held = error == -EBUSY || error == -EPERM || error == -ETIMEDOUT;

	if (error)
		log_line(is_held ? LOG_PRIORITY_ERROR : LOG_PRIORITY_WARNING,
		        "event=%s file=%s/actor.lock error=\"%s\"", is_held ? "takeover-failed" : "storage stable=0",
		        run_dir, strerror(-error));
	return is_held ? error : 0;
}

/* Before anything else is opened: feeddog-alert as feeddogd was started with it, or 0 where it handed none over. */
static int find_alert_program(void)
{
	int flags = fcntl(FD_ALERT, F_GETFL);

	/* /dev/null, or what a test left open there, was opened otherwise. */
	return flags >= 0 && (flags & O_PATH) ? FD_ALERT : 0;
}

/* 0 or -errno. */
static int begin(struct actor *actor)
{
	char *boot_id = actor->boot_id;
	int alert_program_fd = find_alert_program();

	privileges_ordinary(0);
	clean_environment();
	int error = replace_the_last_one(actor->run_dir);
	if (error)
		return error;
	int64_t now_ms = clock_now_ms();
	/* An output and a program for each service, and outputs for the reboot and the alerts. */
	actor->fds = calloc(ACTOR_FIXED_FDS + 2 * (actor->flat->service_count + 1U) + actor->flat->alert_count,
	        sizeof(actor->fds[0]));
	if (!actor->fds)
		return -ENOMEM;
	actor->signals = open_signals();
	if (actor->signals < 0)
		return -errno;
	boot_id_read(actor->flat->watchdog.simulated, boot_id, sizeof(actor->boot_id));
	make_folder(actor->run_dir, "output", 0700);
	/* The checker reads which commands run, and which programs. */
	make_folder(actor->run_dir, "jobs", 0755);
	make_folder(actor->run_dir, "alerts", 0700);
	make_folder(actor->run_dir, "run", 0755);
	error = orders_begin(&actor->orders, actor->flat, actor->run_dir, now_ms);
	if (error)
		return error;
	keeper_begin(&actor->keeper, actor->flat, actor->state_dir, boot_id,
	        boot_id_is_played(actor->flat->watchdog.simulated), now_ms);
	metrics_file_begin(&actor->metrics, actor->flat, now_ms);
	error = alerts_begin(&actor->alerts, actor->flat, actor->run_dir, boot_id, now_ms);
	if (error)
		return error;
	actor->alerts.program_fd = alert_program_fd;
	output_page_map(&actor->output, FD_OUTPUT, actor->flat->check_count, OUTPUT_READ);
	actor->keeper.output = actor->alerts.output = &actor->output;
	error = status_file_begin(&actor->status, &actor->orders, actor->run_dir, boot_id, FD_SNAPSHOT);
	if (error)
		return error;
	actor->status.output = &actor->output;
	status_file_step(&actor->status, true, now_ms);
	alerts_take_over(&actor->alerts, actor->status.have_copy ? actor->status.copy : NULL);
	return 0;
}

static void end(struct actor *actor)
{
	int64_t now_ms = clock_now_ms();

	keeper_end(&actor->keeper, now_ms);
	metrics_file_end(&actor->metrics, status_file_snapshot(&actor->status), now_ms);
	status_file_end(&actor->status, !actor->feeder_ended, now_ms);
	orders_end(&actor->orders);
	alerts_end(&actor->alerts);
	free(actor->fds);
}

int main(int argc, char *argv[])
{
	static struct actor actor = {.leave_at_ms = FOREVER_MS, .news_at_ms = NEVER_MS};
	const char *why = NULL;

	spawn_name_self("feeddog-actor");
	if (argc == 2 && strcmp(argv[1], "--log-relay") == 0) {
		log_open("feeddogd");
		/* Still root where feeddogd is, so that no helper can signal it. */
		privileges_ordinary(0);
		(void)!privileges_renounce(geteuid(), getegid(), NULL, 0);
		log_relay();
		return EX_OK;
	}
	log_open("feeddog-actor");
	actor.flat = read_arguments(&actor, argc, argv) ? flat_map(FD_CONFIG, &why) : NULL;
	if (!actor.flat) {
		(void)fprintf(
		        stderr, "feeddog-actor: feeddogd starts this program%s%s\n", why ? ": " : "", why ? why : "");
		return EX_USAGE;
	}
	int error = begin(&actor);
	if (error) {
		log_line(LOG_PRIORITY_ERROR, "event=actor-failed error=\"%s\"", strerror(-error));
		return EX_OSERR;
	}
	actor.spin = spin_guard_of_helper;
	while (actor_turn(&actor))
		;
	end(&actor);
	return EX_OK;
}
