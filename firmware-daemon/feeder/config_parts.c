/* SPDX-License-Identifier: MIT
 *
 * A copy in a memfd of its own for each helper that may not read everything.
 */
#include "config_parts.h"

#include "config/flat_redact.h"
#include "os/channel/sealed_memory.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static const enum flat_reader readers[HELPER_COUNT] = {
        [HELPER_CHECKER] = READER_CHECKER,
        [HELPER_ACTOR] = READER_ALL,
        [HELPER_LED] = READER_LED,
};

/* 0 or -errno. */
static int fill(int fd, const struct flat *flat, enum flat_reader reader)
{
	if (ftruncate(fd, (off_t)flat->size) < 0)
		return -errno;
	void *copy = mmap(NULL, flat->size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (copy == MAP_FAILED)
		return -errno;
	memcpy(copy, flat, flat->size);
	int error = flat_redact(copy, reader);
	(void)munmap(copy, flat->size);
	return error ? error : memory_seal(fd);
}

int config_parts_open(const struct flat *flat, int whole, int parts[HELPER_COUNT])
{
	for (int i = 0; i < HELPER_COUNT; i++) {
		parts[i] = readers[i] == READER_ALL ? whole : memory_create("feeddog-config-part");
		if (parts[i] < 0)
			return parts[i];
		int error = readers[i] == READER_ALL ? 0 : fill(parts[i], flat, readers[i]);
		if (error)
			return error;
	}
	return 0;
}
