/* SPDX-License-Identifier: MIT
 *
 * RUN/status.json as it lies there: read, parsed, and how old it is. Thin.
 */
#ifndef FEEDDOG_CLI_STATUS_VIEW_H
#define FEEDDOG_CLI_STATUS_VIEW_H

#include "running.h"

#include <stddef.h>
#include <stdint.h>

enum {
	/* It is written each second: when older, the actor does not write it any more. */
	STATUS_OLD_MS = 5000,
	STATUS_SIZE_LAST = 16 * 1024 * 1024,
	STATUS_STATE_SIZE = 16,
};

enum status_reading {
	STATUS_READ,
	STATUS_NONE,      /* there is no such file */
	STATUS_NO_ACCESS, /* errno is in `error` */
	STATUS_GARBLED,   /* it is not what feeddog-actor writes */
};

struct status_view {
	enum running running;
	enum status_reading reading;
	int error;
	char *text; /* the file as it is */
	size_t length;
	struct fy_document *document;
	struct fy_node *root;
	int64_t age_ms;                /* of the file */
	char state[STATUS_STATE_SIZE]; /* of the board, "" unless STATUS_READ */
};

/* Always fills all of it; status_view_close() frees what it holds. */
void status_view_open(struct status_view *view, const char *run_dir);
void status_view_close(struct status_view *view);

/* Why there is no status to be shown, as a sentence. Returns text. */
enum { STATUS_WHY_SIZE = 768 };
char *status_view_why(const struct status_view *view, const char *run_dir, char text[STATUS_WHY_SIZE]);

#endif
