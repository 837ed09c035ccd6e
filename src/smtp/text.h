/*
 * What has to be known of a message before it is sent, for one that is not in memory then: found
 * as it comes, piece by piece, wherever pieces end.
 */
#ifndef SMTP_TEXT_H
#define SMTP_TEXT_H

#include "base/str.h"

/* What it has.  Kept with the message: these numbers stay. */
#define SMTP_TEXT_HEAD_EIGHT 1u /* an octet above 127 in its head, */
#define SMTP_TEXT_BODY_EIGHT 2u /* or behind that */
#define SMTP_TEXT_BARE 4u       /* a bare CR, a bare LF or a NUL */
#define SMTP_TEXT_LONG 8u       /* a line of more than 998 octets (RFC 5322 section 2.1.1) */
#define SMTP_TEXT_HEAD_UTF8 16u /* with SMTP_TEXT_HEAD_EIGHT: its head is UTF-8 */

#define SMTP_TEXT_CHARACTER 4 /* octets of one in UTF-8, at most */

/* Zeros: nothing has come. */
struct smtp_text {
	unsigned has;
	bool after_cr; /* the octet before is a CR whose LF has to come */
	size_t line;   /* octets of the line that has begun, no more than matter */
	bool foreign;  /* the head is not UTF-8 */
	char character[SMTP_TEXT_CHARACTER]; /* one of the head that has begun, */
	size_t begun;                        /* and how many octets of it came */
};

enum smtp_text_part { SMTP_TEXT_HEAD, SMTP_TEXT_BODY };

/* The next of it.  All of the head comes first. */
void smtp_text_add(struct smtp_text *t, struct str piece, enum smtp_text_part part);

/* SMTP_TEXT_* of what has come, if nothing follows. */
unsigned smtp_text_has(const struct smtp_text *t);

#endif
