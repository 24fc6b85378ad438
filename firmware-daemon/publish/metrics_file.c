/* SPDX-License-Identifier: MIT
 *
 * Names as Prometheus has them: base units, counters end in _total, what is only a fact is an info of value 1.
 */
#include "metrics_file.h"

#include "core/crc32.h"
#include "os/storage/foreign_file.h"
#include "os/log.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { END_LOOK_MS = 5, SAMPLE_SIZE = 1024, LABEL_SIZE = 256, NUMBER_SIZE = 32 };

static void head(struct metrics_file *metrics, const char *name, const char *type, const char *help)
{
	char text[SAMPLE_SIZE];

	(void)snprintf(text, sizeof(text), "# HELP feeddog_%s %s\n# TYPE feeddog_%s %s\n", name, help, name, type);
	json_raw(&metrics->text, text);
}

/* A label's value, which ends at a quote. */
static const char *escaped(const char *value, char text[LABEL_SIZE])
{
	size_t length = 0;

	for (; *value && length + 3 < LABEL_SIZE; value++) {
		if (*value == '"' || *value == '\\' || *value == '\n')
			text[length++] = '\\';
		text[length++] = *value == '\n' ? 'n' : *value;
	}
	text[length] = '\0';
	return text;
}

struct label {
	const char *name, *value;
};

static void sample_text(struct metrics_file *metrics, const char *name, const struct label labels[3], const char *value)
{
	char text[SAMPLE_SIZE], label[LABEL_SIZE];
	size_t length = (size_t)snprintf(text, sizeof(text), "feeddog_%s", name);
	char before = '{';

	for (int i = 0; labels && i < 3 && labels[i].name; i++) {
		length += (size_t)snprintf(text + length, sizeof(text) - length, "%c%s=\"%s\"", before, labels[i].name,
		        escaped(labels[i].value, label));
		before = ',';
	}
	(void)snprintf(text + length, sizeof(text) - length, "%s %s\n", before == ',' ? "}" : "", value);
	json_raw(&metrics->text, text);
}

static void sample(struct metrics_file *metrics, const char *name, const struct label labels[3], uint64_t value)
{
	char number[NUMBER_SIZE];

	(void)snprintf(number, sizeof(number), "%" PRIu64, value);
	sample_text(metrics, name, labels, number);
}

static void sample_seconds(struct metrics_file *metrics, const char *name, const struct label labels[3], int64_t ms)
{
	char number[NUMBER_SIZE];

	ms = ms > 0 ? ms : 0;
	(void)snprintf(number, sizeof(number), "%" PRId64 ".%03d", ms / 1000, (int)(ms % 1000));
	sample_text(metrics, name, labels, number);
}

static void add_board(struct metrics_file *metrics, const struct snapshot *snapshot, bool running, bool feeding)
{
	head(metrics, "up", "gauge", "Whether feeddogd runs.");
	sample(metrics, "up", NULL, running);
	head(metrics, "build_info", "gauge", "The version of feeddog.");
	sample(metrics, "build_info", (struct label[3]){{"version", FEEDDOG_VERSION}}, 1);
	head(metrics, "feeding", "gauge", "Whether the watchdog is fed.");
	sample(metrics, "feeding", NULL, feeding);
	head(metrics, "state", "gauge", "The state of the board: 1 for the one that it is in.");
	for (int i = 0; i < BOARD_STATE_COUNT; i++)
		sample(metrics, "state", (struct label[3]){{"state", board_state_name((enum board_state)i)}},
		        running && snapshot->ladder.state == i);
	head(metrics, "reboots_unsettled", "gauge", "Reboots by feeddog that were not yet followed by lasting health.");
	sample(metrics, "reboots_unsettled", NULL, snapshot->ladder.unsettled);
	head(metrics, "reboots_limit", "gauge", "So many of them put the board on hold.");
	sample(metrics, "reboots_limit", NULL, snapshot->reboot_limit);
	head(metrics, "last_boot_info", "gauge", "Why the last boot ended.");
	sample(metrics, "last_boot_info",
	        (struct label[3]){{"cause", end_cause_name((enum end_cause)snapshot->last_cause)},
	                {"service", snapshot->last_service}, {"check", snapshot->last_check}},
	        1);
}

