/* What the octets of a message are, for whom it is to be sent to. */
#ifndef MESSAGE_OCTETS_H
#define MESSAGE_OCTETS_H

#include "base/str.h"

/* Whether CR and LF stand in text only as CR LF, and NUL nowhere. */
bool message_octets_are_lines(struct str text);

#define MESSAGE_OCTETS_LINE 998 /* RFC 5322 section 2.1.1, without CR LF */

/* Whether a line of text is longer than that. */
bool message_octets_have_long_line(struct str text);

#endif
