/*
 * Quoted-printable (RFC 2045 section 6.7): text of any octets in short lines of
 * ASCII.
 */
#ifndef MESSAGE_QUOTED_H
#define MESSAGE_QUOTED_H

#include "base/buf.h"

/*
 * Append text encoded.  Lines end where those of text do (CR LF), and are broken
 * before column 77; an empty line is one of text's.
 */
void message_quoted_write(struct buf *out, struct str text);

/*
 * The same of a text that comes in pieces, wherever they end: how many octets of text were
 * read.  Where more comes, at most two are left, which are to stand before it.  *column is zero
 * before the first, and is kept up to date.
 */
enum message_quoted_place { MESSAGE_QUOTED_MORE, MESSAGE_QUOTED_LAST };
size_t message_quoted_write_some(struct buf *out, struct str text, enum message_quoted_place place,
				 size_t *column);

/*
 * Likewise append encoded text that holds what may not stand in it, octets above 127 and those of
 * no line, with that encoded too: it stands for the same.
 */
size_t message_quoted_mend(struct buf *out, struct str encoded, enum message_quoted_place place,
			   size_t *column);

/*
 * Append what encoded text stands for.  Reads leniently: an "=" that nothing is
 * encoded by stays as it is.
 */
void message_quoted_read(struct buf *out, struct str encoded);

#endif
