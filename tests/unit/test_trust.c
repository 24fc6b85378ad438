/* SPDX-License-Identifier: MIT
 *
 * Who can write a configuration that root runs, and who can read its secrets.
 */
#include "compiler/trust.h"

#include "compiler/compile.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[64], file[96];

static int make_file(void **state)
{
	(void)state;
	(void)snprintf(folder, sizeof(folder), "/tmp/feeddog-trust.XXXXXX");
	if (!mkdtemp(folder))
		return -1;
	(void)snprintf(file, sizeof(file), "%s/feeddog.yaml", folder);
	int fd = open(file, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	return fd < 0 ? -1 : close(fd);
}

static int remove_file(void **state)
{
	(void)state;
	(void)unlink(file);
	return rmdir(folder);
}

static bool is_trusted(mode_t file_mode, mode_t folder_mode, uint32_t owner, const char *word)
{
	char text[TRUST_TEXT_SIZE] = "";

	assert_int_equal(chmod(file, file_mode), 0);
	assert_int_equal(chmod(folder, folder_mode), 0);
	bool trusted = trust_only_owner_writes(file, owner, text);
	if (!trusted && !strstr(text, word))
		fail_msg("%s", text);
	return trusted;
}

/* P10: a configuration that others can write is told from one that only its owner can. */
static void test_others_can_write(void **state)
{
	uint32_t me = geteuid();
	(void)state;

	assert_true(is_trusted(0600, 0700, me, ""));
	assert_true(is_trusted(0644, 0755, me, ""));
	assert_false(is_trusted(0666, 0755, me, "everybody"));
	assert_false(is_trusted(0602, 0755, me, "everybody"));
	assert_false(is_trusted(0644, 0777, me, "folder"));
	/* As /tmp. */
	assert_true(is_trusted(0644, 01777, me, ""));
	if (me == 0) {
		assert_int_equal(chown(file, 65534, 65534), 0);
		assert_false(is_trusted(0600, 0700, 0, "belongs"));
		assert_true(is_trusted(0600, 0700, 65534, ""));
		assert_int_equal(chown(file, 0, 65534), 0);
		assert_false(is_trusted(0660, 0700, 0, "group"));
		assert_int_equal(chown(file, 0, 0), 0);
		assert_true(is_trusted(0660, 0700, 0, ""));
		assert_int_equal(chown(folder, 65534, 0), 0);
		assert_false(is_trusted(0600, 0700, 0, "folder"));
	}
}

static bool keeps(const char *yaml, mode_t mode)
{
	struct flat *flat = compile_text("f.yaml", yaml, strlen(yaml), stderr);
	char text[TRUST_TEXT_SIZE];

	assert_non_null(flat);
	assert_int_equal(chmod(file, mode), 0);
	bool kept = trust_keeps_secrets(file, flat, text);
	free(flat);
	return kept;
}

/* P18: a secret in a file that everybody can read is noticed. */
static void test_everybody_can_read_a_secret(void **state)
{
	static const char none[] = "services: {a: {checks: [{http: 'http://a/'}]}}\n";
	static const char header[] =
	        "services: {a: {checks: [{http: 'http://a/', headers: {authorization: Basic eHg6eXk=}}]}}\n";
	static const char alert[] = "services: {a: {checks: [{http: 'http://a/'}]}}\nalerts: [{url: 'https://a/b'}]\n";
	(void)state;

	assert_true(keeps(none, 0644));
	assert_false(keeps(header, 0644));
	assert_true(keeps(header, 0640));
	assert_false(keeps(alert, 0644));
	assert_true(keeps(alert, 0600));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(test_others_can_write, make_file, remove_file),
	        cmocka_unit_test_setup_teardown(test_everybody_can_read_a_secret, make_file, remove_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
