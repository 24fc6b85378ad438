/* SPDX-License-Identifier: MIT
 *
 * `feeddog led PATTERN`: the wiring test. It plays the feeder to a feeddog-led of its own, and tells it one pattern.
 */
#include "command.h"
#include "helper.h"
#include "near_miss.h"
#include "running.h"
#include "time_argument.h"

#include "compiler/compile.h"
#include "core/led_pattern.h"
#include "core/rules.h"
#include "os/channel/channel.h"
#include "os/clock.h"
#include "os/storage/store.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { TELL_EVERY_MS = 1000 };

static bool find_pattern(const char *word, enum led_pattern *pattern)
{
	const char *names[LED_PATTERN_COUNT];

	for (unsigned i = 0; i < LED_PATTERN_COUNT; i++) {
		names[i] = led_pattern_name((enum led_pattern)i);
		if (strcmp(word, names[i]) == 0) {
			*pattern = (enum led_pattern)i;
			return true;
		}
	}
	const char *near = near_miss(word, names, LED_PATTERN_COUNT, sizeof(names[0]));
	if (near)
		complain("unknown pattern %s (did you mean %s?). The patterns are:", word, near);
	else
		complain("unknown pattern %s. The patterns are:", word);
	for (unsigned i = 0; i < LED_PATTERN_COUNT; i++)
		(void)fprintf(stderr, "  %-12s %s\n", names[i], led_pattern_looks((enum led_pattern)i));
	return false;
}

static bool read_number(const char *text, uint16_t *number)
{
	char *end;

	*number = 1;
	if (!text)
		return true;
	errno = 0;
	unsigned long value = strtoul(text, &end, 10);
	if (text[0] >= '0' && text[0] <= '9' && *end == '\0' && errno == 0 && value >= 1 && value <= MAX_SERVICES) {
		*number = (uint16_t)value;
		return true;
	}
	complain("--number %s: the number of a service is from 1 to %d", text, MAX_SERVICES);
	return false;
}

/* The configuration, where it has an LED and nobody else drives it. NULL: the sentence was said. */
static struct flat *compile_led(const struct invocation *invocation, int *code)
{
	struct flat *flat = compile_file(invocation->config, stderr);

	*code = EX_CONFIG;
	if (!flat)
		return NULL;
	if (flat->led.kind == LED_NONE) {
		complain("%s names no LED: write one, as `led: {gpio: GPIO17}`", invocation->config);
	} else if (feeddogd_running(invocation->run_dir) == RUNNING_YES) {
		complain("feeddogd runs and drives the LED: stop it first (systemctl stop feeddog)");
		*code = EX_UNAVAILABLE;
	} else {
		int error = store_make_dir(invocation->run_dir, 0755);
		if (!error)
			return flat;
		complain("%s cannot be made: %s (run as root, or choose another by --run-dir)", invocation->run_dir,
		        strerror(-error));
		*code = EX_OSERR;
	}
	free(flat);
	return NULL;
}

/* Tells the pattern each second until `until_ms`, or until the helper ends. */
static void keep_telling(const struct helper_process *helper, struct led_news *news, int64_t until_ms)
{
	for (int64_t now_ms = clock_now_ms(); now_ms < until_ms; now_ms = clock_now_ms()) {
		struct pollfd end = {.fd = helper->channel};
		int64_t wait_ms = until_ms - now_ms < TELL_EVERY_MS ? until_ms - now_ms : TELL_EVERY_MS;
		news->sequence++;
		news->at_ms = now_ms;
		int error = channel_send(helper->channel, news, sizeof(*news));
		/* Full, while it takes the LED over from another: it has enough to read. */
		if (error && error != -EAGAIN)
			return;
		int ready = poll(&end, 1, (int)wait_ms);
		if (ready > 0)
			return;
		/* A wait that fails must not become a flood of records. */
		if (ready < 0)
			(void)usleep((useconds_t)wait_ms * 1000);
	}
}

int command_led(const struct invocation *invocation)
{
	enum led_pattern pattern;
	uint32_t for_ms = 0;
	struct led_news news = {.generation = HELPER_GENERATION};
	struct helper_process helper;
	int code;

	if (!find_pattern(invocation->arguments[0], &pattern) ||
	        !read_number(invocation->values[OPTION_NUMBER], &news.number) ||
	        (invocation->values[OPTION_FOR] && !time_argument("--for", invocation->values[OPTION_FOR], &for_ms)))
		return EX_USAGE;
	news.pattern = (uint8_t)pattern;
	struct flat *flat = compile_led(invocation, &code);
	if (!flat)
		return code;
	bool started = helper_start(&helper, "feeddog-led", "--wiring-test", flat, invocation);
	free(flat);
	if (!started)
		return EX_OSERR;
	(void)printf(
	        "%s: %s%s\n", led_pattern_name(pattern), led_pattern_looks(pattern), for_ms ? "" : " (Ctrl-C ends it)");
	(void)fflush(stdout);
	keep_telling(&helper, &news, for_ms ? clock_now_ms() + for_ms : FOREVER_MS);
	return helper_stop(&helper);
}
