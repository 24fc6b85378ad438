/* SPDX-License-Identifier: MIT
 *
 * What Autoheal's conf.yaml is read into, and the steps of its import. Pure.
 */
#ifndef FEEDDOG_CONFIG_AUTOHEAL_PARTS_H
#define FEEDDOG_CONFIG_AUTOHEAL_PARTS_H

#include "compiler/schema.h"

#include <stdio.h>

/* Positions are in the draft's pool; 0: not given. */
struct autoheal_dep {
	text_at name, url, host;
	uint16_t port;
	uint16_t process; /* that it means; NO_INDEX: none of the file */
	bool local;       /* it is asked for on this machine */
	const struct node *node;
};

struct autoheal_process {
	text_at pname, pid_file, script;
	const struct node *node; /* its key is the id */
	char name[NAME_SIZE];    /* as a service of feeddog */
	struct list deps;        /* of struct autoheal_dep */
};

struct autoheal {
	const struct source *source;
	struct draft draft; /* its pool, arena and problems are used */
	struct list processes;
};

struct autoheal_process *autoheal_process(const struct autoheal *autoheal, uint32_t index);
struct autoheal_dep *autoheal_dep(const struct autoheal_process *process, uint32_t index);

/* Parts of the schema. */
void autoheal_read_deps(struct draft *draft, const struct key *key, const struct node *value, void *target);
void autoheal_check_process(struct draft *draft, const struct node *map);
void autoheal_check_dep(struct draft *draft, const struct node *map);

/* autoheal_link.c: which dependency means which process, and names. Reports circles. */
void autoheal_link(struct autoheal *autoheal);

/* autoheal_write.c */
void autoheal_write(const struct autoheal *autoheal, FILE *out);

/* Whether `pgrep -f` can be left out, as this can only be a name. */
bool autoheal_is_plain_name(const char *pname);

/* autoheal_comment.c: the comment behind a place in the same line, as "  # text"; nothing where there is none. */
void comment_behind(const struct source *source, struct place place, FILE *out);

/* The lines of comment above a key or item, each indented so far. */
void comments_above(const struct source *source, struct place place, int indent, FILE *out);

/* Those at the end of the text. */
void comments_at_end(const struct source *source, FILE *out);

#endif
