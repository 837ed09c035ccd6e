/*
 * The part of a report that programs read: message/delivery-status of RFC 3464
 * section 2.
 *
 * It is ASCII, whatever is told: an address that is not is written in the form that
 * RFC 6533 section 3 has for that (utf-8-addr-xtext).  So it needs neither
 * 8BITMIME nor SMTPUTF8 of any host; for those that have both there is global.h.
 */
#ifndef MESSAGE_STATUS_H
#define MESSAGE_STATUS_H

#include "base/buf.h"

enum message_status_action {
	MESSAGE_FAILED,
	MESSAGE_DELAYED,
	MESSAGE_DELIVERED,
	MESSAGE_RELAYED, /* handed on to a host that sends no reports of success (no DSN) */
};

struct message_status_rcpt {
	struct str to;         /* the final recipient, as in the envelope */
	struct str orcpt;      /* "rfc822;..." as given, or empty */
	struct str status;     /* "5.7.4" */
	struct str remote_mta; /* host name, or empty */
	struct str diagnostic; /* its reply: "550 5.1.1 no such user"; empty: none was had */
	struct str why;        /* plain words for people; several lines ended by '\n' allowed */
	enum message_status_action action;
	int64_t last_attempt_wall_ms; /* 0: there was none */
	int64_t retry_until_wall_ms;  /* DELAYED: until when it is tried; 0: that is not told */
};

struct message_status {
	struct str hostname; /* ours */
	struct str envid;    /* xtext as given, or empty */
	struct str about_id; /* queue ID of the message told about, or empty */
	int64_t arrival_wall_ms;
	const struct message_status_rcpt *rcpt;
	size_t n_rcpt;
};

/*
 * Append the body of the part, lines ended by CR LF, each of at most 998 octets.
 * Whatever the strings hold, each stands in one field.
 */
void message_status_write(struct buf *out, const struct message_status *s);

#endif
