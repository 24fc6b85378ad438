/* SPDX-License-Identifier: MIT
 *
 * The power fails at every byte of every write to the ledger and the history. A write that was cut leaves its first bytes
 * on the disk and never comes back; what is there then is read as the next boot reads it.
 */
#include "cli/json/json_check.h"
#include "core/event.h"
#include "core/ledger.h"
#include "core/result.h"
#include "os/storage/store.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { LIMIT = 3, NO_CUT = -1, TEXT_SIZE = 4096 };

/* Whose power failed has freed nothing. */
const char *__asan_default_options(void);

const char *__asan_default_options(void)
{
	return "detect_leaks=0";
}

static struct {
	long bytes_left; /* until the power fails, NO_CUT: it does not */
	int fd;          /* of the write that was cut */
	jmp_buf dark;
} power;

ssize_t __real_write(int fd, const void *bytes, size_t size);
ssize_t __wrap_write(int fd, const void *bytes, size_t size);
ssize_t __real_pwrite(int fd, const void *bytes, size_t size, off_t offset);
ssize_t __wrap_pwrite(int fd, const void *bytes, size_t size, off_t offset);

/* How many of so many bytes come to the disk. */
static size_t powered(int fd, size_t size)
{
	if (power.bytes_left == NO_CUT || (size_t)power.bytes_left >= size)
		return size;
	power.fd = fd;
	return (size_t)power.bytes_left;
}

static void spend(size_t wanted, size_t written)
{
	if (power.bytes_left == NO_CUT)
		return;
	power.bytes_left -= (long)written;
	if (written < wanted)
		longjmp(power.dark, 1);
}

ssize_t __wrap_write(int fd, const void *bytes, size_t size)
{
	size_t written = powered(fd, size);

	assert_int_equal(__real_write(fd, bytes, written), written);
	spend(size, written);
	return (ssize_t)size;
}

ssize_t __wrap_pwrite(int fd, const void *bytes, size_t size, off_t offset)
{
	size_t written = powered(fd, size);

	assert_int_equal(__real_pwrite(fd, bytes, written, offset), written);
	spend(size, written);
	return (ssize_t)size;
}

static char folder[64], path[96];

static int setup(void **state)
{
	(void)state;
	(void)strcpy(folder, "/tmp/feeddog-power.XXXXXX");
	if (!mkdtemp(folder))
		return -1;
	(void)snprintf(path, sizeof(path), "%s/file", folder);
	power.bytes_left = NO_CUT;
	return 0;
}

static int teardown(void **state)
{
	char beside[128];

	(void)state;
	(void)snprintf(beside, sizeof(beside), "%s.new", path);
	(void)unlink(beside);
	(void)unlink(path);
	return rmdir(folder);
}

/* Makes the file hold this; NULL: there is none. */
static void put(const void *bytes, size_t size)
{
	int fd;

	(void)unlink(path);
	if (!bytes)
		return;
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(__real_write(fd, bytes, size), size);
	assert_int_equal(close(fd), 0);
}

/* --- the ledger --- */

static struct ledger ledger_of(uint64_t sequence, uint16_t unsettled)
{
	return (struct ledger){
	        .sequence = sequence, .unsettled = unsettled, .maintenance_until_ms = NEVER_MS, .service = "web"};
}

static void write_ledger(const struct ledger *ledger)
{
	uint8_t slot[LEDGER_SLOT_SIZE];
	size_t offset = ledger_encode(ledger, slot);

	assert_int_equal(store_write_at(path, offset, slot, sizeof(slot)), 0);
}

static enum ledger_reading read_ledger(struct ledger *ledger)
{
	static uint8_t bytes[LEDGER_SIZE];
	long length = store_read(path, bytes, sizeof(bytes));

	assert_true(length >= 0);
	return ledger_decode(bytes, (size_t)length, LIMIT, ledger);
}

/* True where the power failed after so many bytes. */
static bool write_with_power_for(const struct ledger *ledger, long bytes)
{
	power.bytes_left = bytes;
	if (setjmp(power.dark) == 0) {
		write_ledger(ledger);
		power.bytes_left = NO_CUT;
		return false;
	}
	power.bytes_left = NO_CUT;
	(void)close(power.fd);
	return true;
}

