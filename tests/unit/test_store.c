/* SPDX-License-Identifier: MIT
 *
 * os/storage/store: files that are whole after a power cut at any byte, and calls that fail at every place.
 *
 * The fakes stand in for the calls of libc through --wrap. They do the real thing unless told that the n-th call of any
 * of them fails from then on, is interrupted, or is short.
 */
#include "os/storage/store.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum fault { FAULT_NONE, FAULT_ONCE, FAULT_FOREVER, FAULT_INTERRUPT, FAULT_SHORT };

static struct {
	enum fault fault;
	int at;    /* the call that is faulty, from 1 */
	int calls; /* made so far */
	int error;
	int syncs; /* of a file's bytes */
	int directory_syncs;
	bool writes_only;
} world;

static void world_begin(enum fault fault, int at, int error)
{
	memset(&world, 0, sizeof world);
	world.fault = fault;
	world.at = at;
	world.error = error;
}

/* True where this call fails; sets errno. */
static bool fails(void)
{
	int call = ++world.calls;

	switch (world.fault) {
	case FAULT_NONE:
	case FAULT_SHORT:
		return false;
	case FAULT_ONCE:
		errno = world.error;
		return call == world.at;
	case FAULT_FOREVER:
		errno = world.error;
		return call >= world.at;
	case FAULT_INTERRUPT: /* every other call */
		errno = EINTR;
		return call % 2 == 1;
	}
	return false;
}

static size_t shortened(size_t size)
{
	return world.fault == FAULT_SHORT && size > 1 ? (size + 1) / 2 : size;
}

int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, mode_t mode);
ssize_t __real_write(int fd, const void *bytes, size_t size);
ssize_t __wrap_write(int fd, const void *bytes, size_t size);
ssize_t __real_pwrite(int fd, const void *bytes, size_t size, off_t offset);
ssize_t __wrap_pwrite(int fd, const void *bytes, size_t size, off_t offset);
ssize_t __real_pread(int fd, void *bytes, size_t size, off_t offset);
ssize_t __wrap_pread(int fd, void *bytes, size_t size, off_t offset);
int __real_fdatasync(int fd);
int __wrap_fdatasync(int fd);
int __real_fsync(int fd);
int __wrap_fsync(int fd);
int __real_rename(const char *from, const char *to);
int __wrap_rename(const char *from, const char *to);

int __wrap_open(const char *path, int flags, mode_t mode)
{
	return fails() ? -1 : __real_open(path, flags, mode);
}

ssize_t __wrap_write(int fd, const void *bytes, size_t size)
{
	return fails() ? -1 : __real_write(fd, bytes, shortened(size));
}

ssize_t __wrap_pwrite(int fd, const void *bytes, size_t size, off_t offset)
{
	return fails() ? -1 : __real_pwrite(fd, bytes, shortened(size), offset);
}

ssize_t __wrap_pread(int fd, void *bytes, size_t size, off_t offset)
{
	return fails() ? -1 : __real_pread(fd, bytes, shortened(size), offset);
}

int __wrap_fdatasync(int fd)
{
	if (fails())
		return -1;
	world.syncs++;
	return __real_fdatasync(fd);
}

int __wrap_fsync(int fd)
{
	if (fails())
		return -1;
	world.directory_syncs++;
	return __real_fsync(fd);
}

int __wrap_rename(const char *from, const char *to)
{
	/* rename is not interrupted: it is not tried again */
	return world.fault != FAULT_INTERRUPT && fails() ? -1 : __real_rename(from, to);
}

/* A folder of its own for each test; `state` is its path. */
static int make_folder(void **state)
{
	char *folder = strdup("/tmp/feeddog-store-XXXXXX");

	world_begin(FAULT_NONE, 0, 0);
	*state = folder;
	return folder && mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
	char command[128];

	snprintf(command, sizeof command, "rm -rf '%s'", (char *)*state);
	free(*state);
	return system(command);
}

static const char *path_in(void **state, const char *name)
{
	static char path[256];

	snprintf(path, sizeof path, "%s/%s", (char *)*state, name);
	return path;
}

/* Reads a file as a string. */
static long text_of(const char *path, char text[], size_t size)
{
	enum fault fault = world.fault;

	world.fault = FAULT_NONE;
	long length = store_read(path, text, size - 1);
	world.fault = fault;
	text[length > 0 ? length : 0] = '\0';
	return length;
}

