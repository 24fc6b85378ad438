/* SPDX-License-Identifier: MIT
 *
 * What is said to process 1.
 */
#include "systemd_message.h"

#include <stdio.h>
#include <string.h>

enum {
	TYPE_CALL = 1,
	FIELD_PATH = 1,
	FIELD_INTERFACE = 2,
	FIELD_MEMBER = 3,
	FIELD_DESTINATION = 6,
	FIELD_SIGNATURE = 8,
};

static void put(struct systemd_out *out, const void *bytes, size_t size)
{
	if (size <= sizeof(out->bytes) - out->length) {
		memcpy(out->bytes + out->length, bytes, size);
		out->length += size;
	}
}

static void put_byte(struct systemd_out *out, uint8_t byte)
{
	put(out, &byte, 1);
}

static void align(struct systemd_out *out, size_t to)
{
	while (out->length % to != 0)
		put_byte(out, 0);
}

static void put_number(struct systemd_out *out, uint32_t number)
{
	align(out, sizeof(number));
	put(out, &number, sizeof(number));
}

static void put_text(struct systemd_out *out, const char *text)
{
	put_number(out, (uint32_t)strlen(text));
	put(out, text, strlen(text) + 1);
}

static void put_signature(struct systemd_out *out, const char *text)
{
	put_byte(out, (uint8_t)strlen(text));
	put(out, text, strlen(text) + 1);
}

static void put_field(struct systemd_out *out, uint8_t field, const char *type, const char *value)
{
	align(out, 8);
	put_byte(out, field);
	put_signature(out, type);
	if (*type == 'g')
		put_signature(out, value);
	else
		put_text(out, value);
}

static void write_fields(struct systemd_out *fields, enum systemd_verb verb)
{
	static const char *const members[] = {"Get", "Set", "Reload"};
	static const char *const signatures[] = {"ss", "ssv", ""};

	put_field(fields, FIELD_PATH, "o", "/org/freedesktop/systemd1");
	put_field(fields, FIELD_INTERFACE, "s",
	        verb == SYSTEMD_RELOAD ? "org.freedesktop.systemd1.Manager" : "org.freedesktop.DBus.Properties");
	put_field(fields, FIELD_MEMBER, "s", members[verb]);
	put_field(fields, FIELD_DESTINATION, "s", "org.freedesktop.systemd1");
	if (*signatures[verb])
		put_field(fields, FIELD_SIGNATURE, "g", signatures[verb]);
}

void systemd_write_call(struct systemd_out *message, enum systemd_verb verb, uint64_t usec)
{
	static const uint16_t one = 1;
	struct systemd_out fields = {.length = 0};
	struct systemd_out body = {.length = 0};

	write_fields(&fields, verb);
	if (verb != SYSTEMD_RELOAD) {
		put_text(&body, "org.freedesktop.systemd1.Manager");
		put_text(&body, "RuntimeWatchdogUSec");
	}
	if (verb == SYSTEMD_SET_WATCHDOG) {
		put_signature(&body, "t");
		align(&body, sizeof(usec));
		put(&body, &usec, sizeof(usec));
	}
	*message = (struct systemd_out){.length = 0};
	put_byte(message, *(const uint8_t *)&one ? 'l' : 'B');
	put_byte(message, TYPE_CALL);
	put_byte(message, 0);
	put_byte(message, 1);
	put_number(message, (uint32_t)body.length);
	put_number(message, 1);
	put_number(message, (uint32_t)fields.length);
	put(message, fields.bytes, fields.length);
	align(message, 8);
	put(message, body.bytes, body.length);
}

size_t systemd_write_greeting(unsigned number, char greeting[SYSTEMD_GREETING_SIZE])
{
	char uid[16];
	size_t length = 1;
	int digits = snprintf(uid, sizeof(uid), "%u", number);

	greeting[0] = '\0';
	length += (size_t)snprintf(greeting + length, SYSTEMD_GREETING_SIZE - length, "AUTH EXTERNAL ");
	for (int i = 0; i < digits; i++)
		length += (size_t)snprintf(greeting + length, SYSTEMD_GREETING_SIZE - length, "%02x", (unsigned)uid[i]);
	return length + (size_t)snprintf(greeting + length, SYSTEMD_GREETING_SIZE - length, "\r\nBEGIN\r\n");
}
