/* SPDX-License-Identifier: MIT
 *
 * The watchdog: which driver is behind the device, who holds it, what it will do. What sysfs does not report is "unknown", never
 * "ok". Nothing is opened: opening would arm it.
 */
#include "doctor.h"

#include "doctor_watchdog.h"

#include "os/storage/root_file.h"
#include "os/hardware/watchdog_holder.h"

#include <stdio.h>
#include <string.h>

static const char *identity_of(const struct watchdog_facts *facts)
{
	return facts->identity[0] ? facts->identity : "a driver without a name";
}

/* A hardware watchdog beside the one that is configured; false: sysfs knows none. */
static bool find_hardware(const struct watchdog *watchdog, const char *root, char device[WATCHDOG_PATH_SIZE],
        struct watchdog_facts *facts)
{
	for (int i = 0; i < WATCHDOGS_MAX; i++)
		if (watchdog_class_nth(root, i, device, facts) && strcmp(facts->name, watchdog->facts.name) != 0 &&
		        !watchdog_is_software(facts->identity))
			return true;
	return false;
}

static void judge_software(struct doctor *doctor, const struct watchdog *watchdog)
{
	char other[WATCHDOG_PATH_SIZE], remedy[REMEDY_SIZE];
	struct watchdog_facts facts;

	if (find_hardware(watchdog, doctor->root, other, &facts)) {
		snprintf(remedy, sizeof(remedy), "write `device: %s` below `watchdog:` in the configuration",
		        facts.identity[0] ? facts.identity : other);
		doctor_find(doctor, "dog", GRADE_WARNING, remedy,
		        "%s is the kernel's own timer (softdog), which a hung kernel stops; %s is a hardware watchdog (%s)",
		        watchdog->device, other, identity_of(&facts));
	} else {
		doctor_find(doctor, "dog", GRADE_WARNING,
		        "modprobe DRIVER  # of the board's hardware watchdog: find it with `modinfo -F description` in "
		        "/lib/modules/*/kernel/drivers/watchdog",
		        "%s is the kernel's own timer (softdog), which a hung kernel stops", watchdog->device);
	}
}

/* False where there is nothing more to look at. */
static bool look_at_device(struct doctor *doctor, const struct watchdog *watchdog)
{
	/* A card in a reader has no nodes: the kernel makes them at boot. */
	bool has_node = doctor->root[0] ? watchdog->is_known : root_exists("", watchdog->device);

	if (!watchdog->is_known && !root_exists(doctor->root, watchdog->device)) {
		doctor_find(doctor, "dog", GRADE_ERROR,
		        "ls /dev/watchdog* ; modprobe softdog  # where the board has none",
		        "there is no %s: the board's watchdog driver is not loaded, or has another number",
		        watchdog->device);
		return false;
	}
	if (!has_node && watchdog->is_known)
		doctor_find(doctor, "dog", GRADE_ERROR, "udevadm trigger -s watchdog  # or mdev -s",
		        "the driver (%s) is loaded, but %s does not exist", identity_of(&watchdog->facts),
		        watchdog->device);
	else if (!watchdog->is_known)
		doctor_find(doctor, "dog", GRADE_UNKNOWN, "dmesg | grep -i -e watchdog -e wdt",
		        "%s exists, but /sys/class/watchdog does not know it: whether a driver is behind it is not known",
		        watchdog->device);
	else if (watchdog_is_software(watchdog->facts.identity))
		judge_software(doctor, watchdog);
	else if (!watchdog->facts.identity[0])
		doctor_find(doctor, "dog", GRADE_UNKNOWN, "dmesg | grep -i -e watchdog -e wdt",
		        "%s is there; its driver does not report what it is", watchdog->device);
	else
		doctor_find(doctor, "dog", GRADE_OK, NULL, "%s is %s", watchdog->device, watchdog->facts.identity);
	return true;
}

static void judge_manager(struct doctor *doctor, const struct watchdog *watchdog, const char *name)
{
	const struct watchdog_spec *spec = &watchdog->spec;

	if (spec->via == VIA_SYSTEMD)
		doctor_find(doctor, "holder", GRADE_OK, NULL, "process 1 (%s) holds %s, as via: systemd requires", name,
		        watchdog->device);
	else if (spec->take == TAKE_BORROW && strcmp(name, "systemd") == 0)
		doctor_find(doctor, "holder", GRADE_OK, NULL,
		        "process 1 (systemd) holds %s, and feeddogd borrows it when it starts", watchdog->device);
	else
		doctor_find(doctor, "holder", GRADE_ERROR,
		        spec->take == TAKE_OWN ? "cp " FEEDDOG_SHAREDIR "/systemd/99-feeddog.conf "
		                                 "/etc/systemd/system.conf.d/ && systemctl daemon-reload"
		                               : "write `take: borrow` below `watchdog:` in the configuration",
		        "process 1 (%s) holds %s, and watchdog.take does not let feeddogd borrow it", name,
		        watchdog->device);
}

