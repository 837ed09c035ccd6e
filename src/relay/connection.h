/*
 * A connection to a mail host: a stream under an SMTP client machine.
 *
 * It belongs to a destination and serves one delivery after the other.
 */
#ifndef RELAY_CONNECTION_H
#define RELAY_CONNECTION_H

#include "loop/stream.h"
#include "relay/delivery.h"

struct relay_connection {
	struct list link;   /* in the destination's idle list, or none */
	struct list member; /* of the destination's connections */
	struct relay_destination *destination;
	struct relay_delivery *delivery; /* NULL: idle, or saying good-bye */
	struct ip_port at;
	bool authenticated; /* as the target was when it was made */
	struct smtp_client *client;
	struct loop_stream *stream;
	enum relay_connection_state { RELAY_CONNECTING, RELAY_OPEN, RELAY_QUITTING } state;
	unsigned used;                     /* messages sent on it */
	struct routing_settings *settings; /* held */
	struct buf trouble;                /* why it ended, in words: "connection refused" */
};

/* Begin to connect for a delivery.  NULL: *why says so in words. */
struct relay_connection *relay_connection_new(struct relay_destination *d,
					      struct relay_delivery *delivery,
					      const struct route_target *target, struct buf *why)
	MUST_USE;

/* Give an idle connection to a delivery. */
void relay_connection_take(struct relay_connection *c, struct relay_delivery *delivery);

/* Send one transaction; the delivery hears of it. */
void relay_connection_send(struct relay_connection *c, const struct smtp_transaction *tx);

/* The delivery is done with it: idle, or, where it has been used enough, good-bye. */
void relay_connection_release(struct relay_connection *c);

/* Close without a word; the destination is told. */
void relay_connection_close(struct relay_connection **c);

/* QUIT, and close when answered. */
void relay_connection_quit(struct relay_connection *c);

#endif
