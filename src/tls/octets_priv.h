/*
 * What lies between OpenSSL and a connection, each way, as one BIO over memory.  OpenSSL's own
 * memory BIO overwrites what it frees and what it grows from, though all in it is encrypted, and
 * never shrinks; here what is empty takes no memory.
 */
#ifndef TLS_OCTETS_PRIV_H
#define TLS_OCTETS_PRIV_H

#include "base/buf.h"

#include <openssl/bio.h>

struct tls_octets {
	struct buf in, out; /* from the connection, and for it */
	size_t read;        /* of in, by OpenSSL; less than in.n, or both are 0 */
};

/*
 * The kind of BIO, for any number of them; BIO_meth_free() frees it, after all of these.  NULL: out
 * of memory.
 */
BIO_METHOD *tls_octets_method(void);

/* *o, which is set up here, stays the caller's, and outlives the BIO.  NULL: out of memory. */
BIO *tls_octets_bio(const BIO_METHOD *method, struct tls_octets *o);

void tls_octets_clear(struct tls_octets *o);

/* ERR_NOMEM, or ERR_LIMIT where a test has set one: nothing was added. */
enum err tls_octets_feed(struct tls_octets *o, struct str octets) MUST_USE;

/* The first n octets of out have gone. */
void tls_octets_sent(struct tls_octets *o, size_t n);

#endif