static struct label service_label(const struct metrics_file *metrics, uint32_t index)
{
	return (struct label){"service", flat_service_name(metrics->flat, (uint16_t)index)};
}

static void add_services(struct metrics_file *metrics, struct board board)
{
	head(metrics, "service_up", "gauge", "Whether a service is up.");
	for (uint32_t i = 0; i < metrics->flat->service_count; i++)
		sample(metrics, "service_up", (struct label[3]){service_label(metrics, i)},
		        board.services[i].health == HEALTH_UP);
	head(metrics, "service_restarts_total", "counter", "Restarts of a service since feeddogd was started.");
	for (uint32_t i = 0; i < metrics->flat->service_count; i++)
		sample(metrics, "service_restarts_total", (struct label[3]){service_label(metrics, i)},
		        board.services[i].restarts);
}

static void check_labels(const struct metrics_file *metrics, uint32_t index, struct label labels[3])
{
	const struct check_spec *spec = &flat_checks(metrics->flat)[index];

	labels[0] = service_label(metrics, flat_rules(metrics->flat).checks[index].service);
	labels[1] = (struct label){"check", flat_text(metrics->flat, spec->name)};
	labels[2] = (struct label){"kind", check_kind_name((enum check_kind)spec->kind)};
}

static void add_checks(struct metrics_file *metrics, struct board board)
{
	struct label labels[3];

	head(metrics, "check_up", "gauge", "Whether a check is good.");
	for (uint32_t i = 0; i < metrics->flat->check_count; i++) {
		check_labels(metrics, i, labels);
		sample(metrics, "check_up", labels, board.checks[i].health == HEALTH_UP);
	}
}

static void add_helpers(struct metrics_file *metrics, const struct snapshot *snapshot)
{
	head(metrics, "helper_restarts_total", "counter", "How often a program of feeddog had to be replaced.");
	for (int i = 0; i < HELPER_COUNT; i++)
		sample(metrics, "helper_restarts_total", (struct label[3]){{"helper", helper_name((enum helper)i)}},
		        snapshot->helpers[i].restarts);
	head(metrics, "dropped_total", "counter", "Records between feeddogd and a program that were lost or refused.");
	for (int i = 0; i < HELPER_COUNT; i++)
		sample(metrics, "dropped_total", (struct label[3]){{"helper", helper_name((enum helper)i)}},
		        snapshot->helpers[i].dropped + snapshot->helpers[i].refused);
	head(metrics, "feed_failures_total", "counter", "Feeds that the watchdog device did not take.");
	sample(metrics, "feed_failures_total", NULL, snapshot->dog.failed_feeds);
}

/* The numbers that are different each time. */
static void add_running(
        struct metrics_file *metrics, const struct snapshot *snapshot, struct board board, int64_t lease_ms)
{
	struct label labels[3];

	head(metrics, "feeds_total", "counter", "Feeds of the watchdog.");
	sample(metrics, "feeds_total", NULL, snapshot->dog.feeds);
	head(metrics, "lease_seconds", "gauge", "How long the watchdog would be fed without another good result.");
	sample_seconds(metrics, "lease_seconds", NULL, lease_ms);
	head(metrics, "check_duration_seconds", "gauge", "How long the newest probe of a check took.");
	for (uint32_t i = 0; i < metrics->flat->check_count; i++) {
		check_labels(metrics, i, labels);
		sample_seconds(metrics, "check_duration_seconds", labels, board.checks[i].took_ms);
	}
}

size_t metrics_file_build(struct metrics_file *metrics, const struct snapshot *snapshot, bool running, int64_t now_ms)
{
	bool feeding = running && snapshot_is_fed(snapshot, now_ms);
	/* The arrays behind the head are not written to. */
	struct board board = snapshot_board((struct snapshot *)(uintptr_t)snapshot);

	json_begin(&metrics->text);
	add_board(metrics, snapshot, running, feeding);
	add_services(metrics, board);
	add_checks(metrics, board);
	add_helpers(metrics, snapshot);
	size_t steady = metrics->text.length;
	add_running(metrics, snapshot, board, feeding ? snapshot->ladder.feed_until_ms - now_ms : 0);
	return steady;
}

