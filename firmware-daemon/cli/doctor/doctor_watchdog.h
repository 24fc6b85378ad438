/* SPDX-License-Identifier: MIT
 *
 * What `feeddog doctor` knows of the watchdog.
 */
#ifndef FEEDDOG_CLI_DOCTOR_WATCHDOG_H
#define FEEDDOG_CLI_DOCTOR_WATCHDOG_H

#include "doctor.h"

#include "os/storage/root_file.h"
#include "os/hardware/watchdog_class.h"

struct watchdog {
	struct watchdog_spec spec; /* the defaults without a configuration */
	char device[ROOT_PATH_SIZE];
	bool is_known; /* to sysfs */
	struct watchdog_facts facts;
};

/* doctor_driver.c: its timeout, whether it is active, and what stops it. */
void doctor_look_at_driver(struct doctor *doctor, const struct watchdog *watchdog);

#endif
