/*
 * What a head says of the body behind it (RFC 2045): type and transfer encoding.
 *
 * Reads leniently, and says what is left open: a Content-Type that cannot be read is
 * text/plain, as RFC 2045 section 5.2 has it; of a field that is there twice the first
 * counts.  Nothing is copied but a boundary.
 */
#ifndef MESSAGE_MIME_H
#define MESSAGE_MIME_H

#include "base/buf.h"

/* What the body is made of, as far as it matters for its encoding. */
enum message_mime_kind {
	MESSAGE_MIME_TEXT,      /* one text */
	MESSAGE_MIME_OTHER,     /* one thing that is no text */
	MESSAGE_MIME_MULTIPART, /* parts between boundaries */
	MESSAGE_MIME_DIGEST,    /* likewise; a part without a type is a message */
	MESSAGE_MIME_SEALED,    /* multipart/signed, multipart/encrypted: it must not change */
	MESSAGE_MIME_MESSAGE,   /* message/rfc822: a head and a body of its own */
	MESSAGE_MIME_FROZEN,    /* message/partial, message/external-body: no encoding is allowed */
};

enum message_mime_encoding {
	MESSAGE_MIME_7BIT, /* and where none is named */
	MESSAGE_MIME_8BIT,
	MESSAGE_MIME_BINARY,
	MESSAGE_MIME_QUOTED,
	MESSAGE_MIME_BASE64,
	MESSAGE_MIME_UNKNOWN,
};

struct message_mime {
	enum message_mime_kind kind;
	enum message_mime_encoding encoding;
	bool versioned, typed; /* MIME-Version is there; Content-Type is */
};

/*
 * head is read up to its empty line; kind is what a body is without a Content-Type.  Of
 * MESSAGE_MIME_MULTIPART and _DIGEST the boundary is appended to boundary: nothing, where there is
 * none.
 */
struct message_mime message_mime_read(struct str head, enum message_mime_kind kind,
				      struct buf *boundary);

/* "quoted-printable", as Content-Transfer-Encoding has it; not of MESSAGE_MIME_UNKNOWN. */
struct str message_mime_encoding_text(enum message_mime_encoding e);

#endif
