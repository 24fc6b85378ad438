/* SPDX-License-Identifier: MIT
 *
 * The head of an HTTP answer, line by line: its status, and where it redirects to. Pure but for the memory of the location.
 */
#ifndef FEEDDOG_CHECKER_HTTP_HEAD_H
#define FEEDDOG_CHECKER_HTTP_HEAD_H

#include <stdbool.h>
#include <stddef.h>

enum {
	HTTP_HEAD_MAX = 256 * 1024, /* bytes of all heads of one answer, those of interim answers included */
	HTTP_LOCATION_MAX = 8 * 1024,
};

struct http_head {
	size_t length;
	long status;    /* of the newest head; 0: none yet */
	char *location; /* of the newest head, NULL: it has none; malloc */
	bool ended;     /* the newest head is complete, and no other one follows: its status is the answer's */
	bool garbled;   /* it is none */
};

/* Takes one line with its end. False: no more of this answer is wanted, because it is garbled. */
bool http_head_add(struct http_head *head, const char *line, size_t length);

void http_head_forget(struct http_head *head);

#endif
