/*
 * Charsets of text in mail, by name: those that are looked up in tables.
 */
#ifndef MESSAGE_CHARSET_H
#define MESSAGE_CHARSET_H

#include "base/str.h"

/* high[i] is the code point of octet 0x80 + i, 0 where it has none; high is NULL for UTF-8. */
struct message_charset {
	struct str name;
	const uint16_t *high;
};

/*
 * UTF-8, US-ASCII, ISO-8859-1 to -16, windows-1250 to -1258 and -874, KOI8-R and -U, in any
 * case and by their common aliases.  NULL for another: those may be in converter.h.
 */
const struct message_charset *message_charset_find(struct str name);

#endif
