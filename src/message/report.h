/*
 * Delivery status notifications: multipart/report (RFC 6522) with
 * message/delivery-status (RFC 3464), and RFC 6533 where addresses need it.
 *
 * A report must get through where the mail that it is about did not, so it asks
 * nothing of a host that can be done without.  Lines have at most 998 octets.  All
 * is ASCII, words for people and headers quoted-printable where they are not, but:
 *
 *	the field To	is as the sender's address is, which the envelope has, too
 *	the whole message	as message/rfc822, which may not be encoded (RFC 2046
 *			section 5.2.1), may be 8-bit, until it goes out and its parts are
 *			encoded (sevenbit.h); that of a message whose header is in
 *			UTF-8 is message/global, which may (RFC 6532 section 3.7), and is
 *
 * A message with longer lines comes back as its header.  What a host would not have
 * even so is made smaller by message_report_shorten().
 */
#ifndef MESSAGE_REPORT_H
#define MESSAGE_REPORT_H

#include "message/boundary.h"
#include "message/original.h"
#include "message/status.h"

struct message_report {
	struct str hostname; /* ours */
	struct str to;       /* the envelope sender who is told */
	struct str envid;    /* xtext as given, or empty */
	struct str id;       /* queue ID of the report itself: makes its Message-ID */
	struct str about_id; /* queue ID of the message told about */
	int64_t arrival_wall_ms;
	int64_t wall_ms; /* now */
	const struct message_status_rcpt *rcpt;
	size_t n_rcpt;
	struct str original; /* the message, or its head alone */
	enum message_report_return {
		MESSAGE_RETURN_FULL,
		MESSAGE_RETURN_HEADERS
	} ret; /* at most */
};

/*
 * Append the whole report, lines ended by CR LF: head (From: MAILER-DAEMON at
 * hostname, Auto-Submitted, To, Subject, Date, Message-ID, MIME), the human
 * part, the delivery-status part, the original or its headers.  The boundary
 * does not occur in original.
 *
 * Whatever the strings hold, no line of the report begins or ends because of
 * them: .why is wrapped and indented, all else stands in one field each, and controls
 * become \xHH.  Where there was no reply, .why is the diagnostic, of type X-Signpost.
 */
void message_report_write(struct buf *out, const struct message_report *r);

/*
 * The same report about a message that is not in memory, and is returned whole: what stands before
 * that and behind it is appended to *front and *back.  whole is as message_original_far() has it,
 * the boundary one that the message does not hold; between them the message goes, encoded as whole
 * says, and ended by a line end.  r->original is not read.  False: no memory, or no room.
 */
bool message_report_frame(const struct message_report *r, const struct message_original *whole,
			  struct str boundary, struct buf *front, struct buf *back) MUST_USE;

/*
 * Append a report of ours, as message_report_write() made it, with the header of the
 * message alone in place of the whole: then it is ASCII but for the field To.  It
 * is made from the report's own octets, as the message is gone by the time when a
 * host will not have them.  False, and nothing appended: there is no less of it,
 * or it is none of ours.
 */
bool message_report_shorten(struct buf *out, struct str report) MUST_USE;

#endif
