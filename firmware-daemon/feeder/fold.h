/* SPDX-License-Identifier: MIT
 *
 * Folds what repeats in the log. A checker that flaps, or was taken over, can change a check's health hundreds of times a
 * second. The first transitions of each check, each service and the board's state are logged whole; after that one line in
 * FOLD_EACH_MS, which is the latest transition with the number of those left out. So the last line about a check always says
 * what became of it.
 *
 * Only the log is folded. Orders, and the states in which the board is about to end or a person is needed, pass at once. The
 * actor hears of every event, and the snapshot shows every state. Pure, but for its memory, which is taken before arming.
 */
#ifndef FEEDDOG_FEEDER_FOLD_H
#define FEEDDOG_FEEDER_FOLD_H

#include "core/bucket.h"
#include "core/event.h"

enum {
	/* Of one check, service, or the board: so many lines at once, then one in each of these times. */
	FOLD_BURST = 20,
	FOLD_EACH_MS = 10000,
	/* Of all together: two for each of them and so many more at once, then one in each of these times. */
	FOLD_BURST_ALL = 100,
	FOLD_EACH_ALL_MS = 50,
};

/* What repeats: a check, a service, or the board's state. */
struct fold_key {
	struct bucket bucket;
	int64_t since_ms;  /* when the first of those left out happened */
	uint32_t left_out; /* since the last line, with `last` */
	struct event last;
};

struct fold {
	struct fold_key *keys; /* services, checks, the board's state */
	uint32_t count, service_count;
	uint32_t next; /* the key that is asked first for a line */
	struct bucket all;
	int64_t due_ms; /* no line is due before; FOREVER_MS: nothing is left out */
};

/* What a line says beside its event. */
struct folded {
	bool is_late; /* lines before this one were left out, or it is late itself */
	uint32_t suppressed;
	int64_t since_ms;
};

/* Takes the memory. 0 or -errno. */
__attribute__((warn_unused_result)) int fold_open(
        struct fold *fold, uint16_t service_count, uint16_t check_count, int64_t now_ms);

/* Whether the event is to be logged now; otherwise it is left out, or fold_due() returns it. */
bool fold_passes(struct fold *fold, const struct event *event, struct folded *folded);

/* The next line that is due: call it again until false. */
bool fold_due(struct fold *fold, int64_t now_ms, struct event *event, struct folded *folded);

/* The next of all that are left out, before the end. */
bool fold_flush(struct fold *fold, int64_t now_ms, struct event *event, struct folded *folded);

#endif
