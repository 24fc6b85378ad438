/* SPDX-License-Identifier: MIT
 *
 * A report is an event of the actor's own, made from the order's.
 */
#include "order_report.h"

#include "core/rules.h"
#include "os/log.h"
#include "os/log_event.h"

struct order_report order_report_refusal(const struct event *order, int64_t now_ms, const char *reason)
{
	struct order_report report = {
	        .event = *order,
	        .order = (enum event_kind)order->kind,
	        .reason = reason,
	};

	report.event.at_ms = now_ms;
	report.event.span_ms = 0;
	report.event.kind = order->kind == EVENT_REBOOT ? EVENT_REBOOT_FAILED : EVENT_RESTART_FAILED;
	/* The service was the cause of the reboot, and is not what is rebooted. */
	if (order->kind == EVENT_REBOOT)
		report.event.service = NO_INDEX;
	report.event.value = 0;
	/* What was the cause of the order is not the cause of its end. */
	report.event.check = NO_INDEX;
	report.event.cause = CAUSE_NONE;
	report.event.detail = 0;
	return report;
}

struct order_report order_report_end(const struct event *order, int64_t now_ms, const struct job_end *end)
{
	static const char unseen[] = "how it ended is not known: the actor was replaced meanwhile";
	struct order_report report = order_report_refusal(order, now_ms, end->cause == CAUSE_NONE ? unseen : NULL);

	report.event.span_ms = end->took_ms;
	report.event.cause = (uint8_t)end->cause;
	report.event.detail = end->detail;
	if (end->cause == CAUSE_OK)
		report.event.kind = order->kind == EVENT_REBOOT ? EVENT_REBOOT_DONE : EVENT_RESTART_DONE;
	return report;
}

struct order_report order_report_exit(uint16_t service, int64_t now_ms, const struct child_end *end)
{
	struct order_report report = {.order = EVENT_EXITED};

	report.event = (struct event){
	        .at_ms = now_ms,
	        .span_ms = end->ran_ms,
	        .value = end->ordered,
	        .detail = end->detail,
	        .service = service,
	        .check = NO_INDEX,
	        .kind = EVENT_EXITED,
	        .cause = (uint8_t)end->cause,
	        .helper = HELPER_NONE,
	};
	return report;
}

const char *order_report_command(const struct order_report *report)
{
	return report->order == EVENT_START ? event_name(EVENT_START) : NULL;
}

void order_report_log(const struct order_report *report, const char *service)
{
	const char *command = order_report_command(report);
	char more[LOG_LINE_SIZE / 2] = "";
	size_t length = 0;

	if (command)
		length = log_append_text(more, sizeof(more), length, "command", command);
	if (report->reason)
		(void)log_append_text(more, sizeof(more), length, "reason", report->reason);
	log_event(&report->event, service, "", more);
}
