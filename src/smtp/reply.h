/*
 * Replies (RFC 5321 section 4.2) and enhanced status codes (RFC 3463).
 */
#ifndef SMTP_REPLY_H
#define SMTP_REPLY_H

#include "base/buf.h"

/*
 * A whole reply that was received.  text holds the lines without code, joined by '\n'; a
 * line with another code than the last is there with it.
 */
struct smtp_reply {
	int code; /* the last line's, 200 to 599 */
	char enhanced
		[12];    /* "5.1.1" as the first line with that code has it; "" when it has none */
	struct str text; /* enhanced code left out of each line */
};

#define SMTP_REPLY_LINE_MAX 512 /* octets of one that we write, RFC 5321 section 4.5.3.1.5 */

#define SMTP_REPLY_LINES_WRITTEN 4

/*
 * Append a reply, code 200 to 599; it is of no use where out.err is set.  What does not fit in a
 * line goes on in another, each with the enhanced code (RFC 2034), up to four.  A control
 * character in text, which would be the end of the line for somebody, becomes '?'.
 */
void smtp_reply_write(struct buf *out, int code, struct str text);

#define SMTP_REPLY_LINES_MAX 100
#define SMTP_REPLY_OCTETS_MAX 16384

/*
 * Take one whole reply off the start of in.  *used is the octets it took.
 * text points into scratch, which is cleared first.  Returns
 * ERR_OK and *used > 0: a reply; ERR_OK and *used = 0: more input is needed;
 * ERR_SYNTAX: not a reply; ERR_LIMIT: too long.
 * A bare LF ends a line here: servers that send it exist, and no harm is known.
 */
enum err smtp_reply_read(struct str in, struct buf *scratch, struct smtp_reply *out, size_t *used)
	MUST_USE;

/* What came of it, where that cannot be read: up to the line that is wrong, or all. */
struct str smtp_reply_junk(struct str in);

/* Split "5.1.1 text" into its code and the rest; false when s does not begin with one. */
bool smtp_reply_enhanced(struct str s, char enhanced[static 12], struct str *rest);

#endif
