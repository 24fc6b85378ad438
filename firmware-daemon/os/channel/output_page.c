/* SPDX-License-Identifier: MIT
 *
 * One slot for each check, each with a sequence lock.
 */
#include "output_page.h"

#include "core/utf8.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NEEDED_SEALS = F_SEAL_SHRINK | F_SEAL_GROW };

int output_page_create(uint16_t count)
{
	int fd = memfd_create("feeddog-output", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd < 0)
		return -errno;
	if (ftruncate(fd, (off_t)sizeof(struct output_slot) * count) == 0 &&
	        fcntl(fd, F_ADD_SEALS, NEEDED_SEALS | F_SEAL_SEAL) == 0)
		return fd;
	int error = -errno;
	(void)close(fd);
	return error;
}

void output_page_map(struct output_page *page, int fd, uint16_t count, enum output_access access)
{
	size_t size = sizeof(struct output_slot) * count;
	int seals = fcntl(fd, F_GET_SEALS);
	struct stat file;

	*page = (struct output_page){.slots = NULL};
	/* Without the seals a helper could cut it off under us. */
	if (seals < 0 || (seals & NEEDED_SEALS) != NEEDED_SEALS || fstat(fd, &file) < 0 || file.st_size != (off_t)size)
		return;
	void *address =
	        mmap(NULL, size, access == OUTPUT_WRITE ? PROT_READ | PROT_WRITE : PROT_READ, MAP_SHARED, fd, 0);
	if (address != MAP_FAILED)
		*page = (struct output_page){.slots = address, .count = count};
}

static bool is_blank(char byte)
{
	return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n';
}

/* The first line that is not empty, as far as it fits, with `?` for each byte that is not harmless on a terminal. */
static void clean(char text[OUTPUT_TEXT_SIZE], const char *bytes, size_t length)
{
	size_t at = 0, used = 0;

	while (at < length && is_blank(bytes[at]))
		at++;
	while (at < length && bytes[at] && bytes[at] != '\n') {
		char other = is_blank(bytes[at]) ? ' ' : '?';
		size_t harmless = utf8_harmless(bytes + at, length - at);
		size_t size = harmless ? harmless : 1;

		if (used + size >= OUTPUT_TEXT_SIZE)
			break;
		memcpy(text + used, harmless ? bytes + at : &other, size);
		used += size;
		at += size;
	}
	while (used > 0 && is_blank(text[used - 1]))
		used--;
	text[used] = '\0';
}

void output_page_write(const struct output_page *page, uint16_t check, const char *bytes, size_t length)
{
	if (!page->slots || check >= page->count)
		return;
	struct output_slot *slot = &page->slots[check];
	uint32_t version = atomic_load(&slot->version) | 1;

	atomic_store(&slot->version, version);
	clean(slot->text, bytes, length);
	atomic_store(&slot->version, version + 1);
}

const char *output_page_read(const struct output_page *page, uint16_t check, char text[OUTPUT_TEXT_SIZE])
{
	char copy[OUTPUT_TEXT_SIZE];

	text[0] = '\0';
	if (!page->slots || check >= page->count)
		return text;
	struct output_slot *slot = &page->slots[check];
	uint32_t version = atomic_load(&slot->version);
	memcpy(copy, slot->text, sizeof(copy));
	atomic_thread_fence(memory_order_acquire);
	if (!(version & 1) && atomic_load(&slot->version) == version)
		clean(text, copy, strnlen(copy, sizeof(copy)));
	return text;
}
