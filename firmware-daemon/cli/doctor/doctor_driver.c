/* SPDX-License-Identifier: MIT
 *
 * What the watchdog's driver reports by sysfs: its timeout, and what stops it.
 */
#include "doctor_watchdog.h"

#include <stdio.h>
#include <string.h>

enum {
	/* It is fed at least once a second, whole seconds are rounded, and the count goes on while it is read. */
	TIME_LEFT_SLACK_S = 3,
};

static void find_timeout(struct doctor *doctor, enum grade grade, int64_t remedy_s, const char *says)
{
	char remedy[96] = "feeddog drill stop --yes  # proves it, by a reset of the board";

	if (grade == GRADE_ERROR)
		snprintf(remedy, sizeof(remedy), "write `timeout: %llds` below `watchdog:` in the configuration",
		        (long long)remedy_s);
	doctor_find(doctor, "timeout", grade, grade == GRADE_OK ? NULL : remedy, "%s", says);
}

/* feeddogd holds it now, so its timeout must be the one that was asked for, and most of it must be left. */
static void judge_running_timeout(struct doctor *doctor, const struct watchdog_facts *facts, int64_t wanted_s)
{
	char says[SENTENCE_SIZE];
	/* A driver that sets no timeout may be a window watchdog, which has less left after a feed. */
	int64_t least_s = facts->sets_timeout == 0 ? 0 : wanted_s - TIME_LEFT_SLACK_S;

	if (strcmp(facts->state, "inactive") == 0) {
		doctor_find(doctor, "timeout", GRADE_ERROR, "systemctl restart feeddog",
		        "feeddogd runs, but the watchdog is not active, so nothing resets this board");
	} else if (facts->timeout_s < 0) {
		snprintf(says, sizeof(says), "asked for %lld s; the driver does not report its timeout by sysfs",
		        (long long)wanted_s);
		find_timeout(doctor, GRADE_UNKNOWN, 0, says);
	} else if (facts->timeout_s != wanted_s) {
		snprintf(says, sizeof(says), "asked for %lld s, the driver set %lld s", (long long)wanted_s,
		        (long long)facts->timeout_s);
		find_timeout(doctor, GRADE_ERROR, facts->timeout_s, says);
	} else if (facts->time_left_s >= 0 && (facts->time_left_s > wanted_s || facts->time_left_s < least_s)) {
		snprintf(says, sizeof(says), "asked for %lld s, but only %lld s are left a second after a feed",
		        (long long)wanted_s, (long long)facts->time_left_s);
		find_timeout(doctor, GRADE_ERROR, wanted_s > 15 ? 15 : wanted_s / 2 + 1, says);
	} else {
		snprintf(says, sizeof(says), "the driver reports a timeout of %lld s, as asked for%s",
		        (long long)wanted_s, facts->time_left_s < 0 ? " (it does not report the time left)" : "");
		find_timeout(doctor, GRADE_OK, 0, says);
	}
}

static void look_at_timeout(struct doctor *doctor, const struct watchdog *watchdog)
{
	const struct watchdog_facts *facts = &watchdog->facts;
	int64_t wanted_s = watchdog->spec.timeout_ms / 1000;
	int64_t longest_s = watchdog_longest_s(facts->identity, facts->longest_s);
	char says[SENTENCE_SIZE];

	if (longest_s > 0 && wanted_s > longest_s) {
		snprintf(says, sizeof(says), "asked for %lld s, this hardware counts %lld s at most%s",
		        (long long)wanted_s, (long long)longest_s,
		        longest_s == BCM2835_MAX_S ? " (some kernels accept more and count it modulo 16 s)" : "");
		find_timeout(doctor, GRADE_ERROR, longest_s, says);
	} else if (wanted_s < facts->shortest_s) {
		snprintf(says, sizeof(says), "asked for %lld s, this hardware counts %lld s at least",
		        (long long)wanted_s, (long long)facts->shortest_s);
		find_timeout(doctor, GRADE_ERROR, facts->shortest_s, says);
	} else if (facts->sets_timeout == 0 && facts->timeout_s > 0 && facts->timeout_s != wanted_s) {
		snprintf(says, sizeof(says), "asked for %lld s, the driver has a fixed timeout of %lld s",
		        (long long)wanted_s, (long long)facts->timeout_s);
		find_timeout(doctor, GRADE_ERROR, facts->timeout_s, says);
	} else if (doctor->running == RUNNING_YES && watchdog->spec.via == VIA_DEVICE) {
		judge_running_timeout(doctor, facts, wanted_s);
	} else {
		bool is_in_range = longest_s > 0 || facts->longest_s == 0;

		snprintf(says, sizeof(says), "asked for %lld s%s; feeddogd proves it when it takes the watchdog",
		        (long long)wanted_s, is_in_range ? "" : ", and the driver does not report what it can count");
		find_timeout(doctor, is_in_range ? GRADE_OK : GRADE_UNKNOWN, 0, says);
	}
}

static void look_at_nowayout(struct doctor *doctor, const struct watchdog_facts *facts)
{
	static const char remedy[] = "grep -rn nowayout /proc/cmdline /etc/modprobe.d";

	if (facts->nowayout < 0)
		doctor_find(doctor, "nowayout", GRADE_UNKNOWN, remedy,
		        "sysfs does not report nowayout: whether a stop of feeddogd disarms the watchdog is not known");
	else if (facts->nowayout != 0)
		doctor_find(doctor, "nowayout", GRADE_WARNING, remedy,
		        "the watchdog cannot be disarmed (nowayout): a stop of feeddogd ends in a reset");
	else
		doctor_find(
		        doctor, "nowayout", GRADE_OK, NULL, "the watchdog can be disarmed when feeddogd is stopped");
}

/* Without magic close, every close stops the watchdog, unless nowayout prevents it. */
static void look_at_magic_close(struct doctor *doctor, const struct watchdog_facts *facts)
{
	static const char remedy[] =
	        "echo 'options DRIVER nowayout=1' >/etc/modprobe.d/watchdog.conf  # DRIVER: the module; and reboot";

	if (facts->nowayout > 0 || facts->magic_close > 0)
		doctor_find(doctor, "close", GRADE_OK, NULL, "the watchdog stays armed when feeddogd is killed");
	else if (facts->magic_close == 0)
		doctor_find(doctor, "close", GRADE_WARNING, remedy,
		        "the driver has no magic close: when feeddogd is killed, the watchdog stops and the board is unguarded");
	else
		doctor_find(doctor, "close", GRADE_UNKNOWN, "feeddog drill kill --yes",
		        "sysfs does not report the driver's options: whether the watchdog stays armed when feeddogd is killed is "
		        "not known");
}

void doctor_look_at_driver(struct doctor *doctor, const struct watchdog *watchdog)
{
	if (doctor->flat)
		look_at_timeout(doctor, watchdog);
	look_at_nowayout(doctor, &watchdog->facts);
	look_at_magic_close(doctor, &watchdog->facts);
}