static void put(const char *path, const char *text, size_t size)
{
	FILE *file = fopen(path, "wb");

	assert_non_null(file);
	assert_int_equal(fwrite(text, 1, size, file), size);
	assert_int_equal(fclose(file), 0);
}

static bool exists(const char *path)
{
	return access(path, F_OK) == 0;
}

static void read_tells_absence_from_failure(void **state)
{
	char text[8];

	assert_int_equal(store_read(path_in(state, "absent"), text, sizeof text), 0);
	assert_int_equal(store_read(path_in(state, "absent/below"), text, sizeof text), 0);
	assert_int_equal(store_read(*state, text, sizeof text), -EISDIR);
	put(path_in(state, "file"), "0123456789", 10);
	assert_int_equal(store_read(path_in(state, "file"), text, sizeof text), 8);
	assert_memory_equal(text, "01234567", 8);
	world_begin(FAULT_ONCE, 2, EIO);
	assert_int_equal(store_read(path_in(state, "file"), text, sizeof text), -EIO);
	assert_int_equal(mkfifo(path_in(state, "fifo"), 0600), 0);
	assert_true(store_read(path_in(state, "fifo"), text, sizeof text) < 0);
}

/* P11: notes about processes are believed only where nobody else could have written them. */
static void read_own_refuses_what_others_could_write(void **state)
{
	static const mode_t others[] = {0620, 0602, 0666};
	char text[8];

	put(path_in(state, "note"), "0123456789", 10);
	assert_int_equal(chmod(path_in(state, "note"), 0644), 0);
	assert_int_equal(store_read_own(path_in(state, "note"), text, sizeof text), 8);
	assert_int_equal(store_read_own(path_in(state, "absent"), text, sizeof text), 0);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		assert_int_equal(chmod(path_in(state, "note"), others[i]), 0);
		assert_int_equal(store_read_own(path_in(state, "note"), text, sizeof text), -EPERM);
	}
	assert_int_equal(chmod(path_in(state, "note"), 0644), 0);
	char link[256];
	(void)snprintf(link, sizeof link, "%s", path_in(state, "link"));
	assert_int_equal(symlink(path_in(state, "note"), link), 0);
	assert_int_equal(store_read_own(link, text, sizeof text), -ELOOP);
	assert_int_equal(unlink(link), 0);
	assert_int_equal(mkfifo(path_in(state, "fifo"), 0600), 0);
	assert_int_equal(store_read_own(path_in(state, "fifo"), text, sizeof text), -EPERM);
	if (geteuid() == 0) {
		assert_int_equal(chown(path_in(state, "note"), 1, 1), 0);
		assert_int_equal(store_read_own(path_in(state, "note"), text, sizeof text), -EPERM);
	}
}

/* P9: a slot is written in place and synced, and the name of a new file too. */
static void write_at_is_synced(void **state)
{
	char text[64];
	const char *path = path_in(state, "ledger");

	assert_int_equal(store_write_at(path, 4, "two", 3), 0);
	assert_int_equal(world.syncs, 1);
	assert_int_equal(world.directory_syncs, 1);
	assert_int_equal(store_write_at(path, 0, "one,", 4), 0);
	assert_int_equal(world.syncs, 2);
	assert_int_equal(world.directory_syncs, 1);
	assert_int_equal(text_of(path, text, sizeof text), 7);
	assert_string_equal(text, "one,two");
	struct stat file;
	assert_int_equal(stat(path, &file), 0);
	assert_int_equal(file.st_mode & 0777, 0600);
}

/* What is tried with every call failing in turn: 0, or what it returned. */
static int write_slot(const char *path)
{
	return store_write_at(path, 8, "12345678", 8);
}

static int append_one(const char *path)
{
	return store_append_line(path, "new", 4096);
}

static int append_beyond_the_cap(const char *path)
{
	return store_append_line(path, "new", 20);
}

static int replace_it(const char *path)
{
	return store_replace(path, "new\n", 4, 0644);
}

/*
 * Makes the n-th call fail, for every n, once and from then on: the error is returned as it was, and what was in the
 * file before is still there, whole.
 */
