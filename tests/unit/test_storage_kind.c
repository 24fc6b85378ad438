/* SPDX-License-Identifier: MIT
 *
 * os/storage/storage_kind: which file systems survive a reset, by /proc/mounts of a root of the test's own (promise P6).
 */
#include "os/storage/storage_kind.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

static char root[] = "/tmp/feeddog-storage.XXXXXX";

static void put(const char *name, const char *text)
{
	char path[256];

	assert_true(snprintf(path, sizeof(path), "%s/%s", root, name) < (int)sizeof(path));
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static void make(const char *name)
{
	char path[256];

	assert_true(snprintf(path, sizeof(path), "%s/%s", root, name) < (int)sizeof(path));
	(void)mkdir(path, 0755);
}

static void expect(const char *mounts, const char *command_line, enum storage_kind kind)
{
	put("proc/mounts", mounts);
	put("proc/cmdline", command_line);
	assert_int_equal(storage_kind_of(root, "/var/lib/feeddog"), kind);
}

static const char disk[] = "/dev/mmcblk0p2 / ext4 rw 0 0\n";

/* P6: of several mounts on the way the nearest counts, and on one point the last. */
static void nearest_mount_counts(void **state)
{
	(void)state;
	expect(disk, "", STORAGE_LASTING);
	expect("/dev/a / ext4 rw 0 0\ntmpfs /var tmpfs rw 0 0\n", "", STORAGE_MEMORY);
	expect("/dev/a / ext4 rw 0 0\ntmpfs /var/lib/feed tmpfs rw 0 0\n", "", STORAGE_LASTING);
	expect("tmpfs /var/lib/feeddog tmpfs rw 0 0\n/dev/a / ext4 rw 0 0\n", "", STORAGE_MEMORY);
	expect("tmpfs /var tmpfs rw 0 0\n/dev/b /var ext4 rw 0 0\n", "", STORAGE_LASTING);
	expect("rootfs / rootfs rw 0 0\n", "", STORAGE_MEMORY);
	expect("/dev/zram1 /var/lib ext4 rw 0 0\n", "", STORAGE_MEMORY_DISK);
	expect("/dev/ram0 / ext2 rw 0 0\n", "", STORAGE_MEMORY_DISK);
	/* Nothing is known: a root without /proc. */
	expect("", "", STORAGE_LASTING);
}

/* P6: an overlay is what its upper folder lies on, whatever characters its name has. */
static void overlay_is_its_upper_folder(void **state)
{
	(void)state;
	expect("/dev/a / ext4 ro 0 0\ntmpfs /ram tmpfs rw 0 0\noverlay /var/lib overlay rw,lowerdir=/l,upperdir=/ram/up,workdir=/ram/w 0 0\n",
	        "", STORAGE_OVERLAY_ON_MEMORY);
	expect("/dev/a / ext4 ro 0 0\n/dev/b /ram ext4 rw 0 0\noverlay /var overlay rw,upperdir=/ram/up 0 0\n", "",
	        STORAGE_LASTING);
	expect("tmpfs /a\\040b tmpfs rw 0 0\noverlay /var overlay rw,upperdir=/a\\040b/up,workdir=/w 0 0\n", "",
	        STORAGE_OVERLAY_ON_MEMORY);
	/* An overlay over an overlay. */
	expect("tmpfs /ram tmpfs rw 0 0\noverlay /lower overlay rw,upperdir=/ram/up 0 0\n"
	       "overlay /var overlay rw,upperdir=/lower/up 0 0\n",
	        "", STORAGE_OVERLAY_ON_MEMORY);
}

/* P6: where the upper folder is hidden the kernel's command line tells; a container, which has no such words, counts. */
static void hidden_overlay(void **state)
{
	static const char hidden[] = "overlay / overlay rw,lowerdir=/lower,upperdir=/gone/up,workdir=/gone/w 0 0\n";
	static const char seen_inside[] = "overlay / overlay rw,upperdir=/inside/up,workdir=/inside/w 0 0\n";

	(void)state;
	expect(hidden, "root=/dev/sda1 overlayroot=tmpfs quiet", STORAGE_OVERLAY_ON_MEMORY);
	expect(hidden, "overlayroot=tmpfs:swap=1,recurse=0", STORAGE_OVERLAY_ON_MEMORY);
	expect(hidden, "boot=overlay root=/dev/sda1", STORAGE_OVERLAY_ON_MEMORY);
	expect(seen_inside, "boot=overlay", STORAGE_OVERLAY_ON_MEMORY);
	expect(hidden, "root=/dev/sda1 overlayroot=device:dev=/dev/sdb1", STORAGE_LASTING);
	expect(hidden, "boot=overlays", STORAGE_LASTING);
	expect(seen_inside, "", STORAGE_LASTING);
	/* The words are about the root alone. */
	expect("/dev/a / ext4 rw 0 0\noverlay /var overlay rw,upperdir=/gone/up 0 0\n", "boot=overlay",
	        STORAGE_LASTING);
}

static int open_root(void **state)
{
	static const char *const folders[] = {
	        "proc", "ram", "ram/up", "a b", "a b/up", "lower", "lower/up", "inside", "inside/up"};

	(void)state;
	if (!mkdtemp(root))
		return -1;
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
		make(folders[i]);
	return 0;
}

static int close_root(void **state)
{
	char command[64];

	(void)state;
	(void)snprintf(command, sizeof(command), "rm -rf %s", root);
	return system(command);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(nearest_mount_counts),
	        cmocka_unit_test(overlay_is_its_upper_folder),
	        cmocka_unit_test(hidden_overlay),
	};

	return cmocka_run_group_tests(tests, open_root, close_root);
}
