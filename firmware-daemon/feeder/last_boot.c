/* SPDX-License-Identifier: MIT
 *
 * Reads the ledger; the actor writes it.
 */
#include "last_boot.h"

#include "os/storage/boot_id.h"
#include "os/log.h"
#include "os/storage/store.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

void last_boot_read(const char *state_dir, bool simulated, uint16_t limit, struct last_boot *last)
{
	uint8_t bytes[LEDGER_SIZE];
	char path[PATH_MAX], boot_id[BOOT_ID_SIZE + 1];
	enum ledger_reading reading;

	snprintf(path, sizeof(path), "%s/ledger", state_dir);
	long length = store_read(path, bytes, sizeof(bytes));
	bool is_read = length >= 0;

	if (!is_read) {
		log_line(LOG_PRIORITY_ERROR,
		        "event=storage stable=0 detail=%ld reason=\"the ledger cannot be read (%s): its reboots count as spent\"",
		        -length, strerror((int)-length));
		/* One byte cannot be a slot: it reads as corrupt. */
		bytes[0] = 0;
		length = 1;
	}
	reading = ledger_decode(bytes, (size_t)length, limit, &last->ledger);
	if (reading == LEDGER_CORRUPT && is_read)
		log_line(LOG_PRIORITY_ERROR,
		        "event=storage stable=0 reason=\"the ledger is corrupt: its reboots count as spent\"");
	boot_id_read(simulated, boot_id, sizeof(boot_id));
	last->is_new = ledger_open_boot(&last->ledger, reading, boot_id);
}
