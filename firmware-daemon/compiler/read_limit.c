/* SPDX-License-Identifier: MIT
 *
 * Readers of limits: numbers with up to three decimals, and with a unit where one is needed to tell what is meant. Pure. They
 * go to flat in thousandths, sizes in whole bytes.
 */
#include "read.h"

#include <string.h>

enum { DECIMALS = 3 };

static const struct unit {
	const char *name;
	int64_t bytes;
} units[] = {
        {"B", 1},
        {"kB", 1000},
        {"MB", 1000000},
        {"GB", 1000000000},
        {"TB", 1000000000000},
        {"KiB", INT64_C(1) << 10},
        {"MiB", INT64_C(1) << 20},
        {"GiB", INT64_C(1) << 30},
        {"TiB", INT64_C(1) << 40},
};

enum { UNIT_COUNT = sizeof(units) / sizeof(units[0]) };

#define NUMBER_LAST INT64_C(1000000000)
#define SIZE_LAST (INT64_C(1) << 50)

/* "-12.5": what follows it, or NULL where it is no number. Too large a number is cut to one that is too large still. */
static const char *parse_decimal(const char *text, int64_t *thousandths)
{
	bool negative = *text == '-';
	const char *c = text + negative;
	int64_t number = 0;
	int digits = 0;

	if (*c < '0' || *c > '9')
		return NULL;
	for (; *c >= '0' && *c <= '9'; c++)
		if (number <= NUMBER_LAST)
			number = number * 10 + (*c - '0');
	if (*c == '.' && c[1] >= '0' && c[1] <= '9')
		for (c++; *c >= '0' && *c <= '9' && digits < DECIMALS; c++, digits++)
			number = number * 10 + (*c - '0');
	for (; digits < DECIMALS; digits++)
		number *= 10;
	*thousandths = negative ? -number : number;
	return c;
}

static void store_limit(const struct key *key, void *target, int64_t limit)
{
	memcpy((char *)target + key->offset, &limit, sizeof(limit));
}

/* `unit` follows the numbers in messages. */
static void store_in_range(struct draft *draft, const struct key *key, const struct node *value, void *target,
        int64_t thousandths, const char *unit)
{
	if (thousandths < key->low || thousandths > key->high)
		problem_error(draft->problems, value->place, "%s: %.60s is out of range (write %lld%s to %lld%s)",
		        key->name, value->text, (long long)(key->low / 1000), unit, (long long)(key->high / 1000),
		        unit);
	else
		store_limit(key, target, thousandths);
}

void read_decimal(struct draft *draft, const struct key *key, const struct node *value, void *target)
{
	int64_t thousandths = 0;
	const char *end;

	if (!node_is(draft, key, value, NODE_TEXT, "a number"))
		return;
	end = parse_decimal(value->text, &thousandths);
	if (!end || *end)
		problem_error(draft->problems, value->place, "%s: '%.60s' is not a number (write %s)", key->name,
		        value->text, key->example);
	else
		store_in_range(draft, key, value, target, thousandths, "");
}

/* True where the text was a number in percent, or was reported. */
static bool take_percent(struct draft *draft, const struct key *key, const struct node *value, void *target)
{
	int64_t thousandths = 0;
	const char *end = parse_decimal(value->text, &thousandths);

	if (!end || strcmp(end, "%") != 0)
		return false;
	store_in_range(draft, key, value, target, thousandths, "%");
	return true;
}

void read_percent(struct draft *draft, const struct key *key, const struct node *value, void *target)
{
	if (node_is(draft, key, value, NODE_TEXT, "a number in percent") && !take_percent(draft, key, value, target))
		problem_error(draft->problems, value->place, "%s: '%.60s' is not a number in percent (write %s)",
		        key->name, value->text, key->example);
}

static const struct unit *find_unit(const char *name)
{
	for (size_t u = 0; u < UNIT_COUNT; u++)
		if (strcmp(units[u].name, name) == 0)
			return &units[u];
	return NULL;
}

static bool take_size(struct draft *draft, const struct key *key, const struct node *value, void *target)
{
	int64_t thousandths = 0;
	const char *end = parse_decimal(value->text, &thousandths);
	const struct unit *unit = end ? find_unit(end) : NULL;

	if (!unit || thousandths < 0)
		return false;
	if (thousandths / 1000 > SIZE_LAST / unit->bytes) {
		problem_error(draft->problems, value->place, "%s: %.60s is out of range (write 1024TiB at most)",
		        key->name, value->text);
		return true;
	}
	store_limit(key, target, thousandths / 1000 * unit->bytes + thousandths % 1000 * unit->bytes / 1000);
	((struct draft_check *)target)->spec.limit_is_bytes = 1;
	return true;
}

void read_size(struct draft *draft, const struct key *key, const struct node *value, void *target)
{
	if (node_is(draft, key, value, NODE_TEXT, "a size") && !take_size(draft, key, value, target))
		problem_error(draft->problems, value->place,
		        "%s: '%.60s' is not a size (write 500kB, 200MB, 1GB or 1GiB)", key->name, value->text);
}

void read_percent_or_size(struct draft *draft, const struct key *key, const struct node *value, void *target)
{
	if (node_is(draft, key, value, NODE_TEXT, "a limit") && !take_percent(draft, key, value, target) &&
	        !take_size(draft, key, value, target))
		problem_error(draft->problems, value->place,
		        "%s: '%.60s' is neither a number in percent nor a size (write 90%% or 200MB)", key->name,
		        value->text);
}
