/*
 * Encoded words (RFC 2047): text of other charsets in the fields of a head.
 */
#ifndef MESSAGE_WORD_H
#define MESSAGE_WORD_H

#include "base/buf.h"

#include <stdbool.h>

/*
 * Append text, which is unfolded, with its encoded words decoded.  What comes
 * out is always UTF-8: an octet that is none becomes U+FFFD, in a word and
 * outside of it.
 *
 * Words are also read where RFC 2047 section 5 does not allow them (inside a quoted
 * string, without white space around them), and with what it does not allow in them (white
 * space, 8-bit octets, hexadecimal digits and base64 that are none), as mail programs write
 * them, and read them.  Adjacent words of one charset are put together before they are
 * decoded, so that a character may be split between them.
 *
 * Of a word in a charset that we do not have, and of octets that are no text of its charset,
 * the ASCII is kept.  The names of charsets of which this was so are added to *undecoded, a
 * space between them, each once, and only as far as there is room; NULL: nobody asks.
 */
void message_word_decode(struct buf *out, struct buf *undecoded, struct str text);

/*
 * The same, with each word decoded for itself, as RFC 2047 section 5 has it and some readers
 * do.  Where a word ends in the midst of a character, or of a shift, the two differ.
 */
void message_word_decode_apart(struct buf *out, struct str text);

/*
 * Cut the next name off *undecoded, and append what people are told of it: `note: a word in
 * charset X is not decoded`.  False when none is left.
 */
bool message_word_note(struct str *undecoded, struct buf *out);

#endif