void metrics_file_begin(struct metrics_file *metrics, const struct flat *flat, int64_t now_ms)
{
	*metrics = (struct metrics_file){
	        .flat = flat,
	        .path = flat->metrics ? flat_text(flat, flat->metrics) : NULL,
	        .look_at_ms = now_ms,
	};
	bucket_fill(&metrics->changes, METRICS_BURST, now_ms);
}

/* How often to write though nothing of importance changed. */
static int64_t period_ms(const struct metrics_file *metrics)
{
	return metrics->in_memory ? METRICS_MEMORY_MS : METRICS_DISK_MS;
}

static void note_error(struct metrics_file *metrics, int error)
{
	if (error != 0 && metrics->error == 0)
		log_line(LOG_PRIORITY_WARNING, "event=storage stable=0 file=%s error=\"%s\"", metrics->path,
		        strerror(error));
	metrics->error = error;
}

/* Looks after the process that writes. True where there is none any more. */
static bool writer_has_ended(struct metrics_file *metrics, int64_t now_ms)
{
	if (metrics->writer == 0)
		return true;
	int error = foreign_file_end(metrics->writer, &metrics->in_memory);
	if (error != -EAGAIN) {
		metrics->writer = 0;
		note_error(metrics, metrics->is_killed ? ETIMEDOUT : -error);
		return true;
	}
	if (!metrics->is_killed && now_ms - metrics->written_ms >= METRICS_WITHIN_MS) {
		metrics->is_killed = true;
		(void)kill(metrics->writer, SIGKILL);
		note_error(metrics, ETIMEDOUT);
	}
	return false;
}

static void write_it(struct metrics_file *metrics, uint32_t said, int64_t now_ms)
{
	if (metrics->text.failed)
		return;
	pid_t writer = foreign_file_begin(
	        metrics->path, metrics->text.text, metrics->text.length, flat_powerless(metrics->flat).uid);
	if (writer < 0)
		note_error(metrics, (int)-writer);
	metrics->writer = writer > 0 ? writer : 0;
	metrics->is_killed = false;
	metrics->said = said;
	metrics->written = true;
	metrics->written_ms = now_ms;
}

void metrics_file_step(struct metrics_file *metrics, const struct snapshot *snapshot, bool running, int64_t now_ms)
{
	if (!metrics->path || !snapshot || !writer_has_ended(metrics, now_ms) || now_ms < metrics->look_at_ms)
		return;
	metrics->look_at_ms = now_ms + METRICS_LOOK_MS;
	size_t steady = metrics_file_build(metrics, snapshot, running, now_ms);
	uint32_t said = metrics->text.failed ? 0 : crc32_of((const uint8_t *)metrics->text.text, steady);
	bool changed = !metrics->written || said != metrics->said;
	if (changed ? bucket_take(&metrics->changes, METRICS_BURST, METRICS_CHANGE_MS, now_ms)
	            : now_ms - metrics->written_ms >= period_ms(metrics))
		write_it(metrics, said, now_ms);
}

/* Whether the process that writes has ended in time. */
static bool wait_for_writer(struct metrics_file *metrics, int64_t now_ms)
{
	const struct timespec pause = {.tv_nsec = END_LOOK_MS * 1000000L};

	for (int waited_ms = 0; waited_ms < METRICS_END_MS && !writer_has_ended(metrics, now_ms);
	        waited_ms += END_LOOK_MS)
		(void)nanosleep(&pause, NULL);
	return metrics->writer == 0;
}

/* A write under way is waited for: it says that feeddog is up. */
void metrics_file_end(struct metrics_file *metrics, const struct snapshot *snapshot, int64_t now_ms)
{
	if (metrics->path && snapshot && wait_for_writer(metrics, now_ms)) {
		(void)metrics_file_build(metrics, snapshot, false, now_ms);
		write_it(metrics, 0, now_ms);
		(void)wait_for_writer(metrics, now_ms);
	}
	free(metrics->text.text);
	metrics->text = (struct json_writer){0};
}
