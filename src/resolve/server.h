/*
 * What is known of one recursive server: whether and why it is trusted, how
 * fast it answers, when it was last silent, how much may be sent to it at once.
 * No sockets, no clock: times come in.
 */
#ifndef RESOLVE_SERVER_H
#define RESOLVE_SERVER_H

#include "resolve/query.h"
#include "resolve/resolve.h"

#define RESOLVE_REASON_MAX 400 /* a name of 255 octets with what is said about it */

struct resolve_server_info {
	struct resolve_server conf;
	struct resolve_peer *peer; /* what the machines see of it */
	char text[IP_TEXT_MAX];
	struct str name; /* "127.0.0.1:53" */
	char reason_text[RESOLVE_REASON_MAX];
	struct str reason;    /* why it is trusted, or not */
	struct str reason_aa; /* the same, of an authoritative server's answer */
	/* Backing off: the server is passed over until then, if there is another. */
	unsigned failures;
	int64_t down_until;
	int64_t answered_at; /* the last time it did */
	int64_t plain_until; /* no OPT records until then */
	/* The leaky bucket: datagrams that it may not have read yet. */
	unsigned level;
	int64_t level_at;
	int64_t rtt_us; /* smoothed; 0: none yet */
	uint64_t questions, answers, dropped, timeouts;
};

/* Trust is decided here, once, by the kind of the channel.  peer is filled and kept up to date. */
void resolve_server_init(struct resolve_server_info *s, const struct resolve_server *conf,
			 struct resolve_peer *peer);

/*
 * An attempt that left at sent_at came to nothing.  One slow name does not tell
 * against a server that has answered others since.
 */
void resolve_server_failed(struct resolve_server_info *s, int64_t sent_at, int64_t now);

/* It answered, whatever it said. */
void resolve_server_answered(struct resolve_server_info *s, int64_t rtt_us, int64_t now);

/* It refuses OPT records, and answered without: none for a while. */
void resolve_server_plain(struct resolve_server_info *s, int64_t now);

/* Bring peer->down and peer->no_edns up to now. */
void resolve_server_refresh(struct resolve_server_info *s, int64_t now);

/* How many datagrams may be sent now; where none, *when says when to ask again. */
unsigned resolve_server_room(struct resolve_server_info *s, int64_t now, int64_t *when);
void resolve_server_took(struct resolve_server_info *s, unsigned n);

#endif
