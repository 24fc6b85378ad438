/* SPDX-License-Identifier: MIT
 *
 * The schema: one table of every key there is. Each row says where the key stands, how its value is read, within which
 * limits, what stands in for it when it is left out, and where it goes.
 */
#ifndef FEEDDOG_CONFIG_SCHEMA_H
#define FEEDDOG_CONFIG_SCHEMA_H

#include "draft.h"

/* The mappings a configuration is made of. */
enum section {
	SECTION_TOP,
	SECTION_WATCHDOG,
	SECTION_LED,
	SECTION_GPIO,
	SECTION_DEFAULTS,
	SECTION_SERVICE,
	SECTION_NEED,
	SECTION_FLAP,
	SECTION_CHECK,
	SECTION_PROCESS,
	SECTION_COMMAND,
	SECTION_LOG,
	SECTION_CPU,
	SECTION_MEMORY,
	SECTION_PRESSURE,
	SECTION_LOAD,
	SECTION_DISK,
	SECTION_TEMPERATURE,
	SECTION_FILE,
	SECTION_PING,
	SECTION_HEARTBEAT,
	SECTION_CERTIFICATE,
	SECTION_LADDER,
	SECTION_REBOOTS,
	SECTION_ALERT,
	SECTION_OURS = SECTION_ALERT, /* the last of feeddog's own; those that follow are of other files */
	SECTION_AUTOHEAL,
	SECTION_AUTOHEAL_DEP,
	SECTION_BOARD, /* the file of a board, and what is in it */
	SECTION_BOARD_WATCHDOG,
	SECTION_COUNT
};

/* One word of those that a key accepts. */
struct choice {
	const char *word; /* NULL: no more */
	uint8_t value;
};

struct key {
	enum section section;
	const char *name;
	/* Reads a value that is given; `target` is where the section's values go. */
	void (*read)(struct draft *draft, const struct key *key, const struct node *value, void *target);
	size_t offset, size;  /* of its place in the target */
	const char *example;  /* what to write, for messages */
	const char *fallback; /* read in its place where it is not given; NULL: nothing, "": an empty map */
	int64_t low, high;    /* of numbers and durations (ms), both included */
	const struct choice *choices;
	enum section inner; /* of a mapping */
	uint8_t kind;       /* SECTION_CHECK: 1 + enum check_kind of the key that makes it one */
	bool required;
	uint8_t only; /* SECTION_CHECK, SECTION_NEED: 1 + enum check_kind of the only kind that takes this option */
};

/*
 * Reads a mapping by the schema into its target: every row of the section in the order of the table, so that what others
 * depend on is read first. Unknown keys and keys given twice are reported.
 */
void schema_read(struct draft *draft, enum section section, const struct node *map, void *target);

/* Reports the keys of a mapping that are given twice. */
void report_duplicates(struct draft *draft, const struct node *map);

/* The row behind a row (NULL: the first) of a section; NULL: there are no more. */
const struct key *schema_next(enum section section, const struct key *key);

/* The row of a key; NULL: there is none. */
const struct key *schema_find(enum section section, const char *name);

/* For messages, as "in watchdog" or "of a service". */
const char *section_place(enum section section);

#endif
