/* SPDX-License-Identifier: MIT
 *
 * systemd's configuration.
 */
#include "manager_conf.h"

#include "os/storage/root_file.h"

#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DROP_INS_LAST = 64, NAME_LAST = 96, FILE_LAST = 8192 };

struct drop_in {
	char name[NAME_LAST];
	const char *folder;
};

static const char *const folders[] = {"/etc", "/run", "/usr/local/lib", "/usr/lib"};

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct drop_in *)a)->name, ((const struct drop_in *)b)->name);
}

static bool is_known(const struct drop_in list[], size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(list[i].name, name) == 0)
			return true;
	return false;
}

static size_t collect(const char *root, const char *family, struct drop_in list[DROP_INS_LAST])
{
	size_t count = 0;

	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		char path[ROOT_PATH_SIZE];
		struct dirent *entry;
		DIR *folder;

		snprintf(path, sizeof(path), "%s%s/systemd/%s.conf.d", root, folders[i], family);
		folder = opendir(path);
		if (!folder)
			continue;
		while (count < DROP_INS_LAST && (entry = readdir(folder))) {
			size_t length = strlen(entry->d_name);

			if (length <= 5 || length >= NAME_LAST || strcmp(entry->d_name + length - 5, ".conf") != 0 ||
			        is_known(list, count, entry->d_name))
				continue;
			memcpy(list[count].name, entry->d_name, length + 1);
			list[count++].folder = folders[i];
		}
		closedir(folder);
	}
	qsort(list, count, sizeof(list[0]), by_name);
	return count;
}

/* The last line `key=value` of a text; its value, without blanks around it. */
static bool find_key(const char *text, const char *key, char value[64])
{
	size_t length = strlen(key);
	bool found = false;

	while (*text) {
		size_t line = strcspn(text, "\n");
		const char *rest = text + strspn(text, " \t");

		if (strncmp(rest, key, length) == 0 && rest[length + strspn(rest + length, " \t")] == '=') {
			const char *at = strchr(rest, '=') + 1;
			size_t size = (size_t)(text + line - at);

			while (size > 0 && isspace((unsigned char)*at)) {
				at++;
				size--;
			}
			while (size > 0 && isspace((unsigned char)at[size - 1]))
				size--;
			snprintf(value, 64, "%.*s", (int)size, at);
			found = true;
		}
		text += line + (text[line] == '\n');
	}
	return found;
}

static void read_one(const char *root, const char *path, const char *key, struct manager_setting *setting)
{
	char text[FILE_LAST];
	char value[64];

	if (!root_read(root, path, text, sizeof(text)) || !find_key(text, key, value))
		return;
	if (setting->file[0])
		memcpy(setting->beaten, setting->file, sizeof(setting->beaten));
	snprintf(setting->file, sizeof(setting->file), "%s", path);
	snprintf(setting->value, sizeof(setting->value), "%s", value);
}

bool manager_conf_read(const char *root, const char *family, const char *key, struct manager_setting *setting)
{
	struct drop_in list[DROP_INS_LAST];
	size_t count = collect(root, family, list);
	char path[256];

	*setting = (struct manager_setting){.value = ""};
	snprintf(path, sizeof(path), "/etc/systemd/%s.conf", family);
	if (!root_exists(root, path))
		snprintf(path, sizeof(path), "/usr/lib/systemd/%s.conf", family);
	read_one(root, path, key, setting);
	for (size_t i = 0; i < count; i++) {
		snprintf(path, sizeof(path), "%s/systemd/%s.conf.d/%.*s", list[i].folder, family, NAME_LAST,
		        list[i].name);
		read_one(root, path, key, setting);
	}
	return setting->file[0] != '\0';
}
