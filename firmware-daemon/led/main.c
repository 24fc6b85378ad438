/* SPDX-License-Identifier: MIT
 *
 * feeddog-led: shows on the LED what the feeder tells it, and *fault* where the feeder tells nothing (promise P8). When
 * the feeder dies it stays and goes on showing *fault*, until the board is reset or the next feeddog-led takes over. An
 * LED that cannot be had is said once and tried again silently; nothing else depends on it.
 *
 * For `feeddog led` there is --wiring-test: an LED that cannot be had ends it, and so does the end of the channel.
 */
#include "display.h"
#include "light.h"

#include "core/record.h"
#include "os/channel/channel.h"
#include "os/clock.h"
#include "os/channel/helper_fds.h"
#include "os/log.h"
#include "os/process/privileges.h"
#include "os/process/spawn.h"
#include "os/process/takeover.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sysexits.h>
#include <unistd.h>

enum { REOPEN_MS = 10000 };

struct led {
	const struct flat *flat;
	const char *run_dir;
	bool wiring_test;
	int signals; /* signalfd: we are told to end */
	int channel; /* -1: the feeder is gone */
	struct channel_state sender;
	struct display display;
	struct light light;
	int64_t open_at_ms; /* when to try for the light again, FOREVER_MS: no more */
	bool missing;       /* it was said that the light cannot be had */
};

static bool read_arguments(struct led *led, int argc, char *argv[])
{
	static const struct option options[] = {
	        {"generation", required_argument, NULL, 'g'},
	        {"run-dir", required_argument, NULL, 'r'},
	        {"state-dir", required_argument, NULL, 's'},
	        {"wiring-test", no_argument, NULL, 'w'},
	        {0},
	};

	for (int option = 0; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
		switch (option) {
		case 'g':
			led->sender.generation = (uint32_t)strtoul(optarg, NULL, 10);
			break;
		case 'r':
			led->run_dir = optarg;
			break;
		case 's':
			break;
		case 'w':
			led->wiring_test = true;
			break;
		default:
			return false;
		}
	}
	return optind == argc && led->run_dir;
}

static int open_signals(void)
{
	sigset_t set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGINT);
	(void)sigaddset(&set, SIGHUP);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
	(void)signal(SIGPIPE, SIG_IGN);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

/*
 * The LED's files are open, or there is none: from here on no privilege is needed. 0 or -errno.
 */
static int drop_privileges(const struct flat *flat)
{
	struct identity user = flat_powerless(flat);

	return privileges_renounce(user.uid, user.gid, user.groups, user.group_count);
}

static void say(const struct led *led, enum log_priority priority, const char *event, const char *why)
{
	char line[LOG_LINE_SIZE];

	if (led->wiring_test) {
		(void)fprintf(stderr, "feeddog: %s\n", why);
		return;
	}
	int length = snprintf(line, sizeof(line), "event=%s", event);
	(void)log_append_text(line, sizeof(line), (size_t)length, "reason", why);
	log_line(priority, "%s", line);
}

/*
 * Tries for the light where it is time. While it cannot be had the privileges to open it are kept. 0, or the code to exit
 * with.
 */
static int open_light(struct led *led, int64_t now_ms)
{
	char why[LIGHT_WHY_SIZE];

	if (now_ms < led->open_at_ms)
		return 0;
	int error = light_open(&led->light, led->flat, why);
	if (error) {
		led->open_at_ms = now_ms + REOPEN_MS;
		if (!led->missing)
			say(led, LOG_PRIORITY_WARNING, "led-missing", why);
		led->missing = true;
		return led->wiring_test ? EX_UNAVAILABLE : 0;
	}
	if (led->missing)
		log_line(LOG_PRIORITY_NOTICE, "event=led-found");
	led->missing = false;
	led->open_at_ms = FOREVER_MS;
	error = drop_privileges(led->flat);
	if (error) {
		(void)snprintf(why, sizeof(why), "cannot drop privileges: %s", strerror(-error));
		say(led, LOG_PRIORITY_ERROR, "led-failed", why);
	}
	return error ? EX_OSERR : 0;
}

