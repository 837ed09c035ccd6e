/*
 * 8-bit and binary mail made to go where only lines of ASCII may (RFC 6152 section 3,
 * RFC 3030 section 4): its bodies are encoded, part by part.
 *
 * A part whose octets may stand as they are stays as it is, and so does every header but for
 * the fields that say how its body is encoded.  What is in multipart/signed or
 * multipart/encrypted cannot be changed without breaking it.  The octets that each
 * part stands for are the same before and after.  A signature of the whole (DKIM) is
 * not: whoever signs for hosts of both kinds has to sign 7-bit mail.
 *
 * 8-bit text that no field says anything of becomes text/plain in the charset
 * unknown-8bit (RFC 1428).  Octets above 127 in a header are no matter of the body's
 * encoding, and stay.
 */
#ifndef MESSAGE_SEVENBIT_H
#define MESSAGE_SEVENBIT_H

#include "base/buf.h"

#define MESSAGE_SEVENBIT_DEPTH 50 /* multiparts in each other; no mail has so many */

enum message_sevenbit {
	MESSAGE_SEVENBIT_DONE,
	MESSAGE_SEVENBIT_SEALED, /* what is signed or encrypted would have to change */
	MESSAGE_SEVENBIT_BROKEN, /* where its parts are, or how they are encoded, cannot be told */
};

/* Whether the body of message is 8-bit: an octet above 127 is behind its header. */
bool message_sevenbit_is_eight(struct str message);

/*
 * Append message with all of its body in lines of ASCII.  Not DONE: out holds some of it, and
 * is of no use.  It takes time linear in the octets of message.  Three octets come of one at
 * most, and some 130 for the fields of each part that is encoded.
 */
enum message_sevenbit message_sevenbit_write(struct buf *out, struct str message) MUST_USE;

#endif
