/* SPDX-License-Identifier: MIT
 *
 * Hears when dogs are fed: reads FIFOs that stand in for watchdog devices, at a real-time priority above that of who feeds
 * them, so that a busy machine shows in the feeding and not in the hearing.
 *
 *   ear FIFO ...
 *
 * Prints a line for each byte: the number of the FIFO, nanoseconds of the monotonic clock, the byte.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

enum { DOGS_LAST = 8, PRIORITY = 50 };

static void hear(int dog, int fd)
{
	unsigned char bytes[256];
	ssize_t length = read(fd, bytes, sizeof(bytes));
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	for (ssize_t i = 0; i < length; i++)
		printf("%d %lld %d\n", dog, (long long)now.tv_sec * 1000000000 + now.tv_nsec, bytes[i]);
	(void)fflush(stdout);
}

int main(int argc, char *argv[])
{
	struct sched_param param = {.sched_priority = PRIORITY};
	struct pollfd dogs[DOGS_LAST];
	int count = argc - 1;

	if (count < 1 || count > DOGS_LAST)
		return 64;
	/* For both, so that a FIFO does not read as ended while nobody feeds. */
	for (int i = 0; i < count; i++) {
		dogs[i] = (struct pollfd){.fd = open(argv[i + 1], O_RDWR | O_NONBLOCK | O_CLOEXEC), .events = POLLIN};
		if (dogs[i].fd < 0) {
			perror(argv[i + 1]);
			return 71;
		}
	}
	if (mlockall(MCL_CURRENT | MCL_FUTURE) < 0 || sched_setscheduler(0, SCHED_FIFO, &param) < 0) {
		perror("ear: real-time priority");
		return 71;
	}
	for (;;) {
		if (poll(dogs, (nfds_t)count, -1) < 0 && errno != EINTR)
			return 71;
		for (int i = 0; i < count; i++)
			if (dogs[i].revents & POLLIN)
				hear(i, dogs[i].fd);
	}
}