/* Takes all that waits in the channel; the newest counts. True where the feeder took its leave. */
static bool listen(struct led *led, int64_t now_ms)
{
	char record[sizeof(struct led_news) + 1];
	struct led_news news;
	long size;

	while ((size = channel_receive(led->channel, record, sizeof(record))) > 0)
		if (record_take_led_news(&led->sender, record, (size_t)size, clock_now_ms(), &news))
			display_tell(&led->display, &news, now_ms);
	if (size == -EAGAIN)
		return false;
	(void)close(led->channel);
	led->channel = -1;
	return display_lose(&led->display, now_ms) || led->wiring_test;
}

static int wait_ms(int64_t until_ms)
{
	int64_t now_ms = clock_now_ms();

	if (until_ms == FOREVER_MS)
		return -1;
	if (until_ms <= now_ms)
		return 0;
	return until_ms - now_ms < INT_MAX ? (int)(until_ms - now_ms) : INT_MAX;
}

/* Shows the pattern of this moment. The next time at which there is something to do, or -1 where the light is lost. */
static int64_t shine(struct led *led, int64_t now_ms)
{
	int64_t until_ms;
	bool lit = display_lit(&led->display, now_ms, &until_ms);

	if (led->light.kind == LED_NONE)
		return led->open_at_ms;
	int error = light_set(&led->light, lit);
	if (!error)
		return until_ms;
	say(led, LOG_PRIORITY_WARNING, "led-missing", strerror(-error));
	return -1;
}

/* Until there is no more to show. The exit code. */
static int run(struct led *led)
{
	for (;;) {
		int64_t now_ms = clock_now_ms();
		int code = open_light(led, now_ms);
		if (code)
			return code;
		/* With the feeder gone and no light there is nothing to stay for. */
		if (led->channel < 0 && led->light.kind == LED_NONE)
			return EX_OK;
		int64_t until_ms = shine(led, now_ms);
		/* It may need privileges to open it again: the next process has them. */
		if (until_ms < 0)
			return EX_UNAVAILABLE;
		struct pollfd fds[] = {{.fd = led->signals, .events = POLLIN}, {.fd = led->channel, .events = POLLIN}};
		if (poll(fds, 2, wait_ms(until_ms)) < 0) {
			if (errno == EINTR)
				continue;
			/* Who cannot wait cannot be told anything either; the next process may. */
			say(led, LOG_PRIORITY_ERROR, "led-failed", strerror(errno));
			return EX_OSERR;
		}
		if (fds[0].revents)
			return EX_OK;
		if (fds[1].revents && listen(led, clock_now_ms()))
			return EX_OK;
	}
}

int main(int argc, char *argv[])
{
	struct led led = {.channel = FD_CHANNEL};
	const char *why = NULL;
	char text[LIGHT_WHY_SIZE];

	spawn_name_self("feeddog-led");
	log_open("feeddog-led");
	led.flat = read_arguments(&led, argc, argv) ? flat_map(FD_CONFIG, &why) : NULL;
	if (!led.flat) {
		(void)fprintf(stderr,
		        "feeddog-led: feeddogd starts this program%s%s; to test the wiring use `feeddog led PATTERN`\n",
		        why ? ": " : "", why ? why : "");
		return EX_USAGE;
	}
	privileges_ordinary(0);
	led.signals = open_signals();
	display_begin(&led.display, clock_now_ms());
	int error = led.signals < 0 ? -errno : takeover(led.run_dir, "led.lock");
	if (error) {
		(void)snprintf(text, sizeof(text), "cannot take %s/led.lock from the last feeddog-led: %s", led.run_dir,
		        strerror(-error));
		say(&led, LOG_PRIORITY_ERROR, "led-failed", text);
		return EX_OSERR;
	}
	int code = run(&led);
	light_close(&led.light);
	return code;
}
