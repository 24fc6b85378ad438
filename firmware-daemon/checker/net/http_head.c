/* SPDX-License-Identifier: MIT
 *
 * curl takes a first line that it cannot read, as long as it begins with HTTP/, for that of a good answer; so the status is
 * read here.
 */
#include "http_head.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { SWITCHING_PROTOCOLS = 101 };

static const char digits[] = "0123456789";

/* Where the status of "HTTP/1.1 200 OK", or of the "HTTP/2 200" that curl writes for HTTP/2, begins; 0: it has none. */
static size_t find_status(const char *line, size_t length)
{
	size_t at = strlen("HTTP/1");

	if (length < strlen("HTTP/1.1 ") || memcmp(line, "HTTP/", 5) != 0 || !strchr(digits, line[5]))
		return 0;
	if (line[at] == '.' && strchr(digits, line[at + 1]))
		at += 2;
	if (line[at] != ' ')
		return 0;
	while (at < length && line[at] == ' ')
		at++;
	return at;
}

/* The status in the first line of a head, 0 where it is no such line. */
static long read_status(const char *line, size_t length)
{
	char text[16] = "";
	size_t at = find_status(line, length);

	if (at == 0)
		return 0;
	memcpy(text, line + at, length - at < 4 ? length - at : 4);
	if (strspn(text, digits) != 3 || !strchr(" \r\n", text[3]))
		return 0;
	return strtol(text, NULL, 10);
}

static bool begins_with(const char *line, size_t length, const char *word)
{
	return length >= strlen(word) && strncasecmp(line, word, strlen(word)) == 0;
}

/* The first one counts. One that is too long leads nowhere. */
static void read_location(struct http_head *head, const char *text, size_t length)
{
	while (length > 0 && (*text == ' ' || *text == '\t')) {
		text++;
		length--;
	}
	while (length > 0 && strchr(" \t\r\n", text[length - 1]))
		length--;
	if (!head->location && length <= HTTP_LOCATION_MAX)
		head->location = strndup(text, length);
}

static void begin(struct http_head *head, const char *line, size_t length)
{
	free(head->location);
	head->location = NULL;
	head->status = read_status(line, length);
	head->garbled = head->status < 100;
}

bool http_head_add(struct http_head *head, const char *line, size_t length)
{
	head->length += length;
	if (head->length > HTTP_HEAD_MAX)
		head->garbled = true;
	else if (head->ended)
		return true; /* a trailer, behind the body */
	else if (begins_with(line, length, "HTTP/"))
		begin(head, line, length);
	else if (begins_with(line, length, "Location:"))
		read_location(head, line + strlen("Location:"), length - strlen("Location:"));
	else if (length > 0 && (line[0] == '\r' || line[0] == '\n'))
		head->ended = head->status >= 200 || head->status == SWITCHING_PROTOCOLS;
	return !head->garbled;
}

void http_head_forget(struct http_head *head)
{
	free(head->location);
	*head = (struct http_head){.length = 0};
}
