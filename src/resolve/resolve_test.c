/*
 * Asked, answered, kept, joined, followed, given up: the resolver with one
 * well-behaved server, and its users at their worst.
 */
#include "resolve/bed_priv.h"

/* The first label of what is asked says what the answer is. */
static void zone(const struct fake_query *q, void *arg)
{
	static const struct {
		const char *label;
		unsigned flags;
		const char *answer, *authority;
	} names[] = {
		{ "secure", 0x20, "@ 60 A 192.0.2.1", "" },
		{ "insecure", 0, "@ 60 A 192.0.2.2", "" },
		{ "short", 0x20, "@ 0 A 192.0.2.3", "" },
		{ "aa", 0x400, "@ 60 A 192.0.2.4", "" },
		{ "nx", 0x23, "", ". 60 SOA 30" },
		{ "nodata", 0x20, "", ". 60 SOA 30" },
		{ "bare", 0x20, "", "" },
		{ "servfail", 2, "@ 60 A 192.0.2.9", "" },
		{ "alias", 0x20, "@ 50 CNAME insecure.example.", "" },
		{ "alias2", 0x20, "@ 40 CNAME alias.example.", "" },
		{ "alias3", 0x20, "@ 40 CNAME secure.example.", "" },
		{ "whole", 0x20, "@ 60 CNAME b.example.\nb.example. 60 A 192.0.2.5", "" },
		{ "tonx", 0x20, "@ 50 CNAME nx.example.", "" },
		{ "tofail", 0x20, "@ 50 CNAME servfail.example.", "" },
		{ "loop1", 0x20, "@ 60 CNAME loop2.example.", "" },
		{ "loop2", 0x20, "@ 60 CNAME loop1.example.", "" },
	};
	static struct craft c;
	struct str first = { (const char *)q->m.name.wire + 1, q->m.name.wire[0] };

	(void)arg;
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		if (!str_eq_nocase(first, str_of(names[i].label)))
			continue;
		fake_begin(&c, q, q->ad ? names[i].flags : names[i].flags & ~0x20u);
		craft_lines(&c, DNS_SECTION_ANSWER, names[i].answer);
		craft_lines(&c, DNS_SECTION_AUTHORITY, names[i].authority);
		if (names[i].flags == 2)
			craft_ede(&c, 6, "broken");
		fake_send(q, craft_str(&c));
		return;
	}
	/* "silent", and whatever else is not here */
}

#define A DNS_TYPE_A
#define AD RESOLVE_AD

