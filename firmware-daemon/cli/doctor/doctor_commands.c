/* SPDX-License-Identifier: MIT
 *
 * Which of the configured commands need what feeddog's hardened unit takes away.
 */
#include "doctor.h"

#include "os/storage/root_file.h"

#include <stdio.h>
#include <string.h>

#define DROP_IN "/etc/systemd/system/feeddog.service.d/unconfined.conf"

enum { LINE_SIZE = 512 };

/* Programs that are of no use without it; those behind a blank only with that option. */
static const char *const needy[] = {"sudo", "doas", "pkexec", "ip", "ifup", "ifdown", "iw", "tc", "bridge", "iptables",
        "ip6tables", "nft", "mount", "umount", "losetup", "modprobe", "insmod", "rmmod", "swapon", "swapoff",
        "sysctl -w", "sysctl -p", "nice", "renice", "ionice", "chrt", "taskset", "unshare", "nsenter", "podman",
        "strace", "gdb", "hwclock", "reboot -f", "halt -f", "poweroff -f"};

/* Whether the words at `line` begin so, whatever folder the program is in. */
static bool begins_with(const char *line, const char *words)
{
	size_t length = strlen(words);
	const char *last = line;

	for (const char *at = line; *at && *at != ' '; at++)
		if (*at == '/')
			last = at + 1;
	return strncmp(last, words, length) == 0 && (last[length] == '\0' || strchr(" ;&|\n)", last[length]));
}

/* The first of them that a line of shell begins a command with; NULL: none. */
static const char *find_needy(const char *line)
{
	for (const char *at = line; at; at = strpbrk(at, ";&|\n")) {
		at += strspn(at, " \t(;&|\n");
		for (size_t i = 0; i < sizeof(needy) / sizeof(needy[0]); i++)
			if (begins_with(at, needy[i]))
				return needy[i];
	}
	return NULL;
}

/* A command as a line of shell. */
static const char *line_of(const struct flat *flat, struct command command, char line[LINE_SIZE])
{
	uint32_t first = command.argc == 3 && strcmp(flat_argument(flat, command, 0), "/bin/sh") == 0 ? 2 : 0;
	size_t length = 0;

	line[0] = '\0';
	for (uint32_t i = first; i < command.argc && length < LINE_SIZE; i++)
		length += (size_t)snprintf(line + length, LINE_SIZE - length, "%s%s", i > first ? " " : "",
		        flat_argument(flat, command, i));
	return line;
}

/* Says so where the command is one of them. */
static bool look_at(struct doctor *doctor, const char *whose, const char *key, struct command command)
{
	char line[LINE_SIZE];
	const char *found = find_needy(line_of(doctor->flat, command, line));

	if (!found)
		return false;
	doctor_find(doctor, "commands", GRADE_WARNING,
	        "install -D -m 644 " FEEDDOG_SHAREDIR "/systemd/unconfined.conf " DROP_IN
	        " && systemctl daemon-reload && systemctl restart feeddog",
	        "%s: what it is to %s calls `%s`, which the hardened unit of feeddog does not let work", whose, key,
	        found);
	return true;
}

/* The first is enough: the one remedy is for all. */
void doctor_look_at_commands(struct doctor *doctor)
{
	const struct flat *flat = doctor->flat;

	if (!flat || !root_exists(doctor->root, "/run/systemd/system"))
		return;
	if (root_exists(doctor->root, DROP_IN)) {
		doctor_find(doctor, "commands", GRADE_OK, NULL, "%s lets commands do all that root may", DROP_IN);
		return;
	}
	for (uint16_t i = 0; i < flat->service_count; i++) {
		const struct service_spec *spec = &flat_services(flat)[i];
		const char *name = flat_text(flat, spec->name);

		if (look_at(doctor, name, "restart", spec->restart) || look_at(doctor, name, "start", spec->start) ||
		        look_at(doctor, name, "run", spec->run))
			return;
	}
	if (!look_at(doctor, "the ladder", "reboot", flat->reboot))
		doctor_find(
		        doctor, "commands", GRADE_OK, NULL, "no command is known to need more than the unit leaves it");
}
