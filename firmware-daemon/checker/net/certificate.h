/* SPDX-License-Identifier: MIT
 *
 * What the dates of a certificate say. Pure.
 */
#ifndef FEEDDOG_CHECKER_CERTIFICATE_H
#define FEEDDOG_CHECKER_CERTIFICATE_H

#include "checker/probe.h"
#include "tls.h"

/* Bad where it ends within `within_ms`, or has not begun. The detail is the number of whole days that are left. */
struct verdict certificate_verdict(const struct tls_dates *dates, int64_t now_s, uint32_t within_ms);

#endif
