/* SPDX-License-Identifier: MIT
 *
 * P7: any datagrams on RUN/control, each followed by some time: maintenance always ends, and nothing else is believed.
 */
#include "fuzz.h"

#include "compiler/compile.h"
#include "core/invariant.h"
#include "core/record.h"
#include "os/channel/channel.h"
#include "os/channel/control_socket.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BEGIN_MS = 1000000 };

struct scene {
	struct rules rules;
	struct ladder ladder;
	struct service_state services[1];
	struct check_state checks[1];
	struct board board;
	int64_t now_ms;
	int listening, asking;
};

static struct flat *configuration(void)
{
	static const char yaml[] = "services: {web: {checks: [{tcp: \"127.0.0.1:80\"}], restart: /bin/true}}\n";
	static struct flat *flat;

	if (!flat)
		flat = compile_text("f.yaml", yaml, strlen(yaml), stderr);
	must(flat != NULL);
	return flat;
}

static void step(struct scene *scene)
{
	struct events events;

	do {
		board_step(&scene->rules, &scene->board, scene->now_ms, &events);
		if (events.late)
			board_checker_replaced(&scene->rules, &scene->board, scene->now_ms);
	} while (events.more);
	must(board_invariant(&scene->rules, &scene->board, scene->now_ms));
	must(scene->ladder.state != BOARD_MAINTENANCE ||
	        scene->ladder.feed_until_ms <= scene->now_ms + (int64_t)MAX_HOLD_S * 1000);
}

/* As the feeder does it. */
static void take_control(struct scene *scene, size_t sent)
{
	struct control control;
	struct events events;
	long size = channel_receive(scene->listening, &control, sizeof(control));

	must(size == (long)sent);
	if (!record_take_control(&control, (size_t)size, &control))
		return;
	must(sent == sizeof(control) && control.verb < CONTROL_COUNT);
	if (control.verb == CONTROL_RESUME)
		(void)board_resume(&scene->rules, &scene->board, scene->now_ms, &events);
	else if (control.verb == CONTROL_GOING_DOWN)
		(void)board_go_down(&scene->rules, &scene->board, scene->now_ms, scene->now_ms, &events);
	else if (board_hold(&scene->board, control.duration_ms, scene->now_ms, &events))
		must(scene->ladder.feed_until_ms == scene->now_ms + control.duration_ms);
}

static void play(struct scene *scene, struct input *input)
{
	while (input->size > 0) {
		struct control control = {.magic = CONTROL_MAGIC};
		uint8_t how = take_byte(input);
		uint8_t message[64];
		size_t size = sizeof(control);

		if (how & 1) {
			size = take_some(input, message, take_byte(input) % sizeof(message));
		} else {
			control.verb = how >> 1 & 3;
			control.duration_ms = (uint32_t)take_number(input, how >> 3 & 3);
			memcpy(message, &control, sizeof(control));
		}
		must(send(scene->asking, message, size, MSG_DONTWAIT) == (ssize_t)size);
		take_control(scene, size);
		step(scene);
		scene->now_ms += (int64_t)take_number(input, 2) * 64;
		step(scene);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct input input = {bytes, size};
	struct scene scene = {.rules = flat_rules(configuration()), .now_ms = BEGIN_MS};
	char path[256];

	scene.board = (struct board){&scene.ladder, scene.services, scene.checks};
	board_begin(&scene.rules, &scene.board, 0, scene.now_ms);
	scene.listening = control_socket_bind(fuzz_path("control", path));
	scene.asking = control_socket_connect(path);
	must(scene.listening >= 0 && scene.asking >= 0);
	play(&scene, &input);
	(void)close(scene.asking);
	(void)close(scene.listening);
	return 0;
}
