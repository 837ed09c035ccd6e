/*
 * What Unicode adds to text: letters of either case, and domain names in
 * A-label and U-label form (RFC 5890).  libunistring and libidn2 do the work.
 */
#ifndef BASE_UNICODE_H
#define BASE_UNICODE_H

#include "base/arena.h"
#include "base/buf.h"

/*
 * Append s with all letters folded for comparison without case: in NFC, and one
 * character to one character, so that "ß" is not "ss".  Octets that are not
 * UTF-8 are kept, with ASCII letters folded.
 */
void unicode_fold(struct buf *out, struct str s);

/*
 * Append s, which is UTF-8, with every character in its plain form (NFKC): letters of full width,
 * bold, or in a circle are these letters.
 */
void unicode_plain(struct buf *out, struct str s);

/* Whether a code point is punctuation or a symbol (Unicode's categories P and S). */
bool unicode_is_mark(uint32_t cp);

/* Columns that a code point has on a terminal: 0 (it joins the one before), 1, 2; -1: a control. */
int unicode_width(uint32_t cp);

/*
 * Append the A-label form of a domain (IDNA 2008 with UTS 46 mapping,
 * non-transitional), without a final dot that the mapping makes; ASCII names
 * come out in lower case, unchecked.  ERR_SYNTAX when it has none; ERR_LIMIT, ERR_NOMEM.
 */
enum err unicode_to_ascii(struct buf *out, struct str domain) MUST_USE;

/* Whether two domains are one, in either form and any case. */
bool unicode_same_domain(struct str a, struct str b);

/*
 * The name by which a domain is told from others: its A-labels in lower case.  It is domain itself
 * where that is such a name already, or has none; else it is made in the arena.  ERR_NOMEM.
 */
enum err unicode_domain_name(struct arena *in, struct str domain, struct str *out) MUST_USE;

/* Append the U-label form; what cannot be decoded stays as it is.  out fails for want of memory. */
void unicode_to_labels(struct buf *out, struct str domain);

#endif
