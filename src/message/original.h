/*
 * What a report returns of the message that it is about (RFC 3461 section 6.2): its
 * last part.
 */
#ifndef MESSAGE_ORIGINAL_H
#define MESSAGE_ORIGINAL_H

#include "message/heads.h"

enum message_original_what { MESSAGE_ORIGINAL_WHOLE, MESSAGE_ORIGINAL_HEADER };

/* How a part is written; and "Content-Transfer-Encoding" says so. */
enum message_original_encoding {
	MESSAGE_ORIGINAL_7BIT,
	MESSAGE_ORIGINAL_8BIT,
	MESSAGE_ORIGINAL_QUOTED,
};

struct message_original {
	enum message_original_what what;
	struct str type;
	struct str text; /* points into the message */
	enum message_original_encoding encoding;
};

/* Quoted, where text is not ASCII, or not in lines of CR LF that are short enough; else 7bit. */
enum message_original_encoding message_original_encode(struct str text);

/* "8bit"; empty where it needs no saying. */
struct str message_original_encoding_text(enum message_original_encoding e);

/*
 * The part for a message of which so much is to be returned, at most room octets
 * of it: its header, where the whole does not fit, or is not in lines that are short
 * enough and may not be encoded.  The header that is returned ends at the first line that
 * is no field, as what follows may be no header.
 */
struct message_original message_original_of(struct str message, enum message_original_what what,
					    size_t room);

/* What is known of a message that is not in memory. */
struct message_far {
	struct str head; /* which is */
	bool ascii;      /* all of it */
	bool lines;      /* of CR LF alone, none of them too long, without NUL */
};

/* Its part, where all of it can be returned; .text is empty.  False: it cannot. */
bool message_original_far(const struct message_far *far, struct message_original *out) MUST_USE;

/*
 * What all of its heads hold is known, too: octets above 127 in those of parts are encoded with the
 * rest, as message/global, which alone may be (RFC 6532 section 3.7), where they are UTF-8.
 */
void message_original_heads(struct message_original *o, enum message_heads heads);

/* Append the text, encoded, and ended by a line end. */
void message_original_write(struct buf *out, const struct message_original *o);

/*
 * The header alone of what a part of ours returns, whose fields and text these are.
 * Where that was encoded, *out points into room.  False: it is a header already,
 * or no such part.
 */
bool message_original_shorten(struct str fields, struct str text, struct buf *room,
			      struct message_original *out) MUST_USE;

#endif
