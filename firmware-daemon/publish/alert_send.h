/* SPDX-License-Identifier: MIT
 *
 * The process that sends one message. Thin. It has no power: feeddog-alert gives up its own before it touches the network,
 * a command is run as the user of the checker.
 */
#ifndef FEEDDOG_ACTOR_ALERT_SEND_H
#define FEEDDOG_ACTOR_ALERT_SEND_H

#include "alerts.h"

/* Starts alert->job for a message (NULL: a heartbeat). 0 or -errno. */
__attribute__((warn_unused_result)) int alert_send(
        struct alerts *alerts, struct alert *alert, const struct alert_message *message, int64_t now_ms);

#endif
