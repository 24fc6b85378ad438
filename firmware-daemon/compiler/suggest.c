/* SPDX-License-Identifier: MIT
 *
 * "Did you mean ...?"
 */
#include "suggest.h"

#include <stdint.h>
#include <string.h>

enum { WORD_LENGTH_LAST = 31 };

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

size_t word_distance(const char *a, const char *b)
{
	size_t d[WORD_LENGTH_LAST + 1][WORD_LENGTH_LAST + 1];
	size_t a_length = strnlen(a, WORD_LENGTH_LAST + 1);
	size_t b_length = strnlen(b, WORD_LENGTH_LAST + 1);

	if (a_length > WORD_LENGTH_LAST || b_length > WORD_LENGTH_LAST)
		return SIZE_MAX;
	for (size_t i = 0; i <= a_length; i++) {
		for (size_t j = 0; j <= b_length; j++) {
			if (i == 0 || j == 0) {
				d[i][j] = i + j;
				continue;
			}
			d[i][j] = least(d[i - 1][j - 1] + (a[i - 1] != b[j - 1]), least(d[i - 1][j], d[i][j - 1]) + 1);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				d[i][j] = least(d[i][j], d[i - 2][j - 2] + 1);
		}
	}
	return d[a_length][b_length];
}

int word_is_near(const char *word, const char *meant)
{
	size_t length = strlen(meant);
	/* A third of the letters may be wrong; of a short word one, of the shortest none. */
	size_t allowed = length < 3 ? 0 : length < 6 ? 1 : length / 3;

	return word_distance(word, meant) <= allowed;
}
