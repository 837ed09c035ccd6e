/*
 * The text of one part, written anew piece by piece, wherever pieces end, so that no more of it is
 * held than half a line.
 *
 * What could not be a boundary's line before cannot become one: no line that is written begins with
 * "-" but where one did, or was so long that no reader takes it for one.
 */
#ifndef MESSAGE_CODER_H
#define MESSAGE_CODER_H

#include "base/buf.h"

#define MESSAGE_CODER_LINE 57 /* octets that make a line of 76 in base64 */

enum message_coder_way {
	MESSAGE_CODER_AS_IT_IS,
	MESSAGE_CODER_QUOTED,
	MESSAGE_CODER_BASE64,
	MESSAGE_CODER_MEND_QUOTED, /* it is encoded so already, but for some octets */
	MESSAGE_CODER_MEND_BASE64,
	MESSAGE_CODER_MARK, /* it is for nobody: what may not stand there becomes "?" */
};

/* Zeros: all goes as it is. */
struct message_coder {
	enum message_coder_way way;
	bool wrote;    /* something, */
	bool line_end; /* and a line end last */
	size_t column; /* of the line that is written, or how many are */
	size_t n;      /* octets that are held, as what comes decides of them */
	char held[2 * MESSAGE_CODER_LINE];
};

/* Nothing of a text has come, which is to be written that way. */
void message_coder_begin(struct message_coder *c, enum message_coder_way way);

/* Some of it, which may end anywhere: what can be told by now is appended. */
void message_coder_add(struct message_coder *c, struct buf *out, struct str piece);

/* No piece follows. */
void message_coder_end(struct message_coder *c, struct buf *out);

#endif
