/* SPDX-License-Identifier: MIT
 *
 * What curl's codes mean here: every one has an answer, and no failure reads as good.
 */
#include "checker/net/transfer.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void every_code_has_an_answer(void **state)
{
	(void)state;
	for (int code = 1; code < (int)CURL_LAST + 10; code++) {
		struct verdict verdict = transfer_verdict((CURLcode)code, 0);

		assert_true(verdict.outcome == OUTCOME_BAD || verdict.outcome == OUTCOME_UNKNOWN);
		assert_true(verdict.cause > CAUSE_OK && verdict.cause < CAUSE_COUNT);
		/* P4: what says nothing about the service is not bad. */
		assert_true((verdict.cause == CAUSE_CANNOT_PROBE) == (verdict.outcome == OUTCOME_UNKNOWN));
		assert_false(verdict.conclusive);
	}
}

static const struct {
	CURLcode code;
	int os_errno;
	enum cause cause;
	int32_t detail;
} cases[] = {
        {CURLE_COULDNT_CONNECT, ECONNREFUSED, CAUSE_REFUSED, 0},
        {CURLE_COULDNT_CONNECT, ETIMEDOUT, CAUSE_TIMEOUT, 0},
        {CURLE_COULDNT_CONNECT, ENETUNREACH, CAUSE_UNREACHABLE, ENETUNREACH},
        {CURLE_COULDNT_CONNECT, EHOSTUNREACH, CAUSE_UNREACHABLE, EHOSTUNREACH},
        {CURLE_COULDNT_CONNECT, EADDRNOTAVAIL, CAUSE_CANNOT_PROBE, EADDRNOTAVAIL},
        {CURLE_COULDNT_CONNECT, EMFILE, CAUSE_CANNOT_PROBE, EMFILE},
        {CURLE_COULDNT_RESOLVE_HOST, 0, CAUSE_UNRESOLVED, 0},
        {CURLE_OPERATION_TIMEDOUT, 0, CAUSE_TIMEOUT, 0},
        {CURLE_GOT_NOTHING, 0, CAUSE_DROPPED, 0},
        /* Left over from an address that was tried before. */
        {CURLE_GOT_NOTHING, ECONNREFUSED, CAUSE_DROPPED, 0},
        {CURLE_RECV_ERROR, ECONNRESET, CAUSE_DROPPED, ECONNRESET},
        {CURLE_SEND_ERROR, EPIPE, CAUSE_DROPPED, EPIPE},
        {CURLE_PARTIAL_FILE, 0, CAUSE_DROPPED, 0},
        {CURLE_PEER_FAILED_VERIFICATION, 0, CAUSE_TLS, CURLE_PEER_FAILED_VERIFICATION},
        {CURLE_SSL_CONNECT_ERROR, 0, CAUSE_TLS, CURLE_SSL_CONNECT_ERROR},
        {CURLE_WEIRD_SERVER_REPLY, 0, CAUSE_GARBLED, CURLE_WEIRD_SERVER_REPLY},
        {CURLE_UNSUPPORTED_PROTOCOL, 0, CAUSE_GARBLED, CURLE_UNSUPPORTED_PROTOCOL},
        /* While there is memory: curl says it of a header that is too long for it. */
        {CURLE_OUT_OF_MEMORY, 0, CAUSE_GARBLED, CURLE_OUT_OF_MEMORY},
        /* curl says it of a header without a colon. */
        {CURLE_BAD_FUNCTION_ARGUMENT, 0, CAUSE_GARBLED, CURLE_BAD_FUNCTION_ARGUMENT},
        /* P4: a file of ours that cannot be read says nothing of the server. */
        {CURLE_SSL_CACERT_BADFILE, 0, CAUSE_CANNOT_PROBE, EIO},
        {CURLE_SSL_CERTPROBLEM, 0, CAUSE_CANNOT_PROBE, EIO},
        {CURLE_URL_MALFORMAT, 0, CAUSE_CANNOT_PROBE, EINVAL},
};

static void codes_and_their_causes(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct verdict verdict = transfer_verdict(cases[i].code, cases[i].os_errno);

		assert_string_equal(cause_name(verdict.cause), cause_name(cases[i].cause));
		assert_int_equal(verdict.detail, cases[i].detail);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	        cmocka_unit_test(every_code_has_an_answer),
	        cmocka_unit_test(codes_and_their_causes),
	};

	return cmocka_run_group_tests_name("checker/net/transfer", tests, NULL, NULL);
}
