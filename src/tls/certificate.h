/* The certificate that the peer of a session showed, for people. */
#ifndef TLS_CERTIFICATE_H
#define TLS_CERTIFICATE_H

#include "tls/session.h"

/* Strings are the peer's: escape them. */
struct tls_certificate {
	struct buf subject, issuer; /* as RFC 4514 has it */
	struct buf names; /* of subjectAltName: DNS names and addresses, each ended by LF */
	int64_t from_wall_ms, until_wall_ms;
	uint8_t pin[TLS_PIN_OCTETS]; /* SHA-256 of its SubjectPublicKeyInfo */
};

/* Of a session that is open.  ERR_SYNTAX: there is none, or it cannot be read; ERR_NOMEM. */
enum err tls_certificate_of(const struct tls_session *s, struct tls_certificate *out) MUST_USE;

/* When the first certificate of a PEM file ends.  ERR_IO: it has none, or cannot be read. */
enum err tls_certificate_until(const char *file, int64_t *until_wall_ms) MUST_USE;

void tls_certificate_clear(struct tls_certificate *c); /* also the CLEANUP() handler */

#endif
