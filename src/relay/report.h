/*
 * What the sender is told (RFC 3464, RFC 3461): one report of all that is to
 * be said after an attempt.
 */
#ifndef RELAY_REPORT_H
#define RELAY_REPORT_H

#include "message/original.h"
#include "queue/queue.h"
#include "routing/settings.h"
#include "schedule/conclude.h"
#include "smtp/ehlo.h"
#include "smtp/results.h"

struct relay_report {
	const struct queue_message *about;
	const struct routing_settings *settings;
	const enum schedule_notice *what; /* of each recipient */
	queue_id id;                      /* of the report */
	int64_t now_wall_ms;
};

/*
 * The report as a message for the queue.  Of what is spooled it has the header alone.  NULL: out
 * of memory.
 */
struct queue_message *relay_report_make(const struct relay_report *r) MUST_USE;

/*
 * Whether it returns a spooled message whole (relay/reporting): *whole is then what is to be said
 * of that in the report.
 */
bool relay_report_is_far(const struct relay_report *r, struct message_original *whole) MUST_USE;

/* What stands before and behind such a message: message_report_frame(). */
bool relay_report_frame(const struct relay_report *r, const struct message_original *whole,
			struct str boundary, struct buf *front, struct buf *back) MUST_USE;

/*
 * m, which relay_report_make() made, returns the whole: its own content, which is its octets
 * in file, is not in memory.  What it has there is the report without, which goes where a
 * host refuses that.
 */
void relay_report_add_file(struct queue_message *m, struct queue_spooled *file, uint64_t octets);

/*
 * Whether r, of a transaction with message m, asks for another at once: m is a report of
 * ours, which was refused for what it returns of the mail that it is about.  shorter as
 * relay_report_header() has it.
 */
bool relay_report_shorten(const struct queue_message *m, const struct smtp_result *r,
			  struct buf *shorter) MUST_USE;

/*
 * Whether there is less of m, a report of ours: with the header alone.  shorter, its content then,
 * and its limit are set here; else it is empty.
 */
bool relay_report_header(const struct queue_message *m, struct buf *shorter) MUST_USE;

/*
 * The same report, content, as a host is to get it that offers so much, where that is another form
 * (message/global.h), as of a report to an address that is not ASCII: appended to out.
 */
bool relay_report_global(const struct queue_message *m, struct str content,
			 const struct smtp_offer *offer, struct buf *out) MUST_USE;

#endif
