/*
 * The stub resolver: non-validating and security-aware (RFC 4033 section 2,
 * RFC 4035 section 4.9).
 *
 * One struct resolve a thread, driven by that thread's event loop; nothing in
 * it blocks, locks or logs.  A question is asked with resolve_ask() and
 * answered by one callback, never from inside resolve_ask():
 *
 *	id = resolve_ask(r, &(struct resolve_question){
 *		.name = name, .type = DNS_TYPE_MX, .flags = RESOLVE_AD }, done, arg);
 *
 * What is promised:
 *	An answer counts only on the very socket or connection on which its
 *	question left; then QR, opcode, QDCOUNT 1, the question, the ID.  A datagram
 *	that fails is dropped and the wait goes on; after the first wrong ID the
 *	question goes over TCP.
 *	Servers are tried in order with backoff.  Trust belongs to the server's
 *	channel; a question goes to trusted servers alone where there are any
 *	(tiers), and SERVFAIL neither demotes a server nor leaves the tier.
 *	Equal questions in flight are asked once; answers are kept to their TTL,
 *	negative ones by RFC 2308, failures for seconds (RFC 9520).  What is asked
 *	often is asked again shortly before it ends, and nobody waits for it.  What was not
 *	asked with AD never serves a question with RESOLVE_AD.
 *	CNAME and DNAME chains are followed to a bound, and are as secure as their
 *	weakest link.
 */
#ifndef RESOLVE_RESOLVE_H
#define RESOLVE_RESOLVE_H

#include "os/reactor.h"
#include "resolve/config.h"

struct resolve;

/* conf is copied, reactor too.  NULL: out of memory, or no socket could be had. */
struct resolve *resolve_new(const struct os_reactor *reactor, const struct resolve_conf *conf)
	MUST_USE;

/* Open questions are forgotten without a callback.  Legal inside a callback. */
void resolve_free(struct resolve **r);

/* The question's id, never 0; 0 when out of memory: then done is not called. */
uint64_t resolve_ask(struct resolve *r, const struct resolve_question *q, resolve_done *done,
		     void *arg) MUST_USE;

/* No callback will come for id.  An id that is gone, or 0, is fine. */
void resolve_cancel(struct resolve *r, uint64_t id);

/*
 * Drop what the cache holds for name, or all where name is NULL.  Who asks after
 * that is not given what left before: an open question is answered, but neither
 * joined nor kept.  The validator inside forgets all it knows, whatever the name:
 * the next question finds it with an empty cache.
 */
void resolve_flush(struct resolve *r, const struct dns_name *name);

/*
 * Forget all probes: where conf.probed is given the servers that are trusted are probed
 * at once, else the next answer that needs it probes anew.
 */
void resolve_reprobe(struct resolve *r);

/* Who asks from now on is answered by what conf.follow says now, written this moment or not. */
void resolve_reread(struct resolve *r);

/* Server i as it stands, for people; false past the last.  Valid until the next call on r. */
bool resolve_server_at(const struct resolve *r, size_t i, struct resolve_server_state *out);

/* How conf.follow is followed.  Valid until the next call on r. */
struct resolve_followed resolve_followed(const struct resolve *r);

struct resolve_counters resolve_counters(const struct resolve *r);

/*
 * r, which is new, takes the place of before: what it counts goes on from there, and so does what
 * it counts of each server that has a name of before's, so that neither falls.
 */
void resolve_go_on(struct resolve *r, const struct resolve *before);

#endif
