/*
 * One TLS session over memory: octets of the connection in and out on one
 * side, octets of the application on the other.  No sockets.
 *
 *	tls_session_feed(s, what came);
 *	send tls_session_output(s), report it with tls_session_sent();
 *	once tls_session_state(s) is TLS_OPEN: tls_session_read(), tls_session_write()
 *
 * TLS_OPEN means that all that the configuration asks of the peer has been
 * proved: with a peer that must be authenticated, no octet of the application
 * leaves before that (RFC 8310 section 8.1).
 */
#ifndef TLS_SESSION_H
#define TLS_SESSION_H

#include "tls/config.h"

struct tls_session;

enum tls_state {
	TLS_HANDSHAKE,
	TLS_OPEN,
	TLS_CLOSED, /* the peer said good-bye */
	TLS_FAILED, /* tls_session_why() says why */
};

/* How the peer was authenticated. */
enum tls_auth { TLS_NOT_AUTHENTICATED, TLS_BY_NAME, TLS_BY_PIN, TLS_BY_DANE_TA, TLS_BY_DANE_EE };

/*
 * peer: what the server must prove; copied.  Its name goes out as SNI.  The first
 * flight is already in the output.  NULL: out of memory, or peer cannot be used
 * (no TLSA record is usable, a name that is none).
 */
struct tls_session *tls_session_client(const struct tls_config *c, const struct tls_peer *peer)
	MUST_USE;
struct tls_session *tls_session_server(const struct tls_config *c) MUST_USE;
void tls_session_free(struct tls_session **s);

/* Octets from the connection.  The state may change. */
enum tls_state tls_session_feed(struct tls_session *s, struct str octets) MUST_USE;

enum tls_state tls_session_state(const struct tls_session *s);

/* Append what the application's peer sent, as far as there is room for 16 KiB at once. */
enum tls_state tls_session_read(struct tls_session *s, struct buf *out) MUST_USE;

/* Whether something has come that was not read: tls_session_read() may have more. */
bool tls_session_more(const struct tls_session *s);

/* Encrypt; only when TLS_OPEN.  ERR_IO: not open, or failed; ERR_NOMEM. */
enum err tls_session_write(struct tls_session *s, struct str octets) MUST_USE;

/* Say good-bye (close_notify). */
void tls_session_close(struct tls_session *s);

/* Octets for the connection; valid until the next call on s. */
struct str tls_session_output(struct tls_session *s);
void tls_session_sent(struct tls_session *s, size_t n);

/* Why it failed, one line. */
struct str tls_session_why(const struct tls_session *s);

/* "TLSv1.3", "TLS_AES_256_GCM_SHA384", and how the peer was authenticated; once open. */
struct str tls_session_version(const struct tls_session *s);
struct str tls_session_cipher(const struct tls_session *s);
unsigned tls_session_bits(const struct tls_session *s); /* of the cipher's key */
enum tls_auth tls_session_auth(const struct tls_session *s);

/* Of a lenient peer whose chain and name prove nothing: why; else empty. */
struct str tls_session_unproved(const struct tls_session *s);

/* Authenticated by DANE: the record that did it, "3 1 1"; else empty. */
struct str tls_session_tlsa(const struct tls_session *s);

/* Whether a ticket was offered, and whether the server took it; see tls/target.h. */
bool tls_session_offered(const struct tls_session *s);
bool tls_session_resumed(const struct tls_session *s);

#endif
