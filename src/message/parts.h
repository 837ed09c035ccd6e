/*
 * The parts of a message (RFC 2046), as they come by, piece by piece: heads, texts, and the lines
 * of boundaries between them.  Wherever pieces end, the parts are the same, and what comes out is,
 * put together, what went in.
 *
 *	while ((kind = message_parts_next(&p, &piece, &some)) < MESSAGE_PARTS_MORE)
 *		...
 *
 * for each piece, and once more behind message_parts_over().
 *
 * Memory: one head, within a limit, or one line that may be a boundary's, and the boundaries that
 * are open.
 */
#ifndef MESSAGE_PARTS_H
#define MESSAGE_PARTS_H

#include "message/mime.h"

#define MESSAGE_PARTS_DEPTH 50 /* multiparts in each other; no mail has so many */
#define MESSAGE_PARTS_BUCKETS 64

/* An open multipart. */
struct message_parts_level {
	size_t at, n;                /* its boundary, in .names */
	uint64_t hash;               /* of it */
	size_t below;                /* the next one in its bucket, and one; 0: none */
	enum message_mime_kind part; /* what a part without a type is */
};

struct message_parts {
	/* Of the last head: */
	struct message_mime mime;
	bool whole;    /* it is that of a message, not of a part */
	bool leaf;     /* text follows, and not other parts */
	bool partless; /* BOUNDARY, END: it was that of a multipart that is over without a part */
	enum err err;  /* MESSAGE_PARTS_FAILED: ERR_NOMEM; ERR_LIMIT: a head is too large */

	/* The rest is its own. */
	enum { MESSAGE_PARTS_AT_HEAD, MESSAGE_PARTS_AT_TEXT, MESSAGE_PARTS_AT_BETWEEN } at;
	bool over;        /* nothing follows */
	bool begins;      /* the next head is that of a message */
	bool inner;       /* the next head is not that of the whole message */
	bool preamble;    /* of the innermost multipart no part has come yet */
	bool ahead;       /* what is held, behind a head, is of a line that is none of it */
	struct buf held;  /* a head, or what may be a boundary's line */
	size_t given;     /* octets of it that were told last */
	size_t line;      /* a head: where in it the line begins that comes */
	size_t match;     /* a text: octets of CR LF "--" that stand before what comes */
	struct buf names; /* all boundaries that are open */
	struct message_parts_level level[MESSAGE_PARTS_DEPTH];
	size_t bucket
		[MESSAGE_PARTS_BUCKETS]; /* the innermost level of that hash, and one; 0: none */
	size_t depth;
};

enum message_parts_kind {
	MESSAGE_PARTS_HEAD, /* of a message, or of a part: all of it, with its empty line, if any */
	MESSAGE_PARTS_TEXT, /* some of what a leaf holds */
	MESSAGE_PARTS_BETWEEN,  /* some of what stands before the first part, or behind the last */
	MESSAGE_PARTS_BOUNDARY, /* a line, with the line end before it, that belongs to it */
	MESSAGE_PARTS_MORE,     /* the piece is read */
	MESSAGE_PARTS_END,      /* so is the message */
	MESSAGE_PARTS_FAILED,   /* see .err; nothing follows */
};

/* A message whose heads have at most so many octets each. */
void message_parts_init(struct message_parts *p, size_t head_max);

/* Also the CLEANUP() handler. */
void message_parts_clear(struct message_parts *p);

/* What comes next, cut off *in; *out is valid until the next call, and in is not changed before. */
enum message_parts_kind message_parts_next(struct message_parts *p, struct str *in, struct str *out)
	MUST_USE;

/* No piece follows: what is left comes now, and then MESSAGE_PARTS_END. */
void message_parts_over(struct message_parts *p);

#endif
