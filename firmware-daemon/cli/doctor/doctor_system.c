/* SPDX-License-Identifier: MIT
 *
 * The log, where the state goes, the user of the checks, the clock, and what runs here.
 */
#include "doctor.h"

#include "os/systemd/manager_conf.h"
#include "os/storage/root_file.h"
#include "os/process/spawn.h"
#include "os/storage/storage_kind.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

static void look_at_journal(struct doctor *doctor)
{
	struct manager_setting storage;
	bool persistent = root_exists(doctor->root, "/var/log/journal");

	(void)manager_conf_read(doctor->root, "journald", "Storage", &storage);
	if (!root_exists(doctor->root, "/run/systemd/system")) {
		doctor_find(
		        doctor, "log", GRADE_OK, NULL, "process 1 is not systemd; feeddogd logs where it is told to");
		return;
	}
	if (strcmp(storage.value, "persistent") == 0 ||
	        (persistent && strcmp(storage.value, "volatile") != 0 && strcmp(storage.value, "none") != 0))
		doctor_find(doctor, "log", GRADE_OK, NULL, "the journal outlives a reset");
	else
		doctor_find(doctor, "log", GRADE_WARNING,
		        "mkdir -p /etc/systemd/journald.conf.d && printf '[Journal]\\nStorage=persistent\\n' "
		        ">/etc/systemd/journald.conf.d/99-persistent.conf && systemctl restart systemd-journald",
		        "the journal is lost at a reset%s%s; `feeddog history` is not", storage.file[0] ? ", by " : "",
		        storage.file);
}

/* The file system that a path is on: of all that are mounted, the one with the longest name that leads to it. */
static bool find_mount(const struct doctor *doctor, const char *path, char type[32], char options[256])
{
	static char text[65536];
	size_t best = 0;

	if (!root_read(doctor->root, "/proc/mounts", text, sizeof(text)))
		return false;
	for (char *line = text; *line;) {
		char point[512], kind[32], how[256];
		size_t length = strcspn(line, "\n");

		if (sscanf(line, "%*s %511s %31s %255s", point, kind, how) == 3) {
			size_t size = strcmp(point, "/") == 0 ? 0 : strlen(point);

			/* Of two on the same point the later one is on top. */
			if (strncmp(path, point, size) == 0 && (path[size] == '/' || path[size] == '\0') &&
			        size + 1 >= best) {
				best = size + 1;
				snprintf(type, 32, "%s", kind);
				snprintf(options, 256, "%s", how);
			}
		}
		line += length + (line[length] == '\n');
	}
	return best > 0;
}

static bool is_read_only(const char *options)
{
	return strcmp(options, "ro") == 0 || strncmp(options, "ro,", 3) == 0;
}

static void look_at_state(struct doctor *doctor)
{
	enum storage_kind kind = storage_kind_of(doctor->root, doctor->state_dir);
	char type[32], options[256];

	if (!find_mount(doctor, doctor->state_dir, type, options)) {
		doctor_find(doctor, "state", GRADE_WARNING, "findmnt -T /var/lib/feeddog",
		        "it cannot be told on what file system %s is", doctor->state_dir);
		return;
	}
	if (is_read_only(options)) {
		doctor_find(doctor, "state", GRADE_ERROR,
		        "feeddogd --state-dir DIR  # a folder on what can be written; in a drop-in of feeddog.service",
		        "%s is on a file system that is mounted read-only: reboots cannot be counted, so that none is ordered",
		        doctor->state_dir);
		return;
	}
	if (kind != STORAGE_LASTING) {
		doctor_find(doctor, "state", GRADE_ERROR,
		        "feeddogd --state-dir DIR  # a folder on a disk; in a drop-in of feeddog.service",
		        "%s is on %s (%s), which is lost at a reset: reboots cannot be counted, so that none is ordered",
		        doctor->state_dir, storage_kind_text(kind), type);
		return;
	}
	doctor_find(doctor, "state", GRADE_OK, NULL, "%s is on %s, which outlives a reset", doctor->state_dir, type);
}

/* The line of a name in passwd or group, without its first field. */
static bool find_entry(const struct doctor *doctor, const char *path, const char *name, char entry[512])
{
	static char text[65536];
	size_t length = strlen(name);

	if (!root_read(doctor->root, path, text, sizeof(text)))
		return false;
	for (const char *line = text; *line;) {
		size_t size = strcspn(line, "\n");

		if (strncmp(line, name, length) == 0 && line[length] == ':') {
			snprintf(entry, 512, "%.*s", (int)(size - length), line + length);
			return true;
		}
		line += size + (line[size] == '\n');
	}
	return false;
}

