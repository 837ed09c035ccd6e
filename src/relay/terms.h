/*
 * What is offered at a listener, and held to: its configuration as the SMTP machine wants it; and
 * words of it.
 */
#ifndef RELAY_TERMS_H
#define RELAY_TERMS_H

#include "conf/conf.h"
#include "loop/stream.h"
#include "message/received.h"
#include "smtp/server.h"
#include "tls/session.h"

/* When TLS begins for who comes there. */
enum smtp_server_tls relay_terms_tls(const struct conf_listen *l);

/* A machine for a session of who comes to that listen section.  NULL: out of memory. */
struct smtp_server *relay_terms_machine(const struct conf *conf, size_t listen) MUST_USE;

/* What the session itself says of how its mail comes; tls: NULL in the clear.  Lives as both do. */
struct message_received relay_terms_received(const struct smtp_server *smtp,
					     const struct tls_session *tls);

/* Why no mail is taken of who may not relay. */
struct str relay_terms_denied(const struct conf_listen *l);

/* Why it is not judged now who wants to log in. */
struct str relay_terms_unjudged(enum err e);

/* How a session has ended that its client, or time, has ended. */
struct str relay_terms_end(enum loop_end how);

#endif