static void fail_each_call(void **state, int (*act)(const char *path), int error, enum fault fault)
{
	static const char before[] = "line one\nline two\n";
	char text[64];
	int n = 0;

	for (;;) {
		const char *path = path_in(state, "file");
		put(path, before, sizeof before - 1);
		world_begin(fault, ++n, error);
		int result = act(path);
		bool reached = world.calls >= n;
		world_begin(FAULT_NONE, 0, 0);
		if (!reached)
			break;
		/* Only the sync of a directory may say EINVAL without harm, and that is not among the errors here. */
		assert_int_equal(result, -error);
		assert_false(exists(path_in(state, "file.new")));
		path = path_in(state, "file");
		assert_true(text_of(path, text, sizeof text) > 0);
		if (strncmp(text, before, 8) != 0)
			assert_non_null(strstr(text, "new\n")); /* replaced: all of the new, only its name not synced */
		assert_int_equal(act(path), 0);
		assert_true(text_of(path, text, sizeof text) > 0);
		if (act != write_slot)
			assert_string_equal(text + strlen(text) - 4, "new\n");
	}
	assert_true(n > 3);
}

static void every_failing_call_is_told(void **state)
{
	static int (*const acts[])(const char *) = {write_slot, append_one, append_beyond_the_cap, replace_it};
	static const int errors[] = {EIO, ENOSPC, EROFS};

	for (size_t a = 0; a < sizeof acts / sizeof acts[0]; a++)
		for (size_t e = 0; e < sizeof errors / sizeof errors[0]; e++) {
			fail_each_call(state, acts[a], errors[e], FAULT_ONCE);
			fail_each_call(state, acts[a], errors[e], FAULT_FOREVER);
		}
}

static void interrupted_and_short_calls_are_taken_up(void **state)
{
	static const enum fault faults[] = {FAULT_INTERRUPT, FAULT_SHORT};
	static int (*const acts[])(const char *) = {write_slot, append_one, append_beyond_the_cap, replace_it};
	static const char *const after[] = {
	        "line one12345678o\n", "line one\nline two\nnew\n", "line two\nnew\n", "new\n"};
	char text[64];

	for (size_t f = 0; f < 2; f++)
		for (size_t a = 0; a < 4; a++) {
			const char *path = path_in(state, "file");
			put(path, "line one\nline two\n", 18);
			world_begin(faults[f], 0, 0);
			int result = acts[a](path);
			assert_int_equal(result, 0);
			text_of(path, text, sizeof text);
			assert_string_equal(text, after[a]);
		}
}

/* P9: a directory that cannot be synced at all is the file system's way, not a failure. */
static void directories_without_sync_are_accepted(void **state)
{
	world_begin(FAULT_NONE, 0, 0);
	assert_int_equal(store_write_at(path_in(state, "a"), 0, "x", 1), 0);
	int sync_call = world.calls;
	world_begin(FAULT_ONCE, sync_call, EINVAL);
	assert_int_equal(store_write_at(path_in(state, "b"), 0, "x", 1), 0);
	world_begin(FAULT_ONCE, sync_call, EIO);
	assert_int_equal(store_write_at(path_in(state, "c"), 0, "x", 1), -EIO);
}

/* A failed append is taken back, so that saying it again does not say it twice. */
static void append_that_fails_leaves_no_part(void **state)
{
	char text[128];
	const char *path = path_in(state, "history");

	assert_int_equal(store_append_line(path, "first", 4096), 0);
	for (int n = 1; n <= 5; n++) {
		world_begin(FAULT_ONCE, n, ENOSPC);
		int result = store_append_line(path, "second", 4096);
		if (world.calls >= n && result == 0)
			fail_msg("call %d failed and nobody said so", n);
		world_begin(FAULT_NONE, 0, 0);
		text_of(path, text, sizeof text);
		if (result != 0)
			assert_string_equal(text, "first\n");
	}
}

/* P9: power cut at every byte of an append: every line before it is whole, and the next append begins a line. */
static void power_cut_at_every_byte_of_an_append(void **state)
{
	static const char whole[] = "{\"event\":\"boot\"}\n{\"event\":\"service-down\"}\n{\"event\":\"restart\"}\n";
	char text[256];
	char expected[256];

	for (size_t cut = 0; cut <= sizeof whole - 1; cut++) {
		const char *path = path_in(state, "history");
		put(path, whole, cut);
		assert_int_equal(store_append_line(path, "{\"event\":\"next\"}", 4096), 0);
		bool torn = cut > 0 && whole[cut - 1] != '\n';
		snprintf(expected, sizeof expected, "%.*s%s{\"event\":\"next\"}\n", (int)cut, whole, torn ? "\n" : "");
		text_of(path, text, sizeof text);
		assert_string_equal(text, expected);
	}
}

