/* SPDX-License-Identifier: MIT
 *
 * Looked up in the file system: the journal's files, and the folders of unit files, as systemd.unit(5) lists them. systemd
 * itself is not asked, because its bus may not answer.
 */
#include "journal_source.h"

#include <errno.h>
#include <glob.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { PATH_SIZE = 512 };

/* 0, -ENOENT or -EACCES: the best of all files that fit. */
static int look_for(const char *pattern)
{
	int error = -ENOENT;
	glob_t found;

	if (glob(pattern, GLOB_NOSORT, NULL, &found) != 0)
		return error;
	for (size_t i = 0; i < found.gl_pathc && error; i++)
		error = access(found.gl_pathv[i], R_OK) == 0 ? 0 : -EACCES;
	globfree(&found);
	return error;
}

static int find_journal(void)
{
	static const char *const folders[] = {"/var/log/journal/*", "/run/log/journal/*"};
	int best = -ENOENT;

	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]) && best; i++) {
		char files[PATH_SIZE];
		int folder = look_for(folders[i]);

		(void)snprintf(files, sizeof(files), "%s/*.journal", folders[i]);
		int error = look_for(files);
		/* Who may not read the folder does not see its files. */
		if (error == 0 || error == -EACCES || folder == -EACCES)
			best = error == 0 ? 0 : -EACCES;
	}
	return best;
}

/* NAME@INSTANCE.TYPE is made from NAME@.TYPE. */
static bool has_unit_file(const char *unit)
{
	static const char *const folders[] = {"/etc/systemd/system", "/run/systemd/system", "/run/systemd/generator",
	        "/run/systemd/generator.early", "/run/systemd/generator.late", "/run/systemd/transient",
	        "/usr/local/lib/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system"};
	const char *type = strrchr(unit, '.');
	const char *at = strchr(unit, '@');
	size_t length = at ? (size_t)(at + 1 - unit) : type ? (size_t)(type - unit) : strlen(unit);

	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		char path[PATH_SIZE];

		(void)snprintf(
		        path, sizeof(path), "%s/%.*s%s", folders[i], (int)length, unit, type ? type : ".service");
		if (access(path, F_OK) == 0)
			return true;
	}
	return false;
}

int journal_source_check(const char *unit)
{
	int error = find_journal();

	if (error)
		return error;
	/* A pattern of units is journalctl's to look up. */
	return strpbrk(unit, "*?[") || has_unit_file(unit) ? 0 : -ENOENT;
}
