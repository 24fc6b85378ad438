/* SPDX-License-Identifier: MIT
 *
 * Opening the watchdog's device.
 */
#include "dog_open.h"

#include "os/clock.h"
#include "os/hardware/watchdog.h"
#include "os/hardware/watchdog_holder.h"
#include "dog_prove.h"
#include "options.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
	/* In the first minutes of a boot the driver may still be loaded. Later it is either there or comes soon. */
	AWAIT_BOOT_MS = 300000,
	AWAIT_LATER_MS = 10000,
	AWAIT_LOOK_MS = 100,
};

static const char *manager_remedy(enum take take)
{
	switch (take) {
	case TAKE_OWN:
		return "take: own expects the drop-in 99-feeddog.conf in /etc/systemd/system.conf.d; put it there, and run "
		       "`systemctl daemon-reload`";
	case TAKE_REFUSE:
		return "set watchdog.take: borrow, or RuntimeWatchdogSec=off in a drop-in of /etc/systemd/system.conf.d/ that "
		       "sorts last, and run `systemctl daemon-reload`";
	case TAKE_BORROW:
		break;
	}
	return "it does not lend it; set RuntimeWatchdogSec=off in a drop-in of /etc/systemd/system.conf.d/ that sorts last, "
	       "and run `systemctl daemon-reload`";
}

static int refuse_busy(struct dog *dog, enum take take)
{
	char name[64] = "";
	pid_t holder = watchdog_find_holder("", dog->device, name, sizeof(name));

	if (holder == 1)
		return dog_refuse(dog, "%s is held by process 1 (%s), which guards this board in place of feeddog (%s)",
		        dog->device, name, manager_remedy(take));
	if (holder > 0)
		return dog_refuse(dog,
		        "%s is held by process %d (%s), and a watchdog has one feeder (stop that process)", dog->device,
		        (int)holder, name);
	return dog_refuse(
	        dog, "%s is held by another process (find it as root: fuser -v %s)", dog->device, dog->device);
}

int dog_refuse_open(struct dog *dog, enum take take, int error)
{
	bool is_root = geteuid() == 0;

	if (error == -EBUSY)
		return refuse_busy(dog, take);
	if (error == -ENOENT)
		return dog_refuse(dog,
		        "%s does not exist (load the board's watchdog driver, or set watchdog.device to what `ls "
		        "/dev/watchdog*` shows)",
		        dog->device);
	if (error == -ENODEV || error == -ENXIO)
		return dog_refuse(
		        dog, "%s exists, but no driver is behind it (load the board's watchdog driver)", dog->device);
	if (error == -EPERM && is_root)
		return dog_refuse(dog,
		        "%s may not be opened here: %s (a container or the unit's device list forbids it: pass the device "
		        "to the container, or add DeviceAllow=char-watchdog to the unit)",
		        dog->device, strerror(-error));
	if ((error == -EACCES || error == -EPERM) && !is_root)
		return dog_refuse(dog, "%s cannot be opened: %s (run feeddogd as root)", dog->device, strerror(-error));
	return dog_refuse(dog, "%s cannot be opened: %s (see what the kernel log says of its driver: dmesg)",
	        dog->device, strerror(-error));
}

bool dog_find(const struct flat *flat, struct dog *dog)
{
	const char *device = flat_text(flat, flat->watchdog.device);

	snprintf(dog->device, sizeof(dog->device), "%s", device);
	return device[0] == '/' || watchdog_class_find("", device, dog->device);
}

/*
 * With nowayout, opening is for good: a timeout that turns out not to be honoured would reset the board, and again in every
 * boot. So whatever is known without opening is judged first.
 */
static int judge_unopened(struct dog *dog, const struct watchdog_facts *facts, int wanted_s)
{
	int longest_s = (int)watchdog_longest_s(facts->identity, facts->longest_s);

	if (longest_s == BCM2835_MAX_S && wanted_s > longest_s)
		return dog_refuse_timeout(dog, wanted_s, longest_s, true);
	if (facts->nowayout != 1)
		return EXIT_OK;
	if (longest_s > 0 && wanted_s > longest_s)
		return dog_refuse_timeout(dog, wanted_s, longest_s, true);
	if (wanted_s < facts->shortest_s)
		return dog_refuse_timeout(dog, wanted_s, (int)facts->shortest_s, false);
	return EXIT_OK;
}

int dog_open(const struct flat *flat, const char *run_dir, struct dog *dog, struct watchdog_facts *facts)
{
	enum take take = (enum take)flat->watchdog.take;
	int code;

	if (!dog_find(flat, dog))
		return dog_refuse(dog,
		        "no watchdog driver is called \"%s\" (set watchdog.device to what `cat "
		        "/sys/class/watchdog/*/identity` shows, or to a path)",
		        dog->device);
	if (!watchdog_class_read("", dog->device, facts))
		facts->nowayout = -1;
	code = judge_unopened(dog, facts, (int)(flat->watchdog.timeout_ms / 1000));
	if (code != EXIT_OK)
		return code;
	dog->fd = watchdog_open(dog->device);
	if (dog->fd >= 0)
		loan_recall(&dog->loan, run_dir);
	else if (dog->fd == -EBUSY && take == TAKE_BORROW)
		dog->fd = loan_take(&dog->loan, run_dir, dog->device);
	return dog->fd < 0 ? dog_refuse_open(dog, take, dog->fd) : EXIT_OK;
}

static int look(const struct flat *flat, struct dog *dog)
{
	return dog_find(flat, dog) ? watchdog_look(dog->device) : -ENOENT;
}

void dog_await(const struct flat *flat)
{
	const struct timespec pause = {.tv_nsec = AWAIT_LOOK_MS * 1000000L};
	struct dog dog = {.fd = -1};
	int64_t now_ms = clock_now_ms();
	int64_t until_ms = now_ms + AWAIT_LATER_MS > AWAIT_BOOT_MS ? now_ms + AWAIT_LATER_MS : AWAIT_BOOT_MS;
	int error;

	if (flat->watchdog.simulated || flat->watchdog.via == VIA_SYSTEMD)
		return;
	error = look(flat, &dog);
	if (error)
		fprintf(stderr, "feeddogd: %s %s; waiting up to %d s\n", dog.device,
		        error == -ENODEV ? "has no driver yet" : "does not exist yet",
		        (int)((until_ms - now_ms) / 1000));
	while (error && clock_now_ms() < until_ms) {
		nanosleep(&pause, NULL);
		error = look(flat, &dog);
	}
}
