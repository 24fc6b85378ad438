/* SPDX-License-Identifier: MIT
 *
 * The seqlock around the feeder's state.
 */
#include "snapshot.h"

#include <string.h>

size_t snapshot_size(uint16_t service_count, uint16_t check_count)
{
	return sizeof(struct snapshot) + service_count * sizeof(struct service_state) +
	        check_count * sizeof(struct check_state);
}

struct board snapshot_board(struct snapshot *snapshot)
{
	/* Both kinds of state hold int64_t, as the head does, so the arrays behind it are aligned. */
	struct service_state *services = (struct service_state *)(void *)(snapshot + 1);

	return (struct board){
	        .ladder = &snapshot->ladder,
	        .services = services,
	        .checks = (struct check_state *)(void *)(services + snapshot->service_count),
	};
}

void snapshot_write_begin(struct snapshot *snapshot)
{
	__atomic_store_n(&snapshot->version, snapshot->version + 1, __ATOMIC_RELAXED);
	__atomic_thread_fence(__ATOMIC_RELEASE);
}

void snapshot_write_end(struct snapshot *snapshot)
{
	__atomic_store_n(&snapshot->version, snapshot->version + 1, __ATOMIC_RELEASE);
}

bool snapshot_is_fed(const struct snapshot *snapshot, int64_t now_ms)
{
	const struct dog_state *dog = &snapshot->dog;

	return ladder_may_feed(&snapshot->ladder, now_ms) && dog->lost == 0 && dog->fed_ms >= 0 &&
	        now_ms - dog->fed_ms < dog->timeout_ms;
}

bool snapshot_copy(const struct snapshot *live, struct snapshot *copy, size_t size)
{
	uint32_t before = __atomic_load_n(&live->version, __ATOMIC_ACQUIRE);

	memcpy(copy, live, size);
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	return before % 2 == 0 && __atomic_load_n(&live->version, __ATOMIC_RELAXED) == before;
}
