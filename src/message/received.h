/*
 * The trace field (RFC 5321 section 4.4), with the words of RFC 3848 and RFC 6531 for how the
 * message came.
 */
#ifndef MESSAGE_RECEIVED_H
#define MESSAGE_RECEIVED_H

#include "base/buf.h"

struct message_received {
	struct str helo;   /* what the client called itself; escaped here */
	struct str client; /* its address as text: "127.0.0.1"; empty for a local socket */
	struct str by;     /* our host name */
	enum message_received_with { MESSAGE_SMTP, MESSAGE_ESMTP, MESSAGE_UTF8SMTP } protocol;
	struct str id;   /* queue ID */
	struct str rcpt; /* the one recipient, or empty */
	int64_t wall_ms;
	struct str user; /* of a local socket: the number of whose process it is; empty: unknown */
	struct str tls_version, tls_cipher; /* "TLSv1.3", "TLS_AES_256_GCM_SHA384"; empty: no TLS */
	unsigned tls_bits;                  /* of the key; 0: not told */
	struct str login;                   /* who has logged in, empty: nobody; escaped here */
};

/* Append the whole field with its last CR LF, folded. */
void message_received_write(struct buf *out, const struct message_received *r);

#endif
