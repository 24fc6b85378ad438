/* SPDX-License-Identifier: MIT
 *
 * os/channel/output_page: what a command prints reaches a reader clean, whatever the writer does.
 */
#include "os/channel/output_page.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

enum { COUNT = 3 };

struct scene {
	int fd;
	struct output_page writer, reader;
};

static struct scene begin(void)
{
	struct scene scene = {.fd = output_page_create(COUNT)};

	assert_true(scene.fd >= 0);
	output_page_map(&scene.writer, scene.fd, COUNT, OUTPUT_WRITE);
	output_page_map(&scene.reader, scene.fd, COUNT, OUTPUT_READ);
	assert_non_null(scene.writer.slots);
	assert_non_null(scene.reader.slots);
	return scene;
}

static void end(const struct scene *scene)
{
	assert_int_equal(munmap(scene->writer.slots, COUNT * sizeof(struct output_slot)), 0);
	assert_int_equal(munmap(scene->reader.slots, COUNT * sizeof(struct output_slot)), 0);
	assert_int_equal(close(scene->fd), 0);
}

static void assert_shown(const struct scene *scene, const char *printed, const char *shown)
{
	char text[OUTPUT_TEXT_SIZE];

	output_page_write(&scene->writer, 1, printed, strlen(printed));
	assert_string_equal(output_page_read(&scene->reader, 1, text), shown);
}

static void the_first_line_is_kept(void **state)
{
	struct scene scene = begin();
	char text[OUTPUT_TEXT_SIZE];

	(void)state;
	assert_string_equal(output_page_read(&scene.reader, 1, text), "");
	assert_shown(&scene, "DISK CRITICAL - free space: / 12 MB\nmore\n", "DISK CRITICAL - free space: / 12 MB");
	assert_shown(&scene, "\n\r\n  \t two \t\r\nthree", "two");
	assert_shown(&scene, "no end", "no end");
	assert_string_equal(output_page_read(&scene.reader, 0, text), "");
	assert_string_equal(output_page_read(&scene.reader, COUNT, text), "");
	assert_shown(&scene, "", "");
	assert_shown(&scene, "\n\n", "");
	end(&scene);
}

/* P18: neither the terminal nor the direction of the text around it is in the hands of a command. */
static void what_is_not_harmless_is_replaced(void **state)
{
	struct scene scene = begin();

	(void)state;
	assert_shown(&scene, "\x1b[2Jclear", "?[2Jclear");
	assert_shown(&scene,
	        "Gr\xc3\xbc\xc3\x9f"
	        "e",
	        "Gr\xc3\xbc\xc3\x9f"
	        "e");
	assert_shown(&scene,
	        "a\xe2\x80\xae"
	        "b",
	        "a???b");
	assert_shown(&scene, "\xff\xc3x", "??x");
	assert_shown(&scene, "cut\xc3", "cut?");
	end(&scene);
}

/* P18: bounded, and no character is cut in its middle. */
static void a_long_line_is_cut_between_characters(void **state)
{
	struct scene scene = begin();
	char long_line[1000] = "x", text[OUTPUT_TEXT_SIZE];

	(void)state;
	for (size_t i = 1; i + 2 < sizeof(long_line); i += 2)
		memcpy(long_line + i, "\xc3\xbc", 2);
	output_page_write(&scene.writer, 0, long_line, sizeof(long_line) - 2);
	(void)output_page_read(&scene.reader, 0, text);
	assert_int_equal(strlen(text), OUTPUT_TEXT_SIZE - 1);
	assert_memory_equal(text, long_line, OUTPUT_TEXT_SIZE - 1);
	end(&scene);
}

/* P18: a writer that was taken over fills the page with anything, and changes nothing else. */
static void a_reader_trusts_nothing(void **state)
{
	struct scene scene = begin();
	char text[OUTPUT_TEXT_SIZE];

	(void)state;
	memset(scene.writer.slots[1].text, 'A', OUTPUT_TEXT_SIZE);
	assert_int_equal(strlen(output_page_read(&scene.reader, 1, text)), OUTPUT_TEXT_SIZE - 1);
	memset(scene.writer.slots[1].text, '\x1b', OUTPUT_TEXT_SIZE);
	assert_null(strchr(output_page_read(&scene.reader, 1, text), '\x1b'));
	/* It was killed while it wrote. */
	atomic_store(&scene.writer.slots[1].version, 7);
	assert_string_equal(output_page_read(&scene.reader, 1, text), "");
	/* The next one writes all the same. */
	assert_shown(&scene, "again", "again");
	assert_int_equal(ftruncate(scene.fd, 0), -1);
	assert_int_equal(errno, EPERM);
	end(&scene);
}

static void what_is_no_such_memory_is_not_mapped(void **state)
{
	struct output_page page;
	char text[OUTPUT_TEXT_SIZE];
	int fd = output_page_create(COUNT + 1);
	int unsealed = memfd_create("unsealed", MFD_CLOEXEC);

	(void)state;
	assert_int_equal(ftruncate(unsealed, COUNT * sizeof(struct output_slot)), 0);
	const int wrong[] = {-1, STDIN_FILENO, fd, unsealed};
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		output_page_map(&page, wrong[i], COUNT, OUTPUT_WRITE);
		assert_null(page.slots);
		output_page_write(&page, 0, "x", 1);
		assert_string_equal(output_page_read(&page, 0, text), "");
	}
	(void)close(fd);
	(void)close(unsealed);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	        cmocka_unit_test(the_first_line_is_kept),
	        cmocka_unit_test(what_is_not_harmless_is_replaced),
	        cmocka_unit_test(a_long_line_is_cut_between_characters),
	        cmocka_unit_test(a_reader_trusts_nothing),
	        cmocka_unit_test(what_is_no_such_memory_is_not_mapped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
