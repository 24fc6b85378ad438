/* SPDX-License-Identifier: MIT
 *
 * The environment of a command that is told why it runs.
 */
#include "command/variables.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

static void assert_list(char **list, const char *const wanted[])
{
	size_t i = 0;

	assert_non_null(list);
	for (; wanted[i]; i++) {
		assert_non_null(list[i]);
		assert_string_equal(list[i], wanted[i]);
	}
	assert_null(list[i]);
	free(list);
}

static void test_what_is_ours_comes_beside_what_there_is(void **state)
{
	char path[] = "PATH=/bin", home[] = "HOME=/";
	char *base[] = {path, home, NULL};
	const struct variable own[] = {{"WHY", "it is down"}, {"EMPTY", ""}};

	(void)state;
	assert_list(variables_join(base, own, 2),
	        (const char *const[]){"PATH=/bin", "HOME=/", "WHY=it is down", "EMPTY=", NULL});
	assert_list(variables_join(NULL, own, 1), (const char *const[]){"WHY=it is down", NULL});
	assert_list(variables_join(base, own, 0), (const char *const[]){"PATH=/bin", "HOME=/", NULL});
	assert_list(variables_join(NULL, NULL, 0), (const char *const[]){NULL});
}

/* Shells and getenv() disagree on which of two counts. */
static void test_what_is_ours_takes_the_place_of_another(void **state)
{
	char first[] = "WHY=another", longer[] = "WHYEVER=no", bare[] = "WHY";
	char *base[] = {first, longer, bare, NULL};
	const struct variable own[] = {{"WHY", "ours"}};

	(void)state;
	assert_list(variables_join(base, own, 1), (const char *const[]){"WHYEVER=no", "WHY", "WHY=ours", NULL});
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_what_is_ours_comes_beside_what_there_is),
	        cmocka_unit_test(test_what_is_ours_takes_the_place_of_another),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
