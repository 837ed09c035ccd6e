#include "resolve/query.h"

#include "dns/build.h"
#include "dns/type.h"

#define BIT(server) ((uint16_t)(1u << (server)))

static void enter(struct resolve_query *q, enum resolve_query_state to)
{
	q->state = to;
	q->deadline = INT64_MAX;
}

/* Attempts at a server while nothing better than a failure is known: one, and none where it is down. */
static unsigned allowed(const struct resolve_query *q, unsigned server)
{
	const struct resolve_peer *peer = &q->peers[server];

	if (q->said & BIT(server))
		return 0;
	if (!q->failed)
		return peer->attempts;
	return peer->down ? 0 : 1;
}

/* Nobody is left to ask: the best failure is the answer, if there was one. */
static void finish_failed(struct resolve_query *q)
{
	q->answer = q->failed;
	q->failed = NULL;
	if (q->answer) {
		q->server = q->failed_by;
		q->over_tcp = q->failed_over_tcp;
	}
	enter(q, RESOLVE_QUERY_DONE);
}

/* The next server in order that may still be asked, the present one last. */
static void advance(struct resolve_query *q)
{
	for (unsigned i = 1; i <= q->n_order; i++) {
		unsigned at = (q->at + i) % q->n_order;
		unsigned server = q->order[at];
		if (q->tries[server] >= allowed(q, server))
			continue;
		q->at = at;
		q->server = server;
		q->tries[server]++;
		enter(q, RESOLVE_QUERY_SEND);
		return;
	}
	finish_failed(q);
}

void resolve_query_start(struct resolve_query *q, const struct resolve_peer *peers,
			 const uint8_t *order, unsigned n)
{
	q->peers = peers;
	q->n_order = n;
	for (unsigned i = 0; i < n; i++)
		q->order[i] = order[i];
	q->at = n ? n - 1 : 0;
	q->why = STR("no server is configured");
	advance(q);
}

void resolve_query_clear(struct resolve_query *q)
{
	dns_answer_free(&q->answer);
	dns_answer_free(&q->failed);
}

static bool by_tcp(const struct resolve_query *q, unsigned server)
{
	return q->peers[server].stream || q->stream & BIT(server);
}

enum resolve_want resolve_query_want(const struct resolve_query *q)
{
	switch (q->state) {
	case RESOLVE_QUERY_SEND:
		return by_tcp(q, q->server) ? RESOLVE_WANT_TCP : RESOLVE_WANT_UDP;
	case RESOLVE_QUERY_WAIT:
		return RESOLVE_WANT_WAIT;
	case RESOLVE_QUERY_DONE:
		break;
	}
	return RESOLVE_WANT_DONE;
}

bool resolve_query_edns(const struct resolve_query *q, unsigned server)
{
	return !q->peers[server].no_edns && !(q->plain & BIT(server));
}

size_t resolve_query_write(const struct resolve_query *q, unsigned server, uint16_t id,
			   uint8_t out[static DNS_QUERY_MAX])
{
	unsigned flags = q->ad ? DNS_QUERY_AD : 0;

	if (resolve_query_edns(q, server))
		flags |= DNS_QUERY_EDNS | (q->dnssec_ok ? DNS_QUERY_DO : 0);
	return dns_message_query(
		out,
		&(struct dns_query){ .id = id, .type = q->type, .name = &q->name, .flags = flags });
}

void resolve_query_sent(struct resolve_query *q, int64_t now)
{
	if (q->state != RESOLVE_QUERY_SEND)
		return;
	enter(q, RESOLVE_QUERY_WAIT);
	q->deadline = now + q->peers[q->server].timeout_ms;
}

void resolve_query_lost(struct resolve_query *q, unsigned server, struct str why)
{
	if (q->state == RESOLVE_QUERY_DONE || q->server != server)
		return;
	q->why = why;
	advance(q);
}

bool resolve_query_expire(struct resolve_query *q, int64_t now)
{
	if (q->state != RESOLVE_QUERY_WAIT || now < q->deadline)
		return false;
	q->why = STR("no answer in time");
	advance(q);
	return true;
}

/*
 * Ask server in another way, as it has just said.  It answers, so it goes
 * before one that may be silent.  Happens at most twice a server, as each time
 * is marked in stream or plain.
 */
static void again(struct resolve_query *q, unsigned server)
{
	for (unsigned at = 0; at < q->n_order; at++)
		if (q->order[at] == server)
			q->at = at;
	q->server = server;
	enter(q, RESOLVE_QUERY_SEND);
}

void resolve_query_suspect(struct resolve_query *q, unsigned server)
{
	if (q->state == RESOLVE_QUERY_DONE || by_tcp(q, server))
		return;
	q->stream |= BIT(server);
	if (q->server == server)
		enter(q, RESOLVE_QUERY_SEND);
}

