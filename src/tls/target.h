/*
 * A server that is reached by TLS again and again, and what it must prove: a
 * configuration, its demands, and the ticket of the last session in which they
 * were met.
 *
 * A ticket never leaves the target in which it was earned, so a session is
 * resumed under the very demands under which it was founded; whoever changes
 * them makes a new target, which has no ticket.  Only TLS 1.3 is resumed, each
 * ticket once (RFC 8446 appendix C.4).  Before one is offered, the certificates
 * that it stands on are verified anew: names, pins, dates and CA as of now.  A
 * session whose server was not authenticated is not resumed at all.
 */
#ifndef TLS_TARGET_H
#define TLS_TARGET_H

#include "tls/session.h"

struct tls_target;

/*
 * ca_file as for tls_config_client(); peer is copied; protocol is offered by
 * ALPN, empty: none.
 *
 * ERR_IO      the CA file cannot be used; *why in one line: "/path: No such file or directory"
 * ERR_SYNTAX  peer cannot be asked for; *why likewise
 * ERR_NOMEM
 */
enum err tls_target_new(const char *ca_file, const struct tls_peer *peer, struct str protocol,
			struct tls_target **out, struct buf *why) MUST_USE;

/* Its sessions must have been freed. */
void tls_target_free(struct tls_target **t);

/* As tls_session_client().  NULL: out of memory. */
struct tls_session *tls_target_session(struct tls_target *t) MUST_USE;

#endif
