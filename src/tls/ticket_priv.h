/* The keys of tickets from the inside, for their test. */
#ifndef TLS_TICKET_PRIV_H
#define TLS_TICKET_PRIV_H

#include "tls/ticket.h"

#include <pthread.h>

#define TLS_TICKET_NAME 16 /* octets, as OpenSSL has it */
#define TLS_TICKET_KEY 32

struct tls_ticket_key {
	int64_t made; /* monotonic ms */
	unsigned char name[TLS_TICKET_NAME], aes[TLS_TICKET_KEY], mac[TLS_TICKET_KEY];
};

struct tls_tickets {
	pthread_mutex_t lock;
	struct tls_ticket_key newest, before;
};

/* New keys where the newest are too old.  Under the lock. */
void tls_ticket_turn(struct tls_tickets *t, int64_t now);

/* The keys of that name, a copy.  False: they are none of ours, or too old.  Under the lock. */
bool tls_ticket_find(const struct tls_tickets *t, const unsigned char name[TLS_TICKET_NAME],
		     int64_t now, struct tls_ticket_key *out);

#endif
