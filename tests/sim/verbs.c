/* SPDX-License-Identifier: MIT
 *
 * The words of a schedule.
 */
#include "sim.h"

#include <string.h>

static const struct {
	const char *word;
	enum verb_target target;
	enum verb_value value;
	bool lasts;
} words[VERB_COUNT] = {
        [VERB_CRASH] = {"crash", TARGET_SERVICE, VALUE_NONE, false},
        [VERB_HANG] = {"hang", TARGET_SERVICE, VALUE_NONE, false},
        [VERB_WEDGE] = {"wedge", TARGET_SERVICE, VALUE_NONE, false},
        [VERB_BREAK] = {"break", TARGET_SERVICE, VALUE_NONE, true},
        [VERB_FLAP] = {"flap", TARGET_SERVICE, VALUE_DURATION, true},
        [VERB_SLOW] = {"slow", TARGET_SERVICE, VALUE_DURATION, true},
        [VERB_TAKES] = {"takes", TARGET_SERVICE, VALUE_DURATION, false},
        [VERB_STOPS] = {"stops", TARGET_SERVICE, VALUE_DURATION, false},
        [VERB_NO_RESTART] = {"no-restart", TARGET_SERVICE, VALUE_NONE, true},
        [VERB_FAIL] = {"fail", TARGET_CHECK, VALUE_NONE, true},
        [VERB_SHORT] = {"short", TARGET_CHECK, VALUE_NONE, true},
        [VERB_BLIND] = {"blind", TARGET_CHECK, VALUE_NONE, true},
        [VERB_WARN] = {"warn", TARGET_CHECK, VALUE_NONE, true},
        [VERB_CHECKER_DIES] = {"checker-dies", TARGET_NONE, VALUE_NONE, false},
        [VERB_CHECKER_HANGS] = {"checker-hangs", TARGET_NONE, VALUE_NONE, true},
        [VERB_CHECKER_FALLS] = {"checker-falls", TARGET_NONE, VALUE_NONE, true},
        [VERB_ACTOR_DIES] = {"actor-dies", TARGET_NONE, VALUE_NONE, false},
        [VERB_ACTOR_HANGS] = {"actor-hangs", TARGET_NONE, VALUE_NONE, true},
        [VERB_LED_DIES] = {"led-dies", TARGET_NONE, VALUE_NONE, false},
        [VERB_LOSE] = {"lose", TARGET_NONE, VALUE_NUMBER, true},
        [VERB_DOUBLE] = {"double", TARGET_NONE, VALUE_NONE, true},
        [VERB_SWAP] = {"swap", TARGET_NONE, VALUE_NONE, true},
        [VERB_LATE] = {"late", TARGET_NONE, VALUE_DURATION, true},
        [VERB_GARBLE] = {"garble", TARGET_NONE, VALUE_NUMBER, true},
        [VERB_STALE] = {"stale", TARGET_CHECK, VALUE_NONE, false},
        [VERB_DISK_FAILS] = {"disk-fails", TARGET_NONE, VALUE_NONE, true},
        [VERB_DISK_ROTS] = {"disk-rots", TARGET_NONE, VALUE_NONE, false},
        [VERB_NO_REBOOT] = {"no-reboot", TARGET_NONE, VALUE_NONE, true},
        [VERB_POWER_CUT] = {"power-cut", TARGET_NONE, VALUE_NONE, false},
        [VERB_FREEZE] = {"freeze", TARGET_NONE, VALUE_NONE, true},
        [VERB_CLOCK] = {"clock", TARGET_NONE, VALUE_NUMBER, false},
        [VERB_LAG] = {"lag", TARGET_NONE, VALUE_DURATION, false},
        [VERB_HOLD] = {"hold", TARGET_NONE, VALUE_DURATION, false},
        [VERB_RESUME] = {"resume", TARGET_NONE, VALUE_NONE, false},
        [VERB_SHUTDOWN] = {"shutdown", TARGET_NONE, VALUE_NONE, false},
};

const char *verb_word(enum verb verb)
{
	return words[verb].word;
}

enum verb_target verb_target(enum verb verb)
{
	return words[verb].target;
}

enum verb_value verb_value(enum verb verb)
{
	return words[verb].value;
}

bool verb_lasts(enum verb verb)
{
	return words[verb].lasts;
}

bool verb_find(const char *word, enum verb *verb)
{
	for (int i = 0; i < VERB_COUNT; i++) {
		if (strcmp(words[i].word, word) != 0)
			continue;
		*verb = (enum verb)i;
		return true;
	}
	return false;
}
