/*
 * The tickets of many servers: a session with one is resumed (RFC 8446 section 2.2) among
 * connections of one key.
 *
 * The key is the caller's: all that trust in a server hangs on.  Whoever asks for something else
 * asks by another key, and finds no ticket.  Besides, before a ticket is offered the certificates
 * that it stands on are verified anew, by what is asked today: names, dates, CA, TLSA records.
 * Where that comes to nothing, the handshake is a full one.  A resumed session is authenticated as
 * that verification has it, and never more.
 *
 * Only TLS 1.3 is resumed, each ticket once (RFC 8446 appendix C.4).  Of a key the newest
 * TLS_WALLET_TICKETS are kept, of the keys the TLS_WALLET_KEYS that were used last.  A wallet is of
 * one thread.
 */
#ifndef TLS_WALLET_H
#define TLS_WALLET_H

#include "tls/session.h"

#define TLS_WALLET_KEYS 128
#define TLS_WALLET_TICKETS 4

struct tls_wallet;

/* NULL: out of memory. */
struct tls_wallet *tls_wallet_new(void) MUST_USE;

/* Its sessions must have been freed. */
void tls_wallet_free(struct tls_wallet **w);

/* Sessions of c hand their tickets over.  To be called before there are any, by one thread. */
void tls_wallet_use(struct tls_config *c);

/*
 * As tls_session_client(), with a ticket of that key where there is one; those that come of it are
 * kept under it.  key is copied; what does not fit into memory is not kept.
 */
struct tls_session *tls_wallet_session(struct tls_wallet *w, const struct tls_config *c,
				       const struct tls_peer *peer, struct str key) MUST_USE;

/* How many tickets there are of that key. */
size_t tls_wallet_count(const struct tls_wallet *w, struct str key);

#endif
