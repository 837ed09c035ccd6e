/*
 * The charsets that the C library's iconv() has: by tables where an octet is a character, else by
 * iconv() itself.
 *
 * It loads code for each.  So all are opened at once, before anybody sends us anything:
 * no name that stands in a message makes us load any.
 */
#ifndef MESSAGE_CONVERTER_H
#define MESSAGE_CONVERTER_H

#include "base/buf.h"

#include <stdbool.h>

struct message_converter;

/*
 * Have the code of all converters loaded, if it is not yet; it stays until the process ends.  Any
 * thread may call it; the others wait.  What cannot be opened is not found later.
 */
void message_converter_open(void);

/*
 * The converter of a charset by any of the names that iconv() knows, in any case, with other
 * punctuation, with "x-" before it, or by one that mail has for it.  Opens all where nobody
 * has.  NULL: none.
 */
struct message_converter *message_converter_find(struct str name);

/*
 * Append octets as UTF-8.  Where they are no text of the charset, an octet of ASCII is kept,
 * and any other becomes U+FFFD; false then.  Byte order marks are dropped; where UTF-16 and its
 * like have none, the big end is first (RFC 2781 section 4.3), unless all is plain Latin with
 * the little end first.  Any thread may use it at any time.  Out of memory: false, and out says so.
 */
bool message_converter_decode(struct message_converter *c, struct buf *out, struct str octets)
	MUST_USE;

#endif
