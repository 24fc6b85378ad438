/* SPDX-License-Identifier: MIT
 *
 * Readers of how to probe.
 */
#include "read.h"

#include "address.h"
#include "expression.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>

void read_http(struct draft *draft, const struct key *key, const struct node *value, void *target)
{
	const char *error;

	if (!node_is(draft, key, value, NODE_TEXT, "a URL"))
		return;
	error = url_check(value->text);
	if (error)
		problem_error(draft->problems, value->place, "%s: %s", key->name, error);
	else
		store_text(draft, key, target, value->text);
}

void read_tcp(struct draft *draft, const struct key *key, const struct node *value, void *target)
{
	struct draft_check *check = target;
	struct address address;
	const char *error;

	if (!node_is(draft, key, value, NODE_TEXT, "HOST:PORT"))
		return;
	error = address_parse(value->text, strlen(value->text), &address);
	if (!error && address.port == 0)
		error = "the port is missing (write HOST:PORT)";
	if (error) {
		problem_error(draft->problems, value->place, "tcp: %s", error);
		return;
	}
	store_text(draft, key, target, address.host);
	check->spec.port = address.port;
}

/* HOST or HOST:PORT, to which the connection goes in place of the URL's. */
void read_connect(struct draft *draft, const struct key *key, const struct node *value, void *target)
{
	struct draft_check *check = target;
	struct address address;
	const char *error;

	if (!node_is(draft, key, value, NODE_TEXT, "HOST or HOST:PORT"))
		return;
	error = address_parse(value->text, strlen(value->text), &address);
	if (error) {
		problem_error(draft->problems, value->place, "connect: %s", error);
		return;
	}
	store_text(draft, key, target, address.host);
	check->spec.port = address.port;
}

/* One handshake in an hour is enough where nothing else is said, and it may take its time. */
void read_certificate(struct draft *draft, const struct key *key, const struct node *value, void *target)
{
	enum { HOUR_MS = 3600000, PATIENCE_MS = 10000 };
	struct draft_check *check = target;

	check->rule.interval_ms = HOUR_MS;
	check->rule.timeout_ms = PATIENCE_MS;
	read_section(draft, key, value, target);
}

static bool parse_code(const char *text, uint16_t *code)
{
	if (strspn(text, "0123456789") < 3)
		return false;
	*code = (uint16_t)((text[0] - '0') * 100 + (text[1] - '0') * 10 + (text[2] - '0'));
	return *code >= 100 && *code <= 599;
}

/* "200" or "200-299". */
static bool parse_range(const char *text, struct status_range *range)
{
	if (!parse_code(text, &range->low))
		return false;
	range->high = range->low;
	if (text[3] == '\0')
		return true;
	return text[3] == '-' && parse_code(text + 4, &range->high) && text[7] == '\0' && range->low <= range->high;
}

/* Of the statuses below 200 only 101 ends an exchange; the others come before the answer, and are not looked at. */
static bool never_answers(struct status_range range)
{
	return range.high < 200 && (range.low > 101 || range.high < 101);
}

static void add_range(struct draft *draft, const struct key *key, const struct node *value, struct check_spec *spec)
{
	struct status_range range;

	if (!node_is(draft, key, value, NODE_TEXT, "an HTTP status"))
		return;
	if (!parse_range(value->text, &range))
		problem_error(draft->problems, value->place,
		        "status: '%.60s' is neither a status nor a range of them (write 100 to 599, or \"200-299\")",
		        value->text);
	else if (never_answers(range))
		problem_error(draft->problems, value->place,
		        "status: '%.60s' is an interim status, which no answer ends with (write 101 or 200 to 599)",
		        value->text);
	else if (spec->status_count == MAX_STATUS_RANGES)
		problem_error(draft->problems, value->place,
		        "status: these are more than %d (write ranges: \"200-299\")", MAX_STATUS_RANGES);
	else
		spec->status[spec->status_count++] = range;
}

