/* SPDX-License-Identifier: MIT
 *
 * Who holds the dog, when it really bites, and whether it can be left.
 */
#include "doctor.h"

#include "../os/root_file.h"
#include "../os/watchdog_class.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	/* It is fed at least once a second, whole seconds are rounded, and the count runs on while it is read. */
	TIME_LEFT_SLACK_S = 3,
	/* bcm2835_wdt: 20 bits at 65536 Hz. Some kernels count a longer timeout modulo this, and do not show it. */
	BROADCOM_LONGEST_S = 15,
};

/* The process that has a watchdog open, as /proc below the root tells; 0: none was seen. */
static long find_holder(const char *root, char name[64])
{
	char path[ROOT_PATH_SIZE], comm[64], link[ROOT_PATH_SIZE + 600], target[64];
	DIR *processes = opendir(root_path(root, "/proc", path));
	struct dirent *process, *fd;
	long holder = 0;

	while (processes && holder == 0 && (process = readdir(processes))) {
		DIR *fds;

		if (process->d_name[0] < '1' || process->d_name[0] > '9')
			continue;
		snprintf(path, sizeof(path), "%s/proc/%s/fd", root, process->d_name);
		fds = opendir(path);
		while (fds && holder == 0 && (fd = readdir(fds))) {
			snprintf(link, sizeof(link), "%s/%s", path, fd->d_name);
			ssize_t length = readlink(link, target, sizeof(target) - 1);
			target[length > 0 ? length : 0] = '\0';
			if (strncmp(target, "/dev/watchdog", strlen("/dev/watchdog")) == 0)
				holder = strtol(process->d_name, NULL, 10);
		}
		if (fds)
			closedir(fds);
	}
	if (processes)
		closedir(processes);
	snprintf(comm, sizeof(comm), "/proc/%ld/comm", holder);
	(void)root_read(root, comm, name, 64);
	return holder;
}

static void judge_manager(struct doctor *doctor, const char *name)
{
	const struct watchdog_spec *watchdog = &doctor->flat->watchdog;

	if (watchdog->via == VIA_SYSTEMD)
		doctor_find(doctor, "holder", GRADE_OK, NULL, "process 1 (%s) holds the dog, as via: systemd wants it",
		        name);
	else if (watchdog->take == TAKE_BORROW && strcmp(name, "systemd") == 0)
		doctor_find(doctor, "holder", GRADE_OK, NULL,
		        "process 1 (systemd) holds the dog, and feeddogd borrows it when it starts");
	else
		doctor_find(doctor, "holder", GRADE_ERROR,
		        watchdog->take == TAKE_OWN ? "cp " FEEDDOG_SHAREDIR "/systemd/99-feeddog.conf "
		                                     "/etc/systemd/system.conf.d/ && systemctl daemon-reload"
		                                   : "write `take: borrow` below `watchdog:` in the configuration",
		        "process 1 (%s) holds the dog, and watchdog.take does not let feeddogd borrow it", name);
}

static void look_at_holder(struct doctor *doctor)
{
	char name[64];
	char remedy[64];
	long holder = find_holder(doctor->root, name);

	snprintf(remedy, sizeof(remedy), "kill %ld", holder);
	if (holder == 1)
		judge_manager(doctor, name);
	else if (holder > 1 && strcmp(name, "feeddogd") == 0)
		doctor_find(doctor, "holder", GRADE_OK, NULL, "feeddogd (process %ld) holds the dog", holder);
	else if (holder > 1)
		doctor_find(doctor, "holder", GRADE_ERROR, remedy,
		        "process %ld (%s) holds the dog, and a dog has one feeder", holder, name);
	else if (!doctor->is_root)
		doctor_find(
		        doctor, "holder", GRADE_WARNING, "sudo feeddog doctor", "only root can see who holds the dog");
	else if (doctor->flat->watchdog.via == VIA_SYSTEMD)
		doctor_find(doctor, "holder", GRADE_ERROR,
		        "printf '[Manager]\\nRuntimeWatchdogSec=15s\\n' >/etc/systemd/system.conf.d/99-hardware.conf && "
		        "systemctl daemon-reload",
		        "nobody holds the dog, and via: systemd wants process 1 to");
	else
		doctor_find(doctor, "holder", GRADE_OK, NULL, "nobody holds the dog, so feeddogd can have it");
}

