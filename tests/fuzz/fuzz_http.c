/* SPDX-License-Identifier: MIT
 *
 * Any bytes from a server that http checks ask, through the real libcurl, over a socket: whatever it says, each run ends with
 * one result that has a cause, and it is good only where there was a head with a status that is wanted and a body with what
 * the pattern looks for. Redirects are followed to the same server, so no input leads anywhere else.
 *
 * Found: where the first line only began with HTTP/, in any letters, and could not be read, libcurl said 200 (corpus: no_status,
 * no_digits), and the check was good. The status is now read by the check itself, and so is the version (corpus: no_version).
 */
#include "fuzz.h"

#include "checker/loop.h"
#include "compiler/compile.h"
#include "os/channel/channel.h"
#include "os/clock.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { CONNECTIONS_LAST = 12, TURNS_LAST = 2000, PIECE_LAST = 4096 };

/* Each looks at the answer in a way of its own. */
static const char *const checks[] = {
        "name: a",
        "name: b, body: Q, status: [200, 500-503]",
        "name: c, redirects: true",
        "name: d, method: HEAD",
        "name: e, method: POST, headers: {X-A: b}, body: \"^Q$\"",
};

struct server {
	int listening, connection;
	unsigned connections;
	const uint8_t *bytes; /* of the answer that is being given */
	size_t size, sent, piece;
	bool hangs; /* it keeps the connection open behind its last byte */
};

static struct {
	struct result result;
	unsigned results;
} heard;

int __wrap_channel_send(int fd, const void *record, size_t size);

int __wrap_channel_send(int fd, const void *record, size_t size)
{
	(void)fd;
	must(size == sizeof(heard.result));
	memcpy(&heard.result, record, size);
	heard.results++;
	return 0;
}

static struct flat *configuration(void)
{
	static struct flat *flat;
	char text[2048] = "services:\n  web:\n    checks:\n", path[256];
	size_t length = strlen(text);

	if (flat)
		return flat;
	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++)
		length += (size_t)snprintf(text + length, sizeof(text) - length,
		        "      - {http: \"http://a/\", socket: %s, %s}\n", fuzz_path("http", path), checks[i]);
	flat = compile_text("f.yaml", text, length, stderr);
	must(flat != NULL);
	return flat;
}

static int listen_there(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	char path[256];

	must(fd >= 0 && strlen(fuzz_path("http", path)) < sizeof(address.sun_path));
	memcpy(address.sun_path, path, strlen(path));
	(void)unlink(path);
	must(bind(fd, (const struct sockaddr *)&address, sizeof(address)) == 0 && listen(fd, 16) == 0);
	return fd;
}

static void hang_up(struct server *server)
{
	if (server->connection >= 0)
		(void)close(server->connection);
	server->connection = -1;
}

/* The server's turn: it takes a connection, reads what it is asked, and gives the next piece of its answer. */
static void serve(struct server *server)
{
	char ignored[4096];
	size_t left;
	ssize_t sent;

	if (server->connection < 0) {
		server->connection = accept4(server->listening, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (server->connection < 0 || ++server->connections > CONNECTIONS_LAST) {
			hang_up(server);
			return;
		}
		/* Each gets the same answer from its beginning. */
		server->sent = 0;
	}
	/* What asked and left is not served any more. */
	if (recv(server->connection, ignored, sizeof(ignored), 0) == 0) {
		hang_up(server);
		return;
	}
	left = server->size - server->sent;
	left = left < server->piece ? left : server->piece;
	sent = left > 0 ? send(server->connection, server->bytes + server->sent, left, MSG_NOSIGNAL) : 0;
	if (sent > 0)
		server->sent += (size_t)sent;
	else if (sent < 0 ? errno != EAGAIN : !server->hangs)
		hang_up(server);
}

static void turn(struct checker *checker)
{
	struct epoll_event events[8];
	int count = epoll_wait(checker->epoll_fd, events, 8, 0);
	struct timer *timer;

	for (int i = 0; i < count; i++)
		transfers_event(checker, (int)(uint32_t)events[i].data.u64, events[i].events);
	while ((timer = schedule_take_due(&checker->schedule, clock_now_ms())))
		if (timer->owner == OWNER_TRANSFERS)
			transfers_timer(checker);
}

static bool has_head(const struct server *server)
{
	char line[PIECE_LAST] = "";

	/* The first head may be one that promises another. There may be many spaces before the status. */
	memcpy(line, server->bytes, server->size < sizeof(line) - 1 ? server->size : sizeof(line) - 1);
	const char *status = line + (line[6] == '.' ? 9 : 7);
	return memcmp(line, "HTTP/", 5) == 0 && strspn(line + 5, "0123456789") == 1 && strtol(status, NULL, 10) < 600 &&
	        strtol(status, NULL, 10) >= 100;
}

/* A run of one check against the server. */
static void ask(struct checker *checker, struct probe *probe, struct server *server)
{
	heard.results = 0;
	probe_stamp(probe);
	probe->running = true;
	check_http.start(probe);
	for (int i = 0; i < TURNS_LAST && probe->running; i++) {
		serve(server);
		turn(checker);
	}
	/* The probe's own timer ends what does not end by itself. */
	if (probe->running)
		check_http.timeout(probe);
	must(!probe->running && heard.results == 1);
	must(heard.result.cause != CAUSE_NONE && heard.result.cause < CAUSE_COUNT);
	must(heard.result.outcome == OUTCOME_BAD || heard.result.outcome == OUTCOME_GOOD ||
	        (heard.result.outcome == OUTCOME_UNKNOWN &&
	                (heard.result.cause == CAUSE_CANNOT_PROBE || heard.result.cause == CAUSE_LATE)));
	if (heard.result.outcome == OUTCOME_GOOD) {
		must(has_head(server));
		must(!probe->spec->body || memchr(server->bytes, 'Q', server->size));
	}
	hang_up(server);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct flat *flat = configuration();
	struct rules rules = flat_rules(flat);
	struct input input = {bytes, size};
	struct server server = {.connection = -1};
	static struct checker checker;
	struct probe probe = {.checker = &checker, .flat = flat};
	uint8_t how = take_byte(&input);

	server.piece = take_number(&input, 2) % PIECE_LAST + 1;
	server.hangs = how & 0x80;
	server.bytes = input.bytes;
	server.size = input.size;
	server.listening = listen_there();
	checker = (struct checker){.flat = flat, .run_dir = fuzz_folder(), .generation = 1, .channel_fd = -1};
	checker.epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	must(checker.epoll_fd >= 0 && schedule_open(&checker.schedule, 8) == 0 && transfers_open(&checker) == 0);
	probe.check = (uint16_t)(how % flat->check_count);
	probe.spec = &flat_checks(flat)[probe.check];
	probe.rule = &rules.checks[probe.check];
	must(check_http.init(&probe) == 0);
	ask(&checker, &probe, &server);
	check_http.cleanup(&probe);
	transfers_close(&checker);
	schedule_close(&checker.schedule);
	(void)close(checker.epoll_fd);
	(void)close(server.listening);
	return 0;
}