void read_status(struct draft *draft, const struct key *key, const struct node *value, void *target)
{
	struct check_spec *spec = &((struct draft_check *)target)->spec;
	uint32_t errors = draft->problems->errors;

	if (value->kind != NODE_LIST) {
		add_range(draft, key, value, spec);
		return;
	}
	if (!value->first)
		problem_error(draft->problems, value->place, "status: the list is empty (write %s)", key->example);
	for (const struct node *item = value->first; item && draft->problems->errors < errors + MAX_STATUS_RANGES;
	        item = item->next)
		add_range(draft, key, item, spec);
}

void read_expression(struct draft *draft, const struct key *key, const struct node *value, void *target)
{
	char error[EXPRESSION_ERROR_SIZE];

	if (!node_is(draft, key, value, NODE_TEXT, "an extended regular expression"))
		return;
	if (expression_check(value->text, error))
		store_text(draft, key, target, value->text);
	else
		problem_error(draft->problems, value->place, "%s: %s", key->name, error);
}

void read_method(struct draft *draft, const struct key *key, const struct node *value, void *target)
{
	if (!node_is(draft, key, value, NODE_TEXT, "a word"))
		return;
	if (*value->text && strlen(value->text) == strspn(value->text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
		store_text(draft, key, target, value->text);
	else
		problem_error(draft->problems, value->place,
		        "method: '%.60s' is not one of HTTP (write GET, HEAD or POST)", value->text);
}

enum { HEADER_SIZE = 4096 };

static void add_header(
        struct draft *draft, const struct node *item, const char *name, const char *text, struct command *headers)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!#$%&'*+-.^_`|~";
	size_t name_length = strcspn(name, ":");
	char header[HEADER_SIZE];

	if (name_length == 0 || strspn(name, letters) != name_length)
		problem_error(draft->problems, item->place,
		        "headers: '%.60s' does not begin with the name of a header (write Name: value)", name);
	else if (!*text)
		problem_error(draft->problems, item->place, "headers: %.60s has no value (write Name: value)", name);
	else if (text[strcspn(text, "\r\n")])
		problem_error(draft->problems, item->place,
		        "headers: the value of %.*s has more than one line (write it in one)",
		        (int)(name_length > 60 ? 60 : name_length), name);
	else if (snprintf(header, sizeof(header), "%.*s: %s", (int)name_length, name, text) >= HEADER_SIZE)
		problem_error(draft->problems, item->place,
		        "headers: this one is too long (write %d characters at most)", HEADER_SIZE - 1);
	else
		command_add(draft, headers, header);
}

/* A mapping, or a list of "Name: value" where one is wanted twice. */
void read_headers(struct draft *draft, const struct key *key, const struct node *value, void *target)
{
	struct command *headers = &((struct draft_check *)target)->spec.headers;

	*headers = (struct command){draft->argv.count, 0};
	if (value->kind != NODE_LIST && !node_is(draft, key, value, NODE_MAP, "a mapping or a list"))
		return;
	if (value->kind == NODE_MAP)
		report_duplicates(draft, value);
	for (const struct node *item = value->first; item; item = item->next) {
		const char *colon;
		if (!node_is(draft, key, item, NODE_TEXT, "a header"))
			continue;
		if (value->kind == NODE_MAP && strchr(item->key->text, ':')) {
			problem_error(draft->problems, item->key->place,
			        "headers: '%.60s' is not the name of a header (write Name: value)", item->key->text);
			continue;
		}
		if (value->kind == NODE_MAP) {
			add_header(draft, item, item->key->text, item->text, headers);
			continue;
		}
		colon = item->text + strcspn(item->text, ":");
		add_header(draft, item, item->text, *colon ? colon + 1 + strspn(colon + 1, " \t") : "", headers);
	}
}

void read_socket(struct draft *draft, const struct key *key, const struct node *value, void *target)
{
	const size_t room = sizeof(((struct sockaddr_un *)NULL)->sun_path);

	if (value->kind == NODE_TEXT && strlen(value->text) >= room)
		problem_error(draft->problems, value->place,
		        "%s: the path is too long for a socket (write %u characters at most)", key->name,
		        (unsigned)room - 1);
	else
		read_path(draft, key, value, target);
}

/* A program, or a folder of them in the manner of Debian's watchdog. */
void read_test(struct draft *draft, const struct key *key, const struct node *value, void *target)
{
	if (value->kind == NODE_MAP) {
		((struct draft_check *)target)->spec.v1 = 1;
		read_section(draft, key, value, target);
	} else {
		read_command(draft, key, value, target);
	}
}

void read_resource(struct draft *draft, const struct key *key, const struct node *value, void *target)
{
	static const char *const resources[] = {"cpu", "memory", "io"};

	if (!node_is(draft, key, value, NODE_TEXT, "a word"))
		return;
	for (size_t i = 0; i < sizeof(resources) / sizeof(resources[0]); i++) {
		if (strcmp(value->text, resources[i]) == 0) {
			store_text(draft, key, target, value->text);
			return;
		}
	}
	problem_error(draft->problems, value->place, "%s: '%.60s' is not understood (write cpu, memory or io)",
	        key->name, value->text);
}

/* Their numbers change from boot to boot. */
static void warn_of_number(struct draft *draft, const struct key *key, const struct node *value)
{
	if (strncmp(value->text, "/sys/class/hwmon/hwmon", strlen("/sys/class/hwmon/hwmon")) == 0)
		problem_warning(draft->problems, value->place,
		        "%s: the numbers of hwmon change from boot to boot (write the chip's name, as in its file name: "
		        "nvme)",
		        key->name);
}

/* CHIP or CHIP/LABEL. */
static bool is_chip(const char *text)
{
	size_t length = strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.+");

	return length > 0 && text[0] != '.' && (text[length] == '\0' || (text[length] == '/' && text[length + 1]));
}

/* A thermal zone by its number, a chip by its name, or the file of any sensor. */
void read_sensor(struct draft *draft, const struct key *key, const struct node *value, void *target)
{
	static const char zone[] = "thermal_zone";
	char path[64];
	size_t digits;

	if (!node_is(draft, key, value, NODE_TEXT, "a sensor"))
		return;
	digits = strncmp(value->text, zone, strlen(zone)) == 0 ? strlen(value->text + strlen(zone)) : 0;
	if (value->text[0] == '/') {
		warn_of_number(draft, key, value);
		store_text(draft, key, target, value->text);
	} else if (digits > 0 && digits < 6 && strspn(value->text + strlen(zone), "0123456789") == digits) {
		(void)snprintf(path, sizeof(path), "/sys/class/thermal/%.20s/temp", value->text);
		store_text(draft, key, target, path);
	} else if (is_chip(value->text)) {
		store_text(draft, key, target, value->text);
	} else {
		problem_error(draft->problems, value->place, "%s: '%.60s' is no sensor (write %s)", key->name,
		        value->text, key->example);
	}
}

void read_host(struct draft *draft, const struct key *key, const struct node *value, void *target)
{
	struct address address;
	struct in6_addr ipv6;
	const char *error;

	if (!node_is(draft, key, value, NODE_TEXT, "a host"))
		return;
	if (inet_pton(AF_INET6, value->text, &ipv6) == 1) {
		store_text(draft, key, target, value->text);
		return;
	}
	error = address_parse(value->text, strlen(value->text), &address);
	if (!error && address.port != 0)
		error = "a ping goes to no port (leave it out, or write tcp: HOST:PORT)";
	if (error)
		problem_error(draft->problems, value->place, "%s: %s", key->name, error);
	else
		store_text(draft, key, target, address.host);
}

void read_ping(struct draft *draft, const struct key *key, const struct node *value, void *target)
{
	if (value->kind == NODE_MAP)
		read_section(draft, key, value, target);
	else
		read_host(draft, key, value, target);
}

void read_interface(struct draft *draft, const struct key *key, const struct node *value, void *target)
{
	if (value->kind == NODE_TEXT && (strlen(value->text) >= IF_NAMESIZE || value->text[0] == '.'))
		problem_error(draft->problems, value->place, "%s: '%.60s' is not a name (write %s)", key->name,
		        value->text, key->example);
	else
		read_word(draft, key, value, target);
}
