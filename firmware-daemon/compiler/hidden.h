/* SPDX-License-Identifier: MIT
 *
 * Hidden services: what a service needs that is no service of this board, such as {tcp: db.example:5432}. It is watched like
 * one, is never restarted, and never reboots the board. Pure.
 */
#ifndef FEEDDOG_CONFIG_HIDDEN_H
#define FEEDDOG_CONFIG_HIDDEN_H

#include "draft.h"

/*
 * The index of the hidden service for such an entry of `needs`, which is made behind all others unless there is one for the
 * same address; NO_INDEX: it is wrong, and was reported.
 */
uint16_t hidden_service(struct draft *draft, const struct node *need);

#endif
