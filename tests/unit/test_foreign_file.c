/* SPDX-License-Identifier: MIT
 *
 * os/storage/foreign_file: writing into somebody else's folder (promise P18): what its owner can put there hangs nobody and
 * misdirects nothing. As root it is also seen with whose privileges.
 */
#include "os/storage/foreign_file.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

enum { NOBODY = 65534, OWNER = 54321, PATIENCE_MS = 10000 };

static char root[] = "/tmp/feeddog-foreign.XXXXXX";
static char folder[64], path[80], beside[96], secret[64];

static void put(const char *name, const char *text)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	(void)close(fd);
}

static void assert_text(const char *name, const char *text)
{
	char found[64] = "";
	int fd = open(name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);

	assert_true(fd >= 0);
	assert_true(read(fd, found, sizeof(found) - 1) >= 0);
	(void)close(fd);
	assert_string_equal(found, text);
}

/* Its result, which comes in time whatever is there. */
static int write_words(void)
{
	const struct timespec pause = {.tv_nsec = 1000000};
	bool in_memory;
	pid_t pid = foreign_file_begin(path, "words", 5, NOBODY);

	assert_true(pid > 0);
	for (int ms = 0; ms < PATIENCE_MS; ms++) {
		int error = foreign_file_end(pid, &in_memory);
		if (error != -EAGAIN)
			return error;
		(void)nanosleep(&pause, NULL);
	}
	fail_msg("it hangs");
	return 0;
}

static int make_folder(void **state)
{
	(void)state;
	memcpy(root + sizeof(root) - 7, "XXXXXX", 6);
	if (!mkdtemp(root) || chmod(root, 0755) != 0)
		return -1;
	(void)snprintf(folder, sizeof(folder), "%s/metrics", root);
	(void)snprintf(secret, sizeof(secret), "%s/secret", root);
	(void)snprintf(path, sizeof(path), "%s/feeddog.prom", folder);
	(void)snprintf(beside, sizeof(beside), "%s.new", path);
	put(secret, "root's");
	if (mkdir(folder, 0755) != 0)
		return -1;
	return geteuid() == 0 ? chown(folder, OWNER, OWNER) : 0;
}

static int remove_folder(void **state)
{
	char command[64];

	(void)state;
	(void)snprintf(command, sizeof(command), "rm -rf %s", root);
	return system(command);
}

static void file_is_replaced(void **state)
{
	struct stat found;

	(void)state;
	assert_int_equal(write_words(), 0);
	put(secret, "root's");
	assert_int_equal(write_words(), 0);
	assert_text(path, "words");
	assert_int_equal(stat(path, &found), 0);
	assert_int_equal(found.st_mode & 07777, 0644);
	if (geteuid() == 0)
		assert_int_equal(found.st_uid, OWNER);
	assert_int_equal(access(beside, F_OK), -1);
}

/* P18: a FIFO, a link, a hard link or a folder in the place of either file. */
static void traps_are_harmless(void **state)
{
	(void)state;
	assert_int_equal(mkfifo(beside, 0666), 0);
	assert_int_equal(mkfifo(path, 0666), 0);
	assert_int_equal(write_words(), 0);
	assert_text(path, "words");
	assert_int_equal(symlink(secret, beside), 0);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(symlink(secret, path), 0);
	assert_int_equal(write_words(), 0);
	assert_text(path, "words");
	assert_int_equal(link(secret, beside), 0);
	assert_int_equal(write_words(), 0);
	assert_text(secret, "root's");
	assert_int_equal(mkdir(beside, 0755), 0);
	assert_true(write_words() < 0);
	assert_int_equal(rmdir(beside), 0);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkdir(path, 0755), 0);
	assert_true(write_words() < 0);
	assert_text(secret, "root's");
}

/* P18: with the privileges of whoever can change where the path leads, and a link in the folder's place leads nowhere else. */
static void least_trusted_writes(void **state)
{
	char other[64];

	(void)state;
	if (geteuid() != 0)
		skip();
	(void)snprintf(other, sizeof(other), "%s/others", root);
	assert_int_equal(foreign_user_of(path, NOBODY).uid, OWNER);
	assert_int_equal(chown(folder, 0, 0), 0);
	assert_int_equal(foreign_user_of(path, NOBODY).uid, 0);
	/* Group and others, sticky or not: who can write there can put a trap there. */
	assert_int_equal(chmod(folder, 01777), 0);
	assert_int_equal(foreign_user_of(path, NOBODY).uid, NOBODY);
	assert_int_equal(chown(folder, 0, OWNER), 0);
	assert_int_equal(chmod(folder, 0775), 0);
	assert_int_equal(foreign_user_of(path, NOBODY).uid, NOBODY);
	assert_int_equal(foreign_user_of(path, NOBODY).gid, OWNER);
	assert_int_equal(write_words(), 0);
	/* A folder above it. */
	assert_int_equal(chmod(folder, 0755), 0);
	assert_int_equal(chown(root, OWNER, OWNER), 0);
	assert_int_equal(foreign_user_of(path, NOBODY).uid, OWNER);
	/* Its owner makes a link to a folder of root's in its place. */
	assert_int_equal(rename(folder, other), 0);
	assert_int_equal(unlinkat(AT_FDCWD, beside, 0), -1);
	assert_int_equal(symlink(other, folder), 0);
	assert_int_equal(write_words(), -EACCES);
}

int main(void)
{
#define WITH_FOLDER(f) cmocka_unit_test_setup_teardown(f, make_folder, remove_folder)
	const struct CMUnitTest tests[] = {
	        WITH_FOLDER(file_is_replaced),
	        WITH_FOLDER(traps_are_harmless),
	        WITH_FOLDER(least_trusted_writes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
