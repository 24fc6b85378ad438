/* SPDX-License-Identifier: MIT
 *
 * "Did you mean ...?" of a whole list.
 */
#include "near_miss.h"

#include "compiler/suggest.h"

#include <stdint.h>
#include <string.h>

const char *near_miss(const char *word, const char *const *names, size_t count, size_t stride)
{
	const char *best = NULL;
	size_t best_distance = SIZE_MAX;

	for (size_t i = 0; i < count; i++) {
		const char *name;
		memcpy(&name, (const char *)names + i * stride, sizeof(name));
		size_t distance = word_distance(word, name);
		if (word_is_near(word, name) && distance < best_distance) {
			best = name;
			best_distance = distance;
		}
	}
	return best;
}