static const struct {
	const char *label;
	const char *name;
	unsigned flags;
	const char *want;
} answers[] = {
	{ "data", "secure.example.", AD, "data secure udp: secure.example. 60 A 192.0.2.1" },
	{ "from the cache", "Secure.Example.", AD,
	  "data secure udp cached: secure.example. 60 A 192.0.2.1" },
	{ "past the cache", "secure.example.", AD | RESOLVE_NO_CACHE,
	  "data secure udp: secure.example. 60 A 192.0.2.1" },
	{ "without AD", "secure.example.", 0,
	  "data indeterminate udp: secure.example. 60 A 192.0.2.1" },
	{ "without AD, cached", "secure.example.", 0,
	  "data indeterminate udp cached: secure.example. 60 A 192.0.2.1" },
	{ "with AD still", "secure.example.", AD,
	  "data secure udp cached: secure.example. 60 A 192.0.2.1" },
	{ "with DO", "secure.example.", AD | RESOLVE_DO,
	  "data secure udp: secure.example. 60 A 192.0.2.1" },
	{ "insecure", "insecure.example.", AD,
	  "data insecure udp: insecure.example. 60 A 192.0.2.2" },
	{ "zero TTL", "short.example.", AD, "data secure udp: short.example. 0 A 192.0.2.3" },
	{ "zero TTL again", "short.example.", AD, "data secure udp: short.example. 0 A 192.0.2.3" },
	{ "no name", "nx.example.", AD, "no name secure udp" },
	{ "no name, cached", "nx.example.", AD, "no name secure udp cached" },
	{ "not kept", "bare.example.", AD | RESOLVE_NO_CACHE, "nodata secure udp" },
	{ "not kept", "insecure.example.", RESOLVE_NO_CACHE,
	  "data indeterminate udp: insecure.example. 60 A 192.0.2.2" },
	{ "not kept", "insecure.example.", 0,
	  "data indeterminate udp: insecure.example. 60 A 192.0.2.2" },
	{ "nodata", "nodata.example.", AD, "nodata secure udp" },
	{ "nodata, cached", "nodata.example.", AD, "nodata secure udp cached" },
	{ "no soa", "bare.example.", AD, "nodata secure udp" },
	{ "no soa, not cached", "bare.example.", AD, "nodata secure udp" },
	{ "bogus", "servfail.example.", AD, "failed bogus udp ede 6" },
	{ "bogus, cached", "servfail.example.", AD, "failed bogus udp cached ede 6" },
	{ "bogus without AD", "servfail.example.", 0, "failed bogus udp ede 6" },
	{ "whole chain", "whole.example.", AD,
	  "data secure udp: whole.example. 60 CNAME b.example.; b.example. 60 A 192.0.2.5" },
	{ "open chain, weakest link", "alias.example.", AD,
	  "data insecure udp: alias.example. 50 CNAME insecure.example.; "
	  "insecure.example. 60 A 192.0.2.2" },
	{ "open chain, cached", "alias.example.", AD,
	  "data insecure udp cached: alias.example. 50 CNAME insecure.example.; "
	  "insecure.example. 60 A 192.0.2.2" },
	{ "not followed", "alias.example.", AD | RESOLVE_NO_CHASE | RESOLVE_NO_CACHE,
	  "nodata secure udp: alias.example. 50 CNAME insecure.example." },
	{ "two steps", "alias2.example.", AD,
	  "data insecure udp: alias2.example. 40 CNAME alias.example.; "
	  "alias.example. 50 CNAME insecure.example.; insecure.example. 60 A 192.0.2.2" },
	{ "secure chain", "alias3.example.", AD,
	  "data secure udp: alias3.example. 40 CNAME secure.example.; "
	  "secure.example. 60 A 192.0.2.1" },
	{ "chain to no name", "tonx.example.", AD,
	  "no name secure udp: tonx.example. 50 CNAME nx.example." },
	{ "chain to a failure", "tofail.example.", AD,
	  "failed bogus udp: tofail.example. 50 CNAME servfail.example. ede 6" },
	{ "loop", "loop1.example.", AD,
	  "loop secure udp: loop1.example. 60 CNAME loop2.example.; "
	  "loop2.example. 60 CNAME loop1.example." },
};

static void test_answers(void)
{
	struct bed b;

	bed_open(&b, 1, zone, NULL);
	for (size_t i = 0; i < COUNT_OF(answers); i++)
		bed_check(answers[i].label, bed_ask(&b, answers[i].name, A, answers[i].flags),
			  answers[i].want);
	bed_close(&b);
}

/* What an answer says of where it came from. */
static void test_source(void)
{
	struct bed b;
	char server[64];

	bed_open(&b, 1, zone, NULL);
	(void)snprintf(server, sizeof(server), "127.0.0.1:%u", b.fake[0].port);
	const struct dns_answer *a = bed_ask(&b, "SECURE.example.", A, AD)->answer;
	struct dns_name name = craft_name_of("SECURE.example.");
	CHECK_STR("name as asked", dns_name_wire(a->name), dns_name_wire(&name));
	CHECK_STR("server", a->source.server, str_of(server));
	CHECK_STR("channel", a->source.channel, STR("udp"));
	CHECK_INT("trust", a->source.trust, DNS_TRUST_LOOPBACK);
	CHECK_STR("reason", a->source.trust_reason, STR("loopback"));
	CHECK_INT("probe", a->source.probe, DNS_PROBE_UNKNOWN);
	CHECK_INT("ttl", a->ttl_s, 60);
	CHECK_INT("elapsed", a->elapsed_us > 0, 1);
	CHECK_INT("asked", a->asked_ad, 1);
	a = bed_ask(&b, "secure.example.", A, AD)->answer;
	CHECK_INT("elapsed from cache", a->elapsed_us, 0);
	a = bed_ask(&b, "aa.example.", A, AD)->answer;
	CHECK_STR("authoritative", a->source.trust_reason,
		  STR("loopback; an authoritative server answered, which does not validate"));

	struct resolve_server_state s;
	CHECK_INT("server 0", resolve_server_at(b.r, 0, &s), 1);
	CHECK_INT("server 0", (long long)s.questions, 2);
	CHECK_INT("server 0", (long long)s.answers, 2);
	CHECK_INT("server 0", s.rtt_us > 0, 1);
	CHECK_INT("server 0", s.answering, 1);
	CHECK_STR("server 0", s.source.trust_reason, STR("loopback"));
	CHECK_INT("server 1", resolve_server_at(b.r, 1, &s), 0);
	struct resolve_counters n = resolve_counters(b.r);
	CHECK_INT("asked", (long long)n.asked, 3);
	CHECK_INT("hits", (long long)n.hits, 1);
	CHECK_INT("sent", (long long)n.sent, 2);
	CHECK_INT("in flight", (long long)n.in_flight, 0);
	CHECK_INT("entries", (long long)n.cache_entries, 2);
	resolve_flush(b.r, &name);
	CHECK_INT("flushed", (long long)resolve_counters(b.r).cache_entries, 1);
	resolve_flush(b.r, NULL);
	CHECK_INT("flushed", (long long)resolve_counters(b.r).cache_octets, 0);
	bed_close(&b);
}

