#ifndef TLS_CONFIG_PRIV_H
#define TLS_CONFIG_PRIV_H

#include "tls/config.h"

#include <openssl/ssl.h>

struct tls_config {
	SSL_CTX *ctx;
};

/* The newest of OpenSSL's errors in words, appended; its queue is emptied. */
void tls_config_error(struct buf *out);

#endif
