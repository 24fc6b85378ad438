/* SPDX-License-Identifier: MIT
 *
 * Finding the watchdog's device, and opening it, which arms it.
 */
#ifndef FEEDDOG_FEEDER_DOG_OPEN_H
#define FEEDDOG_FEEDER_DOG_OPEN_H

#include "os/hardware/watchdog_class.h"
#include "dog.h"

/*
 * Opens the device, borrowed from process 1 where that holds it, into dog->fd. `facts` becomes what sysfs reports about it.
 * EXIT_OK; otherwise the exit code, after dog_refuse().
 */
int dog_open(const struct flat *flat, const char *run_dir, struct dog *dog, struct watchdog_facts *facts);

/* Writes into dog->device the path of what watchdog.device names: a path, or a driver's identity. False: no such driver. */
bool dog_find(const struct flat *flat, struct dog *dog);

/* Says why the device could not be opened. The exit code. */
int dog_refuse_open(struct dog *dog, enum take take, int error);

#endif