/* How much a failure tells. */
static int weight(const struct dns_answer *a)
{
	return a->rcode == DNS_SERVFAIL ? 2 : 1;
}

/* Its last word; the question goes on with another server where it was the one being asked. */
static void said(struct resolve_query *q, unsigned server, struct str why)
{
	q->said |= BIT(server);
	q->why = why;
	if (q->server == server)
		advance(q);
}

static enum resolve_took take_answer(struct resolve_query *q, const struct resolve_reply *r,
				     struct dns_answer *a)
{
	q->answer = a;
	q->server = r->server;
	q->over_tcp = r->over_tcp;
	enter(q, RESOLVE_QUERY_DONE);
	return RESOLVE_TOOK;
}

/*
 * SERVFAIL is what a validating server says of data that is bogus: no fault of
 * its own.  Where it says that it is for DNSSEC, that is the last word: another
 * server, which may not validate, must not talk us out of it.
 */
static enum resolve_took take_failure(struct resolve_query *q, const struct resolve_reply *r,
				      struct dns_answer *a)
{
	enum resolve_took took = a->rcode == DNS_SERVFAIL ? RESOLVE_TOOK : RESOLVE_SPOILT;

	if (a->status == DNS_BOGUS)
		return take_answer(q, r, a);
	if (!q->failed || weight(a) > weight(q->failed)) {
		dns_answer_free(&q->failed);
		q->failed = a;
		q->failed_by = r->server;
		q->failed_over_tcp = r->over_tcp;
	} else {
		dns_answer_free(&a);
	}
	said(q, r->server, STR("it failed"));
	return took;
}

/* RFC 6891 section 7: a server that knows no EDNS says so without an OPT record. */
static bool refuses_edns(const struct resolve_reply *r, unsigned rcode)
{
	return r->edns && (rcode == DNS_FORMERR || rcode == DNS_NOTIMP);
}

static enum resolve_took retry_plain(struct resolve_query *q, unsigned server)
{
	q->plain |= BIT(server);
	again(q, server);
	return RESOLVE_TOOK;
}

static enum resolve_took spoilt(struct resolve_query *q, unsigned server, struct str why)
{
	said(q, server, why);
	return RESOLVE_SPOILT;
}

/* A whole response to this question. */
static enum resolve_took take(struct resolve_query *q, const struct resolve_reply *r)
{
	struct dns_asked asked = {
		.name = &q->name,
		.type = q->type,
		.ad = q->ad,
		.trust = q->peers[r->server].trust,
	};
	struct dns_message m;
	struct dns_answer *a = NULL;
	enum err e = dns_message_read(r->octets, &m);

	if (e == ERR_OK && refuses_edns(r, m.rcode) && !m.edns)
		return retry_plain(q, r->server);
	if (e == ERR_OK)
		e = dns_build_answer(&m, &asked, &a);
	if (e == ERR_NOMEM) {
		said(q, r->server, STR("out of memory"));
		return RESOLVE_TOOK;
	}
	if (e != ERR_OK)
		return spoilt(q, r->server, STR("its answer is malformed, or a referral"));
	if (a->outcome == DNS_FAILED)
		return take_failure(q, r, a);
	return take_answer(q, r, a);
}

enum resolve_took resolve_query_feed(struct resolve_query *q, const struct resolve_reply *r)
{
	struct dns_head head;

	if (q->state == RESOLVE_QUERY_DONE || q->said & BIT(r->server))
		return RESOLVE_DROPPED;
	/* What left there was given up for TCP, or for a query without EDNS. */
	if ((!r->over_tcp && by_tcp(q, r->server)) || (r->edns && q->plain & BIT(r->server)))
		return RESOLVE_DROPPED;
	if (!dns_message_head(r->octets, &head) || !(head.flags & DNS_FLAG_QR) ||
	    head.flags & DNS_FLAG_OPCODE)
		return RESOLVE_DROPPED;
	/* A header alone is no answer, but old servers refuse an OPT record so. */
	if (head.questions == 0 && r->octets.n == DNS_HEADER_OCTETS &&
	    refuses_edns(r, head.flags & DNS_FLAG_RCODE))
		return retry_plain(q, r->server);
	if (!dns_message_asks(r->octets, &q->name, q->type))
		return RESOLVE_DROPPED;
	if (!r->truncated && !(head.flags & DNS_FLAG_TC))
		return take(q, r);
	if (r->over_tcp)
		return spoilt(q, r->server, STR("its answer is truncated over TCP"));
	q->stream |= BIT(r->server);
	again(q, r->server);
	return RESOLVE_TOOK;
}
