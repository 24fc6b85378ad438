/* SPDX-License-Identifier: MIT
 *
 * P4: any datagrams on a heartbeat's socket, at any times: the check is good only while a pat came within its time.
 */
#include "fuzz.h"

#include "checker/loop.h"
#include "compiler/compile.h"
#include "os/channel/channel.h"
#include "os/clock.h"

#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { WITHIN_MS = 1000, BEGIN_MS = 1000000 };

static struct {
	int64_t now_ms, pat_ms;
	unsigned results;
} played;

int64_t __wrap_clock_now_ms(void);
int __wrap_channel_send(int fd, const void *record, size_t size);

int64_t __wrap_clock_now_ms(void)
{
	return played.now_ms;
}

int __wrap_channel_send(int fd, const void *record, size_t size)
{
	struct result result;

	(void)fd;
	must(size == sizeof(result));
	memcpy(&result, record, sizeof(result));
	must(result.outcome < OUTCOME_COUNT && result.cause < CAUSE_COUNT && result.started_ms <= played.now_ms);
	if (result.outcome == OUTCOME_GOOD)
		must(played.pat_ms > 0 && played.now_ms - played.pat_ms < WITHIN_MS);
	played.results++;
	return 0;
}

static struct flat *configuration(void)
{
	static const char yaml[] = "services: {bot: {checks: [{heartbeat: {within: 1s}}]}}\n";
	static struct flat *flat;

	if (!flat)
		flat = compile_text("f.yaml", yaml, strlen(yaml), stderr);
	must(flat != NULL);
	return flat;
}

static void send_datagram(const char *path, const uint8_t *bytes, size_t size)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	must(fd >= 0 && strlen(path) < sizeof(address.sun_path));
	memcpy(address.sun_path, path, strlen(path));
	must(sendto(fd, bytes, size, MSG_DONTWAIT, (const struct sockaddr *)&address, sizeof(address)) ==
	        (ssize_t)size);
	(void)close(fd);
}

/* The last word that counts, as sd_notify(3) says it: lines, each a word. */
static void hear(const uint8_t *bytes, size_t size)
{
	char text[4096], *rest = text;

	size = size < sizeof(text) - 1 ? size : sizeof(text) - 1;
	memcpy(text, bytes, size);
	text[size] = '\0';
	for (char *word; (word = strsep(&rest, "\n"));) {
		if (strcmp(word, "WATCHDOG=1") == 0)
			played.pat_ms = played.now_ms;
		if (strcmp(word, "STOPPING=1") == 0)
			played.pat_ms = 0;
	}
}

static void play(struct input *input, struct checker *checker, struct probe *probe, const char *path)
{
	struct epoll_event event;
	uint8_t message[256];

	while (input->size > 0) {
		uint8_t how = take_byte(input);

		played.now_ms += how & 0x3f ? (int64_t)(how & 0x3f) * 25 : 0;
		if (how & 0x40) {
			size_t size = take_some(input, message, take_byte(input));

			send_datagram(path, message, size);
			hear(message, size);
			must(epoll_wait(checker->epoll_fd, &event, 1, 0) == 1);
			check_heartbeat.event(probe, (int)(uint32_t)event.data.u64);
		} else if (how & 0x80) {
			probe_stamp(probe);
			probe->running = true;
			check_heartbeat.start(probe);
		} else {
			check_heartbeat.look(probe);
		}
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct flat *flat = configuration();
	struct rules rules = flat_rules(flat);
	struct input input = {bytes, size};
	struct checker checker = {.flat = flat, .run_dir = fuzz_folder(), .generation = 1, .channel_fd = -1};
	struct probe probe = {
	        .checker = &checker, .flat = flat, .spec = flat_checks(flat), .rule = rules.checks, .due_ms = BEGIN_MS};
	char path[256], folder[256];

	played.now_ms = BEGIN_MS;
	played.pat_ms = 0;
	(void)mkdir(fuzz_path("heartbeat", folder), 0700);
	(void)mkdir(fuzz_path("checker", folder), 0700);
	checker.epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	must(checker.epoll_fd >= 0 && schedule_open(&checker.schedule, 2) == 0);
	must(check_heartbeat.init(&probe) == 0);
	play(&input, &checker, &probe, fuzz_path("heartbeat/bot", path));
	check_heartbeat.cleanup(&probe);
	schedule_close(&checker.schedule);
	(void)close(checker.epoll_fd);
	return 0;
}
