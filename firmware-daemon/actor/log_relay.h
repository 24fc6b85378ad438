/* SPDX-License-Identifier: MIT
 *
 * The process that reads what the checker and the LED program print, and writes feeddog's log where a disk may make it wait (see
 * feeder/log_relay.h). Thin.
 */
#ifndef FEEDDOG_ACTOR_LOG_RELAY_H
#define FEEDDOG_ACTOR_LOG_RELAY_H

/* Its descriptors, beside standard input (the log of feeddogd) and standard error (where the log goes). */
enum { LOG_RELAY_CHECKER = 3, LOG_RELAY_LED = 4, LOG_RELAY_HELPERS = 2 };

/*
 * Copies standard input to standard error until its end. What the disk does not take is lost, and its lines are counted. What
 * the helpers print is logged as event=output, at a bounded rate.
 */
void log_relay(void);

#endif
