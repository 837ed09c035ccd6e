/*
 * DNS messages in a stream: each behind its length in two octets (RFC 1035
 * section 4.2.2, RFC 7766 section 8).  Octets go in as they come, in any pieces;
 * messages come out whole.
 *
 *	buf_add(resolve_frame_in(&f), octets);
 *	while (resolve_frame_next(&f, &message) == RESOLVE_FRAME_MESSAGE) ...
 */
#ifndef RESOLVE_FRAME_H
#define RESOLVE_FRAME_H

#include "base/buf.h"

#define RESOLVE_FRAME_MAX (2 + 65535) /* octets of one message with its length */

struct resolve_frame {
	struct buf in;
	size_t used; /* octets of in that have been taken */
};

/* piece: the most octets that will be added before messages are taken. */
void resolve_frame_init(struct resolve_frame *f, size_t piece);
void resolve_frame_clear(struct resolve_frame *f);

/* Where to put octets that come; what was used is dropped first.  The caller adds, then takes. */
struct buf *resolve_frame_in(struct resolve_frame *f);

enum resolve_framed {
	RESOLVE_FRAME_MORE,    /* no whole message is there */
	RESOLVE_FRAME_MESSAGE, /* *message, until the next resolve_frame_in() */
	RESOLVE_FRAME_WRONG,   /* a length that no message can have: none of it is DNS */
};
enum resolve_framed resolve_frame_next(struct resolve_frame *f, struct str *message) MUST_USE;

#endif
