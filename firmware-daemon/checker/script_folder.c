/* SPDX-License-Identifier: MIT
 *
 * A folder of programs, as names with a sign.
 */
#include "script_folder.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum sign { SIGN_MAY_RUN = '+', SIGN_NOT_PERMITTED = '-' };

static int is_visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

/* False: it does not fit. */
static bool add_name(struct script_folder *folder, enum sign sign, const char *name)
{
	size_t length = strlen(name) + 1;

	if (folder->length + 1 + length > sizeof(folder->names))
		return false;
	folder->names[folder->length] = (char)sign;
	memcpy(&folder->names[folder->length + 1], name, length);
	folder->length += 1 + length;
	return true;
}

/* Adds what is a program. False: it does not fit. */
static bool look_at(struct script_folder *folder, const char *name)
{
	char path[PATH_MAX];
	struct stat file;

	if (snprintf(path, sizeof(path), "%s/%s", folder->path, name) >= PATH_MAX || stat(path, &file) < 0 ||
	        !S_ISREG(file.st_mode) || !(file.st_mode & 0111))
		return true;
	return add_name(folder, access(path, X_OK) == 0 ? SIGN_MAY_RUN : SIGN_NOT_PERMITTED, name);
}

void script_folder_read(void *block)
{
	struct script_folder *folder = block;
	struct dirent **entries;
	int count = scandir(folder->path, &entries, is_visible, alphasort);

	folder->length = folder->next = 0;
	folder->error = count < 0 ? errno : 0;
	if (count < 0)
		return;
	for (int i = 0; i < count; i++) {
		if (!look_at(folder, entries[i]->d_name))
			folder->error = E2BIG;
		free(entries[i]);
	}
	free(entries);
}

bool script_folder_next(struct script_folder *folder, char path[PATH_MAX], int *error)
{
	const char *entry = &folder->names[folder->next];

	if (folder->next >= folder->length)
		return false;
	folder->next += strlen(entry) + 1;
	*error = entry[0] == SIGN_MAY_RUN ? 0 : EACCES;
	/* look_at() has seen that it fits. */
	(void)snprintf(path, PATH_MAX, "%s/%s", folder->path, entry + 1);
	return true;
}
