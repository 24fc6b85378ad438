/* SPDX-License-Identifier: MIT
 *
 * Whether there is a journal that can be read, and a unit of that name. Thin; may block.
 */
#ifndef FEEDDOG_CHECKER_JOURNAL_SOURCE_H
#define FEEDDOG_CHECKER_JOURNAL_SOURCE_H

/* 0; -ENOENT: no journal, or neither it nor systemd knows the unit; -EACCES: there is one, but not for us. */
__attribute__((warn_unused_result)) int journal_source_check(const char *unit);

#endif
