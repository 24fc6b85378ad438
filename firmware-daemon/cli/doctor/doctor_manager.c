/* SPDX-License-Identifier: MIT
 *
 * What of process 1, of the kernel's command line and of other programs decides about the watchdog.
 */
#include "doctor.h"

#include "words/span_text.h"
#include "os/systemd/manager_conf.h"
#include "os/storage/root_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_off(const char *value)
{
	static const char *const words[] = {"", "0", "0s", "off", "no", "false"};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(value, words[i]) == 0)
			return true;
	return false;
}

static void look_at_runtime_watchdog(struct doctor *doctor)
{
	const struct watchdog_spec *watchdog = &doctor->flat->watchdog;
	struct manager_setting setting;
	bool said = manager_conf_read(doctor->root, "system", "RuntimeWatchdogSec", &setting);
	bool off = !said || is_off(setting.value);

	if (watchdog->via == VIA_SYSTEMD && off)
		doctor_find(doctor, "systemd", GRADE_ERROR,
		        "printf '[Manager]\\nRuntimeWatchdogSec=15s\\n' >/etc/systemd/system.conf.d/99-hardware.conf && "
		        "systemctl daemon-reload",
		        "via: systemd requires that systemd feeds the hardware, and RuntimeWatchdogSec is off");
	else if (!said)
		doctor_find(doctor, "systemd", GRADE_OK, NULL,
		        "no file sets RuntimeWatchdogSec, so systemd does not take the watchdog");
	else if (watchdog->take != TAKE_BORROW && watchdog->via == VIA_DEVICE && !off)
		doctor_find(doctor, "systemd", GRADE_ERROR,
		        "cp " FEEDDOG_SHAREDIR "/systemd/99-feeddog.conf /etc/systemd/system.conf.d/ && "
		        "systemctl daemon-reload",
		        "%s decides: RuntimeWatchdogSec=%s, so systemd takes the watchdog%s%s", setting.file,
		        setting.value, setting.beaten[0] ? "; it sorts behind " : "", setting.beaten);
	else
		doctor_find(doctor, "systemd", GRADE_OK, NULL, "%s decides: RuntimeWatchdogSec=%s", setting.file,
		        off ? "off" : setting.value);
}

/* The last stretch of a shutdown, when feeddogd is gone. */
static void look_at_reboot_watchdog(struct doctor *doctor)
{
	struct manager_setting setting;

	if (manager_conf_read(doctor->root, "system", "RebootWatchdogSec", &setting) && is_off(setting.value))
		doctor_find(doctor, "shutdown", GRADE_WARNING,
		        "printf '[Manager]\\nRebootWatchdogSec=2min\\n' >/etc/systemd/system.conf.d/99-reboot.conf && "
		        "systemctl daemon-reload",
		        "%s sets RebootWatchdogSec=%s: a shutdown that hangs at its very end hangs for ever",
		        setting.file, setting.value[0] ? setting.value : "off");
	else
		doctor_find(doctor, "shutdown", GRADE_OK, NULL,
		        "the end of a shutdown is guarded (RebootWatchdogSec=%s)",
		        setting.file[0] ? setting.value : "10min, systemd's own default");
}

/* They hold up a shutdown until the package that is being installed is whole; a reset in the middle of it leaves half of one. */
static void look_at_upgrades(struct doctor *doctor)
{
	enum { ENOUGH_MS = 10 * 60000 };
	uint32_t within_ms = doctor->flat->ladder.reboot_within_ms;
	char span[SPAN_TEXT_SIZE], remedy[512];

	snprintf(remedy, sizeof(remedy), "editor %s  # ladder: {reboot_within: 10m}", doctor->config);
	if (within_ms < ENOUGH_MS &&
	        root_exists(doctor->root, "/etc/systemd/system/multi-user.target.wants/unattended-upgrades.service"))
		doctor_find(doctor, "upgrades", GRADE_WARNING, remedy,
		        "unattended-upgrades may hold up a shutdown for minutes, and the board is reset after %s of it, in the "
		        "middle of a package",
		        span_text(span, within_ms));
}

/* Started at boot by systemd, OpenRC or sysvinit; `path` becomes where this is written. */
static bool is_started_at_boot(const char *root, const char *name, char path[128])
{
	static const char *const places[] = {"/etc/systemd/system/multi-user.target.wants/%s.service",
	        "/etc/systemd/system/default.target.wants/%s.service", "/etc/runlevels/default/%s",
	        "/etc/runlevels/boot/%s"};

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		(void)snprintf(path, 128, places[i], name);
		if (root_exists(root, path))
			return true;
	}
	/* /etc/rc2.d/S23watchdog: the number orders the starts. */
	for (int order = 0; order < 100; order++) {
		(void)snprintf(path, 128, "/etc/rc2.d/S%02d%s", order, name);
		if (root_exists(root, path) && !root_exists(root, "/run/systemd/system"))
			return true;
	}
	return false;
}

static void look_at_others(struct doctor *doctor)
{
	static const char *const names[] = {"watchdog", "wd_keepalive", "watchdogd"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char path[128], remedy[192];

		if (!is_started_at_boot(doctor->root, names[i], path))
			continue;
		if (strstr(path, "systemd"))
			(void)snprintf(remedy, sizeof(remedy), "systemctl disable --now %s", names[i]);
		else
			(void)snprintf(remedy, sizeof(remedy), "rm %s", path);
		doctor_find(doctor, "others", GRADE_ERROR, remedy,
		        "%s is started at boot too (%s), and a watchdog has one feeder", names[i], path);
		return;
	}
	doctor_find(
	        doctor, "others", GRADE_OK, NULL, "none of watchdog, wd_keepalive and watchdogd is started at boot");
}

