/* SPDX-License-Identifier: MIT
 *
 * What all fuzz targets share. A target is tests/fuzz/fuzz_NAME.c with one LLVMFuzzerTestOneInput(): libFuzzer calls it with
 * inputs of its own making (`make fuzz`), replay.c with those of tests/fuzz/corpus/NAME (`make test`). An input that once
 * broke something stays in the corpus, and its story in a comment of the target.
 */
#ifndef FEEDDOG_TESTS_FUZZ_H
#define FEEDDOG_TESTS_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* What is true whatever comes in. */
#define must(condition) ((condition) ? (void)0 : must_fail(#condition, __FILE__, __LINE__))
void must_fail(const char *condition, const char *file, int line) __attribute__((noreturn));

/* The rest of an input; it reads as zeros behind its end. */
struct input {
	const uint8_t *bytes;
	size_t size;
};
uint8_t take_byte(struct input *input);
uint64_t take_number(struct input *input, unsigned bytes);
/* How many of `size` came from the input. */
size_t take_some(struct input *input, void *out, size_t size);

/* Keeps what is written to stdout and stderr, which it stands in for. */
struct capture {
	FILE *old_out, *old_error, *out, *error;
	char *out_text, *error_text;
	size_t out_size, error_size;
};
void capture_begin(struct capture *capture);
/* The texts are there until capture_free(). */
void capture_end(struct capture *capture);
void capture_free(struct capture *capture);

/* Nothing in it can drive a terminal: no control characters but the end of a line and the tab. */
bool is_plain_text(const char *text, size_t size);

/* A temporary folder of this process, made when first asked for and removed at its end. */
const char *fuzz_folder(void);
/* Its path with a name behind. */
const char *fuzz_path(const char *name, char path[256]);
void fuzz_write_file(const char *path, const void *bytes, size_t size);

#endif
