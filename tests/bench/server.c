/* SPDX-License-Identifier: MIT
 *
 * The server that every candidate of the benchmark keeps alive: one small process, the same for all, that tells when it was
 * executed and when it listened.
 *
 *   server PORT FOLDER [serve|start|restart]
 *
 * serve stays in the foreground; start returns when it listens in the background; restart kills the old one first. FOLDER has
 * `pid`, `count` (eight bytes: how often it was asked) and `bell`, a datagram socket of the benchmark's that hears `started NS`
 * and `listening NS`, in nanoseconds of the monotonic clock. Linked statically, so that little of what is measured is its own.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { QUEUE = 512, REQUEST_SIZE = 4096, BIND_TRIES = 20000 };

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* Nobody may be listening, which is no reason to fail. */
static void ring(const char *word, int64_t at_ns)
{
	struct sockaddr_un bell = {.sun_family = AF_UNIX, .sun_path = "bell"};
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	char text[64];
	int length = snprintf(text, sizeof(text), "%s %lld", word, (long long)at_ns);

	(void)sendto(fd, text, (size_t)length, 0, (struct sockaddr *)&bell, sizeof(bell));
	close(fd);
}

static void write_pid(void)
{
	FILE *file = fopen("pid.new", "we");

	if (!file)
		return;
	fprintf(file, "%d\n", (int)getpid());
	fclose(file);
	(void)rename("pid.new", "pid");
}

static void kill_old(void)
{
	FILE *file = fopen("pid", "re");
	int pid = 0;

	if (!file)
		return;
	if (fscanf(file, "%d", &pid) != 1 || pid <= 1)
		pid = 0;
	fclose(file);
	if (pid > 1)
		kill(pid, SIGKILL);
}

/* The old one's end frees the port a moment after it was killed. */
static int listen_on(uint16_t port)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int yes = 1;

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
	for (int tries = 0; bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0; tries++) {
		if (tries == BIND_TRIES)
			exit(1);
		usleep(100);
	}
	return listen(fd, QUEUE) < 0 ? -1 : fd;
}

static uint64_t *open_count(void)
{
	int fd = open("count", O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	void *count = MAP_FAILED;

	if (fd >= 0 && ftruncate(fd, sizeof(uint64_t)) == 0)
		count = mmap(NULL, sizeof(uint64_t), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (count == MAP_FAILED)
		exit(1);
	return count;
}

static void serve(int listener, uint64_t *count)
{
	static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: close\r\n\r\nok\n";
	const struct timeval patience = {.tv_sec = 1};
	char request[REQUEST_SIZE];

	for (;;) {
		int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);

		if (fd < 0)
			continue;
		setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
		if (recv(fd, request, sizeof(request), 0) > 0) {
			(void)send(fd, answer, sizeof(answer) - 1, MSG_NOSIGNAL);
			++*count;
		}
		close(fd);
	}
}

static void run(uint16_t port, int told)
{
	int listener = listen_on(port);

	write_pid();
	ring("listening", now_ns());
	if (told >= 0)
		close(told);
	serve(listener, open_count());
}

/* The child tells by closing the pipe that it listens. */
static int start(uint16_t port)
{
	int ends[2];
	char byte;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return 1;
	if (fork() == 0) {
		setsid();
		close(ends[0]);
		int null = open("/dev/null", O_RDWR | O_CLOEXEC);
		for (int fd = 0; fd < 3; fd++)
			dup2(null, fd);
		run(port, ends[1]);
	}
	close(ends[1]);
	return read(ends[0], &byte, 1) < 0;
}

int main(int argc, char *argv[])
{
	int64_t started_ns = now_ns();
	const char *verb = argc > 3 ? argv[3] : "serve";

	if (argc < 3 || chdir(argv[2]) < 0)
		return 64;
	uint16_t port = (uint16_t)atoi(argv[1]);
	signal(SIGCHLD, SIG_IGN);
	ring("started", started_ns);
	if (strcmp(verb, "restart") == 0)
		kill_old();
	if (strcmp(verb, "serve") != 0)
		return start(port);
	run(port, -1);
}