/* No process was seen to hold it. */
static void judge_free(struct doctor *doctor, const struct watchdog *watchdog)
{
	const char *device = watchdog->device;

	if (!doctor->is_root)
		doctor_find(doctor, "holder", GRADE_WARNING, "sudo feeddog doctor", "only root can see who holds %s",
		        device);
	else if (!root_exists(doctor->root, "/proc/1"))
		doctor_find(doctor, "holder", GRADE_UNKNOWN, "feeddog doctor  # on the board itself",
		        "no processes are to be seen here, so who holds %s is not known", device);
	else if (watchdog->spec.via == VIA_SYSTEMD)
		doctor_find(doctor, "holder", GRADE_ERROR,
		        "printf '[Manager]\\nRuntimeWatchdogSec=15s\\n' >/etc/systemd/system.conf.d/99-hardware.conf && "
		        "systemctl daemon-reload",
		        "nobody holds %s, and via: systemd requires that process 1 does", device);
	else if (strcmp(watchdog->facts.state, "inactive") == 0)
		doctor_find(doctor, "holder", GRADE_OK, NULL, "nobody holds %s, so feeddogd can take it", device);
	else if (strcmp(watchdog->facts.state, "active") == 0)
		doctor_find(doctor, "holder", GRADE_UNKNOWN, "fuser -v /dev/watchdog*",
		        "%s is active, but no process is seen to hold it: the boot loader armed it and the kernel feeds it, it "
		        "was left armed, or the holder is outside this container",
		        device);
	else
		doctor_find(doctor, "holder", GRADE_UNKNOWN, "fuser -v /dev/watchdog*",
		        "no process is seen to hold %s, and its driver does not report whether it is active", device);
}

static void look_at_holder(struct doctor *doctor, const struct watchdog *watchdog)
{
	char name[64], remedy[64];
	long holder = watchdog_find_holder(doctor->root, watchdog->device, name, sizeof(name));

	snprintf(remedy, sizeof(remedy), "kill %ld", holder);
	if (holder == 1)
		judge_manager(doctor, watchdog, name);
	else if (holder > 1 && strcmp(name, "feeddogd") == 0)
		doctor_find(
		        doctor, "holder", GRADE_OK, NULL, "feeddogd (process %ld) holds %s", holder, watchdog->device);
	else if (holder > 1)
		doctor_find(doctor, "holder", GRADE_ERROR, remedy,
		        "process %ld (%s) holds %s, and a watchdog has one feeder", holder, name, watchdog->device);
	else
		judge_free(doctor, watchdog);
}

static void look_at_running(struct doctor *doctor)
{
	switch (doctor->running) {
	case RUNNING_YES:
		doctor_find(doctor, "feeddogd", GRADE_OK, NULL, "feeddogd runs");
		break;
	case RUNNING_NO:
		doctor_find(doctor, "feeddogd", GRADE_WARNING, "systemctl enable --now feeddog",
		        "feeddogd does not run, so it does not guard this board");
		break;
	case RUNNING_UNKNOWN:
		doctor_find(doctor, "feeddogd", GRADE_UNKNOWN, "sudo feeddog doctor",
		        "whether feeddogd runs cannot be seen from here");
		break;
	}
}

/* Without a usable configuration the watchdog is looked at as by default. */
static void name_watchdog(const struct doctor *doctor, struct watchdog *watchdog)
{
	const char *device = "/dev/watchdog0";

	watchdog->spec = (struct watchdog_spec){.take = TAKE_BORROW, .via = VIA_DEVICE};
	if (doctor->flat) {
		watchdog->spec = doctor->flat->watchdog;
		device = flat_text(doctor->flat, watchdog->spec.device);
	}
	snprintf(watchdog->device, sizeof(watchdog->device), "%s", device);
	if (device[0] != '/')
		watchdog_class_find(doctor->root, device, watchdog->device);
	watchdog->is_known = watchdog_class_read(doctor->root, watchdog->device, &watchdog->facts);
}

void doctor_look_at_dog(struct doctor *doctor)
{
	static struct watchdog watchdog;

	look_at_running(doctor);
	name_watchdog(doctor, &watchdog);
	if (watchdog.spec.simulated) {
		doctor_find(doctor, "dog", GRADE_WARNING,
		        "write `simulated: false` below `watchdog:` in the configuration",
		        "the watchdog is simulated: nothing resets this board");
		return;
	}
	if (!look_at_device(doctor, &watchdog))
		return;
	look_at_holder(doctor, &watchdog);
	doctor_look_at_driver(doctor, &watchdog);
}
