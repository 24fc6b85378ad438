/* SPDX-License-Identifier: MIT
 *
 * /proc/stat, /proc/meminfo, /proc/loadavg and /proc/pressure.
 */
#include "board_usage.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { TEXT_SIZE = 4096 };

/* Reads the beginning of a file and terminates it. 0 or -errno. */
static int read_text(const char *path, char text[TEXT_SIZE])
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	ssize_t length = read(fd, text, TEXT_SIZE - 1);
	int error = length < 0 ? -errno : 0;
	close(fd);
	if (error)
		return error;
	text[length] = '\0';
	return 0;
}

/* The value of a decimal number with at most three places after the point, and where it ends; NULL: there is none. */
static const char *thousandths_at(const char *text, int64_t *thousandths)
{
	int64_t value = 0;
	int places = -1; /* before the point */

	if (!isdigit((unsigned char)*text))
		return NULL;
	for (; isdigit((unsigned char)*text) || (*text == '.' && places < 0); text++) {
		if (*text == '.') {
			places = 0;
			continue;
		}
		if (value > INT64_MAX / 100000)
			return NULL;
		if (places < 3)
			value = value * 10 + (*text - '0');
		if (places >= 0 && places < 3)
			places++;
	}
	for (places = places < 0 ? 0 : places; places < 3; places++)
		value *= 10;
	*thousandths = value;
	return text;
}

/* Where the line that begins with `word` goes on after it; NULL: there is no such line. */
static const char *line_of(const char *text, const char *word)
{
	size_t length = strlen(word);

	while (text && strncmp(text, word, length) != 0) {
		text = strchr(text, '\n');
		if (text)
			text++;
	}
	return text ? text + length : NULL;
}

int cpu_ticks_parse(const char *text, struct cpu_ticks *out)
{
	/* user nice system idle iowait irq softirq steal; what guests use is in user and nice already. */
	enum { IDLE = 3, IOWAIT = 4, FIELDS = 8 };
	const char *at = line_of(text, "cpu ");

	if (!at)
		return -EINVAL;
	*out = (struct cpu_ticks){0};
	for (int i = 0; i < FIELDS; i++) {
		char *end;

		at += strspn(at, " ");
		if (!isdigit((unsigned char)*at))
			return -EINVAL;
		unsigned long long ticks = strtoull(at, &end, 10);
		out->total += ticks;
		if (i != IDLE && i != IOWAIT)
			out->busy += ticks;
		at = end;
	}
	return 0;
}

int cpu_ticks_read(struct cpu_ticks *out)
{
	char text[TEXT_SIZE] = "";
	int error = read_text("/proc/stat", text);

	return error ? error : cpu_ticks_parse(text, out);
}

/* "MemTotal:     16318480 kB" */
static bool kilobytes_of(const char *text, const char *word, uint64_t *bytes)
{
	const char *at = line_of(text, word);
	char *end;

	if (!at)
		return false;
	at += strspn(at, " ");
	if (!isdigit((unsigned char)*at))
		return false;
	unsigned long long kilobytes = strtoull(at, &end, 10);
	*bytes = kilobytes * 1024;
	return kilobytes <= UINT64_MAX / 1024 / 100000 && strncmp(end, " kB\n", 4) == 0;
}

int memory_bytes_parse(const char *text, struct memory_bytes *out)
{
	if (!kilobytes_of(text, "MemTotal:", &out->total) || !kilobytes_of(text, "MemAvailable:", &out->available))
		return -EINVAL;
	if (out->available > out->total)
		out->available = out->total;
	return out->total > 0 ? 0 : -EINVAL;
}

int memory_bytes_read(struct memory_bytes *out)
{
	char text[TEXT_SIZE] = "";
	int error = read_text("/proc/meminfo", text);

	return error ? error : memory_bytes_parse(text, out);
}

int load_parse(const char *text, unsigned minutes, int64_t *thousandths)
{
	for (unsigned average = 1;; average = average == 1 ? 5 : 15) {
		text = thousandths_at(text, thousandths);
		if (!text || *text != ' ')
			return -EINVAL;
		if (average >= minutes)
			return 0;
		text++;
	}
}

int load_read(unsigned minutes, int64_t *thousandths)
{
	char text[TEXT_SIZE] = "";
	int error = read_text("/proc/loadavg", text);

	return error ? error : load_parse(text, minutes, thousandths);
}

int pressure_parse(const char *text, bool full, int64_t *thousandths)
{
	const char *at = line_of(text, full ? "full " : "some ");

	if (!at)
		return -ENODATA;
	if (strncmp(at, "avg10=", 6) != 0)
		return -EINVAL;
	at = thousandths_at(at + 6, thousandths);
	return at && *at == ' ' ? 0 : -EINVAL;
}

int pressure_read(const char *resource, bool full, int64_t *thousandths)
{
	char text[TEXT_SIZE] = "";
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/pressure/%s", resource);
	int error = read_text(path, text);
	return error ? error : pressure_parse(text, full, thousandths);
}
