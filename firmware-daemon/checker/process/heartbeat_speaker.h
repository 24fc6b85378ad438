/* SPDX-License-Identifier: MIT
 *
 * Who may speak for a service on its heartbeat socket: root, the user of the checker, the service's `user:`, and the process
 * that a process check of the service watches with all that descend from it. The first three are told by the kernel with the
 * message; a process that has ended since it spoke descends from nobody any more.
 */
#ifndef FEEDDOG_CHECKER_HEARTBEAT_SPEAKER_H
#define FEEDDOG_CHECKER_HEARTBEAT_SPEAKER_H

#include "os/channel/heartbeat_socket.h"
#include "checker/probe.h"

bool heartbeat_may_speak(const struct probe *probe, const struct heartbeat_sender *sender);

#endif
