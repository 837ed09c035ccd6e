/*
 * The trace field (RFC 5321 section 4.4).
 */
#ifndef MESSAGE_RECEIVED_H
#define MESSAGE_RECEIVED_H

#include "base/buf.h"

struct message_received {
	struct str helo;     /* what the client called itself; escaped here */
	struct str client;   /* its address as text: "127.0.0.1"; empty for a local socket */
	struct str by;       /* our host name */
	struct str protocol; /* "ESMTP", "SMTP", "UTF8SMTP" */
	struct str id;       /* queue ID */
	struct str rcpt;     /* the one recipient, or empty */
	int64_t wall_ms;
	struct str user; /* of a local socket: the number of whose process it is; empty: unknown */
};

/* Append the whole field with its last CR LF, folded. */
void message_received_write(struct buf *out, const struct message_received *r);

#endif
