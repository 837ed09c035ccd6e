/*
 * One question on its way through the servers, as a machine without a socket
 * or a clock: octets and times come in, wishes go out.
 *
 *	resolve_query_start(&q, peers, order, n);
 *	for (;;) switch (resolve_query_want(&q)) {
 *	case RESOLVE_WANT_UDP, _TCP:
 *		send resolve_query_write(&q, ...) to q.server by that channel,
 *		then resolve_query_sent(), or resolve_query_lost() where it cannot be;
 *	case RESOLVE_WANT_WAIT:
 *		resolve_query_feed() with what comes on a socket on which the question
 *		left, resolve_query_expire() at q.deadline;
 *	case RESOLVE_WANT_DONE:
 *		q.answer, or why there is none.
 *	}
 *
 * The caller has bound octets to the question by socket and ID.  What is
 * checked here: that they answer this question, in the letters in which it was
 * asked, that they are signed where it was, and show its cookie.  Whatever fails
 * a check is dropped and the wait goes on; over TCP, where it looks like a guess.
 *
 * What a server says decides who is asked next.  A positive answer, NODATA and
 * NXDOMAIN end the question.  SERVFAIL, REFUSED and the like, and what is
 * malformed, are a server's last word: the others are asked, and if none has
 * better the failure is the answer, SERVFAIL before others.  A server that is
 * silent is asked again in the next round.  Where n_upper sets some apart, the others are
 * asked only when all of those are silent to the end.  An answer that comes late, from a
 * server that was given up meanwhile, still counts.
 */
#ifndef RESOLVE_QUERY_H
#define RESOLVE_QUERY_H

#include "dns/answer.h"
#include "dns/cookie.h"
#include "dns/message.h"
#include "dns/trust.h"
#include "dns/tsig.h"

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
	const struct dns_name *name; /* the caller's, as long as the question is asked */
	uint16_t type;
	bool ad, dnssec_ok, cd;
	unsigned n_upper; /* the first so many in order go before the others; 0: all are alike */
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
	uint16_t suspected;               /* ... only as answers there may be guessed */
	uint16_t fresh;                   /* by UDP again, as TCP brought nothing */
	uint16_t plain;                   /* without EDNS from now on */
	uint16_t bad_cookie;              /* it has said BADCOOKIE */
	int64_t clock_off_s;              /* of the server's clock, where why speaks of it */
	struct str ignored;               /* why what came was no good, where that is our affair */
	unsigned failed_by;               /* whose answer failed is */
	bool failed_over_tcp;
	struct dns_answer *failed; /* the best of the failures so far */
};

/* How one transmission is put. */
struct resolve_form {
	uint16_t id;
	unsigned server;
	struct str cookie; /* empty: none */
	/* The letters of the name are large and small as the bits say, over again from 64 on. */
	bool mixed;
	uint64_t letters;
	unsigned trailer; /* octets that come behind */
};

/* Octets that came on a channel on which this question left, and what left there. */
struct resolve_reply {
	struct str octets;
	unsigned server;
	bool over_tcp;
	bool edns;      /* it had an OPT record */
	bool truncated; /* the datagram was larger than octets */
	bool mixed;     /* its letters were as the bits say */
	uint64_t letters;
	const struct dns_tsig_key *key; /* it was signed; NULL: it was not */
	const struct dns_tsig_sent *sent;
	int64_t wall_s;
	struct dns_cookie *cookie; /* it had that server's; NULL: none */
	const uint8_t *client_cookie;
	int64_t now;
	enum dns_validated validated;
};

enum resolve_took {
	RESOLVE_DROPPED, /* not an answer to this: nothing has changed */
	RESOLVE_DOUBTED, /* likewise, but the question goes over TCP: ask what is wanted now */
	RESOLVE_TOOK,    /* the server's answer; ask what is wanted now */
	RESOLVE_SPOILT,  /* likewise, and it tells against the server: REFUSED, malformed */
};

/* What became of a reply. */
struct resolve_fed {
	enum resolve_took took;
	struct str why;  /* DROPPED, DOUBTED: in words; else what is special, or empty */
	bool other_case; /* TOOK: the server does not keep the letters as they were sent */
	bool judged;     /* it was an answer, and no call to ask otherwise: with that */
	enum dns_status status;
};

/* order names the n peers to ask, first first.  Ask for what is wanted next. */
void resolve_query_start(struct resolve_query *q, const struct resolve_peer *peers,
			 const uint8_t *order, unsigned n);

/* Free what is held. */
void resolve_query_clear(struct resolve_query *q);

enum resolve_want resolve_query_want(const struct resolve_query *q);

/* Whether the next transmission to server has an OPT record. */
bool resolve_query_edns(const struct resolve_query *q, unsigned server);

/* Whether it goes, by UDP, on a socket that no other question shares. */
bool resolve_query_fresh(const struct resolve_query *q);

/* The octets to send, without a signature. */
size_t resolve_query_write(const struct resolve_query *q, const struct resolve_form *form,
			   uint8_t out[static DNS_QUERY_MAX]);

/* Why there is no answer, with what is to be said besides. */
void resolve_query_why(const struct resolve_query *q, struct buf *out);

/* The attempt is on the wire since now. */
void resolve_query_sent(struct resolve_query *q, int64_t now);

/* The attempt at server cannot be, or its channel broke.  why is a constant. */
void resolve_query_lost(struct resolve_query *q, unsigned server, struct str why);

/* Time has passed; true when the attempt was given up. */
bool resolve_query_expire(struct resolve_query *q, int64_t now);

/*
 * A datagram with a wrong ID came where this question left: it goes over TCP.  Where that brings
 * nothing it goes by UDP once more, on a socket of its own: nobody has had time to guess there.
 */
void resolve_query_suspect(struct resolve_query *q, unsigned server);

struct resolve_fed resolve_query_feed(struct resolve_query *q, const struct resolve_reply *reply);

#endif
