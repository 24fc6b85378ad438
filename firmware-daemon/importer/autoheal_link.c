/* SPDX-License-Identifier: MIT
 *
 * Which dependency means which process of the file, and what the processes are called as services of feeddog.
 */
#include "autoheal_parts.h"

#include "compiler/read.h"

#include <stdio.h>
#include <string.h>

static bool name_is_taken(const struct autoheal *autoheal, uint32_t end, const char *name)
{
	for (uint32_t i = 0; i < end; i++)
		if (strcmp(autoheal_process(autoheal, i)->name, name) == 0)
			return true;
	return false;
}

/* As the id, with a dash for what no name of feeddog has in it, but not at its ends. */
static void make_name(const char *id, char name[NAME_SIZE])
{
	size_t length = 0;

	for (const char *c = id; *c && length < NAME_SIZE - 1; c++) {
		const char letter[2] = {*c, '\0'};
		bool fits = name_is_valid(letter);
		if (fits || length > 0)
			name[length++] = fits || strchr("_.", *c) ? *c : '-';
	}
	while (length > 0 && name[length - 1] == '-')
		length--;
	name[length] = '\0';
	if (length == 0)
		memcpy(name, "service", sizeof("service"));
}

static void name_process(const struct autoheal *autoheal, uint32_t index)
{
	struct autoheal_process *process = autoheal_process(autoheal, index);
	const char *id = process->node->key->text;
	char base[NAME_SIZE];

	if (name_is_valid(id))
		memcpy(base, id, strlen(id) + 1);
	else
		make_name(id, base);
	memcpy(process->name, base, sizeof(base));
	for (unsigned n = 2; name_is_taken(autoheal, index, process->name); n++)
		(void)snprintf(process->name, sizeof(process->name), "%.25s-%u", base, n);
	if (strcmp(process->name, id) != 0)
		problem_warning(autoheal->draft.problems, process->node->key->place,
		        "'%.60s' is no name for a service (it is called %s here)", id, process->name);
}

static bool host_is_local(const char *host, size_t length)
{
	static const char *const names[] = {"", "localhost", "::1", "[::1]"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strlen(names[i]) == length && strncmp(host, names[i], length) == 0)
			return true;
	return strncmp(host, "127.", 4) == 0 && strspn(host, "0123456789.") >= length;
}

static bool url_is_local(const char *url)
{
	const char *host = strstr(url, "://") + 3;
	const char *at = memrchr(host, '@', strcspn(host, "/?#"));

	host = at ? at + 1 : host;
	return host_is_local(host, *host == '[' ? strcspn(host, "]") + 1 : strcspn(host, ":/?#"));
}

static void link_dep(struct autoheal *autoheal, struct autoheal_dep *dep)
{
	const struct draft *draft = &autoheal->draft;
	const char *name = draft_name(draft, dep->name);
	const char *host = draft_name(draft, dep->host);

	dep->local = dep->url ? url_is_local(draft_name(draft, dep->url)) : host_is_local(host, strlen(host));
	for (uint32_t i = 0; i < autoheal->processes.count; i++)
		if (strcmp(name, autoheal_process(autoheal, i)->node->key->text) == 0)
			dep->process = (uint16_t)i;
	if (dep->process != NO_INDEX && !dep->local)
		problem_warning(draft->problems, dep->node->place,
		        "%.60s is a process of this file, and asked for on another machine (both are waited for)",
		        name);
}

static bool is_ready(const struct autoheal_process *process, const bool placed[])
{
	for (uint32_t d = 0; d < process->deps.count; d++)
		if (autoheal_dep(process, d)->process != NO_INDEX && !placed[autoheal_dep(process, d)->process])
			return false;
	return true;
}

/* The first dependency that is not placed; there is one. */
static const struct autoheal_dep *next_step(const struct autoheal *autoheal, const bool placed[], uint32_t index)
{
	const struct autoheal_process *process = autoheal_process(autoheal, index);
	const struct autoheal_dep *dep = NULL;

	for (uint32_t d = 0; d < process->deps.count; d++) {
		dep = autoheal_dep(process, d);
		if (dep->process != NO_INDEX && !placed[dep->process])
			break;
	}
	return dep;
}

/* `index` is in a circle or needs one. Whatever is in it counts as placed afterwards; how many that are. */
static uint32_t report_circle(struct autoheal *autoheal, bool placed[], uint32_t index)
{
	const struct autoheal_dep *step;
	char circle[320];
	size_t length;
	uint32_t first;
	uint32_t members = 0;

	for (uint32_t i = 0; i < autoheal->processes.count; i++)
		index = next_step(autoheal, placed, index)->process;
	first = index;
	length = (size_t)snprintf(circle, sizeof(circle), "%s", autoheal_process(autoheal, first)->name);
	do {
		step = next_step(autoheal, placed, index);
		index = step->process;
		if (length < sizeof(circle) - NAME_SIZE - 4)
			length += (size_t)snprintf(circle + length, sizeof(circle) - length, " -> %s",
			        autoheal_process(autoheal, index)->name);
	} while (index != first);
	problem_error(autoheal->draft.problems, step->node->place, "a circle: %s (leave one of these dependencies out)",
	        circle);
	while (!placed[index]) {
		uint32_t next = next_step(autoheal, placed, index)->process;
		placed[index] = true;
		index = next;
		members++;
	}
	return members;
}

/* Places each process after those that it depends on; where there is none to place, there is a circle. */
static void refuse_circles(struct autoheal *autoheal)
{
	uint32_t count = autoheal->processes.count;
	bool *placed = arena_alloc(autoheal->draft.arena, count + 1);

	for (uint32_t left = count, before; left > 0;) {
		before = left;
		for (uint32_t i = 0; i < count; i++) {
			if (!placed[i] && is_ready(autoheal_process(autoheal, i), placed)) {
				placed[i] = true;
				left--;
			}
		}
		for (uint32_t i = 0; left == before && i < count; i++)
			if (!placed[i])
				left -= report_circle(autoheal, placed, i);
	}
}

void autoheal_link(struct autoheal *autoheal)
{
	for (uint32_t i = 0; i < autoheal->processes.count; i++) {
		struct autoheal_process *process = autoheal_process(autoheal, i);
		name_process(autoheal, i);
		for (uint32_t d = 0; d < process->deps.count; d++)
			link_dep(autoheal, autoheal_dep(process, d));
	}
	refuse_circles(autoheal);
}
