/*
 * The keys of a server's session tickets (RFC 5077, RFC 8446 section 4.6.1): what a client may
 * come back with is sealed by them and kept nowhere.
 *
 * Made at random, renewed as time goes by; tickets of the keys before the newest are still
 * taken.  One set serves all threads and all configurations, so that a client can resume
 * whichever of them it comes to.
 */
#ifndef TLS_TICKET_H
#define TLS_TICKET_H

#include "tls/config.h"

#define TLS_TICKET_LIFE_MS (12 * INT64_C(3600) * 1000) /* of a ticket, and of keys as the newest */

struct tls_tickets;

/* NULL: out of memory. */
struct tls_tickets *tls_ticket_new(void) MUST_USE;

/* The keys are overwritten.  Configurations that use them must have been freed. */
void tls_ticket_free(struct tls_tickets **t);

/* Sessions of this server give out and take tickets of t.  ERR_NOMEM. */
enum err tls_ticket_use(struct tls_config *c, struct tls_tickets *t) MUST_USE;

#endif
