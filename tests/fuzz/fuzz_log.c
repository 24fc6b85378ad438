/* SPDX-License-Identifier: MIT
 *
 * Any way to write, cut, empty and rotate a log: no line is read twice, and none is missed that was whole when it was there
 * to be read. A line ends with a number that is written once, so that it can be told from all others, also by its last bytes.
 */
#include "fuzz.h"

#include "checker/log/log_file.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { NUMBERS = 512, READS_LAST = 64 };

struct scene {
	struct log_file file;
	struct lines lines;
	int fd; /* the writer's */
	unsigned written;
	bool may_miss[NUMBERS]; /* written to a file that was emptied or moved away twice before it was read */
	bool seen[NUMBERS];
	bool unread[NUMBERS];
	unsigned reads; /* since it was moved away */
	char path[256], old[256];
};

static void open_writer(struct scene *scene)
{
	if (scene->fd >= 0)
		(void)close(scene->fd);
	scene->fd = open(scene->path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	must(scene->fd >= 0);
}

static void write_numbers(struct scene *scene, unsigned count, unsigned padding)
{
	char line[256];

	for (; count > 0 && scene->written < NUMBERS; count--) {
		int length = snprintf(line, sizeof(line), "%*s %06u\n", (int)padding, "", scene->written);

		must(write(scene->fd, line, (size_t)length) == length);
		scene->unread[scene->written++] = true;
	}
}

static void forgive(struct scene *scene)
{
	for (unsigned i = 0; i < scene->written; i++)
		scene->may_miss[i] = scene->may_miss[i] || scene->unread[i];
}

static void read_series(struct scene *scene)
{
	const char *line;

	if (log_file_resume(&scene->file, &scene->lines) < 0)
		return;
	for (int i = 0; i < READS_LAST; i++) {
		long length = log_file_read(&scene->file, &scene->lines);

		while ((line = lines_next(&scene->lines))) {
			unsigned number;

			must(strlen(line) >= 7);
			number = (unsigned)strtoul(line + strlen(line) - 6, NULL, 10);
			must(number < scene->written);
			must(!scene->seen[number]);
			scene->seen[number] = true;
			scene->unread[number] = false;
		}
		if (length <= 0)
			break;
	}
	log_file_pause(&scene->file, &scene->lines);
	scene->reads++;
}

/* Moved away and made anew, as logrotate does it; the writer may go on in the old one for a while. */
static void rotate(struct scene *scene, bool told)
{
	if (rename(scene->path, scene->old) != 0)
		return;
	/* The reader leaves a file one series of reads later; one that came and went before was never there for it. */
	if (scene->reads < 2)
		forgive(scene);
	scene->reads = 0;
	if (told) {
		open_writer(scene);
	} else {
		int fd = open(scene->path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

		must(fd >= 0);
		(void)close(fd);
	}
}

static void empty(struct scene *scene)
{
	forgive(scene);
	must(ftruncate(scene->fd, 0) == 0);
}

static void play(struct scene *scene, struct input *input)
{
	while (input->size > 0) {
		uint8_t how = take_byte(input);

		switch (how % 8) {
		case 0:
		case 1:
		case 2:
			write_numbers(scene, how >> 3, how / 2);
			break;
		case 3:
		case 4:
			read_series(scene);
			break;
		case 5:
			empty(scene);
			break;
		default:
			rotate(scene, how & 8);
			/* A writer that is told later than after one more read loses what it writes. */
			read_series(scene);
			open_writer(scene);
			break;
		}
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static struct scene scene;
	struct input input = {bytes, size};

	memset(&scene, 0, sizeof(scene));
	scene.fd = -1;
	(void)fuzz_path("log", scene.path);
	(void)fuzz_path("log.1", scene.old);
	(void)unlink(scene.path);
	(void)unlink(scene.old);
	open_writer(&scene);
	scene.reads = 2;
	log_file_begin(&scene.file, scene.path, NULL);
	/* From here on it is followed. */
	read_series(&scene);
	play(&scene, &input);
	for (int i = 0; i < 3; i++)
		read_series(&scene);
	for (unsigned i = 0; i < scene.written; i++)
		must(scene.seen[i] || scene.may_miss[i]);
	log_file_close(&scene.file);
	(void)close(scene.fd);
	return 0;
}
