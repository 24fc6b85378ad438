/* SPDX-License-Identifier: MIT
 *
 * actor/orders: what exactly is run, as whom, for how long. Nothing is: spawning is played, and so is being root.
 */
#include "actor/orders.h"

#include "compiler/compile.h"
#include "os/process/spawn.h"

#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { PID = 4711, NOW_MS = 1000 };

static const char real_dog[] = "watchdog: {device: /dev/watchdog0, timeout: 10s}\n"
                               "services:\n"
                               "  web:\n"
                               "    checks: [{tcp: '127.0.0.1:1'}]\n"
                               "    restart: [/bin/webctl, restart, a b]\n"
                               "    start: webctl start\n"
                               "    restart_timeout: 7s\n"
                               "    user: daemon\n"
                               "  plain: {checks: [{tcp: '127.0.0.1:1'}], restart: 'true'}\n"
                               "ladder: {reboot_within: 45s}\n";
static const char simulated_dog[] = "watchdog: {device: /run/stand-in, timeout: 10s, simulated: true}\n"
                                    "services: {web: {checks: [{tcp: '127.0.0.1:1'}]}}\n";
static const char strict_dog[] = "watchdog: {device: /dev/watchdog0, timeout: 10s}\n"
                                 "services: {web: {checks: [{tcp: '127.0.0.1:1'}]}}\n"
                                 "ladder: {reboot: [/bin/restart-all, now], reboot_within: 0s}\n";

static struct {
	char argv[256]; /* joined by | */
	char home[128], user[128];
	bool switched, own_group, systemd;
	uint32_t uid, gid;
	size_t group_count;
	uid_t euid;
	pid_t result;
	int spawned;
	int gate; /* where the command waits to begin */
	int noted;
	bool begun_before_note;
	bool ended; /* the command, with exit_code */
	int exit_code;
} world;

static struct flat *flat;
static struct orders orders;
static char run_dir[64];

pid_t __wrap_spawn_start(const struct spawn *spawn);
int __wrap_access(const char *path, int mode);
uid_t __wrap_geteuid(void);
int __wrap_waitid(idtype_t type, id_t id, siginfo_t *info, int options);
int __wrap_fchown(int fd, uid_t uid, gid_t gid);
int __wrap_job_record_write(const char *path, const struct job *job, const struct event *order);

pid_t __wrap_spawn_start(const struct spawn *spawn)
{
	size_t length = 0;

	world.spawned++;
	assert_string_equal(spawn->path, spawn->argv[0]);
	for (char *const *argument = spawn->argv; *argument; argument++)
		length += (size_t)snprintf(world.argv + length, sizeof(world.argv) - length, "%s|", *argument);
	world.own_group = spawn->own_group;
	world.switched = spawn->user != NULL;
	if (spawn->user) {
		world.uid = spawn->user->uid;
		world.gid = spawn->user->gid;
		world.group_count = spawn->user->group_count;
	}
	for (char *const *variable = spawn->envp; variable && *variable; variable++) {
		if (strncmp(*variable, "HOME=", 5) == 0)
			(void)snprintf(world.home, sizeof(world.home), "%s", *variable);
		if (strncmp(*variable, "USER=", 5) == 0)
			(void)snprintf(world.user, sizeof(world.user), "%s", *variable);
	}
	assert_int_equal(spawn->fd_count, 3);
	assert_int_equal(spawn->fds[0], -1);
	assert_true(spawn->fds[1] >= 0);
	assert_int_equal(spawn->fds[1], spawn->fds[2]);
	if (world.gate > 0)
		close(world.gate);
	world.gate = dup(spawn->gate[0]);
	return world.result;
}

int __wrap_waitid(idtype_t type, id_t id, siginfo_t *info, int options)
{
	(void)type;
	(void)options;
	assert_int_equal(id, PID);
	if (!world.ended)
		return 0;
	info->si_pid = PID;
	info->si_code = CLD_EXITED;
	info->si_status = world.exit_code;
	return 0;
}

int __wrap_access(const char *path, int mode)
{
	assert_string_equal(path, "/run/systemd/system");
	assert_int_equal(mode, F_OK);
	return world.systemd ? 0 : -1;
}

uid_t __wrap_geteuid(void)
{
	return world.euid;
}

