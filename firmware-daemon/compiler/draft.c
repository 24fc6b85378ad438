/* SPDX-License-Identifier: MIT
 *
 * A configuration on its way from YAML to flat.
 */
#include "draft.h"

#include <stdlib.h>
#include <string.h>

void draft_begin(struct draft *draft, struct arena *arena, struct problems *problems)
{
	*draft = (struct draft){
	        .arena = arena,
	        .problems = problems,
	        .services.item_size = sizeof(struct draft_service),
	        .checks.item_size = sizeof(struct draft_check),
	        .needs.item_size = sizeof(uint16_t),
	        .order.item_size = sizeof(uint16_t),
	        .argv.item_size = sizeof(text_at),
	        .alerts.item_size = sizeof(struct alert_spec),
	        .pool.item_size = 1,
	};
	(void)list_add(arena, &draft->pool, 1); /* position 0: not given */
}

text_at draft_text(struct draft *draft, const char *text)
{
	uint32_t size = (uint32_t)strlen(text) + 1;
	text_at at = draft->pool.count;

	if (size == 1)
		return 0;
	memcpy(list_add(draft->arena, &draft->pool, size), text, size);
	return at;
}

struct draft_service *draft_service(const struct draft *draft, uint32_t index)
{
	return (struct draft_service *)draft->services.items + index;
}

struct draft_check *draft_check(const struct draft *draft, uint32_t index)
{
	return (struct draft_check *)draft->checks.items + index;
}

const char *draft_name(const struct draft *draft, text_at at)
{
	return (const char *)draft->pool.items + at;
}

struct draft_check draft_new_check(const struct draft *draft, const struct node *map, uint16_t service)
{
	return (struct draft_check){
	        .node = map,
	        .rule =
	                {
	                        .service = service,
	                        .interval_ms = draft->defaults.interval_ms,
	                        .retry_interval_ms = draft->defaults.retry_interval_ms,
	                        .timeout_ms = draft->defaults.timeout_ms,
	                        .retries = draft->defaults.retries,
	                        .level = LEVEL_COUNT,
	                },
	        .spec = {.above = NO_LIMIT, .below = NO_LIMIT, .remote = SCOPE_BY_ADDRESS},
	};
}

void draft_add_check(struct draft *draft, struct draft_service *service, const struct draft_check *check)
{
	struct draft_check *added = list_add(draft->arena, &draft->checks, 1);

	memcpy(added, check, sizeof(*check));
	/* A default that is longer than this check's interval. */
	added->rule.retry_interval_ms = check_retry_ms(&added->rule);
	service->rule.check_count++;
}

/* Gives the next part of the block its place. */
static uint32_t place_part(uint32_t *size, uint32_t count, size_t item_size)
{
	uint32_t at = (*size + 7) & ~UINT32_C(7);

	*size = at + count * (uint32_t)item_size;
	return at;
}

static struct flat lay_out(const struct draft *draft)
{
	struct flat head = draft->head;
	uint32_t size = sizeof(head);

	head.magic = FLAT_MAGIC;
	head.version = FLAT_VERSION;
	/* 0 stands for no services at all. */
	head.fingerprint += head.fingerprint == 0;
	head.service_count = (uint16_t)draft->services.count;
	head.check_count = (uint16_t)draft->checks.count;
	head.need_count = draft->needs.count;
	head.argv_count = draft->argv.count;
	head.alert_count = draft->alerts.count;
	head.pool_size = draft->pool.count;
	head.services_at = place_part(&size, draft->services.count, sizeof(struct service_rule));
	head.service_specs_at = place_part(&size, draft->services.count, sizeof(struct service_spec));
	head.checks_at = place_part(&size, draft->checks.count, sizeof(struct check_rule));
	head.check_specs_at = place_part(&size, draft->checks.count, sizeof(struct check_spec));
	head.needs_at = place_part(&size, draft->needs.count, sizeof(uint16_t));
	head.order_at = place_part(&size, draft->order.count, sizeof(uint16_t));
	head.argv_at = place_part(&size, draft->argv.count, sizeof(text_at));
	head.alerts_at = place_part(&size, draft->alerts.count, sizeof(struct alert_spec));
	head.pool_at = place_part(&size, draft->pool.count, 1);
	head.size = size;
	return head;
}

static void fill_list(char *block, uint32_t at, const struct list *list)
{
	if (list->count)
		memcpy(block + at, list->items, list->count * list->item_size);
}

struct flat *draft_flatten(const struct draft *draft)
{
	const struct flat head = lay_out(draft);
	char *block = calloc(1, head.size);

	if (!block)
		return NULL;
	memcpy(block, &head, sizeof(head));
	for (uint32_t i = 0; i < draft->services.count; i++) {
		const struct draft_service *service = draft_service(draft, i);
		memcpy(block + head.services_at + i * sizeof(service->rule), &service->rule, sizeof(service->rule));
		memcpy(block + head.service_specs_at + i * sizeof(service->spec), &service->spec,
		        sizeof(service->spec));
	}
	for (uint32_t i = 0; i < draft->checks.count; i++) {
		const struct draft_check *check = draft_check(draft, i);
		memcpy(block + head.checks_at + i * sizeof(check->rule), &check->rule, sizeof(check->rule));
		memcpy(block + head.check_specs_at + i * sizeof(check->spec), &check->spec, sizeof(check->spec));
	}
	fill_list(block, head.needs_at, &draft->needs);
	fill_list(block, head.order_at, &draft->order);
	fill_list(block, head.argv_at, &draft->argv);
	fill_list(block, head.alerts_at, &draft->alerts);
	fill_list(block, head.pool_at, &draft->pool);
	return (struct flat *)(void *)block;
}
