/* SPDX-License-Identifier: MIT
 *
 * Watched by process 1.
 */
#include "delegate.h"

#include "os/systemd/notify.h"
#include "os/systemd/systemd.h"
#include "options.h"

#include <stdio.h>
#include <string.h>

enum { ASK_WAIT_MS = 5000 };

#define DROP_IN "the drop-in via-systemd.conf for feeddog.service"

/* The hardware behind process 1: without it nobody resets a board whose kernel or process 1 hangs. */
static int prove_hardware(void)
{
	uint64_t usec = 0;
	int error = systemd_ask(SYSTEMD_SOCKET, SYSTEMD_GET_WATCHDOG, &usec, ASK_WAIT_MS);

	if (error)
		fprintf(stderr,
		        "feeddogd: watchdog.via is systemd, but process 1 does not say whether it feeds the hardware: %s (run "
		        "feeddogd as root, or set watchdog.via: device)\n",
		        strerror(-error));
	else if (usec == 0)
		fprintf(stderr,
		        "feeddogd: watchdog.via is systemd, but process 1 feeds no hardware (set RuntimeWatchdogSec=15s in a "
		        "drop-in of /etc/systemd/system.conf.d/, and run `systemctl daemon-reload`)\n");
	return !error && usec > 0 ? EXIT_OK : EXIT_NO_DOG;
}

int delegate_prove(const struct flat *flat, int manager_fd)
{
	uint32_t wanted_ms = flat->watchdog.timeout_ms;
	uint64_t real_ms = notify_watchdog_ms();

	if (manager_fd < 0 || real_ms == 0) {
		fprintf(stderr,
		        "feeddogd: watchdog.via is systemd, but systemd does not watch over this service (install " DROP_IN
		        ", or set watchdog.via: device)\n");
		return EXIT_NO_DOG;
	}
	if (real_ms != wanted_ms) {
		fprintf(stderr,
		        "feeddogd: systemd waits %llu ms for this service where %u ms were asked for (set WatchdogSec in its "
		        "unit and watchdog.timeout to the same)\n",
		        (unsigned long long)real_ms, (unsigned)wanted_ms);
		return EXIT_NO_DOG;
	}
	return flat->watchdog.simulated ? EXIT_OK : prove_hardware();
}