static void look_at_running(struct doctor *doctor)
{
	if (doctor->running == RUNNING_YES)
		doctor_find(doctor, "feeddogd", GRADE_OK, NULL, "feeddogd runs");
	else
		doctor_find(doctor, "feeddogd", GRADE_WARNING, "systemctl enable --now feeddog",
		        "feeddogd does not run, so this board is not guarded by it");
}

static void look_at_timeout(struct doctor *doctor, const struct watchdog_facts *facts)
{
	const struct watchdog_spec *watchdog = &doctor->flat->watchdog;
	int64_t wanted_s = watchdog->timeout_ms / 1000;
	bool broadcom = strstr(facts->identity, "Broadcom BCM2835") != NULL;
	int64_t longest_s = broadcom ? BROADCOM_LONGEST_S : facts->longest_s;
	bool ours = doctor->running == RUNNING_YES && watchdog->via == VIA_DEVICE;
	char remedy[96];

	snprintf(remedy, sizeof(remedy), "write `timeout: %llds` below `watchdog:` in the configuration",
	        (long long)(longest_s > 0 ? longest_s : facts->timeout_s));
	if (longest_s > 0 && wanted_s > longest_s)
		doctor_find(doctor, "timeout", GRADE_ERROR, remedy,
		        "%lld s are asked for, and this hardware bites after %lld s at most%s", (long long)wanted_s,
		        (long long)longest_s, broadcom ? " (some kernels count longer ones modulo 16 s)" : "");
	else if (ours && facts->timeout_s > 0 && facts->timeout_s != wanted_s)
		doctor_find(doctor, "timeout", GRADE_ERROR, remedy,
		        "%lld s are asked for, and the hardware is set to %lld s", (long long)wanted_s,
		        (long long)facts->timeout_s);
	else if (ours && facts->time_left_s >= 0 &&
	        (facts->time_left_s > wanted_s || facts->time_left_s < wanted_s - TIME_LEFT_SLACK_S))
		doctor_find(doctor, "timeout", GRADE_ERROR,
		        "write `timeout: 15s` or less below `watchdog:` in the configuration",
		        "%lld s are asked for, and only %lld s are left a second after a feed", (long long)wanted_s,
		        (long long)facts->time_left_s);
	else if (ours && facts->timeout_s > 0)
		doctor_find(doctor, "timeout", GRADE_OK, NULL, "the hardware bites after %lld s, as asked for",
		        (long long)facts->timeout_s);
	else
		doctor_find(doctor, "timeout", GRADE_OK, NULL,
		        "%lld s are asked for; feeddogd proves it when it takes the dog", (long long)wanted_s);
}

static void look_at_nowayout(struct doctor *doctor, const struct watchdog_facts *facts)
{
	if (facts->nowayout != 1)
		doctor_find(doctor, "nowayout", GRADE_OK, NULL, "the dog can be disarmed when feeddogd is stopped");
	else
		doctor_find(doctor, "nowayout", GRADE_WARNING, "grep -rn nowayout /proc/cmdline /etc/modprobe.d",
		        "the dog cannot be disarmed (nowayout): a stop of feeddogd ends in a reset");
}

void doctor_look_at_dog(struct doctor *doctor)
{
	const struct flat *flat = doctor->flat;
	struct watchdog_facts facts;
	const char *device;

	look_at_running(doctor);
	if (!flat)
		return;
	device = flat_text(flat, flat->watchdog.device);
	if (flat->watchdog.simulated) {
		doctor_find(doctor, "dog", GRADE_WARNING,
		        "write `simulated: false` below `watchdog:` in the configuration",
		        "the dog is simulated: nothing resets this board");
		return;
	}
	if (!watchdog_class_read(doctor->root, device, &facts) && !root_exists(doctor->root, device)) {
		doctor_find(doctor, "dog", GRADE_ERROR,
		        "ls /dev/watchdog* ; modprobe softdog  # where the board has none",
		        "there is no %s: the board's watchdog driver is not loaded, or has another number", device);
		return;
	}
	doctor_find(doctor, "dog", GRADE_OK, NULL, "%s is %s", device,
	        facts.identity[0] ? facts.identity : "there (sysfs does not tell what it is)");
	look_at_holder(doctor);
	look_at_timeout(doctor, &facts);
	look_at_nowayout(doctor, &facts);
}
