/*
 * A channel: how questions get to a server and answers back.  One table a
 * channel; a server has two of them, which may be the same: one for its questions,
 * and one for what a datagram does not hold, or must not be trusted with.
 *
 * A new channel is a file with its table and a row in channels.c.
 *
 * The channel moves octets for a link and binds each answer to the transmission
 * that it answers; what counts as an answer is decided by flight.c and query.c.
 * It reports by the small table that each link has: what has become of it.
 * Functions are NULL where there is nothing to do.
 */
#ifndef RESOLVE_CHANNEL_H
#define RESOLVE_CHANNEL_H

#include "base/err.h"
#include "base/str.h"
#include "dns/answer.h"
#include "dns/channel.h"

#include <stdint.h>

struct resolve;
struct resolve_flight;
struct resolve_link;
struct resolve_server_info;

struct resolve_channel {
	enum dns_channel kind;               /* its name, and what servers take there */
	const struct resolve_channel *whole; /* takes what has to come whole: itself, or a stream */
	bool padded;                         /* queries are padded (RFC 8467) */

	/* Why it is trusted, and the reason in words in s; NONE likewise. */
	enum dns_trust (*trusted_by)(struct resolve_server_info *s);

	/* Make what belongs to the server.  Where it cannot be asked, its reason says so. */
	enum err (*open)(struct resolve *r, unsigned server);

	/*
	 * Put the question of link to link->query.server.  True: it is on its way, or the query
	 * was told that it is not: ask what is wanted now.  False: it waits in a queue, and acts
	 * when it has left.
	 */
	bool (*send)(struct resolve_link *link);

	/*
	 * Send what has gathered.  Where that cannot be now *when is brought forward to when it
	 * can.  True: there may be more to do in this turn.
	 */
	bool (*flush)(struct resolve *r, unsigned server, int64_t *when);

	void (*silent)(struct resolve_link *link, unsigned server); /* its attempt ran out */
	void (*late)(struct resolve_flight *f); /* nobody waits for it; its ID is in use still */
	void (*gone)(struct resolve_flight *f); /* it is freed when this returns */
	void (*keepalive)(struct resolve_flight *f,
			  int time_100ms); /* RFC 7828; < 0: no word of it */
	void (*outdate)(struct resolve *r,
			unsigned server); /* what it knows serves no later question */
	void (*clear)(struct resolve *r, unsigned server);
};

/* What a channel tells a link. */
struct resolve_carried {
	void (*act)(struct resolve_link *link);  /* ask what is wanted now, and do it; it may end */
	void (*sent)(struct resolve_link *link); /* its question is on the wire */
	/* What was with server is lost; why is a constant.  Acts. */
	void (*lost)(struct resolve_link *link, unsigned server, struct str why);
};

/* Those that others than the table in channels.c know. */
extern const struct resolve_channel resolve_udp_channel, resolve_tcp_channel,
	resolve_tcp_tls_channel;

/* By enum dns_channel. */
extern const struct resolve_channel *const resolve_channels[];

#endif