/* P6: the ledger reads as it was before the write or after it, at every byte, and for either slot. */
static void a_write_over_an_old_ledger(void **state)
{
	static uint8_t image[LEDGER_SIZE];
	struct ledger read;

	(void)state;
	for (uint64_t sequence = 6; sequence < 8; sequence++) {
		struct ledger older = ledger_of(sequence - 2, 1), old = ledger_of(sequence - 1, 2),
		              new = ledger_of(sequence, 3);

		put("", 0);
		write_ledger(&older);
		write_ledger(&old);
		assert_int_equal(store_read(path, image, sizeof(image)), LEDGER_SIZE);
		for (long cut = 0; cut <= LEDGER_SLOT_SIZE; cut++) {
			put(image, sizeof(image));
			assert_int_equal(write_with_power_for(&new, cut), cut < LEDGER_SLOT_SIZE);
			assert_int_equal(read_ledger(&read), LEDGER_READ);
			assert_true(read.sequence == sequence ? read.unsettled == 3
			                                      : read.sequence == sequence - 1 && read.unsettled == 2);
			assert_true(cut < LEDGER_SLOT_SIZE || read.sequence == sequence);
		}
	}
}

/* P6: of a first ledger that was cut nothing is believed, and the budget counts as spent. */
static void the_first_write_of_all(void **state)
{
	struct ledger new = ledger_of(1, 1), read;

	(void)state;
	for (long cut = 0; cut <= LEDGER_SLOT_SIZE; cut++) {
		enum ledger_reading reading;

		put(NULL, 0);
		(void)write_with_power_for(&new, cut);
		reading = read_ledger(&read);
		/* Before its first byte there was nothing to forget. */
		if (cut == 0)
			assert_int_equal(reading, LEDGER_FRESH);
		else if (reading == LEDGER_CORRUPT)
			assert_int_equal(read.unsettled, LIMIT);
		else
			assert_true(reading == LEDGER_READ && read.unsettled == 1);
	}
	assert_int_equal(read.unsettled, 1);
}

/* --- the history --- */

static const char old_lines[] = "{\"event\":\"a\"}\n{\"event\":\"b\"}\n{\"event\":\"c\"}\n";
static const char new_lines[] =
        "{\"event\":\"reboot\",\"service\":\"web\"}\n{\"event\":\"state\",\"state\":\"rebooting\"}";

/* How many lines of the file are whole, and of those that are not. */
static unsigned count_lines(unsigned *spoiled, const char *first)
{
	char text[TEXT_SIZE];
	long length = store_read(path, text, sizeof(text) - 1);
	unsigned whole = 0;

	assert_true(length >= 0);
	text[length] = '\0';
	assert_int_equal(strncmp(text, first, strlen(first)), 0);
	*spoiled = 0;
	for (char *rest = text, *line; (line = strsep(&rest, "\n"));) {
		if (!*line)
			continue;
		if (json_is_object(line, strlen(line)))
			whole++;
		else
			++*spoiled;
	}
	return whole;
}

static void append_with_power_for(long bytes, size_t cap)
{
	power.bytes_left = bytes;
	if (setjmp(power.dark) == 0)
		assert_int_equal(store_append_line(path, new_lines, cap), 0);
	else
		(void)close(power.fd);
	power.bytes_left = NO_CUT;
}

/* P9: every line before it is whole, and of what was being appended one line at most is spoiled. */
static void an_append_to_the_history(void **state)
{
	unsigned spoiled, whole;

	(void)state;
	for (long cut = 0; cut <= (long)sizeof(new_lines); cut++) {
		put(old_lines, strlen(old_lines));
		append_with_power_for(cut, TEXT_SIZE);
		/* The next boot goes on writing. */
		assert_int_equal(store_append_line(path, "{\"event\":\"boot\"}", TEXT_SIZE), 0);
		whole = count_lines(&spoiled, old_lines);
		assert_true(whole >= 4 && spoiled <= 1);
		assert_true(cut < (long)strlen(new_lines) + 1 || (whole == 6 && spoiled == 0));
	}
}

/* P9: where the older half is dropped the file is replaced: it is the old one, or the new one. */
static void an_append_that_drops_the_older_half(void **state)
{
	enum { CAP = 110 };
	unsigned spoiled, whole;

	(void)state;
	for (long cut = 0; cut <= CAP; cut++) {
		put(old_lines, strlen(old_lines));
		append_with_power_for(cut, CAP);
		whole = count_lines(&spoiled, "{\"event\":\"");
		assert_int_equal(spoiled, 0);
		assert_true(whole >= 3);
	}
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
	        TEST(a_write_over_an_old_ledger),
	        TEST(the_first_write_of_all),
	        TEST(an_append_to_the_history),
	        TEST(an_append_that_drops_the_older_half),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