/* P9: the history is capped: its older half goes, at a line's end. */
static void append_keeps_within_the_cap(void **state)
{
	char text[4096];
	char line[32];
	enum { CAP = 1000 };
	const char *path = path_in(state, "history");

	for (int i = 0; i < 500; i++) {
		snprintf(line, sizeof line, "line number %d", i);
		assert_int_equal(store_append_line(path, line, CAP), 0);
		long length = text_of(path, text, sizeof text);
		assert_in_range(length, 1, CAP);
		/* Every line is whole, they follow one another, and the last is the newest. */
		int first = -1;
		int count = 0;
		for (char *at = text; *at; at = strchr(at, '\n') + 1, count++) {
			int number = -1;
			assert_int_equal(sscanf(at, "line number %d", &number), 1);
			if (first < 0)
				first = number;
			assert_int_equal(number, first + count);
		}
		assert_int_equal(first + count - 1, i);
		assert_true(i < 20 || count >= 20);
	}
	struct stat file;
	assert_int_equal(stat(path, &file), 0);
	assert_int_equal(file.st_mode & 0777, 0640);
	assert_false(exists(path_in(state, "history.new")));
}

static void append_meets_a_file_that_is_far_too_long(void **state)
{
	char text[256];
	const char *path = path_in(state, "history");
	char *big = malloc(1000000);

	assert_non_null(big);
	memset(big, 'x', 1000000);
	put(path, big, 1000000);
	assert_int_equal(store_append_line(path, "new", 100), 0);
	text_of(path, text, sizeof text);
	assert_string_equal(text, "\nnew\n"); /* no line's start in the half that would be kept */
	memcpy(big + 999990, "\nlast one\n", 10);
	put(path, big, 1000000);
	assert_int_equal(store_append_line(path, "new", 100), 0);
	text_of(path, text, sizeof text);
	assert_string_equal(text, "last one\nnew\n");
	free(big);
}

static void append_refuses_a_line_beyond_the_cap(void **state)
{
	char text[64];
	const char *path = path_in(state, "history");

	assert_int_equal(store_append_line(path, "short", 16), 0);
	assert_int_equal(store_append_line(path, "123456789012345", 16), -EFBIG);
	assert_int_equal(store_append_line(path, "12345678901234", 16), 0);
	text_of(path, text, sizeof text);
	assert_string_equal(text, "12345678901234\n");
	assert_int_equal(store_append_line(path, "a\nb\nc", 64), 0);
	text_of(path, text, sizeof text);
	assert_string_equal(text, "12345678901234\na\nb\nc\n");
}

/* A reader sees the old file or the new one: the bytes are written beside it. */
static void replace_is_at_once(void **state)
{
	char text[64];
	const char *path = path_in(state, "status.json");
	mode_t mask = umask(077);

	put(path, "old", 3);
	int reader = open(path, O_RDONLY | O_CLOEXEC);
	assert_int_equal(store_replace(path, "new", 3, 0644), 0);
	umask(mask);
	assert_int_equal(read(reader, text, sizeof text), 3);
	assert_memory_equal(text, "old", 3);
	close(reader);
	text_of(path, text, sizeof text);
	assert_string_equal(text, "new");
	struct stat file;
	assert_int_equal(stat(path, &file), 0);
	assert_int_equal(file.st_mode & 0777, 0644);
	assert_int_equal(world.syncs, 0);
}

static void make_dir_makes_what_leads_to_it(void **state)
{
	assert_int_equal(store_make_dir(path_in(state, "a/b/c"), 0750), 0);
	assert_int_equal(store_make_dir(path_in(state, "a/b/c"), 0750), 0);
	assert_int_equal(store_make_dir(path_in(state, "a/b/d/"), 0750), 0);
	struct stat file;
	assert_int_equal(stat(path_in(state, "a/b/c"), &file), 0);
	assert_int_equal(file.st_mode & 0777, 0750);
	put(path_in(state, "file"), "x", 1);
	assert_int_equal(store_make_dir(path_in(state, "file"), 0750), -ENOTDIR);
	assert_int_equal(store_make_dir(path_in(state, "file/below"), 0750), -ENOTDIR);
	assert_int_equal(store_make_dir("/proc/none/such", 0750), -ENOENT);
	assert_int_equal(store_make_dir("", 0750), -ENOENT);
}

