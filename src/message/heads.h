/*
 * What the heads of a message hold, its own, those of its parts, and of messages within: octets
 * above 127, which no encoding of bodies does away with (RFC 6152), and which RFC 6532 allows where
 * they are UTF-8.  It may come in pieces, wherever they end:
 *
 *	message_heads_init(&h, head_max);
 *	message_heads_look(&h, piece) for each
 *	found = message_heads_end(&h);
 */
#ifndef MESSAGE_HEADS_H
#define MESSAGE_HEADS_H

#include "message/parts.h"

enum message_heads {
	MESSAGE_HEADS_ASCII,   /* all of them */
	MESSAGE_HEADS_UTF8,    /* all of them, and not all are ASCII */
	MESSAGE_HEADS_FOREIGN, /* one is neither, or it cannot be told */
};

struct message_heads_look {
	struct message_parts parts;
	enum message_heads found; /* of what has come */
};

/* Of a head no more than head_max octets are looked at: a longer one is FOREIGN. */
void message_heads_init(struct message_heads_look *h, size_t head_max);

/* Also the CLEANUP() handler. */
void message_heads_clear(struct message_heads_look *h);

void message_heads_look(struct message_heads_look *h, struct str piece);

/* No piece follows.  Memory that ran out is FOREIGN, too. */
enum message_heads message_heads_end(struct message_heads_look *h);

/* The same of a message that is there. */
enum message_heads message_heads_of(struct str message);

#endif
