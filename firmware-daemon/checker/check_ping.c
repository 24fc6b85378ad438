/* SPDX-License-Identifier: MIT
 *
 * ping: a host answers an echo request, through one interface where that is given; or, with an interface alone, that has
 * received anything since the last probe.
 *
 * The name is resolved anew for each run. Of several addresses the first one counts that a request can be sent to.
 */
#include "gauge.h"

#include "os/clock.h"
#include "os/echo.h"
#include "os/hardware/net_counter.h"
#include "loop.h"

#include <errno.h>
#include <sys/random.h>

enum { LOOK_APART_MS = 100 };

struct ping {
	struct gauge gauge;
	struct lookup lookup;
	int next; /* of its addresses */
	int fd;   /* -1: no request is under way */
	uint16_t sequence;
	uint8_t token[ECHO_TOKEN_SIZE];
	/* With an interface alone. */
	bool counted;
	uint64_t packets;
	int64_t received_ms; /* when the count was seen to change */
};

static int ping_init(struct probe *probe)
{
	int error = gauge_new(probe, sizeof(struct ping));

	if (error == 0)
		((struct ping *)probe->own)->fd = -1;
	return error;
}

static const char *interface_of(const struct probe *probe)
{
	return probe->spec->resource ? flat_text(probe->flat, probe->spec->resource) : NULL;
}

static void forget_request(struct probe *probe)
{
	struct ping *ping = probe->own;

	if (ping->fd >= 0)
		probe_close(probe, ping->fd);
	ping->fd = -1;
}

static void end(struct probe *probe, struct verdict verdict)
{
	struct ping *ping = probe->own;

	forget_request(probe);
	lookup_stop(probe, &ping->lookup);
	probe_end(probe, verdict);
}

static struct verdict failure(const struct probe *probe, int error)
{
	switch (error) {
	case EACCES:
		gauge_tell(probe,
		        "the kernel does not let the checker's group ping: "
		        "sysctl -w net.ipv4.ping_group_range=\"0 2147483647\" (also for IPv6)");
		return gauge_unread(probe, error);
	case ENODEV:
	case EPERM:
		return gauge_unread(probe, error);
	case ENXIO:
		return (struct verdict){.outcome = OUTCOME_BAD, .cause = CAUSE_UNRESOLVED};
	default:
		return transfer_verdict(CURLE_COULDNT_CONNECT, error);
	}
}

/* Sends a request to one address. 0 or -errno. */
static int ask_address(struct probe *probe, int i)
{
	struct ping *ping = probe->own;
	const struct sockaddr *address = (const struct sockaddr *)&ping->lookup.resolved.addresses[i];
	int error;

	ping->fd = echo_open(address, ping->lookup.resolved.sizes[i], interface_of(probe));
	if (ping->fd < 0) {
		error = ping->fd;
		ping->fd = -1;
		return error;
	}
	error = probe_watch(probe, ping->fd);
	if (error == 0)
		error = echo_send(ping->fd, ++ping->sequence, ping->token);
	if (error < 0)
		forget_request(probe);
	return error;
}

/* Goes on with the next address that takes a request; without one the run ends with what was wrong with the last. */
static void ask_next(struct probe *probe, int error)
{
	struct ping *ping = probe->own;

	while (ping->next < ping->lookup.resolved.count) {
		error = ask_address(probe, ping->next++);
		if (error == 0)
			return;
	}
	end(probe, failure(probe, -error));
}

static void ask_host(struct probe *probe)
{
	struct ping *ping = probe->own;

	ping->next = 0;
	/* Only ours counts as an answer; where there is no randomness yet the sequence must do. */
	(void)!getrandom(ping->token, sizeof(ping->token), GRND_NONBLOCK);
	ask_next(probe, -ENXIO);
}

static void on_answer(struct lookup *lookup, int error)
{
	struct probe *probe = lookup->probe;

	if (error)
		end(probe, lookup_failure(error));
	else
		ask_host(probe);
}

static void start_host(struct probe *probe)
{
	struct ping *ping = probe->own;

	if (lookup_start(probe, &ping->lookup, flat_text(probe->flat, probe->spec->host), on_answer) == LOOKUP_FOUND)
		ask_host(probe);
}

/* Looks whether anything was received; the run goes on where nothing was. */
static void look_at_interface(struct probe *probe)
{
	struct ping *ping = probe->own;
	int64_t now_ms = clock_now_ms();
	int64_t end_ms = probe->started_ms + probe->rule->timeout_ms;
	uint64_t last = ping->packets;
	bool first = !ping->counted;
	int error = net_received(interface_of(probe), &ping->packets);

	ping->counted = error == 0;
	if (error < 0) {
		end(probe, gauge_unread(probe, -error));
		return;
	}
	if (first || ping->packets != last)
		ping->received_ms = now_ms;
	if (!first && ping->packets != last)
		end(probe, (struct verdict){.outcome = OUTCOME_GOOD, .cause = CAUSE_OK});
	else if (now_ms >= end_ms)
		end(probe,
		        (struct verdict){.outcome = OUTCOME_BAD,
		                .cause = CAUSE_SILENT,
		                .detail = gauge_rounded(now_ms - ping->received_ms, 1)});
	else
		schedule_set(&probe->checker->schedule, &probe->timer,
		        now_ms + LOOK_APART_MS < end_ms ? now_ms + LOOK_APART_MS : end_ms);
}

static void ping_start(struct probe *probe)
{
	if (probe->spec->host)
		start_host(probe);
	else
		look_at_interface(probe);
}

static void take_answer(struct probe *probe)
{
	struct ping *ping = probe->own;
	int error;

	do
		error = echo_receive(ping->fd, ping->sequence, ping->token);
	while (error == -EBADMSG);
	if (error == -EAGAIN)
		return;
	if (error == 0) {
		end(probe, (struct verdict){.outcome = OUTCOME_GOOD, .cause = CAUSE_OK});
		return;
	}
	forget_request(probe);
	ask_next(probe, error);
}

static void ping_event(struct probe *probe, int fd)
{
	const struct ping *ping = probe->own;

	if (ping->fd >= 0 && fd == ping->fd)
		take_answer(probe);
}

static void ping_timeout(struct probe *probe)
{
	struct ping *ping = probe->own;

	if (probe->spec->host)
		end(probe, lookup_timeout_verdict(probe, &ping->lookup));
	else
		look_at_interface(probe);
}

static void ping_cleanup(struct probe *probe)
{
	struct ping *ping = probe->own;

	forget_request(probe);
	lookup_stop(probe, &ping->lookup);
	gauge_cleanup(probe);
}

const struct probe_kind check_ping = {
        .init = ping_init,
        .start = ping_start,
        .timeout = ping_timeout,
        .event = ping_event,
        .cleanup = ping_cleanup,
};
