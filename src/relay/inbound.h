/*
 * Mail coming in: SMTP sessions of clients.
 *
 * A session whose message is at the store is found again by its id: it may be
 * gone by then, and the message goes its way all the same.
 */
#ifndef RELAY_INBOUND_H
#define RELAY_INBOUND_H

#include "relay/worker.h"

/* A client came; fd becomes the session's, or is closed with a word why not. */
void relay_inbound_accept(struct relay_worker *w, int fd, struct ip peer, size_t listen);

/* The store is done with a message that came in: tell the client, deliver it. */
void relay_inbound_stored(struct relay_worker *w, struct relay_job *job);

/* End sessions that are between messages; others end after theirs. */
void relay_inbound_stop(struct relay_worker *w);

/* Free all, the thread having ended. */
void relay_inbound_clear(struct relay_worker *w);

#endif