int __wrap_fchown(int fd, uid_t uid, gid_t gid)
{
	(void)fd;
	(void)uid;
	(void)gid;
	return 0;
}

int __wrap_job_record_write(const char *path, const struct job *job, const struct event *order)
{
	struct pollfd gate = {.fd = world.gate, .events = POLLIN};

	(void)path;
	(void)order;
	assert_int_equal(job->leader.pid, PID);
	world.noted++;
	world.begun_before_note |= poll(&gate, 1, 0) != 0;
	return 0;
}

static void begin(const char *yaml, uid_t euid)
{
	char path[128];

	memset(&world, 0, sizeof(world));
	world.euid = euid;
	world.result = PID;
	(void)snprintf(run_dir, sizeof(run_dir), "/tmp/feeddog-orders-XXXXXX");
	assert_non_null(mkdtemp(run_dir));
	(void)snprintf(path, sizeof(path), "%s/output", run_dir);
	assert_int_equal(mkdir(path, 0700), 0);
	flat = compile_text("test", yaml, strlen(yaml), stderr);
	assert_non_null(flat);
	assert_int_equal(orders_begin(&orders, flat, run_dir, NOW_MS), 0);
}

static void finish(void)
{
	char command[128];

	orders_end(&orders);
	free(flat);
	(void)snprintf(command, sizeof(command), "rm -rf %s", run_dir);
	assert_int_equal(system(command), 0);
}

static struct event order_of(enum event_kind kind, uint16_t service)
{
	return (struct event){.at_ms = NOW_MS,
	        .kind = (uint8_t)kind,
	        .service = service,
	        .check = 0,
	        .cause = CAUSE_REFUSED,
	        .detail = 7,
	        .helper = HELPER_NONE};
}

static bool carry_out(enum event_kind kind, uint16_t service, struct order_report *report)
{
	struct event order = order_of(kind, service);

	memset(report, 0, sizeof(*report));
	return orders_carry_out(&orders, &order, NOW_MS, report);
}

/* P11: a command is run as its service's user, and never as root in its place. */
static void commands_run_as_their_user(void **state)
{
	struct order_report report;

	(void)state;
	begin(real_dog, 0);
	assert_true(carry_out(EVENT_RESTART, 0, &report));
	assert_string_equal(world.argv, "/bin/webctl|restart|a b|");
	assert_true(world.switched && world.own_group);
	assert_int_equal(world.uid, flat_services(flat)[0].user.uid);
	assert_int_equal(world.gid, flat_services(flat)[0].user.gid);
	assert_int_equal(world.group_count, flat_services(flat)[0].user.group_count);
	assert_string_equal(world.user, "USER=daemon");
	assert_true(strncmp(world.home, "HOME=/", 6) == 0);
	assert_int_equal(orders_deadline_ms(&orders), NOW_MS + 7000);
	assert_true(carry_out(EVENT_RESTART, 1, &report));
	assert_string_equal(world.argv, "/bin/sh|-c|true|");
	assert_false(world.switched);
	finish();
	begin(real_dog, 1000);
	assert_true(carry_out(EVENT_START, 0, &report));
	assert_string_equal(world.argv, "/bin/sh|-c|webctl start|");
	assert_false(world.switched);
	finish();
	begin(real_dog, 0);
	/* setresuid(-1) is to stay who one is: root. */
	memset((void *)&flat_services(flat)[0].user.uid, 0xff, sizeof(uint32_t));
	assert_false(carry_out(EVENT_RESTART, 0, &report));
	assert_string_equal(report.reason, "its user is not known on this machine");
	assert_int_equal(world.spawned, 0);
	finish();
}

static void default_reboot_is_the_systems(void **state)
{
	struct order_report report;

	(void)state;
	begin(real_dog, 0);
	world.systemd = true;
	assert_true(carry_out(EVENT_REBOOT, 0, &report));
	assert_string_equal(world.argv, "systemctl|reboot|");
	assert_false(world.switched);
	assert_int_equal(orders_deadline_ms(&orders), NOW_MS + 45000);
	/* P6: one order, one reboot. */
	assert_false(carry_out(EVENT_REBOOT, 0, &report));
	assert_string_equal(report.reason, "still running");
	assert_int_equal(world.spawned, 1);
	finish();
	begin(real_dog, 0);
	assert_true(carry_out(EVENT_REBOOT, NO_INDEX, &report));
	assert_string_equal(world.argv, "/sbin/reboot|");
	finish();
	begin(strict_dog, 0);
	assert_true(carry_out(EVENT_REBOOT, 0, &report));
	assert_string_equal(world.argv, "/bin/restart-all|now|");
	/* Without a budget: until the dog bites. */
	assert_int_equal(orders_deadline_ms(&orders), NOW_MS + 10000);
	finish();
}

