/* SPDX-License-Identifier: MIT
 *
 * Quiet spans.
 */
#include "sim.h"

void skip_quiet(struct sim *sim, int64_t until_ms)
{
	(void)sim;
	(void)until_ms;
}
