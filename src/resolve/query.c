#include "resolve/query.h"

#include "dns/build.h"
#include "dns/type.h"

#include <string.h>

#define BIT(server) ((uint16_t)(1u << (server)))

static void enter(struct resolve_query *q, enum resolve_query_state to)
{
	q->state = to;
	q->deadline = INT64_MAX;
}

/* Attempts at a server while there is nothing better than a failure: one; none where it is down. */
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

/* Whether one of the upper servers has answered, if only to fail, or still may. */
static bool upper_answers(const struct resolve_query *q)
{
	for (unsigned at = 0; at < q->n_upper; at++) {
		unsigned server = q->order[at];
		if (q->said & BIT(server) || q->tries[server] < allowed(q, server))
			return true;
	}
	return false;
}

/* The next server in order that may still be asked, the present one last. */
static void advance(struct resolve_query *q)
{
	for (unsigned i = 1; i <= q->n_order; i++) {
		unsigned at = (q->at + i) % q->n_order;
		unsigned server = q->order[at];
		if (q->tries[server] >= allowed(q, server))
			continue;
		if (at >= q->n_upper && upper_answers(q))
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

/* The name with its letters as the bits say: mixed case, "0x20". */
static void mix(const struct dns_name *name, uint64_t letters, struct dns_name *out)
{
	out->len = name->len;
	for (unsigned i = 0; i < name->len; i++) {
		uint8_t c = str_fold((char)name->wire[i]);
		bool letter = c >= 'a' && c <= 'z';
		out->wire[i] = letter && letters >> i % 64 & 1 ? c & 0xdf : c;
	}
}

size_t resolve_query_write(const struct resolve_query *q, const struct resolve_form *form,
			   uint8_t out[static DNS_QUERY_MAX])
{
	unsigned flags = (q->ad ? DNS_QUERY_AD : 0) | (q->cd ? DNS_QUERY_CD : 0);
	struct dns_name mixed;

	if (form->mixed)
		mix(q->name, form->letters, &mixed);
	if (resolve_query_edns(q, form->server))
		flags |= DNS_QUERY_EDNS | (q->dnssec_ok ? DNS_QUERY_DO : 0) |
			 (by_tcp(q, form->server) ? DNS_QUERY_KEEPALIVE : 0) |
			 (q->peers[form->server].padded ? DNS_QUERY_PAD : 0);
	return dns_message_query(out, &(struct dns_query){ .id = form->id,
							   .type = q->type,
							   .name = form->mixed ? &mixed : q->name,
							   .flags = flags,
							   .cookie = form->cookie,
							   .trailer = form->trailer });
}

void resolve_query_why(const struct resolve_query *q, struct buf *out)
{
	buf_add(out, q->why);
	if (q->clock_off_s != 0)
		buf_addf(out, " by %lld s", (long long)q->clock_off_s);
	if (q->ignored.n > 0 && q->clock_off_s == 0)
		buf_addf(out, "; ignored what came: %.*s", STR_ARG(q->ignored));
}

void resolve_query_sent(struct resolve_query *q, int64_t now)
{
	if (q->state != RESOLVE_QUERY_SEND)
		return;
	enter(q, RESOLVE_QUERY_WAIT);
	q->deadline = now + q->peers[q->server].timeout_ms;
}

bool resolve_query_fresh(const struct resolve_query *q)
{
	return q->fresh & BIT(q->server) && !by_tcp(q, q->server);
}

/* TCP, which was for suspicion alone, brought nothing.  True: UDP may be tried, once. */
static bool back_to_udp(struct resolve_query *q, unsigned server)
{
	if (!(q->suspected & BIT(server)) || q->fresh & BIT(server))
		return false;
	q->suspected = (uint16_t)(q->suspected & ~BIT(server));
	q->stream = (uint16_t)(q->stream & ~BIT(server));
	q->fresh |= BIT(server);
	return true;
}

void resolve_query_lost(struct resolve_query *q, unsigned server, struct str why)
{
	if (q->state == RESOLVE_QUERY_DONE || q->server != server)
		return;
	q->why = why;
	if (back_to_udp(q, server))
		enter(q, RESOLVE_QUERY_SEND);
	else
		advance(q);
}

bool resolve_query_expire(struct resolve_query *q, int64_t now)
{
	if (q->state != RESOLVE_QUERY_WAIT || now < q->deadline)
		return false;
	q->why = STR("no answer in time");
	/* What was for suspicion alone is not counted: else less is asked than of silent ones. */
	if (back_to_udp(q, q->server))
		q->tries[q->server]--;
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
	q->suspected |= BIT(server);
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

static struct resolve_fed fed(enum resolve_took took, struct str why)
{
	return (struct resolve_fed){ .took = took, .why = why };
}

static struct resolve_fed judged(struct resolve_fed f, enum dns_status status)
{
	f.judged = true;
	f.status = status;
	return f;
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

/*
 * RFC 6891 section 7: a server that knows no EDNS says so without an OPT record.
 * One that knows no version 0 knows none that we speak.
 */
static bool refuses_edns(const struct resolve_reply *r, unsigned rcode, bool edns)
{
	if (!r->edns)
		return false;
	return (!edns && (rcode == DNS_FORMERR || rcode == DNS_NOTIMP)) || rcode == DNS_BADVERS;
}

static struct resolve_fed retry_plain(struct resolve_query *q, unsigned server)
{
	q->plain |= BIT(server);
	again(q, server);
	return fed(RESOLVE_TOOK, STR("it refuses EDNS: asked again without"));
}

static struct resolve_fed spoilt(struct resolve_query *q, unsigned server, struct str why)
{
	said(q, server, why);
	return judged(fed(RESOLVE_SPOILT, why), DNS_INDETERMINATE);
}

/* Dropped, and it looks as if somebody guesses: the question goes over TCP. */
static struct resolve_fed doubted(struct resolve_query *q, unsigned server, struct str why)
{
	resolve_query_suspect(q, server);
	return fed(RESOLVE_DOUBTED, why);
}

static struct resolve_fed to_tcp(struct resolve_query *q, const struct resolve_reply *r)
{
	if (r->over_tcp)
		return spoilt(q, r->server, STR("its answer is truncated over TCP"));
	q->stream |= BIT(r->server);
	q->suspected = (uint16_t)(q->suspected & ~BIT(r->server));
	again(q, r->server);
	return fed(RESOLVE_TOOK, STR("truncated: asked again over TCP"));
}

/*
 * The names of an answer lead to those of its question: with the letters as they
 * were before they were mixed, nothing later sees that they were.
 */
static enum err unmix(const struct resolve_query *q, struct buf *octets, struct dns_message *m)
{
	buf_add(octets, m->octets);
	if (buf_err(octets) != ERR_OK)
		return ERR_NOMEM;
	memcpy(octets->p + DNS_HEADER_OCTETS, q->name->wire, q->name->len);
	return dns_message_read(buf_str(octets), m);
}

/* A whole response to this question, proved where it can be. */
static struct resolve_fed take(struct resolve_query *q, const struct resolve_reply *r,
			       struct dns_message *m)
{
	struct dns_asked asked = {
		.name = q->name,
		.type = q->type,
		.ad = q->ad,
		.trust = q->peers[r->server].trust,
		.validated = r->validated,
	};
	CLEANUP(buf_free) struct buf octets = BUF_MAX(65535);
	struct dns_answer *a = NULL;

	q->keepalive_100ms = m->keepalive_100ms;
	if (refuses_edns(r, m->rcode, m->edns))
		return retry_plain(q, r->server);
	enum err e = r->mixed ? unmix(q, &octets, m) : ERR_OK;
	if (e == ERR_OK)
		e = dns_build_answer(m, &asked, &a);
	/* It may be bogus, and another server must not talk us out of that. */
	if (e == ERR_NOMEM) {
		q->why = STR("out of memory");
		finish_failed(q);
		return fed(RESOLVE_TOOK, q->why);
	}
	/* It is the zone's to write more records than we hold, and no fault of the server. */
	if (e == ERR_LIMIT) {
		said(q, r->server, STR("its answer has more records than are taken"));
		return fed(RESOLVE_TOOK, STR("it has more records than are taken"));
	}
	if (e != ERR_OK)
		return spoilt(q, r->server, STR("its answer is malformed, or a referral"));
	const enum dns_status status = a->status;
	if (a->outcome == DNS_FAILED)
		return judged(fed(take_failure(q, r, a), STR("")), status);
	return judged(fed(take_answer(q, r, a), STR("")), status);
}

/* RFC 8945 section 5.3.  False: *f says what becomes of it. */
static bool signed_well(struct resolve_query *q, const struct resolve_reply *r,
			const struct dns_message *m, struct resolve_fed *f)
{
	struct dns_tsig_result t = dns_tsig_verify(m, r->key, r->sent, r->wall_s);

	if (t.verdict == DNS_TSIG_GOOD)
		return true;
	if (t.verdict == DNS_TSIG_REFUSED && t.server_s != 0) {
		q->clock_off_s = t.server_s - r->wall_s;
		if (q->clock_off_s < 0)
			q->clock_off_s = -q->clock_off_s;
		*f = spoilt(q, r->server, t.why);
	} else {
		q->ignored = t.why;
		*f = fed(RESOLVE_DROPPED, t.why);
	}
	return false;
}

/* BADCOOKIE with our cookie: once more with the server's new one, then over TCP. */
static struct resolve_fed bad_cookie(struct resolve_query *q, unsigned server)
{
	bool second = q->bad_cookie & BIT(server);

	q->suspected = (uint16_t)(q->suspected & ~BIT(server));
	if (second)
		q->stream |= BIT(server);
	q->bad_cookie |= BIT(server);
	again(q, server);
	return fed(RESOLVE_TOOK, second ? STR("BADCOOKIE again: asked again over TCP")
					: STR("BADCOOKIE: asked again with its new one"));
}

/* RFC 7873 section 5.3.  False: *f says what becomes of it. */
static bool cookie_well(struct resolve_query *q, const struct resolve_reply *r,
			const struct dns_message *m, struct resolve_fed *f)
{
	switch (dns_cookie_judge(r->cookie, m, r->client_cookie, r->now)) {
	case DNS_COOKIE_FINE:
		return true;
	case DNS_COOKIE_MISSING:
		*f = doubted(q, r->server, STR("it has no cookie, and its server sends them"));
		break;
	case DNS_COOKIE_FORGED:
		*f = doubted(q, r->server, STR("its cookie is not ours"));
		break;
	case DNS_COOKIE_MALFORMED:
		*f = doubted(q, r->server, STR("its cookie is malformed"));
		break;
	case DNS_COOKIE_AGAIN:
		*f = bad_cookie(q, r->server);
		break;
	}
	return false;
}

/* Whether the server may be held to owe us its cookie. */
static bool owes_cookie(const struct resolve_reply *r)
{
	return r->cookie && r->cookie->state == DNS_COOKIE_GOOD;
}

/* A message of which nothing can be read: no proof, so no word where one is owed. */
static struct resolve_fed unreadable(struct resolve_query *q, const struct resolve_reply *r,
				     const struct dns_head *head)
{
	if (r->key) {
		q->ignored = STR("TSIG: malformed");
		return fed(RESOLVE_DROPPED, q->ignored);
	}
	if (owes_cookie(r))
		return doubted(q, r->server, STR("it is malformed, and shows no cookie"));
	if (head->flags & DNS_FLAG_TC)
		return to_tcp(q, r);
	return spoilt(q, r->server, STR("its answer is malformed, or a referral"));
}

static bool same_letters(const struct resolve_query *q, const struct resolve_reply *r)
{
	struct dns_name mixed;

	if (!r->mixed)
		return true;
	mix(q->name, r->letters, &mixed);
	return memcmp(r->octets.p + DNS_HEADER_OCTETS, mixed.wire, mixed.len) == 0;
}

/* It has this question.  What it says counts once it is proved. */
static struct resolve_fed read_reply(struct resolve_query *q, const struct resolve_reply *r,
				     const struct dns_head *head)
{
	struct resolve_fed f;
	struct dns_message m;
	bool kept = same_letters(q, r);

	if (!kept && !r->over_tcp)
		return doubted(q, r->server,
			       STR("its question has other letters, large and small"));
	if (r->truncated)
		return to_tcp(q, r);
	if (dns_message_read(r->octets, &m) != ERR_OK)
		return unreadable(q, r, head);
	if ((!r->key || signed_well(q, r, &m, &f)) && (!r->cookie || cookie_well(q, r, &m, &f)))
		f = head->flags & DNS_FLAG_TC ? to_tcp(q, r) : take(q, r, &m);
	f.other_case = !kept;
	return f;
}

struct resolve_fed resolve_query_feed(struct resolve_query *q, const struct resolve_reply *r)
{
	struct dns_head head;

	q->keepalive_100ms = -1;
	if (q->state == RESOLVE_QUERY_DONE || q->said & BIT(r->server))
		return fed(RESOLVE_DROPPED, STR("its server has had its last word"));
	/* What left there was given up for TCP, or for a query without EDNS. */
	if ((!r->over_tcp && by_tcp(q, r->server)) || (r->edns && q->plain & BIT(r->server)))
		return fed(RESOLVE_DROPPED, STR("its question was asked again in another way"));
	if (!dns_message_head(r->octets, &head))
		return fed(RESOLVE_DROPPED, STR("shorter than a header"));
	if (!(head.flags & DNS_FLAG_QR))
		return fed(RESOLVE_DROPPED, STR("a query"));
	if (head.flags & DNS_FLAG_OPCODE)
		return fed(RESOLVE_DROPPED, STR("another opcode"));
	/* A header alone is no answer, but old servers refuse an OPT record so. */
	if (head.questions == 0 && r->octets.n == DNS_HEADER_OCTETS && !r->key && !owes_cookie(r) &&
	    refuses_edns(r, head.flags & DNS_FLAG_RCODE, false))
		return retry_plain(q, r->server);
	if (!dns_message_asks(r->octets, q->name, q->type))
		return fed(RESOLVE_DROPPED, STR("its question differs"));
	return read_reply(q, r, &head);
}
