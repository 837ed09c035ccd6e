/* What the octets of a message are, for whom it is to be sent to. */
#ifndef MESSAGE_OCTETS_H
#define MESSAGE_OCTETS_H

#include "base/str.h"

/* Whether CR and LF stand in text only as CR LF, and NUL nowhere. */
bool message_octets_are_lines(struct str text);

#define MESSAGE_OCTETS_LINE 998 /* RFC 5322 section 2.1.1, without CR LF */

/* Whether a line of text is longer than that. */
bool message_octets_have_long_line(struct str text);

/* The same of a text that comes in pieces, wherever they end.  Zeros: nothing has come. */
struct message_octets {
	bool eight, bare, is_long;
	bool after_cr; /* the octet before is a CR, whose LF has to come */
	size_t line;   /* octets of the line that has begun, no more than matter */
};

/* The next piece. */
void message_octets_add(struct message_octets *o, struct str piece);

/* What message_octets_are_lines() says of what has come, if nothing follows. */
bool message_octets_added_lines(const struct message_octets *o);

/*
 * Whether a line is too long by the end of piece; *line: octets of it that came before, kept up to
 * date.  A CR before an LF is left out; what is no line has no length.
 */
bool message_octets_measure(size_t *line, struct str piece);

#endif
