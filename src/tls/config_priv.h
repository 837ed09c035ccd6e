#ifndef TLS_CONFIG_PRIV_H
#define TLS_CONFIG_PRIV_H

#include "tls/config.h"

#include <openssl/ssl.h>
#include <stdatomic.h>

#define TLS_NAME_OCTETS 256 /* with the NUL */

struct tls_config {
	atomic_uint holders; /* who made it, and each of its sessions */
	SSL_CTX *ctx;
	BIO_METHOD *octets;  /* of its sessions' BIOs */
	struct str protocol; /* offered by ALPN; empty: none */
	char protocol_text[256];
};

/* For a session of it; tls_config_free() gives it back. */
struct tls_config *tls_config_hold(const struct tls_config *c);

/* The newest of OpenSSL's errors in words, appended; its queue is emptied. */
void tls_config_error(struct buf *out);

#endif
