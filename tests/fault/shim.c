/* SPDX-License-Identifier: MIT
 *
 * Calls that fail on demand. Linked between our own objects and the C library by --wrap, so that each call that our sources
 * make comes through here first; what the libraries call among themselves does not. Production code knows nothing of it.
 *
 *   FEEDDOG_FAULT=PROGRAM:CALL:N:HOW:LASTS[:ON]
 *
 * The N-th CALL of PROGRAM fails, once or (LASTS = forever) from then on. HOW is an errno, `short` (half of what was asked for
 * is done), cutK: K bytes are written and the process is killed, as by a power cut, or, for fork, `linger`: it works, and
 * another child stays behind that never comes to its exec. ON: only calls on a descriptor whose path holds this word count.
 * CALL may be `-`: none fails.
 *
 *   FEEDDOG_FAULT_AFTER=FILE    counting begins when this file is there
 *   FEEDDOG_FAULT_LOG=FILE      each call that counts is told there, a line each, with a ! before one that failed
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LOG_FD = 700, TOLD_LAST = 20000, NO_FD = -1, HOW_SHORT = -1, HOW_CUT = -2, HOW_LINGER = -3, LINGER_S = 10 };

static struct {
	char text[256];
	const char *call, *on, *after;
	long at, cut;
	int how;
	bool ours, forever, begun;
	long seen, told;
} plan;

int __real_open(const char *path, int flags, ...);
ssize_t __real_write(int fd, const void *bytes, size_t size);
int __real_access(const char *path, int mode);
ssize_t __real_readlink(const char *path, char *target, size_t size);
int __real_dup2(int fd, int to);
int __real_close(int fd);

static void open_log(void)
{
	const char *path = getenv("FEEDDOG_FAULT_LOG");
	int fd = path ? __real_open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666) : -1;

	if (fd < 0)
		return;
	(void)__real_dup2(fd, LOG_FD);
	(void)__real_close(fd);
}

static char *next_word(char **rest)
{
	char *word = strsep(rest, ":");

	return word ? word : plan.text + sizeof(plan.text) - 1;
}

__attribute__((constructor)) static void read_plan(void)
{
	const char *text = getenv("FEEDDOG_FAULT");
	char *rest = plan.text;
	const char *how;

	if (!text || strlen(text) >= sizeof(plan.text) - 1)
		return;
	memcpy(plan.text, text, strlen(text));
	plan.ours = strcmp(next_word(&rest), program_invocation_short_name) == 0;
	if (!plan.ours)
		return;
	plan.call = next_word(&rest);
	plan.at = strtol(next_word(&rest), NULL, 10);
	how = next_word(&rest);
	plan.how = (int)strtol(how, NULL, 10);
	if (strcmp(how, "short") == 0)
		plan.how = HOW_SHORT;
	if (strcmp(how, "linger") == 0)
		plan.how = HOW_LINGER;
	if (strncmp(how, "cut", 3) == 0) {
		plan.how = HOW_CUT;
		plan.cut = strtol(how + 3, NULL, 10);
	}
	plan.forever = strcmp(next_word(&rest), "forever") == 0;
	plan.on = next_word(&rest);
	plan.after = getenv("FEEDDOG_FAULT_AFTER");
	plan.begun = !plan.after;
	open_log();
}

static bool is_on(int fd)
{
	char link[64], target[512];
	ssize_t length;

	if (!plan.on[0])
		return true;
	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	length = fd < 0 ? -1 : __real_readlink(link, target, sizeof(target) - 1);
	target[length > 0 ? length : 0] = '\0';
	return strstr(target, plan.on) != NULL;
}

static void tell(const char *call, bool fails)
{
	char line[64];
	int length;

	/* Enough is enough where a call is made again and again. */
	if (plan.told++ >= TOLD_LAST)
		return;
	length = snprintf(line, sizeof(line), "%s%s\n", fails ? "!" : "", call);

	(void)!__real_write(LOG_FD, line, (size_t)length);
}

/* 0: it is done as asked; an errno, HOW_SHORT or HOW_CUT otherwise. Leaves errno as it is. */
static int strike(const char *call, int fd)
{
	int saved = errno;
	bool fails = false;

	if (!plan.ours)
		return 0;
	plan.begun = plan.begun || __real_access(plan.after, F_OK) == 0;
	if (plan.begun && is_on(fd)) {
		bool counts = strcmp(call, plan.call) == 0;

		plan.seen += counts;
		fails = counts && (plan.forever ? plan.seen >= plan.at : plan.seen == plan.at);
		tell(call, fails);
	}
	errno = saved;
	return fails ? plan.how : 0;
}

