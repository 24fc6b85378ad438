/* SPDX-License-Identifier: MIT
 *
 * The ledger's bytes: whatever they are, they are read without harm. The checksum may be any here: that it finds errors, and that
 * what was written is read back, is left to the unit tests.
 */
#include "core/invariant.h"

#include "core/crc32.h"
#include "core/result.h"
#include "prove.h"

uint32_t crc32_of(const uint8_t bytes[], size_t length)
{
	uint32_t crc;

	PROVE(length == LEDGER_SLOT_SIZE - 4 && __CPROVER_r_ok(bytes, length), "the checksum is of a whole slot");
	return crc;
}

void prove_decode(void)
{
	uint8_t bytes[LEDGER_SIZE];
	struct ledger ledger;
	size_t length;
	uint16_t limit;
	enum ledger_reading reading;

	ASSUME(length <= LEDGER_SIZE);
	reading = ledger_decode(bytes, length, limit, &ledger);
	PROVE(ledger_invariant(&ledger), "P14: what is read is right in every field, whatever the bytes are");
	PROVE(reading != LEDGER_CORRUPT || ledger.unsettled == limit, "P6: what cannot be read counts as spent");
	PROVE((reading == LEDGER_FRESH) == (length == 0), "P6: only a ledger that is not there is a fresh one");
	PROVE(reading == LEDGER_READ || (ledger.proven == 0 && !ledger.outage),
	        "P16: what cannot be read says of no services that they were well");
	PROVE(reading != LEDGER_FRESH || ledger.unsettled == 0, "P6: a fresh one has no reboots");
	REACHED();
}