static void wait_ms(struct bed *b, int64_t ms)
{
	int never = 0;

	loop_until(&b->loop, &never, ms);
}

static void test_ttl(void)
{
	struct bed b;

	bed_open(&b, 1, zone, NULL);
	CHECK_INT("fresh", bed_ask(&b, "secure.example.", A, AD)->answer->ttl_s, 60);
	b.loop.ahead += 30500;
	struct bed_got *got = bed_ask(&b, "secure.example.", A, AD);
	CHECK_INT("later", got->answer->ttl_s, 30);
	CHECK_INT("cached", got->answer->cached, 1);
	CHECK_INT("chain", bed_ask(&b, "alias3.example.", A, AD)->answer->ttl_s, 30);
	b.loop.ahead += 29000;
	got = bed_ask(&b, "secure.example.", A, AD);
	CHECK_INT("last", got->answer->ttl_s, 1);
	b.loop.ahead += 1000;
	got = bed_ask(&b, "secure.example.", A, AD);
	CHECK_INT("anew", got->answer->ttl_s, 60);
	CHECK_INT("anew", got->answer->cached, 0);
	bed_close(&b);
}

static void test_joined(void)
{
	static struct bed_got got[100];
	struct bed b;

	bed_open(&b, 1, zone, NULL);
	for (size_t i = 0; i < COUNT_OF(got); i++)
		bed_send(&b, i % 2 ? "secure.example." : "SECURE.example.", A, AD, &got[i]);
	for (size_t i = 0; i < COUNT_OF(got); i++) {
		loop_until(&b.loop, &got[i].done, 1000);
		CHECK_INT("joined", got[i].status, DNS_SECURE);
		dns_answer_free(&got[i].answer);
	}
	CHECK_INT("one query", b.fake[0].udp_queries, 1);
	CHECK_INT("joined", (long long)resolve_counters(b.r).joined, 99);
	bed_close(&b);
}

static uint16_t seen_id[8], seen_port[8];
static unsigned seen;

static void silent(const struct fake_query *q, void *arg)
{
	(void)arg;
	if (seen < COUNT_OF(seen_id)) {
		seen_id[seen] = q->m.id;
		seen_port[seen] = ntohs(q->from.sin_port);
	}
	seen++;
}

/* The same octets from the same port again, so that either answer counts. */
static void test_silence(void)
{
	struct bed b;

	seen = 0;
	bed_servers(&b, 1, silent, NULL);
	bed_hasten(&b);
	bed_start(&b);
	struct bed_got *got = bed_ask(&b, "a.example.", A, AD);
	bed_check("silence", got, "no answer indeterminate");
	CHECK_INT("why", str_ends(got->answer->why, STR(": no answer in time")), 1);
	CHECK_INT("twice", seen, 2);
	CHECK_INT("same ID", seen_id[0], seen_id[1]);
	CHECK_INT("same port", seen_port[0], seen_port[1]);
	bed_check("for a second", bed_ask(&b, "a.example.", A, AD),
		  "no answer indeterminate cached");
	bed_close(&b);
}

static void test_deadline(void)
{
	struct bed b;
	struct bed_got got = { 0 };
	struct resolve_question q = { .name = craft_name_of("silent.example."),
				      .type = A,
				      .deadline_ms = 50 };

	bed_open(&b, 1, zone, NULL);
	int64_t start = os_clock_mono();
	CHECK_INT("asked", resolve_ask(b.r, &q, bed_done, &got) != 0, 1);
	loop_until(&b.loop, &got.done, 1000);
	CHECK_INT("in time", os_clock_mono() - start < BED_PATIENCE_MS, 1);
	bed_check("deadline", &got, "no answer indeterminate");
	CHECK_STR("why", got.answer->why, STR("no answer before the deadline"));
	CHECK_INT("nothing left", (long long)resolve_counters(b.r).in_flight, 0);
	dns_answer_free(&got.answer);
	bed_close(&b);
}

/* What callbacks do at their worst. */
struct worst {
	struct bed *b;
	uint64_t other; /* to cancel */
	bool free_all;
	unsigned calls;
	int done;
};

