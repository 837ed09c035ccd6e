/*
 * One question on its way through the servers, as a machine without a socket
 * or a clock: octets and times come in, wishes go out.
 *
 *	resolve_query_start(&q, peers, order, n);
 *	for (;;) switch (resolve_query_want(&q)) {
 *	case RESOLVE_WANT_UDP, _TCP:
 *		send resolve_query_write(&q, id, ...) to q.server by that channel,
 *		then resolve_query_sent(), or resolve_query_lost() where it cannot be;
 *	case RESOLVE_WANT_WAIT:
 *		resolve_query_feed() with what comes on a socket on which the question
 *		left, resolve_query_expire() at q.deadline;
 *	case RESOLVE_WANT_DONE:
 *		q.answer, or why there is none.
 *	}
 *
 * The caller has bound octets to the question by socket and ID.  What is
 * checked here: that they answer this question.  Whatever fails a check is
 * dropped and the wait goes on.
 *
 * What a server says decides who is asked next.  A positive answer, NODATA and
 * NXDOMAIN end the question.  SERVFAIL, REFUSED and the like, and what is
 * malformed, are a server's last word: the others are asked, and if none has
 * better the failure is the answer, SERVFAIL before others.  A server that is
 * silent is asked again in the next round.  An answer that comes late, from a
 * server that was given up meanwhile, still counts.
 */
#ifndef RESOLVE_QUERY_H
#define RESOLVE_QUERY_H

#include "dns/answer.h"
#include "dns/message.h"

#define RESOLVE_PEERS_MAX 16

/* What the machine knows of a server.  The caller's; it may change while questions run. */
struct resolve_peer {
	enum dns_trust trust;
	bool stream;  /* TCP alone */
	bool padded;  /* over TLS: queries are padded (RFC 8467) */
	bool no_edns; /* known to fail on an OPT record */
	bool down;    /* it has been silent lately */
	unsigned attempts;
	int64_t timeout_ms;
};

enum resolve_want { RESOLVE_WANT_UDP, RESOLVE_WANT_TCP, RESOLVE_WANT_WAIT, RESOLVE_WANT_DONE };

/*
 *	SEND	the attempt at server is not on the wire yet
 *	WAIT	it is; deadline is when it is given up
 *	DONE	answer is there, or why says why not; nothing more is wanted
 */
enum resolve_query_state { RESOLVE_QUERY_SEND, RESOLVE_QUERY_WAIT, RESOLVE_QUERY_DONE };

struct resolve_query {
	/* The question; set before start. */
	struct dns_name name;
	uint16_t type;
	bool ad, dnssec_ok;
	/* Where it stands. */
	enum resolve_query_state state;
	unsigned server;           /* of the attempt; when DONE, the one whose answer it is */
	bool over_tcp;             /* DONE: how the answer came */
	int64_t deadline;          /* WAIT */
	struct dns_answer *answer; /* DONE; NULL: no answer */
	struct str why;            /* DONE without answer: in words */
	int keepalive_100ms;       /* RFC 7828, of the answer last taken; < 0: it had none */
	/* How it got there. */
	const struct resolve_peer *peers;
	uint8_t order[RESOLVE_PEERS_MAX];
	unsigned n_order;
	unsigned at;                      /* place in order */
	uint8_t tries[RESOLVE_PEERS_MAX]; /* of each server */
	uint16_t said;                    /* a bit a server: it had its last word */
	uint16_t stream;                  /* only over TCP from now on */
	uint16_t plain;                   /* without EDNS from now on */
	unsigned failed_by;               /* whose answer failed is */
	bool failed_over_tcp;
	struct dns_answer *failed; /* the best of the failures so far */
};

/* Octets that came on a channel on which this question left. */
struct resolve_reply {
	struct str octets;
	unsigned server;
	bool over_tcp;
	bool edns;      /* what left there had an OPT record */
	bool truncated; /* the datagram was larger than octets */
};

enum resolve_took {
	RESOLVE_DROPPED, /* not an answer to this: nothing has changed */
	RESOLVE_TOOK,    /* the server's answer; ask what is wanted now */
	RESOLVE_SPOILT,  /* likewise, and it tells against the server: REFUSED, malformed */
};

/* order names the n peers to ask, first first.  Ask for what is wanted next. */
void resolve_query_start(struct resolve_query *q, const struct resolve_peer *peers,
			 const uint8_t *order, unsigned n);

/* Free what is held. */
void resolve_query_clear(struct resolve_query *q);

enum resolve_want resolve_query_want(const struct resolve_query *q);

/* Whether the next transmission to server has an OPT record. */
bool resolve_query_edns(const struct resolve_query *q, unsigned server);

/* The octets to send to server under that id. */
size_t resolve_query_write(const struct resolve_query *q, unsigned server, uint16_t id,
			   uint8_t out[static DNS_QUERY_MAX]);

/* The attempt is on the wire since now. */
void resolve_query_sent(struct resolve_query *q, int64_t now);

/* The attempt at server cannot be, or its channel broke.  why is a constant. */
void resolve_query_lost(struct resolve_query *q, unsigned server, struct str why);

/* Time has passed; true when the attempt was given up. */
bool resolve_query_expire(struct resolve_query *q, int64_t now);

/* A datagram with a wrong ID came where this question left: it goes over TCP. */
void resolve_query_suspect(struct resolve_query *q, unsigned server);

enum resolve_took resolve_query_feed(struct resolve_query *q, const struct resolve_reply *reply);

#endif
