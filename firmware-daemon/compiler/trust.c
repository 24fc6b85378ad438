/* SPDX-License-Identifier: MIT
 *
 * Owner and mode of the file and of its folder. In a sticky folder only the owner of a file can replace it.
 */
#include "trust.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

static bool is_others(const struct stat *status, uint32_t owner)
{
	return status->st_uid != 0 && status->st_uid != owner;
}

/* Group 0 is root's own. */
static bool may_others_write(const struct stat *status)
{
	return (status->st_mode & S_IWOTH) != 0 || ((status->st_mode & S_IWGRP) != 0 && status->st_gid != 0);
}

static bool is_writable(const char *path, bool is_folder, uint32_t owner, char text[TRUST_TEXT_SIZE])
{
	struct stat status;

	if (stat(path, &status) != 0)
		return false;
	if (is_others(&status, owner)) {
		(void)snprintf(text, TRUST_TEXT_SIZE,
		        "%s%s belongs to user %u, who can write it and would thereby be root (chown root %s)",
		        is_folder ? "the folder " : "", path, (unsigned)status.st_uid, path);
		return true;
	}
	if (!may_others_write(&status) || (is_folder && (status.st_mode & S_ISVTX) != 0))
		return false;
	(void)snprintf(text, TRUST_TEXT_SIZE, "%s%s can be written by %s, who would thereby be root (chmod go-w %s)",
	        is_folder ? "the folder " : "", path, (status.st_mode & S_IWOTH) ? "everybody" : "its group", path);
	return true;
}

bool trust_only_owner_writes(const char *path, uint32_t owner, char text[TRUST_TEXT_SIZE])
{
	char whole[PATH_MAX];

	/* Not the link: what it leads to is what is read. */
	if (!realpath(path, whole))
		return true;
	if (is_writable(whole, false, owner, text))
		return false;
	char *slash = strrchr(whole, '/');
	slash[slash == whole] = '\0';
	return !is_writable(whole, true, owner, text);
}

static bool is_login(const char *header)
{
	static const char *const names[] = {"authorization:", "cookie:", "x-api-key:", "x-auth-token:"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strncasecmp(header, names[i], strlen(names[i])) == 0)
			return true;
	return false;
}

/* What it is called in a message, or NULL. */
static const char *secret_of(const struct flat *flat)
{
	for (uint32_t i = 0; i < flat->alert_count; i++)
		if (flat_alerts(flat)[i].url || flat_alerts(flat)[i].heartbeat)
			return "the address of an alert";
	for (uint16_t i = 0; i < flat->check_count; i++)
		for (uint32_t j = 0; j < flat_checks(flat)[i].headers.argc; j++)
			if (is_login(flat_argument(flat, flat_checks(flat)[i].headers, j)))
				return "a header that logs in";
	return NULL;
}

bool trust_keeps_secrets(const char *path, const struct flat *flat, char text[TRUST_TEXT_SIZE])
{
	const char *secret = secret_of(flat);
	struct stat status;

	if (!secret || stat(path, &status) != 0 || !S_ISREG(status.st_mode) || (status.st_mode & S_IROTH) == 0)
		return true;
	(void)snprintf(text, TRUST_TEXT_SIZE,
	        "everybody can read %s, and it holds %s, which may be a secret (chmod o-r %s)", path, secret, path);
	return false;
}
