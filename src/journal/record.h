/*
 * A delivery record read back: a line of deliveries-DATE.jsonl, as a value (SPEC section 8).
 *
 * Pure, and made for a million lines a second: a line is passed over once, and what has no
 * escape in it is borrowed as it stands.
 */
#ifndef JOURNAL_RECORD_H
#define JOURNAL_RECORD_H

#include "base/buf.h"

/*
 * Shape   every string is UTF-8 without JSON's escapes; what the line does not have is empty.
 * Owns    nothing: the strings lie in the line, and those with escapes in
 *         the room it was read with.
 */
struct journal_record {
	struct str time; /* RFC 3339 in UTC with milliseconds: sorts as time does */
	struct str session, message, from, to, domain, service, criterion;
	struct str mx_status, address_status, host, address, tls, dane;
	struct str outcome, status, reply;
	int64_t delay_ms, dns_ms;
	struct str observe, exempt, was_secure, user;
	struct str headers;  /* the JSON array of fields, as it stands; empty: they are not kept */
	struct str observed; /* the line with OBSERVE, where another is the criterion */
};

/*
 * Read a line, with or without its end.  room: where strings with escapes are put; emptied first.
 *
 * ERR_SYNTAX  no JSON object, or one without a time: a crash may leave such a line
 * ERR_NOMEM, ERR_LIMIT  by room
 */
enum err journal_record_read(struct str line, struct buf *room, struct journal_record *out)
	MUST_USE;

/*
 * The next field of .headers, "Subject: text", cut off *headers; in *room, emptied first, where it
 * has escapes.  False: there is none.
 */
bool journal_record_header(struct str *headers, struct buf *room, struct str *field);

/* Which records.  What is empty or 0 asks for nothing. */
struct journal_record_filter {
	struct str message;    /* queue ID */
	struct str to;         /* a recipient, any case; "@domain" is any of that domain */
	struct str outcome;    /* "delivered", "deferred", "bounced" */
	bool dnssec;           /* only those with the service on */
	int64_t since_wall_ms; /* of then or later */
};

/* Whether a record passes, its time aside. */
bool journal_record_passes(const struct journal_record *r, const struct journal_record_filter *f);

#endif
