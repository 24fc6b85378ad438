/* SPDX-License-Identifier: MIT
 *
 * A configuration on its way from YAML to flat: the flat structs in growing arrays, each beside the node it came from, so
 * that a later step can still point at a line.
 */
#ifndef FEEDDOG_CONFIG_DRAFT_H
#define FEEDDOG_CONFIG_DRAFT_H

#include "config/flat.h"
#include "compiler/yaml/yaml.h"

/* check_spec.remote until check_defaults() has decided. */
enum { SCOPE_BY_ADDRESS = 2 };

struct draft_check {
	struct check_rule rule;
	struct check_spec spec;
	const struct node *node; /* the map of the check */
};

struct draft_service {
	struct service_rule rule;
	struct service_spec spec;
	const struct node *node;  /* the map of the service; its key is the name */
	const struct node *needs; /* the list, or NULL */
};

struct draft {
	struct arena *arena;
	struct problems *problems;
	struct flat head; /* without counts and offsets */
	struct {
		uint32_t interval_ms, retry_interval_ms, timeout_ms, start_period_ms;
		uint16_t retries;
	} defaults;
	bool has_noted_exit_codes; /* check_defaults() */
	/* Of a board's file; its LED is head.led. */
	struct {
		text_at title, driver, wiring;
		uint32_t longest_ms; /* 0: not known */
		struct command compatible, chips, boot;
	} board;
	struct list services; /* of struct draft_service */
	struct list checks;   /* of struct draft_check, those of each service together */
	struct list needs;    /* of uint16_t */
	struct list order;    /* of uint16_t */
	struct list argv;     /* of text_at */
	struct list alerts;   /* of struct alert_spec */
	struct list pool;     /* of char */
};

void draft_begin(struct draft *draft, struct arena *arena, struct problems *problems);

/* Puts a text into the pool. */
text_at draft_text(struct draft *draft, const char *text);

/* A check of the service that will be number `service`, with what `defaults` says. */
struct draft_check draft_new_check(const struct draft *draft, const struct node *map, uint16_t service);

/* Gives the last service so far one more check. */
void draft_add_check(struct draft *draft, struct draft_service *service, const struct draft_check *check);

/* Lays a complete draft out as one block (malloc). */
struct flat *draft_flatten(const struct draft *draft);

struct draft_service *draft_service(const struct draft *draft, uint32_t index);
struct draft_check *draft_check(const struct draft *draft, uint32_t index);
const char *draft_name(const struct draft *draft, text_at at);

#endif