/* A call that gives `failed` where it fails. */
#define FALLIBLE(type, name, parameters, arguments, fd, failed)                                                        \
	type __real_##name parameters;                                                                                 \
	type __wrap_##name parameters;                                                                                 \
	type __wrap_##name parameters                                                                                  \
	{                                                                                                              \
		int how = strike(#name, fd);                                                                           \
		if (how > 0) {                                                                                         \
			errno = how;                                                                                   \
			return failed;                                                                                 \
		}                                                                                                      \
		return __real_##name arguments;                                                                        \
	}

/* One that moves bytes, of which the last argument but `offset` is the number. */
#define MOVING(name, parameters, arguments, fd, size)                                                                  \
	ssize_t __real_##name parameters;                                                                              \
	ssize_t __wrap_##name parameters;                                                                              \
	ssize_t __wrap_##name parameters                                                                               \
	{                                                                                                              \
		int how = strike(#name, fd);                                                                           \
		if (how > 0) {                                                                                         \
			errno = how;                                                                                   \
			return -1;                                                                                     \
		}                                                                                                      \
		if (how == HOW_SHORT && size > 1)                                                                      \
			size = size / 2;                                                                               \
		if (how != HOW_CUT)                                                                                    \
			return __real_##name arguments;                                                                \
		size = (size_t)plan.cut < size ? (size_t)plan.cut : size;                                              \
		(void)!__real_##name arguments;                                                                        \
		(void)kill(getpid(), SIGKILL);                                                                         \
		return -1;                                                                                             \
	}

MOVING(read, (int fd, void *bytes, size_t size), (fd, bytes, size), fd, size)
MOVING(pread, (int fd, void *bytes, size_t size, off_t at), (fd, bytes, size, at), fd, size)
MOVING(write, (int fd, const void *bytes, size_t size), (fd, bytes, size), fd, size)
MOVING(pwrite, (int fd, const void *bytes, size_t size, off_t at), (fd, bytes, size, at), fd, size)
MOVING(send, (int fd, const void *bytes, size_t size, int flags), (fd, bytes, size, flags), fd, size)
FALLIBLE(ssize_t, recv, (int fd, void *bytes, size_t size, int flags), (fd, bytes, size, flags), fd, -1)
FALLIBLE(ssize_t, recvmsg, (int fd, struct msghdr *message, int flags), (fd, message, flags), fd, -1)
FALLIBLE(ssize_t, sendto,
        (int fd, const void *bytes, size_t size, int flags, const struct sockaddr *to, socklen_t length),
        (fd, bytes, size, flags, to, length), fd, -1)
FALLIBLE(int, poll, (struct pollfd * fds, nfds_t count, int timeout), (fds, count, timeout), NO_FD, -1)
FALLIBLE(int, epoll_create1, (int flags), (flags), NO_FD, -1)
FALLIBLE(int, epoll_ctl, (int epoll, int what, int fd, struct epoll_event *event), (epoll, what, fd, event), fd, -1)
FALLIBLE(int, epoll_wait, (int epoll, struct epoll_event *events, int room, int timeout),
        (epoll, events, room, timeout), epoll, -1)
FALLIBLE(int, fsync, (int fd), (fd), fd, -1)
FALLIBLE(int, fdatasync, (int fd), (fd), fd, -1)
FALLIBLE(int, ftruncate, (int fd, off_t size), (fd, size), fd, -1)
FALLIBLE(int, fstat, (int fd, struct stat *status), (fd, status), fd, -1)
FALLIBLE(int, stat, (const char *path, struct stat *status), (path, status), NO_FD, -1)
FALLIBLE(int, lstat, (const char *path, struct stat *status), (path, status), NO_FD, -1)
FALLIBLE(int, statx, (int folder, const char *path, int flags, unsigned mask, struct statx *status),
        (folder, path, flags, mask, status), folder, -1)
FALLIBLE(int, renameat, (int from_folder, const char *from, int folder, const char *to),
        (from_folder, from, folder, to), folder, -1)
FALLIBLE(int, unlinkat, (int folder, const char *path, int flags), (folder, path, flags), folder, -1)
FALLIBLE(int, eventfd, (unsigned value, int flags), (value, flags), NO_FD, -1)
FALLIBLE(int, dup3, (int fd, int to, int flags), (fd, to, flags), fd, -1)
FALLIBLE(int, setsockopt, (int fd, int level, int name, const void *value, socklen_t size),
        (fd, level, name, value, size), fd, -1)
FALLIBLE(int, fchown, (int fd, uid_t user, gid_t group), (fd, user, group), fd, -1)
FALLIBLE(int, rename, (const char *from, const char *to), (from, to), NO_FD, -1)
FALLIBLE(int, mkdir, (const char *path, mode_t mode), (path, mode), NO_FD, -1)
FALLIBLE(int, unlink, (const char *path), (path), NO_FD, -1)
FALLIBLE(int, access, (const char *path, int mode), (path, mode), NO_FD, -1)
FALLIBLE(ssize_t, readlink, (const char *path, char *target, size_t size), (path, target, size), NO_FD, -1)
FALLIBLE(int, flock, (int fd, int what), (fd, what), fd, -1)
FALLIBLE(int, chmod, (const char *path, mode_t mode), (path, mode), NO_FD, -1)
FALLIBLE(int, fchmod, (int fd, mode_t mode), (fd, mode), fd, -1)
FALLIBLE(int, chdir, (const char *path), (path), NO_FD, -1)
FALLIBLE(DIR *, opendir, (const char *path), (path), NO_FD, NULL)
FALLIBLE(FILE *, fopen, (const char *path, const char *mode), (path, mode), NO_FD, NULL)
FALLIBLE(FILE *, open_memstream, (char **text, size_t *size), (text, size), NO_FD, NULL)
FALLIBLE(void *, mmap, (void *at, size_t size, int may, int flags, int fd, off_t offset),
        (at, size, may, flags, fd, offset), fd, MAP_FAILED)
FALLIBLE(int, memfd_create, (const char *name, unsigned flags), (name, flags), NO_FD, -1)
FALLIBLE(int, signalfd, (int fd, const sigset_t *signals, int flags), (fd, signals, flags), NO_FD, -1)
FALLIBLE(int, pipe2, (int fds[2], int flags), (fds, flags), NO_FD, -1)
FALLIBLE(int, dup2, (int fd, int to), (fd, to), fd, -1)
FALLIBLE(int, socket, (int family, int kind, int protocol), (family, kind, protocol), NO_FD, -1)
FALLIBLE(int, socketpair, (int family, int kind, int protocol, int fds[2]), (family, kind, protocol, fds), NO_FD, -1)
FALLIBLE(int, bind, (int fd, const struct sockaddr *to, socklen_t length), (fd, to, length), fd, -1)
FALLIBLE(int, connect, (int fd, const struct sockaddr *to, socklen_t length), (fd, to, length), fd, -1)
FALLIBLE(pid_t, waitpid, (pid_t pid, int *status, int options), (pid, status, options), NO_FD, -1)
FALLIBLE(int, waitid, (idtype_t what, id_t id, siginfo_t *info, int options), (what, id, info, options), NO_FD, -1)
FALLIBLE(int, kill, (pid_t pid, int number), (pid, number), NO_FD, -1)
FALLIBLE(void *, malloc, (size_t size), (size), NO_FD, NULL)
FALLIBLE(void *, calloc, (size_t count, size_t size), (count, size), NO_FD, NULL)
FALLIBLE(void *, realloc, (void *old, size_t size), (old, size), NO_FD, NULL)
FALLIBLE(void *, reallocarray, (void *old, size_t count, size_t size), (old, count, size), NO_FD, NULL)
FALLIBLE(char *, strdup, (const char *text), (text), NO_FD, NULL)
FALLIBLE(char *, strndup, (const char *text, size_t size), (text, size), NO_FD, NULL)

/* Linux has let the descriptor go when it reports an error. */
int __wrap_close(int fd);
int __wrap_close(int fd)
{
	int how = strike("close", fd);
	int result = __real_close(fd);

	errno = how > 0 ? how : errno;
	return how > 0 ? -1 : result;
}

pid_t __real_fork(void);
pid_t __wrap_fork(void);

pid_t __wrap_fork(void)
{
	int how = strike("fork", NO_FD);

	if (how > 0) {
		errno = how;
		return -1;
	}
	if (how == HOW_LINGER && __real_fork() == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		(void)alarm(LINGER_S);
		for (;;)
			(void)pause();
	}
	return __real_fork();
}

/* Those with more or fewer arguments as it pleases the caller. */
int __wrap_open(const char *path, int flags, ...);
int __real_openat(int folder, const char *path, int flags, ...);
int __wrap_openat(int folder, const char *path, int flags, ...);
int __real_fcntl(int fd, int what, ...);
int __wrap_fcntl(int fd, int what, ...);
long __real_syscall(long number, ...);
long __wrap_syscall(long number, long a, long b, long c, long d, long e);

static mode_t mode_of(int flags, va_list more)
{
	return flags & O_CREAT ? va_arg(more, mode_t) : 0;
}

int __wrap_open(const char *path, int flags, ...)
{
	int how = strike("open", NO_FD);
	va_list more;
	mode_t mode;

	va_start(more, flags);
	mode = mode_of(flags, more);
	va_end(more);
	errno = how > 0 ? how : errno;
	return how > 0 ? -1 : __real_open(path, flags, mode);
}

int __wrap_openat(int folder, const char *path, int flags, ...)
{
	int how = strike("openat", folder);
	va_list more;
	mode_t mode;

	va_start(more, flags);
	mode = mode_of(flags, more);
	va_end(more);
	errno = how > 0 ? how : errno;
	return how > 0 ? -1 : __real_openat(folder, path, flags, mode);
}

int __wrap_fcntl(int fd, int what, ...)
{
	int how = strike("fcntl", fd);
	va_list more;
	void *argument;

	va_start(more, what);
	argument = va_arg(more, void *);
	va_end(more);
	errno = how > 0 ? how : errno;
	return how > 0 ? -1 : __real_fcntl(fd, what, argument);
}

/* Five arguments are the most that our sources pass. All are in registers, like those of a function with any number of them. */
long __wrap_syscall(long number, long a, long b, long c, long d, long e)
{
	int how = strike("syscall", NO_FD);

	errno = how > 0 ? how : errno;
	return how > 0 ? -1 : __real_syscall(number, a, b, c, d, e);
}
