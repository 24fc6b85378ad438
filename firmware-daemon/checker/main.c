/* SPDX-License-Identifier: MIT
 *
 * feeddog-checker: runs every probe and sends what it found. Started by feeddogd with the descriptors of os/channel/helper_fds.h;
 * `feeddog probe` starts it the same way. It gives up every privilege before it touches the network.
 */
#include "loop.h"

#include "os/process/confine.h"
#include "os/channel/helper_fds.h"
#include "os/log.h"
#include "os/process/privileges.h"
#include "os/process/spawn.h"

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sysexits.h>
#include <unistd.h>

/* Of the checker, its threads and its commands together, and for each check. */
enum { PROCESSES = 256, PROCESSES_EACH = 8 };

static int fail(int code, const char *what, const char *why, const char *remedy)
{
	char line[LOG_LINE_SIZE];
	char reason[LOG_LINE_SIZE / 2];
	int length = snprintf(line, sizeof(line), "event=checker-failed");

	(void)snprintf(reason, sizeof(reason), "%s: %s (%s)", what, why, remedy);
	(void)log_append_text(line, sizeof(line), (size_t)length, "reason", reason);
	log_line(LOG_PRIORITY_ERROR, "%s", line);
	return code;
}

/* False where the arguments are not what feeddogd gives. */
static bool read_arguments(int argc, char **argv, uint32_t *generation, const char **run_dir)
{
	static const struct option options[] = {
	        {"generation", required_argument, NULL, 'g'},
	        {"run-dir", required_argument, NULL, 'r'},
	        {"state-dir", required_argument, NULL, 's'},
	        {NULL, 0, NULL, 0},
	};
	bool given = false;
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		char *end;

		if (option == '?')
			return false;
		if (option == 'r')
			*run_dir = optarg;
		if (option != 'g')
			continue;
		unsigned long number = strtoul(optarg, &end, 10);
		given = *optarg >= '0' && *optarg <= '9' && *end == '\0' && number <= UINT32_MAX;
		*generation = (uint32_t)number;
	}
	return given && *run_dir && optind == argc;
}

/*
 * A check takes at most four descriptors: two sockets while two addresses are tried, and their copies. Commands inherit the
 * limit, so it is raised no further than needed.
 */
static void raise_descriptor_limit(uint16_t checks)
{
	struct rlimit limit;
	rlim_t needed = 64 + 4 * (rlim_t)checks;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur >= needed)
		return;
	limit.rlim_cur = needed < limit.rlim_max ? needed : limit.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &limit);
}

/*
 * A command that forks without end, or a checker that was taken over, must leave processes for the actor and the services: all of
 * them share the unit's limit. The kernel counts by user, so only for one that nobody else uses.
 */
static void limit_processes(const struct identity *user, uint16_t checks)
{
	struct rlimit limit;
	rlim_t enough = PROCESSES + PROCESSES_EACH * (rlim_t)checks;

	if (geteuid() != 0 || user->name == 0 || getrlimit(RLIMIT_NPROC, &limit) < 0 || limit.rlim_max <= enough)
		return;
	limit.rlim_cur = limit.rlim_max = enough;
	(void)setrlimit(RLIMIT_NPROC, &limit);
}

static int drop_privileges(const struct flat *flat)
{
	static const struct rlimit none = {0, 0};
	struct identity user = flat_powerless(flat);

	(void)setrlimit(RLIMIT_CORE, &none);
	limit_processes(&user, flat->check_count);
	privileges_ordinary(0);
	if (user.name == 0 && geteuid() == 0)
		log_line(LOG_PRIORITY_WARNING,
		        "event=checker-user user=nobody reason=\"there is no user feeddog (installing makes it)\"");
	return privileges_renounce(user.uid, user.gid, user.groups, user.group_count);
}

/* What a kernel does not offer is done without. */
static void confine(bool was_root)
{
	int error = confine_calls();

	if (error < 0)
		log_line(LOG_PRIORITY_INFO, "event=confinement calls=no error=\"%s\"", strerror(-error));
	/* An ordinary user's commands may ask by a signal whether that user's programs live. */
	error = was_root ? confine_signals() : 0;
	if (error < 0)
		log_line(LOG_PRIORITY_INFO, "event=confinement signals=no error=\"%s\"", strerror(-error));
}

int main(int argc, char **argv)
{
	struct checker checker;
	bool was_root = geteuid() == 0;
	uint32_t generation = 0;
	const char *run_dir = NULL;
	const char *why = "";

	/* A name server that is silent for 2 s is asked no more; the next run asks it again. */
	(void)setenv("RES_OPTIONS", "timeout:2 attempts:1", 0);
	spawn_name_self("feeddog-checker");
	log_open("feeddog-checker");
	signal(SIGPIPE, SIG_IGN);
	if (!read_arguments(argc, argv, &generation, &run_dir))
		return fail(EX_USAGE, "arguments", "not --generation N --run-dir DIR --state-dir DIR",
		        "feeddogd and `feeddog probe` start this program");
	const struct flat *flat = flat_map(FD_CONFIG, &why);
	if (!flat)
		return fail(EX_CONFIG, "configuration on descriptor 3", why,
		        "feeddogd gives it; are all programs of one build?");
	raise_descriptor_limit(flat->check_count);
	int error = drop_privileges(flat);
	if (error < 0)
		return fail(EX_OSERR, "giving up privileges", strerror(-error),
		        "it will not talk to the network with them");
	confine(was_root);
	error = checker_open(&checker, flat, run_dir, generation, FD_CHANNEL);
	if (error < 0)
		return fail(EX_OSERR, "setting up", strerror(-error), "memory or descriptors are short");
	output_page_map(&checker.output, FD_OUTPUT, flat->check_count, OUTPUT_WRITE);
	error = checker_run(&checker);
	checker_close(&checker);
	if (error < 0)
		return fail(EX_OSERR, "waiting for events", strerror(-error), "feeddogd starts it again");
	return EXIT_SUCCESS;
}
