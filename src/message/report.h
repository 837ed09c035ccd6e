/*
 * Delivery status notifications: multipart/report (RFC 6522) with
 * message/delivery-status (RFC 3464), and RFC 6533 where addresses need it.
 */
#ifndef MESSAGE_REPORT_H
#define MESSAGE_REPORT_H

#include "base/buf.h"

enum message_report_action {
	MESSAGE_FAILED,
	MESSAGE_DELAYED,
	MESSAGE_DELIVERED,
	MESSAGE_RELAYED, /* handed on to a host that sends no reports of success (no DSN) */
};

struct message_report_rcpt {
	struct str to;         /* the final recipient, as in the envelope */
	struct str orcpt;      /* "rfc822;..." as given, or empty */
	struct str status;     /* "5.7.4" */
	struct str remote_mta; /* host name, or empty */
	struct str diagnostic; /* its reply: "550 5.1.1 no such user"; empty: none was had */
	struct str why;        /* plain words for people; several lines ended by '\n' allowed */
	enum message_report_action action;
	int64_t last_attempt_wall_ms; /* 0: there was none */
};

struct message_report {
	struct str hostname; /* ours */
	struct str to;       /* the envelope sender who is told */
	struct str envid;    /* xtext as given, or empty */
	struct str id;       /* queue ID of the report itself: makes its Message-ID */
	struct str about_id; /* queue ID of the message told about */
	int64_t arrival_wall_ms;
	int64_t wall_ms;             /* now */
	int64_t retry_until_wall_ms; /* DELAYED: until when we try; else 0 */
	const struct message_report_rcpt *rcpt;
	size_t n_rcpt;
	struct str original; /* the message, or its head alone */
	enum message_report_return { MESSAGE_RETURN_FULL, MESSAGE_RETURN_HEADERS } ret;
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

#endif
