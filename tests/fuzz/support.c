/* SPDX-License-Identifier: MIT
 *
 * What all fuzz targets share.
 */
#include "fuzz.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/*
 * libfyaml 0.7.12 forgets a few hundred bytes where a text in quotes has many doubled ones and the file turns out broken
 * (corpus: config/leak). It is run in a process that ends then.
 */
const char *__lsan_default_suppressions(void);

const char *__lsan_default_suppressions(void)
{
	return "leak:libfyaml\n";
}

void must_fail(const char *condition, const char *file, int line)
{
	(void)dprintf(STDERR_FILENO, "%s:%d: not true: %s\n", file, line, condition);
	abort();
}

uint8_t take_byte(struct input *input)
{
	uint8_t byte = 0;

	(void)take_some(input, &byte, 1);
	return byte;
}

uint64_t take_number(struct input *input, unsigned bytes)
{
	uint64_t number = 0;

	for (unsigned i = 0; i < bytes; i++)
		number |= (uint64_t)take_byte(input) << 8 * i;
	return number;
}

size_t take_some(struct input *input, void *out, size_t size)
{
	size_t taken = size < input->size ? size : input->size;

	memset(out, 0, size);
	if (taken > 0)
		memcpy(out, input->bytes, taken);
	input->bytes += taken;
	input->size -= taken;
	return taken;
}

void capture_begin(struct capture *capture)
{
	*capture = (struct capture){.old_out = stdout, .old_error = stderr};
	capture->out = open_memstream(&capture->out_text, &capture->out_size);
	capture->error = open_memstream(&capture->error_text, &capture->error_size);
	must(capture->out && capture->error);
	stdout = capture->out;
	stderr = capture->error;
}

void capture_end(struct capture *capture)
{
	stdout = capture->old_out;
	stderr = capture->old_error;
	must(fclose(capture->out) == 0 && fclose(capture->error) == 0);
}

void capture_free(struct capture *capture)
{
	free(capture->out_text);
	free(capture->error_text);
}

bool is_plain_text(const char *text, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		unsigned char byte = (unsigned char)text[i];

		if ((byte < 0x20 && byte != '\n' && byte != '\t') || byte == 0x7f)
			return false;
		/* The control characters that Unicode has beside those of ASCII. */
		if (byte == 0xc2 && i + 1 < size && (unsigned char)text[i + 1] < 0xa0)
			return false;
	}
	return true;
}

static char folder[128];

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *where)
{
	(void)status;
	(void)kind;
	(void)where;
	return remove(path);
}

static void remove_folder(void)
{
	(void)nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

const char *fuzz_folder(void)
{
	const char *parent = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : getenv("TMPDIR");

	if (!folder[0]) {
		(void)snprintf(folder, sizeof(folder), "%s/feeddog-fuzz.XXXXXX", parent ? parent : "/tmp");
		must(mkdtemp(folder) != NULL);
		must(atexit(remove_folder) == 0);
	}
	return folder;
}

const char *fuzz_path(const char *name, char path[256])
{
	(void)snprintf(path, 256, "%s/%s", fuzz_folder(), name);
	return path;
}

void fuzz_write_file(const char *path, const void *bytes, size_t size)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	must(fd >= 0);
	must(write(fd, bytes, size) == (ssize_t)size);
	must(close(fd) == 0);
}
