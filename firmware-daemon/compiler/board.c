/* SPDX-License-Identifier: MIT
 *
 * The board.
 */
#include "board.h"

#include "cross_check_parts.h"
#include "duration.h"
#include "compiler/yaml/input.h"
#include "schema.h"

#include "os/storage/root_file.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { COMPATIBLE_SIZE = 1024, BOARDS_LAST = 256, KNOWN_SIZE = 512 };

#define AUTO "auto"
/* Of which nothing is known. */
#define GENERIC "generic"
#define SUFFIX ".yaml"

const char *board_folder(char path[PATH_MAX])
{
	ssize_t length = readlink("/proc/self/exe", path, PATH_MAX - sizeof("/boards"));
	char *slash;

	path[length > 0 ? length : 0] = '\0';
	slash = strrchr(path, '/');
	if (slash) {
		(void)strcpy(slash, "/boards");
		if (access(path, F_OK) == 0)
			return path;
	}
	(void)snprintf(path, PATH_MAX, "%s/boards", FEEDDOG_SHAREDIR);
	return path;
}

static bool read_text_of(struct draft *draft, const char *path, const char *text, size_t length, FILE *messages)
{
	const struct source source = {path, text, length};
	const struct node *root = yaml_parse(&source, draft->problems);

	if (root && root->kind == NODE_MAP)
		schema_read(draft, SECTION_BOARD, root, draft);
	else if (root && root->kind != NODE_BROKEN)
		problem_error(draft->problems, root->place, "the file describes no board (start from another one)");
	problems_print(draft->problems, &source, messages);
	return root && draft->problems->errors == 0;
}

bool board_read(struct draft *draft, const char *path, FILE *messages)
{
	size_t length = 0;
	char *text = NULL;
	const char *error = input_read(path, &text, &length);
	bool sound = !error && read_text_of(draft, path, text, length, messages);

	if (error)
		(void)fprintf(messages, "%s: error: %s\n", path, error);
	free(text);
	return sound;
}

/* A file of the folder that describes a board; its name without the suffix goes to `name`. */
static bool is_board_file(const char *file, char name[NAME_SIZE])
{
	size_t length = strlen(file);

	if (length <= strlen(SUFFIX) || length - strlen(SUFFIX) >= NAME_SIZE ||
	        strcmp(file + length - strlen(SUFFIX), SUFFIX) != 0)
		return false;
	memcpy(name, file, length - strlen(SUFFIX));
	name[length - strlen(SUFFIX)] = '\0';
	return true;
}

/* How well a board's file fits: the place of its first match in the list of the device tree, whose first is the best. */
static int rank_of(const struct draft *board, const char *compatible, size_t size)
{
	int rank = 0;

	for (size_t at = 0; at < size && compatible[at]; at += strlen(compatible + at) + 1, rank++)
		for (uint32_t i = 0; i < board->board.compatible.argc; i++) {
			const text_at *texts = board->argv.items;

			if (strcmp(compatible + at, draft_name(board, texts[board->board.compatible.first + i])) == 0)
				return rank;
		}
	return INT_MAX;
}

static bool begin_and_read(struct draft *board, struct arena *arena, struct problems *problems, const char *folder,
        const char *name, FILE *messages)
{
	char path[PATH_MAX];

	problems_begin(problems, arena);
	draft_begin(board, arena, problems);
	(void)snprintf(path, sizeof(path), "%s/%s" SUFFIX, folder, name);
	return board_read(board, path, messages);
}

/* The names of all boards, in no order, and the one that fits the device tree best, GENERIC where none does. */
static void look_around(
        struct draft *draft, const struct board_places *places, char best[NAME_SIZE], char known[KNOWN_SIZE])
{
	/* With a NUL behind whatever is read. */
	char compatible[COMPATIBLE_SIZE + 1] = "", name[NAME_SIZE];
	size_t size = root_read_bytes(places->root, "/proc/device-tree/compatible", compatible, COMPATIBLE_SIZE);
	DIR *folder = opendir(places->folder);
	FILE *nowhere = fopen("/dev/null", "we");
	int best_rank = INT_MAX;
	struct dirent *entry;

	(void)strcpy(best, GENERIC);
	known[0] = '\0';
	while (folder && nowhere && (entry = readdir(folder))) {
		struct problems problems;
		struct draft board;

		if (!is_board_file(entry->d_name, name))
			continue;
		if (strlen(known) + strlen(name) + 3 < KNOWN_SIZE)
			(void)sprintf(known + strlen(known), "%s%s", known[0] ? ", " : "", name);
		if (size > 0 && begin_and_read(&board, draft->arena, &problems, places->folder, name, nowhere) &&
		        rank_of(&board, compatible, size) < best_rank) {
			best_rank = rank_of(&board, compatible, size);
			(void)strcpy(best, name);
		}
	}
	if (nowhere)
		(void)fclose(nowhere);
	if (folder)
		(void)closedir(folder);
}

static void check_longest(struct draft *draft, const struct node *root, const struct draft *board)
{
	const struct watchdog_spec *watchdog = &draft->head.watchdog;
	const struct node *map = node_get(root, "watchdog");
	uint32_t longest_ms = board->board.longest_ms;
	char wanted[DURATION_TEXT_SIZE], longest[DURATION_TEXT_SIZE];

	if (longest_ms == 0 || watchdog->timeout_ms <= longest_ms || watchdog->simulated || watchdog->via != VIA_DEVICE)
		return;
	(void)duration_text(wanted, watchdog->timeout_ms);
	(void)duration_text(longest, longest_ms);
	problem_error(draft->problems, map ? place_of(map, "timeout") : root->place,
	        "timeout: %s is more than the watchdog of this board can do, which is %s, %s (write %s or less)",
	        wanted, draft_name(draft, draft->head.board), draft_name(board, board->board.driver), longest);
}

static void take_led(struct draft *draft, const struct draft *board)
{
	struct led_spec *led = &draft->head.led;

	*led = board->head.led;
	led->name = led->name ? draft_text(draft, draft_name(board, board->head.led.name)) : 0;
	led->chip = led->chip ? draft_text(draft, draft_name(board, board->head.led.chip)) : 0;
}

void board_apply(struct draft *draft, const struct node *root, const struct board_places *places)
{
	const struct node *given = node_get(root, "board");
	const char *wanted = draft_name(draft, draft->head.board);
	char best[NAME_SIZE], known[KNOWN_SIZE], path[PATH_MAX];
	struct problems problems;
	struct draft board;

	look_around(draft, places, best, known);
	if (strcmp(wanted, AUTO) != 0)
		(void)snprintf(best, sizeof(best), "%s", wanted);
	draft->head.board = draft_text(draft, best);
	(void)snprintf(path, sizeof(path), "%s/%s" SUFFIX, places->folder, best);
	if (access(path, F_OK) != 0) {
		if (strcmp(best, GENERIC) != 0)
			problem_error(draft->problems, given ? given->place : root->place,
			        "board: there is no board %s (write auto%s%s)", best, known[0] ? ", or one of " : "",
			        known);
		return;
	}
	if (!begin_and_read(&board, draft->arena, &problems, places->folder, best, stderr)) {
		problem_error(draft->problems, given ? given->place : root->place, "board: %s has errors (mend %s)",
		        best, path);
		return;
	}
	check_longest(draft, root, &board);
	if (!node_get(root, "led") && !draft->head.watchdog.simulated)
		take_led(draft, &board);
}
