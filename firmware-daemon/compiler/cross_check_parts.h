/* SPDX-License-Identifier: MIT
 *
 * What no single key can tell, by the part of the configuration that it is about. Each is called where all keys of the
 * mapping are right by themselves. Pure.
 */
#ifndef FEEDDOG_CONFIG_CROSS_CHECK_PARTS_H
#define FEEDDOG_CONFIG_CROSS_CHECK_PARTS_H

#include "draft.h"

/* cross_check.c: the place of the key's value where it is given, otherwise that of the mapping. */
struct place place_of(const struct node *map, const char *key);

/* Reports `other` where `one` is given too. */
void refuse_both(struct draft *draft, const struct node *map, const char *one, const char *other);

/* cross_check_service.c */
void cross_service(struct draft *draft, const struct node *map, const struct draft_service *service);
void cross_need(struct draft *draft, const struct node *map);
void cross_alert(struct draft *draft, const struct node *map);

/* cross_check_check.c */
void cross_one_check(struct draft *draft, const struct node *map, const struct draft_check *check);
void cross_process(struct draft *draft, const struct node *map);
void cross_log(struct draft *draft, const struct node *map);
void cross_cpu(struct draft *draft, const struct node *map, const struct draft_check *check);
void cross_memory(struct draft *draft, const struct node *map, const struct draft_check *check);
void cross_pressure(struct draft *draft, const struct node *map, const struct draft_check *check);
void cross_disk(struct draft *draft, const struct node *map, const struct draft_check *check);
void cross_temperature(struct draft *draft, const struct node *map, const struct draft_check *check);
void cross_file(struct draft *draft, const struct node *map, const struct draft_check *check);
void cross_certificate(struct draft *draft, const struct node *map);
void cross_ping(struct draft *draft, const struct node *map);

#endif
