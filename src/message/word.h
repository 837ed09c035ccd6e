/*
 * Encoded words (RFC 2047): text of other charsets in the fields of a head.
 */
#ifndef MESSAGE_WORD_H
#define MESSAGE_WORD_H

#include "base/buf.h"

/*
 * Append text, which is unfolded, with its encoded words decoded.  What comes
 * out is always UTF-8: an octet that is none becomes U+FFFD, in a word and
 * outside of it.
 *
 * Words are also read where RFC 2047 section 5 does not allow them (inside a
 * quoted string, without white space around them), as mail programs write them
 * there.  Adjacent words of one charset are put together before they are
 * decoded, so that a character may be split between them.  A word that is
 * malformed, or in a charset we do not have, stays as it is.
 */
void message_word_decode(struct buf *out, struct str text);

#endif
