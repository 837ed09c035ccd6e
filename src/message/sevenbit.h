/*
 * 8-bit and binary mail made to go where only lines of ASCII may (RFC 6152 section 3,
 * RFC 3030 section 4): its bodies are encoded, part by part.
 *
 * A part whose octets may stand as they are, in lines of at most 998, stays as it is, and so does
 * every header but for the fields that say how its body is encoded.  What is in multipart/signed or
 * multipart/encrypted cannot be changed without breaking it.  The octets that each part stands for
 * are the same before and after.  A signature of the whole (DKIM) is not: whoever signs for hosts
 * of both kinds has to sign 7-bit mail.
 *
 * 8-bit text that no field says anything of becomes text/plain in the charset
 * unknown-8bit (RFC 1428).  Octets above 127 in a header are no matter of the body's
 * encoding, and stay.
 */
#ifndef MESSAGE_SEVENBIT_H
#define MESSAGE_SEVENBIT_H

#include "message/parts.h"

#define MESSAGE_SEVENBIT_DEPTH MESSAGE_PARTS_DEPTH

enum message_sevenbit {
	MESSAGE_SEVENBIT_DONE,
	MESSAGE_SEVENBIT_SEALED, /* what is signed or encrypted would have to change */
	MESSAGE_SEVENBIT_BROKEN, /* where its parts are, or how they are encoded, cannot be told */
};

/* Whether the body of message is 8-bit: an octet above 127 is behind its header. */
bool message_sevenbit_is_eight(struct str message);

/*
 * Append message with all of its body in lines of ASCII.  Not DONE: nothing is appended.  It takes
 * time linear in the octets of message.  Three octets come of one at most, and some 130 for the
 * fields of each part that is encoded.  What buf_err() says of out goes before all else.
 */
enum message_sevenbit message_sevenbit_write(struct buf *out, struct str message) MUST_USE;

/*
 * The same of a message that comes in pieces, wherever they end: all of it twice, first to be
 * looked at, then to be written.
 *
 *	message_sevenbit_look(w, piece);                  of each, until it is decided
 *	e = message_sevenbit_judge(w, &result);           and where it is DONE:
 *	message_sevenbit_add(w, &out, piece);             of each
 *	message_sevenbit_end(w, &out);
 *
 * out may be emptied between any two.  No more of the message is held than its head, of which no
 * more than head_max octets are taken for one (it is BROKEN else), and an octet for each part.
 */
struct message_sevenbit_work;

/* NULL: out of memory. */
struct message_sevenbit_work *message_sevenbit_new(size_t head_max) MUST_USE;

/* Also the CLEANUP() handler. */
void message_sevenbit_free(struct message_sevenbit_work **w);

void message_sevenbit_look(struct message_sevenbit_work *w, struct str piece);

/* Whether what follows changes nothing any more: it need not be looked at. */
bool message_sevenbit_decided(const struct message_sevenbit_work *w);

/* All that matters was looked at.  ERR_NOMEM. */
enum err message_sevenbit_judge(struct message_sevenbit_work *w, enum message_sevenbit *result)
	MUST_USE;

void message_sevenbit_add(struct message_sevenbit_work *w, struct buf *out, struct str piece);
void message_sevenbit_end(struct message_sevenbit_work *w, struct buf *out);

#endif