static void worst_done(void *arg, uint64_t id, const struct dns_answer *a)
{
	struct worst *w = arg;
	struct resolve_question q = { .name = *a->name, .type = A, .flags = AD };

	w->calls++;
	w->done = 1;
	resolve_cancel(w->b->r, id);
	resolve_cancel(w->b->r, w->other);
	resolve_flush(w->b->r, NULL);
	if (w->calls < 3)
		CHECK_INT("again", resolve_ask(w->b->r, &q, worst_done, w) != 0, 1);
	if (w->free_all)
		resolve_free(&w->b->r);
	/* The answer is still whole. */
	CHECK_INT("whole", a->n_rr > 0 && a->rr[0].rdata.n == 4, 1);
	CHECK_INT("whole", a->source.server.n > 0 && a->source.server.p[0] == '1', 1);
}

static void test_worst(bool free_all)
{
	struct bed b;
	struct worst w = { .b = &b, .free_all = free_all };
	struct resolve_question q = { .name = craft_name_of("secure.example."), .type = A };
	struct bed_got got = { 0 };

	bed_open(&b, 1, zone, NULL);
	CHECK_INT("ask", resolve_ask(b.r, &q, worst_done, &w) != 0, 1);
	/* Joined to the same link, after the one above: cancelled while both are served. */
	w.other = resolve_ask(b.r, &q, bed_done, &got);
	wait_ms(&b, 50);
	CHECK_INT("calls", w.calls, free_all ? 1 : 3);
	CHECK_INT("cancelled", got.done, 0);
	bed_close(&b);
}

/* Asks for the same again whenever it is answered. */
struct eager {
	struct bed *b;
	uint64_t id;
	unsigned calls;
};

static void eager_ask(struct eager *e);

static void eager_done(void *arg, uint64_t id, const struct dns_answer *a)
{
	struct eager *e = arg;

	e->calls++;
	CHECK_INT("the one that was asked", id == e->id, 1);
	CHECK_INT("from the cache", a->cached, 1);
	eager_ask(e);
}

static void eager_ask(struct eager *e)
{
	struct resolve_question q = { .name = craft_name_of("secure.example."),
				      .type = A,
				      .flags = AD };

	e->id = resolve_ask(e->b->r, &q, eager_done, e);
}

/* What callbacks ask of the cache is answered in the same turn, as of a route; and a turn ends. */
static void test_eager(void)
{
	struct bed b;
	struct eager e = { .b = &b };

	bed_open(&b, 1, zone, NULL);
	(void)bed_ask(&b, "secure.example.", A, AD);
	eager_ask(&e);
	for (int i = 0; e.calls == 0 && i < 3; i++)
		loop_turn(&b.loop, 0);
	CHECK_INT("MX, address and TLSA in a turn", e.calls >= 3, 1);
	CHECK_INT("a turn ends", e.calls < 10, 1);
	resolve_cancel(b.r, e.id);
	bed_close(&b);
}

static void test_cancel(void)
{
	struct bed b;
	struct bed_got got = { 0 }, second = { 0 };
	struct resolve_question q = { .name = craft_name_of("secure.example."), .type = A };

	bed_open(&b, 1, zone, NULL);
	resolve_cancel(b.r, 0);
	resolve_cancel(b.r, 4711);
	/* The first is alone: it has left where the loop's time is fresh.  The second waits. */
	uint64_t first = resolve_ask(b.r, &q, bed_done, &got);
	q.name = craft_name_of("other.example.");
	uint64_t id = resolve_ask(b.r, &q, bed_done, &got);
	resolve_cancel(b.r, id);
	resolve_cancel(b.r, first);
	wait_ms(&b, 20);
	CHECK_INT("before it left", b.fake[0].udp_queries <= 1, 1);
	q.name = craft_name_of("silent.example.");
	id = resolve_ask(b.r, &q, bed_done, &got);
	uint64_t id2 = resolve_ask(b.r, &q, bed_done, &second);
	wait_ms(&b, 20);
	CHECK_INT("in flight", (long long)resolve_counters(b.r).in_flight, 1);
	resolve_cancel(b.r, id);
	CHECK_INT("still", (long long)resolve_counters(b.r).in_flight, 1);
	resolve_cancel(b.r, id2);
	CHECK_INT("none", (long long)resolve_counters(b.r).in_flight, 0);
	wait_ms(&b, 500);
	CHECK_INT("no callback", got.done + second.done, 0);
	CHECK_INT("again", resolve_ask(b.r, &q, bed_done, &got) != 0, 1);
	bed_close(&b); /* with an open question */
	CHECK_INT("no callback", got.done, 0);
}

