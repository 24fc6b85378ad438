/* SPDX-License-Identifier: MIT
 *
 * The command of an order: what it is, its environment, and its start. Thin: when it is started, and started again, is up to
 * orders.c.
 */
#ifndef FEEDDOG_ACTOR_ORDER_COMMAND_H
#define FEEDDOG_ACTOR_ORDER_COMMAND_H

#include "orders.h"
#include "command/user_environment.h"

/* Runs the order's command in its slot, and writes its note. 0 or -errno. */
__attribute__((warn_unused_result)) int order_command_start(
        struct orders *orders, struct order_slot *slot, const struct event *order, int64_t now_ms);

/* Why an order cannot even be tried, or NULL. */
const char *order_command_objection(const struct flat *flat, const struct order_slot *slot, const struct event *order);

uint32_t order_command_timeout_ms(const struct flat *flat, const struct event *order);

/* True where this board has too few processes, descriptors or memory now: it may have enough a moment later. */
bool order_command_is_shortage(int error);

/* The environment of the commands of a service, to be freed. 0 or -ENOMEM. */
__attribute__((warn_unused_result)) int order_command_environment(
        const struct orders *orders, uint16_t service, struct user_environment *environment);

/* The first heartbeat check of a service, which is that of its program, or NULL. */
const struct check_spec *order_command_heartbeat(const struct flat *flat, uint16_t service);

#endif
