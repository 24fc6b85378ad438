/* SPDX-License-Identifier: MIT
 *
 * glob(3), and the time of birth of what it finds.
 */
#include "log_path.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Writes the digits that a conversion stands for. False: it stands for none, so it is text. */
static bool add_digits(char conversion, char *out, size_t room)
{
	static const struct {
		char conversion;
		const char *digits; /* '0': a digit */
	} conversions[] = {{'Y', "0000"}, {'y', "00"}, {'m', "00"}, {'d', "00"}, {'H', "00"}, {'M', "00"}, {'S', "00"},
	        {'j', "000"}, {'F', "0000-00-00"}};
	size_t length = 0;

	for (size_t i = 0; i < sizeof(conversions) / sizeof(conversions[0]); i++) {
		if (conversions[i].conversion != conversion)
			continue;
		for (const char *digit = conversions[i].digits; *digit && length < room; digit++)
			length += (size_t)snprintf(out + length, room - length, "%s", *digit == '0' ? "[0-9]" : "-");
		return true;
	}
	return false;
}

static bool to_glob(const char *path, char out[PATH_MAX])
{
	size_t length = 0;

	for (const char *c = path; *c; c++) {
		if (length + 1 >= PATH_MAX)
			return false;
		if (*c == '%' && c[1] && add_digits(c[1], out + length, PATH_MAX - length)) {
			length += strlen(out + length);
			c++;
		} else {
			out[length++] = *c;
		}
	}
	out[length] = '\0';
	return length + 1 < PATH_MAX;
}

static bool is_compressed(const char *path)
{
	static const char *const endings[] = {".gz", ".xz", ".zst", ".bz2", ".lz4"};
	const char *dot = strrchr(path, '.');

	for (size_t i = 0; dot && i < sizeof(endings) / sizeof(endings[0]); i++)
		if (strcmp(dot, endings[i]) == 0)
			return true;
	return false;
}

/* In nanoseconds; of a file system that does not keep it, the last change. -1: no file that could be followed. */
static int64_t born_ns(const char *path)
{
	struct statx now;

	if (is_compressed(path) || statx(AT_FDCWD, path, 0, STATX_BTIME | STATX_MTIME | STATX_TYPE, &now) < 0 ||
	        !S_ISREG(now.stx_mode))
		return -1;
	struct statx_timestamp time = now.stx_mask & STATX_BTIME ? now.stx_btime : now.stx_mtime;
	return time.tv_sec * 1000000000 + time.tv_nsec;
}

/* Of two of the same time, the last by name. */
static const char *newest(const glob_t *found)
{
	const char *best = NULL;
	int64_t best_ns = -1;

	for (size_t i = 0; i < found->gl_pathc; i++) {
		int64_t ns = born_ns(found->gl_pathv[i]);

		if (ns < 0 || ns < best_ns || (ns == best_ns && strcmp(found->gl_pathv[i], best) < 0))
			continue;
		best = found->gl_pathv[i];
		best_ns = ns;
	}
	return best;
}

int log_path_find(const char *path, char out[PATH_MAX])
{
	char pattern[PATH_MAX];
	struct stat now;
	glob_t found;

	(void)snprintf(out, PATH_MAX, "%s", path);
	if (stat(path, &now) == 0)
		return 0;
	int error = -errno;
	if (error != -ENOENT || !to_glob(path, pattern) || !strpbrk(pattern, "*?["))
		return error;
	int failed = glob(pattern, GLOB_NOSORT, NULL, &found);
	if (failed)
		return failed == GLOB_NOSPACE ? -ENOMEM : -ENOENT;
	const char *best = newest(&found);
	if (best)
		(void)snprintf(out, PATH_MAX, "%s", best);
	globfree(&found);
	return best ? 0 : -ENOENT;
}