static bool is_member(const struct doctor *doctor, const char *group)
{
	char entry[512];
	char *members, *saved = NULL;

	if (!find_entry(doctor, "/etc/group", group, entry))
		return true; /* There is no such group here, and nothing that it could be let read. */
	members = strrchr(entry, ':') + 1;
	for (char *word = strtok_r(members, ",", &saved); word; word = strtok_r(NULL, ",", &saved))
		if (strcmp(word, "feeddog") == 0)
			return true;
	return false;
}

static void look_at_user(struct doctor *doctor)
{
	char entry[512];

	if (!find_entry(doctor, "/etc/passwd", "feeddog", entry))
		doctor_find(doctor, "user", GRADE_ERROR,
		        "useradd --system --no-create-home --shell /usr/sbin/nologin --groups adm,systemd-journal feeddog",
		        "there is no user feeddog for the checks to run as");
	else if (!is_member(doctor, "adm") || !is_member(doctor, "systemd-journal"))
		doctor_find(doctor, "user", GRADE_WARNING, "usermod -a -G adm,systemd-journal feeddog",
		        "the user feeddog is not in the groups adm and systemd-journal, so that checks cannot read logs");
	else
		doctor_find(doctor, "user", GRADE_OK, NULL, "the checks run as the user feeddog, which may read logs");
}

/* Its commands are run as root, so that whoever may write it is root. */
static void look_at_permissions(struct doctor *doctor)
{
	struct stat status;
	char remedy[REMEDY_SIZE];

	if (stat(doctor->config, &status) != 0)
		return;
	snprintf(remedy, sizeof(remedy), "chown root:root %s && chmod go-w %s", doctor->config, doctor->config);
	if ((status.st_uid != 0 && status.st_uid != geteuid()) || (status.st_mode & (S_IWGRP | S_IWOTH)))
		doctor_find(doctor, "permissions", GRADE_ERROR, remedy,
		        "others than root may write %s, whose commands are run as root", doctor->config);
	else
		doctor_find(doctor, "permissions", GRADE_OK, NULL, "only its owner may write the configuration");
}

/* The programs look for each other beside themselves. */
static void look_at_programs(struct doctor *doctor)
{
	static const char *const names[] = {
	        "feeddogd", "feeddog-checker", "feeddog-actor", "feeddog-alert", "feeddog-led"};
	char path[1024];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (spawn_find_sister(names[i], path, sizeof(path)) == 0)
			continue;
		doctor_find(doctor, "programs", GRADE_ERROR, "make install",
		        "%s does not lie beside feeddog, where it is looked for", names[i]);
		return;
	}
	doctor_find(doctor, "programs", GRADE_OK, NULL, "all programs lie beside each other");
}

static void look_at_clock(struct doctor *doctor)
{
	if (root_exists(doctor->root, "/sys/class/rtc/rtc0"))
		doctor_find(doctor, "clock", GRADE_OK, NULL, "there is a real-time clock (rtc0)");
	else if (root_exists(doctor->root, "/var/lib/systemd/timesync/clock") ||
	        root_exists(doctor->root, "/etc/fake-hwclock.data"))
		doctor_find(doctor, "clock", GRADE_OK, NULL,
		        "there is no real-time clock, and the last known time is kept; feeddogd uses neither");
	else
		doctor_find(doctor, "clock", GRADE_WARNING, "apt-get install systemd-timesyncd",
		        "no time is kept over a power cut, so that logs begin in the past; feeddogd itself does not mind");
}

static void look_at_versions(struct doctor *doctor)
{
	struct utsname system;

	if (uname(&system) != 0)
		return;
	doctor_find(doctor, "version", GRADE_OK, NULL, "feeddog " FEEDDOG_VERSION " on %s %s (%s)", system.sysname,
	        system.release, system.machine);
}

void doctor_look_at_system(struct doctor *doctor)
{
	look_at_journal(doctor);
	look_at_state(doctor);
	look_at_user(doctor);
	look_at_permissions(doctor);
	if (!doctor->root[0])
		look_at_programs(doctor);
	look_at_clock(doctor);
	look_at_versions(doctor);
}
