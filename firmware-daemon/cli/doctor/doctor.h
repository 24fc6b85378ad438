/* SPDX-License-Identifier: MIT
 *
 * `feeddog doctor`: what it is told by, and what it says. Each finding is one sentence, with one remedy that can be pasted
 * where there is something to mend. All that is looked at lies below a root, so that a card in a reader can be asked about
 * as well as this machine.
 */
#ifndef FEEDDOG_CLI_DOCTOR_H
#define FEEDDOG_CLI_DOCTOR_H

#include "cli/running.h"

#include "config/flat.h"

/* Not seen is not ok: the exit code counts it as a warning. */
enum grade { GRADE_OK, GRADE_UNKNOWN, GRADE_WARNING, GRADE_ERROR };

enum { FINDINGS_LAST = 48, SENTENCE_SIZE = 320, REMEDY_SIZE = 320 };

struct finding {
	const char *topic;
	enum grade grade;
	char says[SENTENCE_SIZE];
	char remedy[REMEDY_SIZE]; /* "": there is nothing to do */
};

struct doctor {
	const char *root; /* "" for this machine */
	const char *config;
	const char *state_dir;
	const struct flat *flat; /* NULL where the configuration has errors */
	enum running running;
	bool is_root; /* it may look at other people's processes */
	size_t count;
	struct finding findings[FINDINGS_LAST];
};

/* Adds a finding. `remedy` may be NULL. */
__attribute__((format(printf, 5, 6))) void doctor_find(
        struct doctor *doctor, const char *topic, enum grade grade, const char *remedy, const char *format, ...);

enum grade doctor_worst(const struct doctor *doctor);

/* doctor_dog.c: the watchdog: its driver, who holds it, its timeout. Also without a configuration. */
void doctor_look_at_dog(struct doctor *doctor);

/* doctor_manager.c: what of process 1 and of other programs is in the way. */
void doctor_look_at_manager(struct doctor *doctor);

/* doctor_commands.c: which commands need what the hardened unit takes away. */
void doctor_look_at_commands(struct doctor *doctor);

/* doctor_board.c: the board, its LED and its clock. */
void doctor_look_at_board(struct doctor *doctor);

/* doctor_system.c: log, storage, users, versions. */
void doctor_look_at_system(struct doctor *doctor);

#endif
