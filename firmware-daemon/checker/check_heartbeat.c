/* SPDX-License-Identifier: MIT
 *
 * heartbeat: listens at RUN/heartbeat/SERVICE for what a program says with sd_notify(3). `WATCHDOG=1` is a pat: the check is
 * good while the last one is younger than within_ms, and bad when none came for so long. `WATCHDOG=trigger` is the program's
 * own word that it is not well, and needs no retries. After `STOPPING=1` old pats prove nothing any more.
 *
 * Only the service's own processes are heard (heartbeat_speaker.h): the socket is open to every user of the board.
 *
 * Silence counts from when we began to listen, at the earliest, and until a pat or within_ms of silence nothing is known: a
 * checker that was started again must not raise an alarm over pats that nobody could take. The time of the last pat is kept
 * in RUN for it, so that it knows of a program that is well. Good and bad are told when they come to be.
 *
 * Whoever has our user, as a command of a check, can remove or replace the socket. Then the program cannot be heard, which is not
 * its silence: nothing is known, and we listen anew.
 */
#include "checker/process/heartbeat_speaker.h"
#include "loop.h"

#include "core/state.h"
#include "os/clock.h"
#include "os/channel/heartbeat_socket.h"
#include "os/log.h"
#include "os/storage/store.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	MESSAGE_SIZE = 4096,
	MESSAGES_AT_ONCE = 16, /* of strangers, too: the other checks have their turn then */
	REFUSED_LOG_EVERY_MS = 60000,
	SAVES = 8, /* in within_ms, at most */
};

struct heartbeat {
	int fd;
	char path[PATH_MAX];
	dev_t device; /* of the socket at the path, as it was made */
	ino_t inode;
	int64_t begun_ms; /* listening since, or since it said that it stops */
	int64_t pat_ms;   /* NEVER_MS: none */
	int64_t saved_ms; /* the pat that is in RUN */
	bool triggered;
	int64_t log_refused_ms; /* not before this time */
	enum outcome told;
};

static void restore_pat(struct probe *probe, struct heartbeat *heartbeat)
{
	char record[PATH_MAX];
	int64_t pat_ms = 0;

	probe_record_path(probe, record);
	if (probe->checker->generation > 1 && store_read(record, &pat_ms, sizeof(pat_ms)) == sizeof(pat_ms) &&
	        pat_ms > 0 && pat_ms <= heartbeat->begun_ms)
		heartbeat->pat_ms = pat_ms;
}

static void save_pat(const struct probe *probe, struct heartbeat *heartbeat)
{
	char record[PATH_MAX];

	if (heartbeat->saved_ms != NEVER_MS && heartbeat->pat_ms - heartbeat->saved_ms < probe->spec->within_ms / SAVES)
		return;
	heartbeat->saved_ms = heartbeat->pat_ms;
	probe_record_path(probe, record);
	(void)!store_replace(record, &heartbeat->pat_ms, sizeof(heartbeat->pat_ms), 0600);
}

static bool is_away(const struct heartbeat *heartbeat)
{
	struct stat status;

	return lstat(heartbeat->path, &status) != 0 || status.st_dev != heartbeat->device ||
	        status.st_ino != heartbeat->inode;
}

/* 0 or -errno. */
static int note_place(struct heartbeat *heartbeat)
{
	struct stat status;

	if (lstat(heartbeat->path, &status) != 0)
		return -errno;
	heartbeat->device = status.st_dev;
	heartbeat->inode = status.st_ino;
	return 0;
}

static int heartbeat_init(struct probe *probe)
{
	char name[NAME_SIZE + sizeof("heartbeat/")];
	struct heartbeat *heartbeat = calloc(1, sizeof(*heartbeat));

	if (!heartbeat)
		return -ENOMEM;
	*heartbeat = (struct heartbeat){.begun_ms = clock_now_ms(), .pat_ms = NEVER_MS, .saved_ms = NEVER_MS};
	(void)snprintf(name, sizeof(name), "heartbeat/%s", flat_service_name(probe->flat, probe->rule->service));
	probe_run_path(probe, name, heartbeat->path);
	heartbeat->fd = heartbeat_socket_bind(heartbeat->path);
	int error = heartbeat->fd < 0 ? heartbeat->fd : note_place(heartbeat);
	if (error == 0)
		error = probe_watch(probe, heartbeat->fd);
	if (error < 0) {
		if (heartbeat->fd >= 0)
			close(heartbeat->fd);
		free(heartbeat);
		return error;
	}
	restore_pat(probe, heartbeat);
	probe->own = heartbeat;
	return 0;
}

static struct verdict see(const struct probe *probe, int64_t now_ms)
{
	const struct heartbeat *heartbeat = probe->own;
	int64_t since_ms = heartbeat->pat_ms > heartbeat->begun_ms ? heartbeat->pat_ms : heartbeat->begun_ms;
	int64_t within_ms = probe->spec->within_ms;
	bool patted = heartbeat->pat_ms != NEVER_MS && now_ms - heartbeat->pat_ms < within_ms;
	struct verdict verdict = {.outcome = OUTCOME_UNKNOWN, .cause = CAUSE_SILENT};

	if (patted && !heartbeat->triggered)
		return (struct verdict){.outcome = OUTCOME_GOOD, .cause = CAUSE_OK};
	if (heartbeat->triggered || now_ms - since_ms >= within_ms)
		verdict.outcome = OUTCOME_BAD;
	if (!heartbeat->triggered && verdict.outcome == OUTCOME_BAD && is_away(heartbeat))
		return cannot_probe(ENOENT);
	verdict.detail = now_ms - since_ms < INT32_MAX ? (int32_t)(now_ms - since_ms) : INT32_MAX;
	return verdict;
}

