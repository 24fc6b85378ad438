/* SPDX-License-Identifier: MIT
 *
 * The ledger: it counts each end in an outage once, forgets no reboot but when settled or by a person, and keeps what it knows
 * of an outage until the board has recovered.
 */
#include "core/invariant.h"

#include "core/event.h"
#include "core/result.h"
#include "prove.h"

/* The ladder counted it before it acted. */
static bool was_counted(const struct ledger *was)
{
	return was->phase == LEDGER_REBOOT || (was->phase == LEDGER_LETGO && was->cause != CAUSE_SHUTDOWN);
}

static uint16_t one_more(uint16_t count)
{
	return count == UINT16_MAX ? count : (uint16_t)(count + 1);
}

/* Ends without a word in a row: an end that is counted leaves them, and one in order begins anew. */
static uint16_t unexplained(const struct ledger *was, const struct ledger *is, bool counts)
{
	if (counts || (is->last_cause != END_UNEXPLAINED && is->last_cause != END_PLANNED))
		return was->unexplained;
	return is->last_cause == END_UNEXPLAINED ? one_more(was->unexplained) : 0;
}

void prove_open_boot(void)
{
	struct ledger was, is;
	char boot_id[BOOT_ID_SIZE + 1];
	uint8_t reading;
	bool is_new, has_ended, counts;

	ASSUME(ledger_invariant(&was) && boot_id[BOOT_ID_SIZE] == '\0' && reading <= LEDGER_CORRUPT);
	is = was;
	is_new = ledger_open_boot(&is, (enum ledger_reading)reading, boot_id);
	has_ended = is_new && reading == LEDGER_READ;
	counts = has_ended && was.outage && !was_counted(&was);
	PROVE(ledger_invariant(&is), "P14: a boot begins with what is right in every field");
	PROVE(is.unsettled >= was.unsettled, "P6: a boot forgets no reboot");
	PROVE(is.unsettled == (counts ? one_more(was.unsettled) : was.unsettled),
	        "P6: an end in an outage counts as a reboot, once, whoever caused it");
	PROVE(is.last_counted == (has_ended ? counts : was.last_counted),
	        "P6: this boot says whether it counted that end");
	PROVE(is.unexplained == (has_ended ? unexplained(&was, &is, counts) : was.unexplained),
	        "P6: any other end without a word is counted too");
	PROVE(is.outage == was.outage && (!was.outage || is.cause == was.cause), "P6: an outage goes on over boots");
	PROVE(is.proven == was.proven, "P16: a boot does not forget which services were well");
	PROVE(is_new || is.phase == was.phase, "P14: the same boot goes on");
	PROVE(!is_new || is.phase == LEDGER_RUNNING, "P14: nothing is wrong yet when a boot begins");
	REACHED();
}

/* The board's recovery ends an outage, and so does a person's maintenance; a shutdown by another is none. */
static bool is_outage(const struct ledger *was, const struct event *event)
{
	switch (event->kind) {
	case EVENT_REBOOT:
	case EVENT_LETGO:
	case EVENT_HOLD:
		return was->outage || event->cause != CAUSE_SHUTDOWN;
	case EVENT_STATE:
		if (event->state == BOARD_WELL || event->state == BOARD_DOUBT || event->state == BOARD_MAINTENANCE)
			return false;
		return was->outage || event->state == BOARD_RECOVERING;
	default:
		return was->outage;
	}
}

void prove_ledger_apply(void)
{
	struct ledger was, is;
	struct event event;
	char service[NAME_SIZE], check[NAME_SIZE];
	bool ordered, changed, forgives;

	ASSUME(ledger_invariant(&was) && service[NAME_SIZE - 1] == '\0' && check[NAME_SIZE - 1] == '\0');
	/* As record_take_event() lets it through, and the feeder sends it. */
	ASSUME(event.kind < EVENT_KIND_COUNT && event.state < BOARD_STATE_COUNT && event.cause < CAUSE_COUNT);
	ASSUME(0 <= event.at_ms && event.at_ms < CLOCK_LAST_MS && 0 <= event.span_ms && event.span_ms < CLOCK_LAST_MS);
	ASSUME(event.kind == EVENT_PROVEN || (0 <= event.value && event.value <= UINT16_MAX));
	is = was;
	changed = ledger_apply(&is, &event, service, check);
	ordered = event.kind == EVENT_REBOOT || event.kind == EVENT_LETGO || event.kind == EVENT_HOLD;
	forgives = event.kind == EVENT_SETTLED ||
	        (event.kind == EVENT_RESUMED && was.phase == LEDGER_HOLD && event.value != 0);
	PROVE(ledger_invariant(&is), "P14: the ledger stays right in every field");
	PROVE(is.sequence == was.sequence + changed,
	        "P9: what changes is counted up, and what does not is not written");
	PROVE(is.unsettled ==
	                (ordered                   ? event.value
	                                : forgives ? 0
	                                           : was.unsettled),
	        "P6: reboots are forgotten only when settled, or by who ends a hold");
	PROVE(is.unexplained == (forgives ? 0 : was.unexplained), "P6: and ends without a word as well");
	PROVE(event.kind != EVENT_REBOOT || (changed && is.phase == LEDGER_REBOOT), "P6: a reboot is written down");
	PROVE(is.outage == is_outage(&was, &event), "P6: an outage ends with the board's recovery, or by a person");
	PROVE(is.proven == (event.kind == EVENT_PROVEN ? (uint64_t)event.value : was.proven),
	        "P16: only the word that the services are well proves them");
	PROVE(is.last_counted == was.last_counted && is.last_cause == was.last_cause,
	        "P14: nothing changes why the last boot ended");
	PROVE(changed ||
	                (is.phase == was.phase && is.maintenance_until_ms == was.maintenance_until_ms &&
	                        is.outage == was.outage && is.proven == was.proven),
	        "P9: what is not written has not changed");
	REACHED();
}

static uint16_t higher(uint16_t one, uint16_t other)
{
	return one > other ? one : other;
}

void prove_merge(void)
{
	struct ledger was, found, is;

	ASSUME(ledger_invariant(&was) && ledger_invariant(&found));
	/* Each write adds one. */
	ASSUME(was.sequence < UINT64_MAX / 2 && found.sequence < UINT64_MAX / 2);
	is = was;
	ledger_merge(&is, &found);
	PROVE(ledger_invariant(&is), "P14: the ledger stays right in every field");
	PROVE(is.unsettled == higher(was.unsettled, found.unsettled) &&
	                is.unexplained == higher(was.unexplained, found.unexplained),
	        "P6: of two ledgers the higher counts hold");
	PROVE(is.proven == (was.proven ? was.proven : found.proven), "P16: services that either knows were well");
	PROVE(is.outage == was.outage && is.phase == was.phase && is.cause == was.cause,
	        "P14: what this boot knows of itself stays");
	PROVE(is.sequence > was.sequence && is.sequence > found.sequence && is.sequence % 2 != found.sequence % 2,
	        "P9: the next write is the newest, and leaves the newest slot that was found");
	REACHED();
}
