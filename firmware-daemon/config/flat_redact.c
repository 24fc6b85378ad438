/* SPDX-License-Identifier: MIT
 *
 * No two members share a text, so a text that is wiped is missed by nobody else.
 */
#include "flat_redact.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static char *pool_of(struct flat *flat)
{
	return (char *)flat + flat->pool_at;
}

static void wipe(struct flat *flat, text_at at)
{
	char *text = pool_of(flat) + at;

	memset(text, 0, strlen(text));
}

static void wipe_command(struct flat *flat, struct command command)
{
	const text_at *argv = (const void *)((const char *)flat + flat->argv_at);

	for (uint32_t i = 0; i < command.argc; i++)
		wipe(flat, argv[command.first + i]);
}

static void keep(struct flat *flat, text_at at, char pool[])
{
	strcpy(pool + at, pool_of(flat) + at);
}

static void redact_for_checker(struct flat *flat)
{
	const struct alert_spec *alerts = flat_alerts(flat);
	const struct service_spec *services = flat_services(flat);

	for (uint32_t i = 0; i < flat->alert_count; i++) {
		wipe(flat, alerts[i].url);
		wipe(flat, alerts[i].heartbeat);
		wipe_command(flat, alerts[i].command);
	}
	for (uint16_t i = 0; i < flat->service_count; i++) {
		wipe_command(flat, services[i].restart);
		wipe_command(flat, services[i].start);
		wipe_command(flat, services[i].run);
	}
	wipe_command(flat, flat->reboot);
}

/* Puts each text that is to be kept into an empty pool, so that a text that a later version adds is wiped. 0 or -ENOMEM. */
static int redact_for_led(struct flat *flat)
{
	const struct check_spec *checks = flat_checks(flat);
	const struct service_spec *services = flat_services(flat);
	char *pool = calloc(1, flat->pool_size);

	if (!pool)
		return -ENOMEM;
	keep(flat, flat->led.name, pool);
	keep(flat, flat->led.chip, pool);
	/* A service or a check without a name would not be valid. */
	for (uint16_t i = 0; i < flat->service_count; i++)
		keep(flat, services[i].name, pool);
	for (uint16_t i = 0; i < flat->check_count; i++)
		keep(flat, checks[i].name, pool);
	memcpy(pool_of(flat), pool, flat->pool_size);
	free(pool);
	return 0;
}

int flat_redact(struct flat *flat, enum flat_reader reader)
{
	if (reader == READER_LED)
		return redact_for_led(flat);
	if (reader == READER_CHECKER)
		redact_for_checker(flat);
	return 0;
}
