/*
 * What a program of this machine hands in, made a message (RFC 6409 section 8): lines
 * ended by CR LF, the fields that every message has, no Bcc.
 */
#ifndef MESSAGE_SUBMISSION_H
#define MESSAGE_SUBMISSION_H

#include "message/address.h"

/* What a message is given that lacks it (RFC 5322 section 3.6). */
struct message_submission {
	struct str from;   /* the address for From; empty: none is added, as for a report */
	struct str name;   /* of its owner, UTF-8; may be empty */
	struct str id;     /* what is unique in Message-ID */
	struct str domain; /* what stands behind it */
	int64_t wall_ms;   /* Date, in UTC */
};

/*
 * Append in with each line ended by CR LF, whatever ended it.  A CR within a line, as of a
 * program that shows its progress, and a NUL become spaces: SMTP has neither (RFC 5321
 * section 2.3.8).  With MESSAGE_SUBMISSION_DOT it ends before the first line that is a
 * dot alone.
 */
enum message_submission_end { MESSAGE_SUBMISSION_ALL, MESSAGE_SUBMISSION_DOT };
void message_submission_lines(struct buf *out, struct str in, enum message_submission_end end);

/*
 * Append the addresses of To, Cc and Bcc, each ended by LF; of Resent-To, Resent-Cc and
 * Resent-Bcc where there is any of these (RFC 5322 section 3.6.6).  domain is that of
 * addresses without one.  What stands there and is no address is told: nobody else will.
 */
struct message_addresses_unread message_submission_recipients(struct buf *out, struct str message,
							      struct str domain);

/*
 * Append the message: first the fields that it lacks, then its own without Bcc and
 * Resent-Bcc, each address in them with a domain, .domain where it had none, then its body.  What
 * does not begin with a header field has no header: an empty line goes between.  A leading "From "
 * line of a mailbox is dropped.  message has CR LF.
 */
void message_submission_write(struct buf *out, struct str message,
			      const struct message_submission *s);

#endif