/* Looks again when what is known now will have changed by itself. The one that was set last counts: a later pat, or an earlier. */
static void look_later(struct probe *probe, int64_t now_ms)
{
	const struct heartbeat *heartbeat = probe->own;
	const int64_t since_ms[] = {heartbeat->begun_ms, heartbeat->pat_ms};

	for (size_t i = 0; i < sizeof(since_ms) / sizeof(since_ms[0]); i++)
		if (since_ms[i] != NEVER_MS && since_ms[i] + probe->spec->within_ms > now_ms)
			probe_look_at(probe, since_ms[i] + probe->spec->within_ms);
}

static void heartbeat_cleanup(struct probe *probe)
{
	struct heartbeat *heartbeat = probe->own;

	probe_unwatch(probe, heartbeat->fd);
	heartbeat_socket_close(heartbeat->fd);
	if (!is_away(heartbeat))
		(void)unlink(heartbeat->path);
	free(heartbeat);
	probe->own = NULL;
}

/* 0 or -errno, and then the next run tries it. */
static int listen_anew(struct probe *probe)
{
	heartbeat_cleanup(probe);
	int error = heartbeat_init(probe);
	log_line(LOG_PRIORITY_WARNING,
	        "event=heartbeat-moved service=%s listening=%d reason=\"the socket was removed or replaced\"",
	        flat_service_name(probe->flat, probe->rule->service), error == 0);
	return error;
}

static void heartbeat_start(struct probe *probe)
{
	int error = is_away(probe->own) ? listen_anew(probe) : 0;
	if (error < 0) {
		probe_end(probe, cannot_probe(-error));
		return;
	}
	struct heartbeat *heartbeat = probe->own;
	int64_t now_ms = clock_now_ms();
	struct verdict verdict = see(probe, now_ms);

	heartbeat->told = verdict.outcome;
	probe_end(probe, verdict);
	look_later(probe, now_ms);
}

/* Tells what has changed. */
static void heartbeat_look(struct probe *probe)
{
	struct heartbeat *heartbeat = probe->own;
	int64_t now_ms = clock_now_ms();

	/* Nobody listens until the next run. */
	if (!heartbeat)
		return;
	struct verdict verdict = see(probe, now_ms);
	if (verdict.outcome != heartbeat->told)
		probe_notice(probe, verdict);
	heartbeat->told = verdict.outcome;
	look_later(probe, now_ms);
}

static void take_word(struct probe *probe, const char *word)
{
	struct heartbeat *heartbeat = probe->own;
	int64_t now_ms = clock_now_ms();

	if (strcmp(word, "WATCHDOG=1") == 0) {
		heartbeat->pat_ms = now_ms;
		heartbeat->triggered = false;
		save_pat(probe, heartbeat);
	} else if (strcmp(word, "STOPPING=1") == 0) {
		heartbeat->begun_ms = now_ms;
		heartbeat->pat_ms = NEVER_MS;
		heartbeat->triggered = false;
	} else if (strcmp(word, "WATCHDOG=trigger") == 0) {
		heartbeat->triggered = true;
		heartbeat->told = OUTCOME_BAD;
		struct verdict verdict = see(probe, now_ms);
		verdict.conclusive = CONCLUSIVE_YES;
		probe_notice(probe, verdict);
	}
}

/* Somebody may have forgotten to name the service's processes, so it is said, but not for each message of a stranger. */
static void log_refused(struct probe *probe, const struct heartbeat_sender *sender)
{
	struct heartbeat *heartbeat = probe->own;
	int64_t now_ms = clock_now_ms();

	if (now_ms < heartbeat->log_refused_ms)
		return;
	heartbeat->log_refused_ms = now_ms + REFUSED_LOG_EVERY_MS;
	log_line(LOG_PRIORITY_WARNING,
	        "event=heartbeat-refused service=%s pid=%d uid=%u reason=\"not a process of this service (name its user: "
	        "or add a process: check)\"",
	        flat_service_name(probe->flat, probe->rule->service), (int)sender->pid, (unsigned)sender->uid);
}

static void heartbeat_event(struct probe *probe, int fd)
{
	const struct heartbeat *heartbeat = probe->own;
	struct heartbeat_sender sender;
	char message[MESSAGE_SIZE];

	if (!heartbeat || fd != heartbeat->fd)
		return;
	for (int i = 0; i < MESSAGES_AT_ONCE; i++) {
		if (heartbeat_socket_receive(fd, message, sizeof(message), &sender) < 0)
			break;
		if (!heartbeat_may_speak(probe, &sender)) {
			log_refused(probe, &sender);
			continue;
		}
		char *rest = message;
		for (char *word; (word = strsep(&rest, "\n"));)
			take_word(probe, word);
	}
	heartbeat_look(probe);
}

/* A run ends where it begins, so this does not come. */
static void heartbeat_timeout(struct probe *probe)
{
	probe_end(probe, probe_timeout_verdict(probe));
}

const struct probe_kind check_heartbeat = {
        .init = heartbeat_init,
        .start = heartbeat_start,
        .timeout = heartbeat_timeout,
        .event = heartbeat_event,
        .look = heartbeat_look,
        .cleanup = heartbeat_cleanup,
};
