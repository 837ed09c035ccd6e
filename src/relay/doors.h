/*
 * What is behind each listener: how it speaks TLS, and who may log in.  Read together, whole or
 * not at all, and then immutable; counted, as settings are (routing/settings.h), since sessions
 * on all threads go on by what they began with.
 */
#ifndef RELAY_DOORS_H
#define RELAY_DOORS_H

#include "auth/users.h"
#include "conf/conf.h"
#include "tls/ticket.h"

#include <stdatomic.h>

struct relay_door {
	struct tls_config *tls;   /* NULL: no TLS */
	struct auth_users *users; /* NULL: nobody logs in */
};

struct relay_doors;

/*
 * Of each listen section of conf, in its order.  tickets outlive it; NULL: none.  On ERR_OK *why
 * may have lines about what does nevertheless.  ERR_IO, ERR_SYNTAX: *why; ERR_NOMEM.
 */
enum err relay_doors_read(const struct conf *conf, struct tls_tickets *tickets,
			  struct relay_doors **out, struct buf *why) MUST_USE;

/* The same with certificates as they are now, and the users of old, which is held. */
enum err relay_doors_renew(struct relay_doors *old, const struct conf *conf,
			   struct tls_tickets *tickets, struct relay_doors **out, struct buf *why)
	MUST_USE;

/* What the files of certificates and keys were: changes with each of them. */
uint64_t relay_doors_stamp(const struct conf *conf);

/* NULL is fine, here and below. */
struct relay_doors *relay_doors_hold(struct relay_doors *d);

/* Also frees, when it was the last holder. */
void relay_doors_drop(struct relay_doors **d);

/* That of a listen section; as long as d is held. */
const struct relay_door *relay_doors_at(const struct relay_doors *d, size_t listen);

#endif
