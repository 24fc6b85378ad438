/* SPDX-License-Identifier: MIT
 *
 * /proc/mounts has a line for each mount: SOURCE POINT TYPE OPTIONS 0 0, with spaces in paths written as \040.
 */
#include "storage_kind.h"

#include "root_file.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { OVERLAYS_MAX = 4 /* an overlay may lie on another one */ };

struct mount {
	char source[64];
	char type[32];
	char upper[PATH_MAX]; /* of an overlay, "" */
	char point[PATH_MAX];
};

/* Replaces \ooo by its character, in place. */
static void unescape(char *text)
{
	char *to = text;

	for (; *text; to++) {
		char digits[4] = "";
		char *end = digits;

		if (*text == '\\')
			snprintf(digits, sizeof(digits), "%.3s", text + 1);
		long value = strtol(digits, &end, 8);
		bool is_escape = end == digits + 3;
		*to = is_escape ? (char)value : *text;
		text += is_escape ? 4 : 1;
	}
	*to = '\0';
}

static void copy_option(const char *options, const char *name, char value[PATH_MAX])
{
	size_t length = strlen(name);

	value[0] = '\0';
	for (const char *at = options; at; at = strchr(at, ',')) {
		at += *at == ',';
		if (strncmp(at, name, length) != 0 || at[length] != '=')
			continue;
		at += length + 1;
		snprintf(value, PATH_MAX, "%.*s", (int)strcspn(at, ","), at);
		unescape(value);
	}
}

/* Reads one line, which is taken apart. */
static bool read_mount(char *line, struct mount *mount)
{
	char *saved = NULL;
	const char *source = strtok_r(line, " ", &saved), *point = strtok_r(NULL, " ", &saved);
	const char *type = strtok_r(NULL, " ", &saved), *options = strtok_r(NULL, " ", &saved);

	if (!options)
		return false;
	snprintf(mount->source, sizeof(mount->source), "%s", source);
	snprintf(mount->point, sizeof(mount->point), "%s", point);
	snprintf(mount->type, sizeof(mount->type), "%s", type);
	unescape(mount->point);
	copy_option(options, "upperdir", mount->upper);
	return true;
}

/* Whether `path` is `point` or below it. */
static bool leads_to(const char *point, const char *path)
{
	size_t length = strcmp(point, "/") == 0 ? 0 : strlen(point);

	return strncmp(path, point, length) == 0 && (path[length] == '/' || path[length] == '\0');
}

/* The mount with the longest name that leads to `path`; of several on the same point the last one lies on top. */
static bool find_mount(const char *root, const char *path, struct mount *found)
{
	char whole[ROOT_PATH_SIZE];
	FILE *file = fopen(root_path(root, "/proc/mounts", whole), "re");
	struct mount mount;
	size_t room = 0;
	char *line = NULL;
	bool any = false;

	if (!file)
		return false;
	while (getline(&line, &room, file) >= 0) {
		if (!read_mount(line, &mount) || !leads_to(mount.point, path))
			continue;
		if (any && strlen(mount.point) < strlen(found->point))
			continue;
		*found = mount;
		any = true;
	}
	free(line);
	(void)fclose(file);
	return any;
}

/* Options of initramfs scripts that lay an overlay in memory over the root file system. */
static bool root_is_overlaid(const char *root)
{
	static const char *const words[] = {"overlayroot=tmpfs", "boot=overlay", "boot=live",
	        "systemd.volatile=overlay", "systemd.volatile=yes", "rd.live.overlay.readonly", "rd.overlay"};
	char line[4096], *saved = NULL;

	(void)root_read(root, "/proc/cmdline", line, sizeof(line));
	for (char *word = strtok_r(line, " ", &saved); word; word = strtok_r(NULL, " ", &saved))
		for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
			size_t length = strlen(words[i]);

			if (strncmp(word, words[i], length) == 0 && strchr(":,", word[length]))
				return true;
		}
	return false;
}

static enum storage_kind kind_of_plain(const struct mount *mount)
{
	static const char *const memory[] = {"tmpfs", "ramfs", "rootfs", "devtmpfs"};

	for (size_t i = 0; i < sizeof(memory) / sizeof(memory[0]); i++)
		if (strcmp(mount->type, memory[i]) == 0)
			return STORAGE_MEMORY;
	if (strncmp(mount->source, "/dev/ram", 8) == 0 || strncmp(mount->source, "/dev/zram", 9) == 0)
		return STORAGE_MEMORY_DISK;
	return STORAGE_LASTING;
}

enum storage_kind storage_kind_of(const char *root, const char *folder)
{
	struct mount mount = {.point = ""};
	char path[PATH_MAX], overlay[PATH_MAX] = "";

	snprintf(path, sizeof(path), "%s", folder);
	for (int depth = 0; depth < OVERLAYS_MAX && find_mount(root, path, &mount); depth++) {
		if (strcmp(mount.type, "overlay") != 0) {
			enum storage_kind kind = kind_of_plain(&mount);
			return depth > 0 && kind != STORAGE_LASTING ? STORAGE_OVERLAY_ON_MEMORY : kind;
		}
		/* A name that leads to nothing, or back to the overlay, is one of another mount namespace. */
		if (!root_exists(root, mount.upper) || strcmp(overlay, mount.point) == 0)
			return strcmp(mount.point, "/") == 0 && root_is_overlaid(root) ? STORAGE_OVERLAY_ON_MEMORY
			                                                               : STORAGE_LASTING;
		memcpy(overlay, mount.point, sizeof(overlay));
		snprintf(path, sizeof(path), "%s", mount.upper);
	}
	return STORAGE_LASTING;
}

int storage_place_of(const char *folder, struct storage_place *place)
{
	struct stat found;

	if (stat(folder, &found) != 0)
		return -errno;
	*place = (struct storage_place){.device = found.st_dev, .inode = found.st_ino};
	return 0;
}

const char *storage_kind_text(enum storage_kind kind)
{
	static const char *const texts[] = {
	        [STORAGE_LASTING] = "a file system that survives a reset",
	        [STORAGE_MEMORY] = "a file system in memory",
	        [STORAGE_MEMORY_DISK] = "a disk in memory",
	        [STORAGE_OVERLAY_ON_MEMORY] = "an overlay in memory",
	};
	_Static_assert(sizeof(texts) / sizeof(texts[0]) == STORAGE_KIND_COUNT, "words for every kind");

	return texts[kind];
}