static void lock_names_its_holder(void **state)
{
	pid_t holder = -1;
	const char *path = path_in(state, "lock");
	int fd = store_lock(path, &holder);

	assert_true(fd >= 0);
	assert_int_equal(holder, 0);
	assert_int_equal(store_lock(path, &holder), -EWOULDBLOCK);
	assert_int_equal(holder, getpid());
	assert_int_equal(ftruncate(fd, 0), 0);
	assert_int_equal(store_lock(path, &holder), -EWOULDBLOCK);
	assert_int_equal(holder, 0);
	assert_true((fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
	close(fd);
	fd = store_lock(path, &holder);
	assert_true(fd >= 0);
	close(fd);
	world_begin(FAULT_ONCE, 1, EROFS);
	assert_int_equal(store_lock(path, &holder), -EROFS);
}

/* P2: the lock counts, and not the pid in it: a full file system does not keep feeddogd from starting. */
static void lock_needs_no_room(void **state)
{
	pid_t holder = -1;
	const char *path = path_in(state, "lock");

	world_begin(FAULT_FOREVER, 2, ENOSPC);
	int fd = store_lock(path, &holder);
	world_begin(FAULT_NONE, 0, 0);
	assert_true(fd >= 0);
	assert_int_equal(store_lock(path, &holder), -EWOULDBLOCK);
	assert_int_equal(holder, 0);
	close(fd);
}

/* P6: a folder is locked for one at a time, without a file in it. */
static void folder_is_locked(void **state)
{
	const char *folder = *state;
	int fd = store_lock_folder(folder);

	assert_true(fd >= 0);
	assert_true((fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
	assert_int_equal(store_lock_folder(folder), -EWOULDBLOCK);
	close(fd);
	fd = store_lock_folder(folder);
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(store_lock_folder(path_in(state, "none")), -ENOENT);
	put(path_in(state, "file"), "x", 1);
	assert_int_equal(store_lock_folder(path_in(state, "file")), -ENOTDIR);
}

/* P9: the name of a file that replaces the history is synced too, or a power cut could bring back the old one. */
static void durable_rename_is_synced(void **state)
{
	const char *path = path_in(state, "history");

	put(path, "one\ntwo\n", 8);
	world_begin(FAULT_NONE, 0, 0);
	assert_int_equal(store_append_line(path, "three", 10), 0);
	assert_int_equal(world.syncs, 1);
	assert_int_equal(world.directory_syncs, 1);
	/* What only this boot reads is not. */
	world_begin(FAULT_NONE, 0, 0);
	assert_int_equal(store_replace(path, "x", 1, 0644), 0);
	assert_int_equal(world.syncs + world.directory_syncs, 0);
}

int main(void)
{
#define WITH_FOLDER(f) cmocka_unit_test_setup_teardown(f, make_folder, remove_folder)
	const struct CMUnitTest tests[] = {
	        WITH_FOLDER(read_tells_absence_from_failure),
	        WITH_FOLDER(read_own_refuses_what_others_could_write),
	        WITH_FOLDER(write_at_is_synced),
	        WITH_FOLDER(every_failing_call_is_told),
	        WITH_FOLDER(interrupted_and_short_calls_are_taken_up),
	        WITH_FOLDER(directories_without_sync_are_accepted),
	        WITH_FOLDER(append_that_fails_leaves_no_part),
	        WITH_FOLDER(power_cut_at_every_byte_of_an_append),
	        WITH_FOLDER(append_keeps_within_the_cap),
	        WITH_FOLDER(append_meets_a_file_that_is_far_too_long),
	        WITH_FOLDER(append_refuses_a_line_beyond_the_cap),
	        WITH_FOLDER(replace_is_at_once),
	        WITH_FOLDER(make_dir_makes_what_leads_to_it),
	        WITH_FOLDER(lock_names_its_holder),
	        WITH_FOLDER(lock_needs_no_room),
	        WITH_FOLDER(folder_is_locked),
	        WITH_FOLDER(durable_rename_is_synced),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
