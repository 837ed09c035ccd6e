/*
 * A chunk of a message, as BDAT announces it (RFC 3030 section 2), and the lines in
 * it: without BINARYMIME a message that comes in chunks is held to what is asked of
 * one that comes by DATA.
 */
#ifndef SMTP_CHUNK_H
#define SMTP_CHUNK_H

#include "base/str.h"

struct smtp_chunk {
	uint64_t size; /* octets */
	enum smtp_chunk_place { SMTP_CHUNK_MORE, SMTP_CHUNK_LAST } place;
};

/*
 * args is what follows "BDAT ": a size of at most 20 digits, "86", and perhaps "LAST".  A size
 * beyond 64 bits is the greatest there is.  False: it is none, and nobody can
 * tell how much of what follows is message.
 */
bool smtp_chunk_read(struct str args, struct smtp_chunk *out);

/*
 * How many octets from the start of s are lines with CR LF: all of them, or those up to a bare CR,
 * a bare LF or a NUL.  *after_cr: the octet before s is a CR, whose LF has to come;
 * it is kept up to date, since chunks end anywhere.  A CR at the end of the message is bare.
 */
size_t smtp_chunk_text(bool *after_cr, struct str s);

#endif
