/* SPDX-License-Identifier: MIT
 *
 * Reading a flat configuration. Libc only: feeddogd links this. Apart from flat_map() it allocates nothing and makes no
 * system call. flat_verify() believes no field: whoever can make feeddogd read a block must not gain more than a refusal.
 */
#include "flat.h"

#include "core/names.h"

#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

enum { UID_NOBODY = 65534 };

static const char *const kind_names[] = {
        [KIND_HTTP] = "http",
        [KIND_TCP] = "tcp",
        [KIND_PROCESS] = "process",
        [KIND_COMMAND] = "command",
        [KIND_LOG] = "log",
        [KIND_CPU] = "cpu",
        [KIND_MEMORY] = "memory",
        [KIND_PRESSURE] = "pressure",
        [KIND_LOAD] = "load",
        [KIND_DISK] = "disk",
        [KIND_TEMPERATURE] = "temperature",
        [KIND_FILE] = "file",
        [KIND_PING] = "ping",
        [KIND_HEARTBEAT] = "heartbeat",
        [KIND_CERTIFICATE] = "certificate",
};
NAMES_FIT(kind_names, KIND_COUNT);

const char *check_kind_name(enum check_kind kind)
{
	return NAME_OF(kind_names, kind);
}

static const char *const topic_names[] = {
        [ALERT_DOWN] = "down",
        [ALERT_RESTART] = "restart",
        [ALERT_REBOOT] = "reboot",
        [ALERT_LETGO] = "letgo",
        [ALERT_HOLD] = "hold",
        [ALERT_RECOVERED] = "recovered",
        [ALERT_BOOT] = "boot",
        [ALERT_WARNING] = "warning",
        [ALERT_MAINTENANCE] = "maintenance",
};
NAMES_FIT(topic_names, ALERT_TOPIC_COUNT);

const char *alert_topic_name(enum alert_topic topic)
{
	return NAME_OF(topic_names, topic);
}

static const void *part(const struct flat *flat, uint32_t at)
{
	return (const char *)flat + at;
}

struct rules flat_rules(const struct flat *flat)
{
	return (struct rules){
	        .ladder = &flat->ladder,
	        .services = part(flat, flat->services_at),
	        .checks = part(flat, flat->checks_at),
	        .needs = part(flat, flat->needs_at),
	        .order = part(flat, flat->order_at),
	        .service_count = flat->service_count,
	        .check_count = flat->check_count,
	};
}

const struct service_spec *flat_services(const struct flat *flat)
{
	return part(flat, flat->service_specs_at);
}

const struct check_spec *flat_checks(const struct flat *flat)
{
	return part(flat, flat->check_specs_at);
}

const struct alert_spec *flat_alerts(const struct flat *flat)
{
	return part(flat, flat->alerts_at);
}

const char *flat_text(const struct flat *flat, text_at at)
{
	return (const char *)part(flat, flat->pool_at) + at;
}

const char *flat_service_name(const struct flat *flat, uint16_t service)
{
	return service < flat->service_count ? flat_text(flat, flat_services(flat)[service].name) : "";
}

const char *flat_check_name(const struct flat *flat, uint16_t check)
{
	return check < flat->check_count ? flat_text(flat, flat_checks(flat)[check].name) : "";
}

uint16_t flat_find_service(const struct flat *flat, const char *name)
{
	for (uint16_t i = 0; i < flat->service_count; i++)
		if (strcmp(flat_service_name(flat, i), name) == 0)
			return i;
	return NO_INDEX;
}

uint16_t flat_find_check(const struct flat *flat, uint16_t service, const char *name)
{
	struct rules rules = flat_rules(flat);

	for (uint16_t i = 0; i < rules.check_count; i++)
		if (rules.checks[i].service == service && strcmp(flat_check_name(flat, i), name) == 0)
			return i;
	return NO_INDEX;
}

struct identity flat_powerless(const struct flat *flat)
{
	if (flat->checker.name && flat->checker.uid != UINT32_MAX)
		return flat->checker;
	return (struct identity){.uid = UID_NOBODY, .gid = UID_NOBODY};
}

const char *flat_argument(const struct flat *flat, struct command command, uint32_t i)
{
	const text_at *argv = part(flat, flat->argv_at);

	return flat_text(flat, argv[command.first + i]);
}

const struct flat *flat_map(int fd, const char **why)
{
	struct stat status;
	void *block;

	*why = "the configuration cannot be read from its descriptor";
	if (fstat(fd, &status) != 0)
		return NULL;
	if (status.st_size <= 0 || status.st_size > FLAT_SIZE_LAST) {
		*why = "the configuration is empty or too large";
		return NULL;
	}
	block = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (block == MAP_FAILED)
		return NULL;
	if (!flat_verify(block, (size_t)status.st_size, why)) {
		(void)munmap(block, (size_t)status.st_size);
		return NULL;
	}
	return block;
}
