/*
 * The head of a message: its fields (RFC 5322 section 2.2), as they stand.
 *
 * Reads leniently, as mail in the wild demands: a line that is no field is passed
 * over, with those that would continue it.  The head ends at the first empty line, or
 * with the message.  Nothing is copied; names and bodies point into the message.
 */
#ifndef MESSAGE_HEAD_H
#define MESSAGE_HEAD_H

#include "base/buf.h"

/* One field.  body is what follows the colon, folded as it came, without the last CR LF. */
struct message_field {
	struct str name;
	struct str body;
};

/*
 * The next field, cut off *rest, which begins as the whole message.  False at
 * the end of the head: *rest is then what follows the empty line.
 */
bool message_head_next(struct str *rest, struct message_field *field);

/*
 * Append body unfolded (RFC 5322 section 2.2.3): line breaks before white space dropped,
 * leading and trailing white space dropped.
 */
void message_head_unfold(struct buf *out, struct str body);

/* The same with the white space of a fold, that around the break, as one space. */
void message_head_unfold_single(struct buf *out, struct str body);

/* Whether body may hold encoded words: if not, it is the same however words are decoded. */
bool message_head_has_words(struct str body);

/*
 * Append body unfolded and its RFC 2047 encoded words decoded to UTF-8; *undecoded is as in
 * message/word.h.  White space between adjacent encoded words is dropped.
 */
void message_head_decode(struct buf *out, struct buf *undecoded, struct str body);

/* The same, with each word decoded for itself (message/word.h). */
void message_head_decode_apart(struct buf *out, struct str body);

/* The first field with that name, any case; false when there is none. */
bool message_head_find(struct str message, struct str name, struct message_field *field);

/* How many fields have that name: Received counts hops (RFC 5321 section 6.3). */
size_t message_head_count(struct str message, struct str name);

/* Whether a line begins with a name and a colon. */
bool message_head_is_field(struct str line);

/* Octets of the head, the empty line included. */
size_t message_head_size(struct str message);

#endif