/* P10: trying feeddog with a simulated dog does not reboot the machine it is tried on. */
static void simulated_dog_reboots_nothing_by_default(void **state)
{
	struct order_report report;

	(void)state;
	begin(simulated_dog, 0);
	world.systemd = true;
	assert_false(carry_out(EVENT_REBOOT, 0, &report));
	assert_non_null(strstr(report.reason, "simulated"));
	assert_int_equal(world.spawned, 0);
	finish();
}

static void refusals_blame_nobody_else(void **state)
{
	struct order_report report;

	(void)state;
	begin(simulated_dog, 1000);
	assert_false(carry_out(EVENT_RESTART, 0, &report));
	assert_string_equal(report.reason, "no command is configured for it");
	/* What was the cause of the order is not the cause of its failure. */
	assert_int_equal(report.event.kind, EVENT_RESTART_FAILED);
	assert_int_equal(report.event.cause, CAUSE_NONE);
	assert_int_equal(report.event.detail, 0);
	assert_int_equal(report.event.check, NO_INDEX);
	assert_int_equal(report.event.service, 0);
	assert_false(carry_out(EVENT_RESTART, NO_INDEX, &report));
	assert_false(carry_out(EVENT_START, 1, &report)); /* the slot of the reboot */
	assert_false(carry_out(EVENT_RESTART, 9999, &report));
	assert_int_equal(world.spawned, 0);
	finish();
}

/* P5: a fork that fails is told, and the next order may succeed. */
static void fork_that_fails_is_told(void **state)
{
	struct order_report report;

	(void)state;
	begin(real_dog, 0);
	world.result = -EAGAIN;
	assert_false(carry_out(EVENT_RESTART, 0, &report));
	assert_string_equal(report.reason, strerror(EAGAIN));
	world.result = PID;
	assert_true(carry_out(EVENT_RESTART, 0, &report));
	finish();
}

/* Takes what there is to report at that time, until nothing is left; true where there was something. */
static bool step_at(int64_t now_ms, struct order_report *report)
{
	bool is_reported = false;

	while (orders_step(&orders, now_ms, report))
		is_reported = true;
	return is_reported;
}

/* P4: a shortage of this board's own is not the service's failure: the order is tried again, and reported once. */
static void shortage_is_tried_again(void **state)
{
	static const int errors[] = {EAGAIN, ENOMEM, EMFILE, ENFILE};
	struct order_report report;

	(void)state;
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		begin(real_dog, 0);
		world.result = -errors[i];
		assert_false(carry_out(EVENT_RESTART, 0, &report));
		assert_string_equal(report.reason, strerror(errors[i]));
		assert_int_equal(orders_deadline_ms(&orders), NOW_MS + RETRY_SHORTAGE_MS);
		assert_false(step_at(NOW_MS + RETRY_SHORTAGE_MS - 1, &report));
		assert_int_equal(world.spawned, 1);
		assert_false(step_at(NOW_MS + RETRY_SHORTAGE_MS, &report));
		assert_int_equal(world.spawned, 2);
		world.result = PID;
		assert_false(step_at(NOW_MS + 2 * RETRY_SHORTAGE_MS, &report));
		assert_int_equal(orders.slots[0].job.phase, JOB_RUNS);
		assert_int_equal(world.noted, 1);
		finish();
	}
	/* What will not pass is not tried again. */
	begin(real_dog, 0);
	world.result = -EPERM;
	assert_false(carry_out(EVENT_RESTART, 0, &report));
	assert_int_equal(orders_deadline_ms(&orders), FOREVER_MS);
	finish();
	/* An order that has become old is not carried out after all. */
	begin(real_dog, 0);
	world.result = -EAGAIN;
	assert_false(carry_out(EVENT_RESTART, 0, &report));
	for (int64_t now_ms = NOW_MS; orders_deadline_ms(&orders) != FOREVER_MS; now_ms += RETRY_SHORTAGE_MS) {
		assert_true(now_ms < NOW_MS + 31000);
		assert_false(step_at(now_ms, &report));
	}
	finish();
}

