/* SPDX-License-Identifier: MIT
 *
 * The process that writes feeddog's log to a file, for a disk may make it wait (see feeder/log_relay.h). Thin.
 */
#ifndef FEEDDOG_ACTOR_LOG_RELAY_H
#define FEEDDOG_ACTOR_LOG_RELAY_H

/* Copies standard input to standard error until its end. What the disk does not take is lost, and its lines are counted. */
void log_relay(void);

#endif