/* The value of a word of the kernel's command line; NULL where it is not there. */
static const char *boot_word(const char *line, const char *name, char value[32])
{
	size_t length = strlen(name);

	for (const char *at = line; (at = strstr(at, name)); at += length) {
		if ((at > line && at[-1] != ' ') || at[length] != '=')
			continue;
		snprintf(value, 32, "%.*s", (int)strcspn(at + length + 1, " \n"), at + length + 1);
		return value;
	}
	return NULL;
}

enum firmware { FIRMWARE_UNKNOWN, FIRMWARE_ARMS, FIRMWARE_DOES_NOT };

/* The Raspberry Pi's firmware can arm the watchdog before the kernel runs. Of other boot loaders nothing is known. */
static enum firmware look_at_firmware(const struct doctor *doctor)
{
	static const char *const files[] = {"/boot/firmware/config.txt", "/boot/config.txt"};
	char text[16384];

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		const char *at;

		if (!root_read(doctor->root, files[i], text, sizeof(text)))
			continue;
		at = strstr(text, "\nkernel_watchdog_timeout=");
		return at && strtol(strchr(at, '=') + 1, NULL, 10) > 0 ? FIRMWARE_ARMS : FIRMWARE_DOES_NOT;
	}
	return FIRMWARE_UNKNOWN;
}

static bool read_command_line(const char *root, char *line, size_t size)
{
	/* A card in a reader has no /proc. */
	return root_read(root, "/proc/cmdline", line, size) ||
	        root_read(root, "/boot/firmware/cmdline.txt", line, size) ||
	        root_read(root, "/boot/cmdline.txt", line, size);
}

/* Without knowledge of the boot loader: what follows if it arms the watchdog. */
static void judge_any_boot(struct doctor *doctor, const char *open_timeout)
{
	enum { SLOW_BOOT_S = 60 };
	long within_s = open_timeout ? strtol(open_timeout, NULL, 10) : 0;

	if (within_s == 0)
		doctor_find(doctor, "boot", GRADE_OK, NULL,
		        "no watchdog.open_timeout is set: if the boot loader arms the watchdog, the kernel feeds it until feeddogd "
		        "takes it");
	else if (within_s < SLOW_BOOT_S)
		doctor_find(doctor, "boot", GRADE_WARNING,
		        "write watchdog.open_timeout=180 on the kernel's command line  # where the boot loader keeps it",
		        "if the boot loader arms the watchdog, a boot in which feeddogd does not take it within %ld s is reset "
		        "(watchdog.open_timeout)",
		        within_s);
	else
		doctor_find(doctor, "boot", GRADE_OK, NULL,
		        "if the boot loader arms the watchdog, feeddogd must take it within %ld s of the boot "
		        "(watchdog.open_timeout)",
		        within_s);
}

static void look_at_boot(struct doctor *doctor)
{
	char line[4096], timeout[32], disarm[32];
	const char *open_timeout, *watchdog_disarm;
	enum firmware firmware = look_at_firmware(doctor);

	if (!read_command_line(doctor->root, line, sizeof(line))) {
		doctor_find(doctor, "boot", GRADE_UNKNOWN, "cat /proc/cmdline",
		        "the kernel's command line cannot be read: watchdog.open_timeout is not known");
		return;
	}
	open_timeout = boot_word(line, "watchdog.open_timeout", timeout);
	watchdog_disarm = boot_word(line, "watchdog_disarm", disarm);
	if (firmware == FIRMWARE_UNKNOWN)
		judge_any_boot(doctor, open_timeout);
	else if (firmware == FIRMWARE_DOES_NOT)
		doctor_find(doctor, "boot", GRADE_OK, NULL,
		        "the firmware does not arm the watchdog (config.txt), so a slow boot is not reset, and neither is one "
		        "that hangs before feeddogd starts");
	else if (!watchdog_disarm || strcmp(watchdog_disarm, "0") != 0)
		doctor_find(doctor, "boot", GRADE_WARNING,
		        "sed -i '1 s/$/ watchdog_disarm=0/' /boot/firmware/cmdline.txt  # and reboot",
		        "the firmware arms the watchdog (kernel_watchdog_timeout), and the initramfs disarms it again");
	else if (!open_timeout || strcmp(open_timeout, "0") == 0)
		doctor_find(doctor, "boot", GRADE_WARNING,
		        "sed -i '1 s/$/ watchdog.open_timeout=180/' /boot/firmware/cmdline.txt  # and reboot",
		        "the firmware arms the watchdog, and the kernel feeds it for ever if nobody takes it");
	else
		doctor_find(doctor, "boot", GRADE_OK, NULL,
		        "the firmware arms the watchdog, and feeddogd must take it within %s s of the boot",
		        open_timeout);
}

void doctor_look_at_manager(struct doctor *doctor)
{
	if (doctor->flat && doctor->flat->watchdog.simulated)
		return;
	if (doctor->flat && root_exists(doctor->root, "/run/systemd/system")) {
		look_at_runtime_watchdog(doctor);
		look_at_reboot_watchdog(doctor);
		look_at_upgrades(doctor);
	}
	look_at_others(doctor);
	look_at_boot(doctor);
}
