/*
 * TLS to mail hosts as deliveries have it: which mail may share a connection, and
 * what became of it.
 */
#ifndef RELAY_SECURE_H
#define RELAY_SECURE_H

#include "relay/connection.h"
#include "routing/pathfinder.h"
#include "smtp/results.h"
#include "tls/session.h"

/*
 * Which mail may share a connection with part's to t.  clear: TLS has failed there, and is no
 * must.  The key's trust is *trust, anew; where that has an error, out of memory, the key is none.
 */
struct relay_connection_key relay_secure_key(const struct relay_part *part,
					     const struct routing_path *path,
					     const struct route_target *t, bool clear,
					     struct buf *trust);

#define RELAY_TICKET_MAX (RELAY_TRUST_MAX + 1024)

/*
 * As octets, all that decides which mail may travel on a connection of that key: among those that
 * are equal in it a TLS session may be resumed, too.  Appended.
 */
void relay_secure_ticket(struct buf *out, const struct relay_connection_key *key);

/*
 * A session with t's host over c, resumed where that may be.  NULL: out of memory, or it cannot be
 * asked for.
 */
struct tls_session *relay_secure_session(const struct routing_settings *s,
					 const struct routing_path *path,
					 const struct route_target *t,
					 const struct relay_connection *c) MUST_USE;

/* How the connection to a target was secured. */
struct relay_secured {
	char version[12]; /* "TLSv1.3"; "": in clear */
	enum tls_auth auth;
	bool used; /* it was ready, and mail went that way */
};

/* NULL: in clear.  It is not used yet. */
struct relay_secured relay_secure_of(const struct tls_session *s);

/* How mail goes over c, which is used from now on. */
struct relay_secured relay_secure_used(const struct relay_connection *c);

/* The word under which that is counted. */
enum relay_tls relay_secure_counted(const struct relay_secured *s);

/* How mail goes over c, once it is ready for mail. */
enum smtp_channel relay_secure_channel(const struct relay_connection *c);

/* What the end of a session that was not ready yet has to do with TLS, and what is said in it. */
enum relay_secure_end {
	RELAY_SECURE_END_OTHER, /* nothing */
	RELAY_SECURE_END_LACKS, /* TLS or a login is a must, and is not there as it must be */
	RELAY_SECURE_END_AGAIN, /* it was begun, failed, and is none: once more without */
};

/* r: smtp_client_failure(); tls: what was needed. */
enum relay_secure_end relay_secure_ended(const struct smtp_result *r, enum route_tls tls);

/*
 * Whether what ended it is that the host offers no TLS, which the configuration demands, to mail
 * that goes to hosts with REQUIRETLS alone: then there is none of that either, whoever waits, and
 * *r becomes what such mail is told of a host without it.  Where DANE says that there is TLS its
 * absence proves nothing.
 */
bool relay_secure_unfit(struct smtp_result *r, enum route_tls tls, enum route_sender_tls sender);

/* "none", "dane-ee", "dane-ta". */
struct str relay_secure_dane(enum tls_auth auth);

#endif
