/* SPDX-License-Identifier: MIT
 *
 * Readers of values: each turns the node of one key into what the flat configuration holds, or reports why it cannot.
 * They are what the schema's table is made of.
 */
#ifndef FEEDDOG_CONFIG_READ_H
#define FEEDDOG_CONFIG_READ_H

#include "schema.h"

#define READER(name) void name(struct draft *draft, const struct key *key, const struct node *value, void *target)

/* read_value.c: a single word. */
READER(read_duration);
READER(read_number);
READER(read_choice);
READER(read_text);
READER(read_path);
READER(read_name);
READER(read_word);

/* read_limit.c: limits with a unit. */
READER(read_percent);
READER(read_decimal);
READER(read_size);
READER(read_percent_or_size);

/* read_parts.c: what has parts of its own. */
READER(read_section);
READER(read_command);
READER(read_user);
READER(read_gpio);
READER(read_class);
READER(read_run);
READER(read_metrics);
READER(read_led);
READER(read_words);

/* read_service.c */
READER(read_services);
READER(read_needs);
READER(read_checks);

/* read_check.c: how to probe. */
READER(read_http);
READER(read_tcp);
READER(read_connect);
READER(read_certificate);
READER(read_status);
READER(read_expression);
READER(read_method);
READER(read_headers);
READER(read_socket);
READER(read_test);
READER(read_resource);
READER(read_sensor);
READER(read_ping);
READER(read_host);
READER(read_interface);

/* read_alert.c */
READER(read_alerts);
READER(read_topics);

/*
 * True where the node is of this kind; reports it otherwise (unless that was done before). `wanted` is "a duration" and
 * the like.
 */
bool node_is(
        struct draft *draft, const struct key *key, const struct node *node, enum node_kind kind, const char *wanted);

/* Stores a number in the key's place, whatever its width. */
void store_number(const struct key *key, void *target, uint64_t number);

/* Puts a text into the pool and its position into the key's place. */
void store_text(struct draft *draft, const struct key *key, void *target, const char *text);

/* One more argument for the last command so far. */
void command_add(struct draft *draft, struct command *command, const char *text);

/* Whether a text may be the name of a service or check. */
bool name_is_valid(const char *name);

#endif
