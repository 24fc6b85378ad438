/* SPDX-License-Identifier: MIT
 *
 * os/channel/control_socket and os/channel/sealed_memory: who may talk to feeddogd, and that nobody may change what it has read.
 */
#include "os/channel/control_socket.h"
#include "os/channel/sealed_memory.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

/* P18: only its owner may write to the control socket, whatever the umask and whatever lay there before. */
static void control_socket_is_private(void **state)
{
	char folder[] = "/tmp/feeddog-control.XXXXXX", path[64];
	struct stat found;

	(void)state;
	assert_non_null(mkdtemp(folder));
	(void)snprintf(path, sizeof(path), "%s/control", folder);
	mode_t mask = umask(0);
	int other = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0666);
	assert_true(other >= 0);
	(void)close(other);
	int fd = control_socket_bind(path);
	assert_true(fd >= 0);
	assert_int_equal(umask(mask), 0);
	assert_int_equal(stat(path, &found), 0);
	assert_true(S_ISSOCK(found.st_mode));
	assert_int_equal(found.st_mode & 0777, 0600);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	assert_true(fcntl(fd, F_GETFL) & O_NONBLOCK);
	(void)close(fd);
	(void)unlink(path);
	(void)rmdir(folder);
}

/* P18: a sealed block can be read, and not be written, resized, mapped for writing or unsealed by anybody who has it. */
static void sealed_memory_is_final(void **state)
{
	int fd = memory_create("test");

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "words", 5), 5);
	assert_int_equal(memory_seal(fd), 0);
	assert_int_equal(pwrite(fd, "W", 1, 0), -1);
	assert_int_equal(errno, EPERM);
	assert_int_equal(ftruncate(fd, 4), -1);
	assert_int_equal(ftruncate(fd, 6), -1);
	assert_ptr_equal(mmap(NULL, 5, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0), MAP_FAILED);
	int seals = fcntl(fd, F_GET_SEALS);
	assert_int_equal(seals & (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE),
	        F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE);
	(void)close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(control_socket_is_private),
	        cmocka_unit_test(sealed_memory_is_final),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
