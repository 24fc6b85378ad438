/* SPDX-License-Identifier: MIT
 *
 * Names for which no name server is asked.
 */
#include "checker/net/resolve.h"

#include <arpa/inet.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static const char hosts[] = "# 10.0.0.9 commented\n"
                            "\n"
                            "127.0.0.1\tlocalhost\n"
                            "10.0.0.1  Web.lan www.lan#10.0.0.2 other.lan\n"
                            "fd00::1 web.lan\n"
                            "nonsense web.lan\n"
                            "10.0.0.3\n"
                            "10.0.0.4 last.lan";

/* The addresses of a name in `hosts`, written one after the other. */
static const char *found(const char *host)
{
	static char text[256];
	struct resolved resolved = {.count = 0};

	resolve_in_hosts(hosts, host, &resolved);
	text[0] = '\0';
	for (int i = 0; i < resolved.count; i++) {
		const struct sockaddr_storage *address = &resolved.addresses[i];
		const void *bytes = address->ss_family == AF_INET
		        ? (const void *)&((const struct sockaddr_in *)(const void *)address)->sin_addr
		        : (const void *)&((const struct sockaddr_in6 *)(const void *)address)->sin6_addr;
		size_t length = strlen(text);

		assert_non_null(
		        inet_ntop(address->ss_family, bytes, text + length, (socklen_t)(sizeof(text) - length - 1)));
		strcat(text, " ");
	}
	return text;
}

static void names_in_the_hosts_file(void **state)
{
	(void)state;
	assert_string_equal(found("web.lan"), "10.0.0.1 fd00::1 ");
	assert_string_equal(found("WWW.lan"), "10.0.0.1 ");
	assert_string_equal(found("last.lan"), "10.0.0.4 ");
	assert_string_equal(found("localhost"), "127.0.0.1 ");
	assert_string_equal(found("commented"), "");
	assert_string_equal(found("other.lan"), "");
	assert_string_equal(found("10.0.0.3"), "");
	assert_string_equal(found("web"), "");
}

static void more_addresses_than_fit(void **state)
{
	struct resolved resolved = {.count = 0};

	(void)state;
	resolve_in_hosts("1.1.1.1 a\n1.1.1.2 a\n1.1.1.3 a\n1.1.1.4 a\n1.1.1.5 a\n", "a", &resolved);
	assert_int_equal(resolved.count, RESOLVE_MAX);
}

/* P12: these need no name server. */
static void written_addresses_and_localhost(void **state)
{
	struct resolved resolved;

	(void)state;
	assert_true(resolve_here("127.0.0.1", &resolved));
	assert_int_equal(resolved.count, 1);
	assert_true(resolve_here("::1", &resolved));
	assert_true(resolve_here("localhost", &resolved));
	assert_true(resolve_here("LocalHost", &resolved));
	assert_true(resolve_here("a.localhost", &resolved));
	assert_true(resolved.count >= 1);
	assert_false(resolve_here("notlocalhost", &resolved));
	assert_false(resolve_here(".localhost.example", &resolved));
}

static void no_such_name(void **state)
{
	struct resolved resolved;

	(void)state;
	assert_int_equal(resolve("nothing.invalid", &resolved), -ENXIO);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	        cmocka_unit_test(names_in_the_hosts_file),
	        cmocka_unit_test(more_addresses_than_fit),
	        cmocka_unit_test(written_addresses_and_localhost),
	        cmocka_unit_test(no_such_name),
	};

	return cmocka_run_group_tests_name("checker/net/resolve", tests, NULL, NULL);
}
