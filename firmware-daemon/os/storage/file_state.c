/* SPDX-License-Identifier: MIT
 *
 * stat(2), statvfs(3), and /proc/self/mountinfo for what statvfs cannot tell.
 */
#include "file_state.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>

static int64_t ns_of(struct timespec time)
{
	return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

int file_state_read(const char *path, struct file_state *out)
{
	struct timespec now;
	struct stat stat_now;

	if (stat(path, &stat_now) < 0)
		return -errno;
	clock_gettime(CLOCK_REALTIME, &now);
	*out = (struct file_state){
	        .size = stat_now.st_size,
	        .changed_ns = ns_of(stat_now.st_mtim),
	        .age_ms = (ns_of(now) - ns_of(stat_now.st_mtim)) / 1000000,
	};
	return 0;
}

/* Whether a word is in a list with commas, of which [text, end) is all. */
static bool lists(const char *text, const char *end, const char *word)
{
	size_t length = strlen(word);

	for (;;) {
		const char *comma = memchr(text, ',', (size_t)(end - text));
		const char *stop = comma ? comma : end;

		if ((size_t)(stop - text) == length && memcmp(text, word, length) == 0)
			return true;
		if (!comma)
			return false;
		text = comma + 1;
	}
}

static const char *after_words(const char *text, int words)
{
	while (words-- > 0) {
		text += strcspn(text, " \n");
		text += strspn(text, " ");
	}
	return text;
}

bool mountinfo_is_read_only(const char *line, uint64_t mount_id)
{
	/* ID PARENT MAJOR:MINOR ROOT PLACE OPTIONS [FIELDS] - TYPE SOURCE OPTIONS-OF-THE-FILE-SYSTEM */
	static const char *const closed[] = {"ro", "emergency_ro", "shutdown"};
	const char *options = strstr(line, " - ");

	if (strtoull(line, NULL, 10) != mount_id || !options)
		return false;
	options = after_words(options + 3, 2);
	for (size_t i = 0; i < sizeof(closed) / sizeof(closed[0]); i++)
		if (lists(options, options + strcspn(options, " \n"), closed[i]))
			return true;
	return false;
}

/* Before Linux 5.8, and only for a folder that is on another device than the one above it. */
static bool differs_from_parent(const char *path)
{
	char parent[PATH_MAX];
	struct stat here, above;

	if (snprintf(parent, sizeof(parent), "%s/..", path) >= PATH_MAX || stat(path, &here) < 0 ||
	        stat(parent, &above) < 0)
		return false;
	return here.st_dev != above.st_dev || here.st_ino == above.st_ino;
}

static bool is_mount_point(const char *path)
{
	struct statx file;

	if (statx(AT_FDCWD, path, 0, STATX_TYPE, &file) == 0 && file.stx_attributes_mask & STATX_ATTR_MOUNT_ROOT)
		return (file.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0;
	return differs_from_parent(path);
}

/* Looked up each time: an ext4 that shuts itself off after an error says so there, and not in statvfs's flags. */
static int read_only(const char *path, bool *out)
{
	struct statx mount;
	FILE *file;
	char *line = NULL;
	size_t room = 0;

	*out = false;
	if (statx(AT_FDCWD, path, 0, STATX_MNT_ID, &mount) < 0)
		return -errno;
	if (!(mount.stx_mask & STATX_MNT_ID))
		return -EOPNOTSUPP;
	file = fopen("/proc/self/mountinfo", "re");
	if (!file)
		return -errno;
	while (!*out && getline(&line, &room, file) >= 0)
		*out = mountinfo_is_read_only(line, mount.stx_mnt_id);
	free(line);
	(void)fclose(file);
	return 0;
}

int file_system_read(const char *path, struct file_system *out)
{
	struct statvfs now;

	if (statvfs(path, &now) < 0)
		return -errno;
	*out = (struct file_system){
	        .blocks_used = now.f_blocks > now.f_bfree ? now.f_blocks - now.f_bfree : 0,
	        .blocks_free = now.f_bavail,
	        .files_used = now.f_files > now.f_ffree ? now.f_files - now.f_ffree : 0,
	        .files_free = now.f_favail,
	        .mounted = is_mount_point(path),
	};
	/* Before Linux 5.8 the mount's flag is all there is. */
	if (read_only(path, &out->read_only) < 0)
		out->read_only = (now.f_flag & ST_RDONLY) != 0;
	return 0;
}