static unsigned called;

static void count_done(void *arg, uint64_t id, const struct dns_answer *a)
{
	(void)arg;
	(void)id;
	called += a->outcome == DNS_NO_ANSWER;
}

/* 100,000 that fail at once: called back one after another, not one inside another. */
static void test_failures_at_once(void)
{
	struct bed b;
	struct resolve_question q = { .name = craft_name_of("a."),
				      .type = A,
				      .flags = RESOLVE_NO_CACHE };

	called = 0;
	bed_open(&b, 0, zone, NULL);
	for (int i = 0; i < 100000; i++)
		if (resolve_ask(b.r, &q, count_done, NULL) == 0)
			abort();
	CHECK_INT("not inside", called, 0);
	for (int i = 0; called < 100000 && i < 1000; i++)
		wait_ms(&b, 10);
	CHECK_INT("T12: 100,000 failures at once", called, 100000);
	bed_close(&b);
}

#define MANY 10000

/* A server that says nothing until it has all the questions, then answers backwards. */
struct hoard {
	struct fake_query *q;
	unsigned n;
	bool has[MANY];
};

static uint32_t number_of(const struct fake_query *q)
{
	return (uint32_t)strtoul((const char *)q->m.name.wire + 2, NULL, 10);
}

static void hoard_answer(const struct fake_query *q, void *arg)
{
	struct hoard *h = arg;

	/* What is asked once more meanwhile is the same question. */
	if (h->has[number_of(q)])
		return;
	h->has[number_of(q)] = true;
	h->q[h->n++] = *q;
}

static unsigned many_done;

static void many(void *arg, uint64_t id, const struct dns_answer *a)
{
	(void)id;
	many_done++;
	/* Each gets its own answer: the address is made from its name. */
	uint32_t want = (uint32_t)(uintptr_t)arg;
	CHECK_INT("many", a->outcome, DNS_DATA);
	if (a->n_rr == 1)
		CHECK_INT("many", memcmp(a->rr[0].rdata.p, &want, 4), 0);
}

static void ask_many(struct bed *b)
{
	for (unsigned i = 0; i < MANY; i++) {
		char name[32];
		(void)snprintf(name, sizeof(name), "n%u.example.", i);
		struct resolve_question q = { .name = craft_name_of(name), .type = A };
		if (resolve_ask(b->r, &q, many, (void *)(uintptr_t)i) == 0)
			abort();
	}
}

static void answer_many(struct bed *b, struct hoard *h)
{
	static struct craft c;

	while (h->n > 0) {
		for (int i = 0; i < 200 && h->n > 0; i++) {
			const struct fake_query *q = &h->q[--h->n];
			uint32_t number = number_of(q);
			fake_begin(&c, q, 0);
			size_t at = craft_open(&c, DNS_SECTION_ANSWER, STR("@"), A, 60);
			craft_add(&c, (struct str){ (const char *)&number, 4 });
			craft_close(&c, at);
			fake_send(q, craft_str(&c));
		}
		loop_turn(&b->loop, 0);
		loop_turn(&b->loop, 0);
	}
}

static void test_many(void)
{
	struct bed b;
	struct hoard h = { .q = calloc(MANY, sizeof(struct fake_query)) };

	if (!h.q)
		abort();
	many_done = 0;
	bed_servers(&b, 1, hoard_answer, &h);
	b.conf.servers[0].timeout_ms = 20000;
	bed_start(&b);
	ask_many(&b);
	for (int i = 0; h.n < MANY && i < 20000; i++)
		loop_turn(&b.loop, 10);
	CHECK_INT("all there", h.n, MANY);
	CHECK_INT("in flight", (long long)resolve_counters(b.r).in_flight, MANY);
	CHECK_INT("none answered", many_done, 0);
	answer_many(&b, &h);
	for (int i = 0; many_done < MANY && i < 2000; i++)
		loop_turn(&b.loop, 10);
	CHECK_INT("all answered", many_done, MANY);
	CHECK_INT("asked twice at most", b.fake[0].udp_queries <= 2 * MANY, true);
	CHECK_INT("none over TCP", b.fake[0].tcp_queries, 0);
	free(h.q);
	bed_close(&b);
}

int main(void)
{
	test_answers();
	test_source();
	test_ttl();
	test_joined();
	test_silence();
	test_deadline();
	test_worst(false);
	test_worst(true);
	test_eager();
	test_cancel();
	test_failures_at_once();
	test_many();
	return TEST_EXIT();
}
