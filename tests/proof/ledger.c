/* SPDX-License-Identifier: MIT
 *
 * The ledger: no reboot is forgotten but when settled or by a person.
 */
#include "core/invariant.h"

#include "core/event.h"
#include "core/result.h"
#include "prove.h"

void prove_open_boot(void)
{
	struct ledger was, is;
	char boot_id[BOOT_ID_SIZE + 1];
	uint8_t reading;
	bool is_new;

	ASSUME(ledger_invariant(&was) && boot_id[BOOT_ID_SIZE] == '\0' && reading <= LEDGER_CORRUPT);
	is = was;
	is_new = ledger_open_boot(&is, (enum ledger_reading)reading, boot_id);
	PROVE(ledger_invariant(&is), "P14: a boot begins with what is right in every field");
	PROVE(is.unsettled >= was.unsettled, "P6: a boot forgets no reboot");
	PROVE(!is_new || reading != LEDGER_READ || was.phase != LEDGER_OUTAGE || was.unsettled == UINT16_MAX ||
	                is.unsettled == was.unsettled + 1,
	        "P6: a reset in the middle of an outage counts as a reboot");
	PROVE(!is_new || reading != LEDGER_READ || was.phase == LEDGER_OUTAGE || is.last_cause != END_UNEXPLAINED ||
	                was.unexplained == UINT16_MAX || is.unexplained == was.unexplained + 1,
	        "P6: any other end without a word is counted too");
	PROVE(is_new || is.phase == was.phase, "P14: the same boot goes on");
	PROVE(!is_new || is.phase == LEDGER_RUNNING, "P14: nothing is wrong yet when a boot begins");
	REACHED();
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
	ASSUME(0 <= event.value && event.value <= UINT16_MAX);
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
	PROVE(changed || (is.phase == was.phase && is.maintenance_until_ms == was.maintenance_until_ms),
	        "P9: what is not written has not changed");
	REACHED();
}
