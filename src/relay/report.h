/*
 * What the sender is told (RFC 3464, RFC 3461): one report of all that is to
 * be said after an attempt.
 */
#ifndef RELAY_REPORT_H
#define RELAY_REPORT_H

#include "queue/queue.h"
#include "routing/settings.h"

enum relay_report_what {
	RELAY_REPORT_NOTHING,
	RELAY_REPORT_FAILED,
	RELAY_REPORT_DELAYED,
	RELAY_REPORT_RELAYED, /* delivered to a host that does not notify, and the sender asked */
};

/* So begins what is said of mail whose life has ended: "given up after 5d: mx.example: 450 no". */
#define RELAY_REPORT_GIVEN_UP "given up after "

struct relay_report {
	const struct queue_message *about;
	const struct routing_settings *settings;
	const enum relay_report_what *what; /* of each recipient */
	queue_id id;                        /* of the report */
	int64_t now_wall_ms;
};

/* What is to be said of a recipient that was given up, or waits, or was delivered: by NOTIFY. */
enum relay_report_what relay_report_for(const struct schedule_rcpt *r,
					enum relay_report_what event);

/* The report as a message for the queue.  NULL: out of memory. */
struct queue_message *relay_report_make(const struct relay_report *r) MUST_USE;

#endif