/* P5: a command does not begin before its note is written, so that the next actor knows every command that runs. */
static void command_waits_for_its_note(void **state)
{
	struct order_report report;
	char byte;

	(void)state;
	begin(real_dog, 0);
	assert_true(carry_out(EVENT_RESTART, 0, &report));
	assert_int_equal(world.noted, 1);
	assert_false(world.begun_before_note);
	assert_int_equal(read(world.gate, &byte, 1), 1);
	finish();
}

/* P6: a reboot order that has waited for longer than its time is not carried out; nor is an old restart. */
static void old_orders_are_known(void **state)
{
	struct event reboot = order_of(EVENT_REBOOT, NO_INDEX);
	struct event restart = order_of(EVENT_RESTART, 0);

	(void)state;
	begin(real_dog, 0);
	assert_false(orders_is_old(flat, &reboot, NOW_MS + 44999));
	assert_true(orders_is_old(flat, &reboot, NOW_MS + 45000));
	assert_false(orders_is_old(flat, &restart, NOW_MS + 29999));
	assert_true(orders_is_old(flat, &restart, NOW_MS + 30000));
	finish();
}

static void fail_the_reboot(int code)
{
	int status = orders.slots[orders.slot_count - 1].job.leader.pid;

	assert_int_equal(status, PID);
	world.exit_code = code;
	world.ended = true;
}

/* P6: a reboot that is refused is ordered again every few seconds within its time, and reported once. */
static void refused_reboot_is_ordered_again(void **state)
{
	struct order_report report;
	int64_t now_ms = NOW_MS + 100;

	(void)state;
	begin(real_dog, 0);
	assert_true(carry_out(EVENT_REBOOT, NO_INDEX, &report));
	fail_the_reboot(1);
	assert_true(step_at(now_ms, &report));
	assert_int_equal(report.event.kind, EVENT_REBOOT_FAILED);
	assert_int_equal(report.event.detail, 1);
	for (int i = 2; i <= 9; i++, now_ms += 5000) {
		world.ended = false;
		assert_false(step_at(now_ms + 4999, &report));
		assert_int_equal(world.spawned, i - 1);
		assert_false(step_at(now_ms + 5000, &report));
		assert_int_equal(world.spawned, i);
		fail_the_reboot(1);
		assert_false(step_at(now_ms + 5000, &report));
	}
	/* 40 s are over, and in 5 s the board is let go of. */
	assert_int_equal(orders_deadline_ms(&orders), FOREVER_MS);
	finish();
}

/* P6: a reboot that was taken is not ordered twice; nor is one that the board does not need any more. */
static void reboot_is_not_ordered_again(void **state)
{
	struct order_report report;

	(void)state;
	begin(real_dog, 0);
	assert_true(carry_out(EVENT_REBOOT, NO_INDEX, &report));
	fail_the_reboot(0);
	assert_true(step_at(NOW_MS + 100, &report));
	assert_int_equal(report.event.kind, EVENT_REBOOT_DONE);
	assert_int_equal(orders_deadline_ms(&orders), FOREVER_MS);
	finish();
	begin(real_dog, 0);
	assert_true(carry_out(EVENT_REBOOT, NO_INDEX, &report));
	fail_the_reboot(1);
	assert_true(step_at(NOW_MS + 100, &report));
	orders_cancel_reboot(&orders);
	assert_int_equal(orders_deadline_ms(&orders), FOREVER_MS);
	finish();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(commands_run_as_their_user),
	        cmocka_unit_test(default_reboot_is_the_systems),
	        cmocka_unit_test(simulated_dog_reboots_nothing_by_default),
	        cmocka_unit_test(refusals_blame_nobody_else),
	        cmocka_unit_test(fork_that_fails_is_told),
	        cmocka_unit_test(shortage_is_tried_again),
	        cmocka_unit_test(command_waits_for_its_note),
	        cmocka_unit_test(old_orders_are_known),
	        cmocka_unit_test(refused_reboot_is_ordered_again),
	        cmocka_unit_test(reboot_is_not_ordered_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
