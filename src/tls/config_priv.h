#ifndef TLS_CONFIG_PRIV_H
#define TLS_CONFIG_PRIV_H

#include "tls/config.h"

#include <openssl/ssl.h>

#define TLS_NAME_OCTETS 256 /* with the NUL */

struct tls_config {
	SSL_CTX *ctx;
	BIO_METHOD *octets;  /* of its sessions' BIOs */
	struct str protocol; /* offered by ALPN; empty: none */
	char protocol_text[256];
};

/* The newest of OpenSSL's errors in words, appended; its queue is emptied. */
void tls_config_error(struct buf *out);

#endif
