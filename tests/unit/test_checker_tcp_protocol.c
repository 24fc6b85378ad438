/* SPDX-License-Identifier: MIT
 *
 * What tcp checks say to servers, and what they take for an answer. The end-to-end tests ask the real servers.
 */
#include "checker/net/tcp_protocol.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ANSWER(text) (text), sizeof(text) - 1

static const struct {
	enum tcp_protocol protocol;
	const char *bytes;
	size_t length;
	enum tcp_answer answer;
} answers[] = {
        {TCP_POSTGRESQL, ANSWER("N"), TCP_ANSWER_GOOD},
        {TCP_POSTGRESQL, ANSWER("G"), TCP_ANSWER_GOOD},
        {TCP_POSTGRESQL, ANSWER("E\0\0\0\1Sunsupported frontend protocol"), TCP_ANSWER_GOOD},
        {TCP_POSTGRESQL, ANSWER("Ecould not fork new process for connection"), TCP_ANSWER_WRONG},
        {TCP_POSTGRESQL, ANSWER("SSH-2.0"), TCP_ANSWER_WRONG},
        {TCP_MYSQL, ANSWER("\100\0\0\0\12"), TCP_ANSWER_GOOD},
        {TCP_MYSQL, ANSWER("\100\0\0\0"), TCP_ANSWER_MORE},
        {TCP_MYSQL, ANSWER("\100\0\0\0\377\20"), TCP_ANSWER_MORE},
        {TCP_MYSQL, ANSWER("\100\0\0\0\377\20\4Too many connections"), TCP_ANSWER_WRONG},
        {TCP_MYSQL, ANSWER("\100\0\0\0\377\152\4Host is not allowed"), TCP_ANSWER_GOOD},
        {TCP_MYSQL, ANSWER("HTTP/1.1"), TCP_ANSWER_WRONG},
        {TCP_REDIS, ANSWER("+PONG\r\n"), TCP_ANSWER_GOOD},
        {TCP_REDIS, ANSWER("+PO"), TCP_ANSWER_MORE},
        {TCP_REDIS, ANSWER("-LOADING Redis is loading the dataset in memory\r\n"), TCP_ANSWER_GOOD},
        {TCP_REDIS, ANSWER("-ERR max number of clients reached\r\n"), TCP_ANSWER_WRONG},
        {TCP_REDIS, ANSWER("-BUSY Redis is busy running a script\r\n"), TCP_ANSWER_WRONG},
        {TCP_MQTT, ANSWER("\40\2\0\0"), TCP_ANSWER_GOOD},
        {TCP_MQTT, ANSWER("\40\2\0\5"), TCP_ANSWER_GOOD},
        {TCP_MQTT, ANSWER("\40\2\0\3"), TCP_ANSWER_WRONG},
        {TCP_MQTT, ANSWER("\40\2"), TCP_ANSWER_MORE},
        {TCP_MQTT, ANSWER("\60\2"), TCP_ANSWER_WRONG},
        {TCP_SMTP, ANSWER("220-board ESMTP\r\n"), TCP_ANSWER_GOOD},
        {TCP_SMTP, ANSWER("22"), TCP_ANSWER_MORE},
        {TCP_SMTP, ANSWER("421 too busy\r\n"), TCP_ANSWER_WRONG},
        {TCP_SSH, ANSWER("SSH-2.0-OpenSSH_9.2p1\r\n"), TCP_ANSWER_GOOD},
        {TCP_SSH, ANSWER("Authorized use only\r\nSSH-2.0-x\n"), TCP_ANSWER_GOOD},
        {TCP_SSH, ANSWER("SSH-2.0-OpenSSH"), TCP_ANSWER_MORE},
        {TCP_SSH, ANSWER("Exceeded MaxStartups\r\n"), TCP_ANSWER_WRONG},
};

static void answers_are_judged(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		/* A copy without a NUL behind it, so that the sanitizers see a read too far. */
		char *bytes = malloc(answers[i].length);

		assert_non_null(bytes);
		memcpy(bytes, answers[i].bytes, answers[i].length);
		if (tcp_protocol_judge(answers[i].protocol, bytes, answers[i].length) != answers[i].answer)
			fail_msg("answer %zu, %s", i, answers[i].bytes);
		free(bytes);
	}
}

/* P18: whatever a server sends, no protocol reads behind it; and nothing at all is no answer. */
static void any_beginning_is_judged(void **state)
{
	(void)state;
	for (int protocol = TCP_NONE + 1; protocol < TCP_PROTOCOL_COUNT; protocol++) {
		for (size_t length = 0; length <= 16; length++) {
			char *bytes = malloc(length + (length == 0));

			assert_non_null(bytes);
			memset(bytes, 0x7f, length);
			enum tcp_answer answer = tcp_protocol_judge((enum tcp_protocol)protocol, bytes, length);
			assert_int_not_equal(answer, TCP_ANSWER_GOOD);
			assert_true(length > 0 || answer == TCP_ANSWER_MORE);
			free(bytes);
		}
	}
}

/* The lengths that stand in the packets are those of the packets. */
static void packets_are_whole(void **state)
{
	struct tcp_bytes login = tcp_protocol_farewell(TCP_MYSQL);
	struct tcp_bytes connect = tcp_protocol_hello(TCP_MQTT);
	struct tcp_bytes request = tcp_protocol_hello(TCP_POSTGRESQL);

	(void)state;
	assert_int_equal(login.length, 4 + (size_t)login.bytes[0] + 4);
	assert_memory_equal(login.bytes + 36, "feeddog", sizeof("feeddog"));
	assert_int_equal(connect.length, 2 + (size_t)connect.bytes[1]);
	assert_int_equal(request.length, (size_t)request.bytes[3]);
	assert_int_equal(tcp_protocol_hello(TCP_SMTP).length, 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	        cmocka_unit_test(answers_are_judged),
	        cmocka_unit_test(any_beginning_is_judged),
	        cmocka_unit_test(packets_are_whole),
	};

	return cmocka_run_group_tests_name("checker/net/tcp_protocol", tests, NULL, NULL);
}
