/* SPDX-License-Identifier: MIT
 *
 * The list and the strings that are its own lie in one block.
 */
#include "variables.h"

#include "core/result.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A shell takes the last of two variables of one name, getenv() the first. */
static bool is_among(const char *assignment, const struct variable own[], size_t count)
{
	for (size_t i = 0; i < count; i++) {
		size_t length = strlen(own[i].name);
		if (strncmp(assignment, own[i].name, length) == 0 && assignment[length] == '=')
			return true;
	}
	return false;
}

char **variables_join(char *const base[], const struct variable own[], size_t count)
{
	size_t borrowed = 0, size = 0, at = 0;

	while (base && base[borrowed])
		borrowed++;
	for (size_t i = 0; i < count; i++)
		size += strlen(own[i].name) + strlen(own[i].value) + sizeof("=");
	char **list = malloc((borrowed + count + 1) * sizeof(char *) + size);
	if (!list)
		return NULL;
	for (size_t i = 0; i < borrowed; i++)
		if (!is_among(base[i], own, count))
			list[at++] = base[i];
	char *text = (char *)(list + borrowed + count + 1);
	for (size_t i = 0; i < count; i++) {
		list[at++] = text;
		text = stpcpy(stpcpy(stpcpy(text, own[i].name), "="), own[i].value) + 1;
	}
	list[at] = NULL;
	return list;
}

char **variables_of_order(char *const base[], const struct flat *flat, const struct event *order)
{
	char detail[16];

	(void)snprintf(detail, sizeof(detail), "%d", (int)order->detail);
	const struct variable own[] = {
	        {"FEEDDOG_SERVICE", flat_service_name(flat, order->service)},
	        {"FEEDDOG_CHECK", flat_check_name(flat, order->check)},
	        {"FEEDDOG_CAUSE", order->cause == CAUSE_NONE ? "" : cause_name((enum cause)order->cause)},
	        {"FEEDDOG_DETAIL", detail},
	};
	return variables_join(base, own, sizeof(own) / sizeof(own[0]));
}
