/*
 * What is kept, for how long, and what is not: flushes while questions are in
 * flight, what is asked again before it ends, and the counters.
 */
#include "resolve/bed_priv.h"

enum { A = DNS_TYPE_A, AD = RESOLVE_AD };

/* A server whose answers are numbered, in the last octet of the address, and may be held back. */
struct zone {
	struct bed bed;
	bool hold;
	struct fake_query held[8];
	unsigned n_held, number, ttl_s;
	unsigned flags; /* 2: a failure */
};

static void give(struct zone *z, const struct fake_query *q)
{
	static struct craft c;
	char line[64];

	if (q->m.type == DNS_TYPE_NS)
		(void)snprintf(line, sizeof(line), "@ %u NS ns.example.", z->ttl_s);
	else
		(void)snprintf(line, sizeof(line), "@ %u A 192.0.2.%u", z->ttl_s, ++z->number);
	fake_begin(&c, q, z->flags);
	if (z->flags != 2)
		craft_line(&c, DNS_SECTION_ANSWER, str_of(line));
	fake_send(q, craft_str(&c));
}

static void answer(const struct fake_query *q, void *arg)
{
	struct zone *z = arg;

	if (!z->hold)
		give(z, q);
	else if (z->n_held < COUNT_OF(z->held))
		z->held[z->n_held++] = *q;
}

/* The questions that came first are answered first. */
static void release(struct zone *z)
{
	z->hold = false;
	for (unsigned i = 0; i < z->n_held; i++)
		give(z, &z->held[i]);
	z->n_held = 0;
}

static void open_zone(struct zone *z, uint32_t ttl_s)
{
	*z = (struct zone){ .ttl_s = ttl_s, .flags = 0x20 };
	bed_open(&z->bed, 1, answer, z);
}

static struct resolve_counters counters(const struct zone *z)
{
	return resolve_counters(z->bed.r);
}

static void turn(struct zone *z)
{
	int never = 0;

	loop_until(&z->bed.loop, &never, 5);
}

/* The loop's clock is read in a turn: what is asked next has the new time. */
static void skip(struct zone *z, int64_t ms)
{
	z->bed.loop.ahead += ms;
	loop_turn(&z->bed.loop, 0);
}

/* Until n questions are held. */
static void wait_held(struct zone *z, unsigned n)
{
	for (int i = 0; z->n_held < n && i < 2000; i++)
		turn(z);
	CHECK_INT("held", z->n_held, n);
}

/* Until nothing is in flight. */
static void wait_idle(struct zone *z)
{
	for (int i = 0; counters(z).in_flight > 0 && i < 2000; i++)
		turn(z);
	CHECK_INT("idle", (long long)counters(z).in_flight, 0);
}

/* The number of the answer; negative: from the cache; 0: none. */
static int number_of(const struct dns_answer *a)
{
	if (!a || a->n_rr != 1)
		return 0;
	int n = (unsigned char)a->rr[0].rdata.p[3];
	return a->cached ? -n : n;
}

static int ask(struct zone *z, const char *name)
{
	return number_of(bed_ask(&z->bed, name, A, AD)->answer);
}

static void finish(struct zone *z, struct bed_got *got, const char *label, int want)
{
	loop_until(&z->bed.loop, &got->done, 5000);
	CHECK_INT(label, number_of(got->answer), want);
	dns_answer_free(&got->answer);
}

static const struct {
	const char *label;
	const char *flushed; /* NULL: all */
	bool kept;
} flushes[] = {
	{ "flushed by name", "A.Example.", false },
	{ "flushed whole", NULL, false },
	{ "another name flushed", "b.example.", true },
	{ "a name above flushed", "example.", true },
};

/* A question that left before the flush does not fill the cache after it, and nobody joins it. */
static void test_flush(void)
{
	for (size_t i = 0; i < COUNT_OF(flushes); i++) {
		const char *label = flushes[i].label;
		bool kept = flushes[i].kept;
		struct dns_name name = craft_name_of(flushes[i].flushed ? flushes[i].flushed : ".");
		struct bed_got first = { 0 }, second = { 0 };
		struct zone z;

		open_zone(&z, 60);
		z.hold = true;
		bed_send(&z.bed, "a.example.", A, AD, &first);
		wait_held(&z, 1);
		resolve_flush(z.bed.r, flushes[i].flushed ? &name : NULL);
		bed_send(&z.bed, "a.example.", A, AD, &second);
		if (!kept)
			wait_held(&z, 2);
		else
			turn(&z);
		CHECK_INT(label, (long long)counters(&z).joined, kept);
		release(&z);
		finish(&z, &first, label, 1);
		finish(&z, &second, label, kept ? 1 : 2);
		CHECK_INT(label, ask(&z, "a.example."), kept ? -1 : -2);
		bed_close(&z.bed);
	}
}

/* The later answer stays, whichever comes last; without one nothing is kept. */
static void test_flush_order(void)
{
	struct bed_got first = { 0 }, second = { 0 };
	struct zone z;

	open_zone(&z, 60);
	z.hold = true;
	bed_send(&z.bed, "a.example.", A, AD, &first);
	wait_held(&z, 1);
	resolve_flush(z.bed.r, NULL);
	z.hold = false;
	bed_send(&z.bed, "a.example.", A, AD, &second);
	finish(&z, &second, "asked after", 1);
	release(&z);
	finish(&z, &first, "asked before", 2);
	wait_idle(&z);
	CHECK_INT("the later one", ask(&z, "a.example."), -1);

	z.hold = true;
	bed_send(&z.bed, "b.example.", A, AD, &first);
	wait_held(&z, 1);
	resolve_flush(z.bed.r, NULL);
	release(&z);
	finish(&z, &first, "alone", 3);
	CHECK_INT("not kept", (long long)counters(&z).cache_entries, 0);
	CHECK_INT("not kept", ask(&z, "b.example."), 4);
	bed_close(&z.bed);
}

/* An open question that is older than a flush is cancelled, or goes with the resolver, like any. */
static void test_flush_end(void)
{
	struct bed_got got = { 0 };
	struct zone z;

	open_zone(&z, 60);
	z.hold = true;
	bed_send(&z.bed, "a.example.", A, AD, &got);
	wait_held(&z, 1);
	resolve_flush(z.bed.r, NULL);
	bed_send(&z.bed, "a.example.", A, AD, &got);
	wait_held(&z, 2);
	CHECK_INT("both", (long long)counters(&z).in_flight, 2);
	resolve_cancel(z.bed.r, 1);
	CHECK_INT("one", (long long)counters(&z).in_flight, 1);
	bed_close(&z.bed);
}

/* What is served, and not delivered yet, outlives a flush from outside. */
static void test_flush_served(void)
{
	struct bed_got got = { 0 };
	struct zone z;

	open_zone(&z, 60);
	CHECK_INT("kept", ask(&z, "a.example."), 1);
	loop_turn(&z.bed.loop, 0);
	bed_send(&z.bed, "a.example.", A, AD, &got);
	uint64_t hits = counters(&z).hits;
	resolve_flush(z.bed.r, NULL);
	CHECK_INT("flushed", (long long)counters(&z).cache_entries, 0);
	/* Found before the flush, unless the machine paused: then it is asked for. */
	finish(&z, &got, "served", hits > 0 ? -1 : 2);
	bed_close(&z.bed);
}

/* What left before the server was seen to validate is not kept either. */
static void test_begins_to_validate(void)
{
	struct bed_got got = { 0 };
	struct zone z;

	open_zone(&z, 60);
	z.hold = true;
	bed_send(&z.bed, "a.example.", A, AD, &got);
	wait_held(&z, 1);
	z.hold = false;
	const struct bed_got *probed = bed_ask(&z.bed, "b.example.", A, AD | RESOLVE_PROBED);
	CHECK_INT("probed", probed->answer->source.probe, DNS_PROBE_VALIDATES);
	release(&z);
	finish(&z, &got, "before", 2);
	CHECK_INT("after", ask(&z, "a.example."), 3);
	CHECK_INT("after", ask(&z, "a.example."), -3);
	bed_close(&z.bed);
}

/* An answer that is due with the next hit: its life is 60 s, of which six are left. */
static void make_due(struct zone *z, const char *name)
{
	int first = ask(z, name);

	CHECK_INT("kept", first > 0, 1);
	CHECK_INT("first hit", ask(z, name), -first);
	CHECK_INT("second hit", ask(z, name), -first);
	skip(z, 54000);
	CHECK_INT("none yet", (long long)counters(z).in_flight, 0);
}

/* The hit is served at once, and asks; the new answer lives its own life. */
static void test_prefetch(void)
{
	struct zone z;

	open_zone(&z, 60);
	make_due(&z, "a.example.");
	z.hold = true;
	CHECK_INT("served at once", ask(&z, "a.example."), -1);
	wait_held(&z, 1);
	CHECK_INT("with AD", z.held[0].ad, 1);
	CHECK_INT("again", ask(&z, "A.example."), -1);
	struct resolve_counters n = counters(&z);
	CHECK_INT("once", (long long)n.prefetches, 1);
	CHECK_INT("once", z.bed.fake[0].udp_queries, 2);
	CHECK_INT("hits", (long long)n.hits, 4);
	CHECK_INT("misses", (long long)n.misses, 1);
	CHECK_INT("asked by us", (long long)n.asked, 5);
	CHECK_INT("in flight", (long long)n.in_flight, 1);
	z.flags = 0;
	release(&z);
	wait_idle(&z);
	skip(&z, 7000);
	const struct dns_answer *a = bed_ask(&z.bed, "a.example.", A, AD)->answer;
	CHECK_INT("the new one", number_of(a), -2);
	CHECK_INT("with its own status", a->status, DNS_INSECURE);
	CHECK_INT("and life", a->ttl_s <= 53 && a->ttl_s >= 50, 1);
	CHECK_INT("in place of the old", (long long)counters(&z).cache_entries, 1);
	bed_close(&z.bed);
}

/* Hit too seldom, or too early: it ends, and is missed. */
static void test_no_prefetch(void)
{
	struct zone z;

	open_zone(&z, 60);
	CHECK_INT("first", ask(&z, "a.example."), 1);
	skip(&z, 50000);
	CHECK_INT("early", ask(&z, "a.example."), -1);
	skip(&z, 5000);
	CHECK_INT("second hit", ask(&z, "a.example."), -1);
	turn(&z);
	CHECK_INT("none", (long long)counters(&z).prefetches, 0);
	skip(&z, 5000);
	CHECK_INT("missed", ask(&z, "a.example."), 2);
	CHECK_INT("hit", ask(&z, "a.example."), -2);
	CHECK_INT("hit", ask(&z, "a.example."), -2);
	CHECK_INT("hit", ask(&z, "a.example."), -2);
	turn(&z);
	CHECK_INT("none", (long long)counters(&z).prefetches, 0);
	CHECK_INT("two questions", z.bed.fake[0].udp_queries, 2);
	bed_close(&z.bed);
}

/* One that fails changes nothing until the answer has ended. */
static void test_prefetch_fails(void)
{
	struct zone z;

	open_zone(&z, 60);
	make_due(&z, "a.example.");
	z.flags = 2;
	CHECK_INT("served", ask(&z, "a.example."), -1);
	wait_idle(&z);
	CHECK_INT("asked", z.bed.fake[0].udp_queries, 2);
	skip(&z, 5000);
	CHECK_INT("to its end", ask(&z, "a.example."), -1);
	turn(&z);
	CHECK_INT("not once more", z.bed.fake[0].udp_queries, 2);
	skip(&z, 1000);
	bed_check("then it counts", bed_ask(&z.bed, "a.example.", A, AD),
		  "failed indeterminate udp");
	CHECK_INT("asked", z.bed.fake[0].udp_queries, 3);
	CHECK_INT("prefetches", (long long)counters(&z).prefetches, 1);
	bed_close(&z.bed);
}

/* Joined when the answer has ended meanwhile; it lives on when who joined is gone. */
static void test_prefetch_joined(void)
{
	struct bed_got got = { 0 }, gone = { 0 };
	struct zone z;

	open_zone(&z, 60);
	make_due(&z, "a.example.");
	z.hold = true;
	CHECK_INT("served", ask(&z, "a.example."), -1);
	wait_held(&z, 1);
	uint64_t last = counters(&z).asked;
	bed_send(&z.bed, "a.example.", A, AD | RESOLVE_NO_CACHE, &gone);
	turn(&z);
	CHECK_INT("joined", (long long)counters(&z).joined, 1);
	resolve_cancel(z.bed.r, last + 1);
	CHECK_INT("lives", (long long)counters(&z).in_flight, 1);
	bed_send(&z.bed, "a.example.", A, AD | RESOLVE_NO_CACHE, &got);
	turn(&z);
	CHECK_INT("asked once", z.n_held, 1);
	release(&z);
	finish(&z, &got, "joined", 2);
	CHECK_INT("cancelled", gone.done, 0);
	CHECK_INT("kept", ask(&z, "a.example."), -2);
	bed_close(&z.bed);
}

/* The other way round: the prefetch joins what is asked already, and has it kept. */
static void test_prefetch_joins(void)
{
	struct bed_got got = { 0 };
	struct zone z;

	open_zone(&z, 60);
	make_due(&z, "a.example.");
	z.hold = true;
	bed_send(&z.bed, "a.example.", A, AD | RESOLVE_NO_CACHE, &got);
	wait_held(&z, 1);
	uint64_t last = counters(&z).asked;
	CHECK_INT("served", ask(&z, "a.example."), -1);
	turn(&z);
	CHECK_INT("asked once", (long long)counters(&z).in_flight, 1);
	resolve_cancel(z.bed.r, last);
	CHECK_INT("lives", (long long)counters(&z).in_flight, 1);
	release(&z);
	wait_idle(&z);
	CHECK_INT("kept", ask(&z, "a.example."), -2);
	bed_close(&z.bed);
}

/* A trusted server that has fallen silent: the one below its tier is not asked instead. */
static void test_prefetch_tier(void)
{
	struct zone z = { .ttl_s = 60, .flags = 0x20 };

	bed_servers(&z.bed, 2, answer, &z);
	bed_hasten(&z.bed);
	z.bed.conf.servers[1].trust = DNS_CHANNEL_TRUST_NEVER;
	bed_start(&z.bed);
	make_due(&z, "a.example.");
	z.hold = true;
	CHECK_INT("served", ask(&z, "a.example."), -1);
	CHECK_INT("prefetches", (long long)counters(&z).prefetches, 1);
	wait_idle(&z);
	CHECK_INT("asked", z.bed.fake[0].udp_queries > 1, 1);
	CHECK_INT("not asked", z.bed.fake[1].udp_queries, 0);
	const struct dns_answer *a = bed_ask(&z.bed, "a.example.", A, AD)->answer;
	CHECK_INT("still there", number_of(a), -1);
	CHECK_INT("as it was", a->status, DNS_SECURE);
	bed_close(&z.bed);
}

/* A flush meanwhile: its answer is not kept, and nobody joins it. */
static void test_prefetch_flushed(const char *label, const char *flushed)
{
	struct dns_name name = craft_name_of("A.Example.");
	struct bed_got got = { 0 };
	struct zone z;

	open_zone(&z, 60);
	make_due(&z, "a.example.");
	z.hold = true;
	CHECK_INT(label, ask(&z, "a.example."), -1);
	wait_held(&z, 1);
	resolve_flush(z.bed.r, flushed ? &name : NULL);
	release(&z);
	wait_idle(&z);
	CHECK_INT(label, (long long)counters(&z).cache_entries, 0);
	make_due(&z, "a.example.");
	z.hold = true;
	CHECK_INT(label, ask(&z, "a.example."), -3);
	wait_held(&z, 1);
	resolve_flush(z.bed.r, flushed ? &name : NULL);
	bed_send(&z.bed, "a.example.", A, AD, &got);
	wait_held(&z, 2);
	release(&z);
	finish(&z, &got, label, 5);
	wait_idle(&z);
	CHECK_INT(label, ask(&z, "a.example."), -5);
	CHECK_INT(label, (long long)counters(&z).prefetches, 2);
	/* One is still out when the resolver goes. */
	make_due(&z, "b.example.");
	z.hold = true;
	CHECK_INT(label, ask(&z, "b.example."), -6);
	wait_held(&z, 1);
	bed_close(&z.bed);
}

static void test_counters(void)
{
	struct zone z;
	struct resolve_counters n;

	open_zone(&z, 60);
	CHECK_INT("miss", ask(&z, "a.example."), 1);
	n = counters(&z);
	CHECK_INT("misses", (long long)n.misses, 1);
	CHECK_INT("hits", (long long)n.hits, 0);
	CHECK_INT("entries", (long long)n.cache_entries, 1);
	size_t one = n.cache_octets;
	CHECK_INT("octets", one > 0, 1);
	CHECK_INT("hit", ask(&z, "a.example."), -1);
	CHECK_INT("miss", ask(&z, "b.example."), 2);
	n = counters(&z);
	CHECK_INT("misses", (long long)n.misses, 2);
	CHECK_INT("hits", (long long)n.hits, 1);
	CHECK_INT("entries", (long long)n.cache_entries, 2);
	CHECK_INT("octets", (long long)n.cache_octets, (long long)(2 * one));
	skip(&z, 60000);
	CHECK_INT("over", ask(&z, "a.example."), 3);
	n = counters(&z);
	CHECK_INT("misses", (long long)n.misses, 3);
	CHECK_INT("entries", (long long)n.cache_entries, 2);
	CHECK_INT("evictions", (long long)n.evictions, 0);
	bed_close(&z.bed);

	/* Room for two. */
	open_zone(&z, 60);
	resolve_free(&z.bed.r);
	z.bed.conf.cache_octets = 2 * one;
	bed_start(&z.bed);
	CHECK_INT("first", ask(&z, "a.example."), 1);
	CHECK_INT("second", ask(&z, "b.example."), 2);
	CHECK_INT("third", ask(&z, "c.example."), 3);
	n = counters(&z);
	CHECK_INT("evictions", (long long)n.evictions, 1);
	CHECK_INT("entries", (long long)n.cache_entries, 2);
	CHECK_INT("octets", (long long)n.cache_octets, (long long)(2 * one));
	CHECK_INT("evicted", ask(&z, "a.example."), 4);
	CHECK_INT("evictions", (long long)counters(&z).evictions, 2);
	resolve_flush(z.bed.r, NULL);
	n = counters(&z);
	CHECK_INT("a flush is none", (long long)n.evictions, 2);
	CHECK_INT("octets", (long long)n.cache_octets, 0);
	bed_close(&z.bed);
}

/* What takes the place of another counts from where that was; what it holds is its own. */
static void test_go_on(void)
{
	struct resolve_server_state s;
	struct zone z;

	open_zone(&z, 60);
	CHECK_INT("first", ask(&z, "a.example."), 1);
	CHECK_INT("kept", ask(&z, "a.example."), -1);
	struct resolve *before = z.bed.r;
	bed_start(&z.bed);
	resolve_go_on(z.bed.r, before);
	resolve_free(&before);
	struct resolve_counters n = counters(&z);
	CHECK_INT("hits", (long long)n.hits, 1);
	CHECK_INT("asked", (long long)n.asked, 2);
	CHECK_INT("entries", (long long)n.cache_entries, 0);
	CHECK_INT("the server's", resolve_server_at(z.bed.r, 0, &s) && s.answers == 1, 1);
	CHECK_INT("asked again", ask(&z, "a.example."), 2);
	CHECK_INT("and on", resolve_server_at(z.bed.r, 0, &s) && s.answers == 2, 1);
	CHECK_INT("secure", (long long)s.statuses[DNS_SECURE], 2);
	CHECK_INT("and on", (long long)counters(&z).misses, 2);
	/* Another channel to a server of that name: nobody sees two. */
	before = z.bed.r;
	z.bed.conf.servers[0].channel = DNS_CHANNEL_TCP;
	bed_start(&z.bed);
	resolve_go_on(z.bed.r, before);
	CHECK_INT("over TCP", resolve_server_at(z.bed.r, 0, &s) && s.answers == 2, 1);
	resolve_free(&before);
	/* One of another name begins. */
	before = z.bed.r;
	z.bed.conf.servers[0].at.port++;
	bed_start(&z.bed);
	resolve_go_on(z.bed.r, before);
	CHECK_INT("another", resolve_server_at(z.bed.r, 0, &s) && s.answers == 0, 1);
	resolve_free(&before);
	bed_close(&z.bed);
}

int main(void)
{
	test_flush();
	test_flush_order();
	test_flush_end();
	test_flush_served();
	test_begins_to_validate();
	test_prefetch();
	test_no_prefetch();
	test_prefetch_fails();
	test_prefetch_joined();
	test_prefetch_joins();
	test_prefetch_tier();
	test_prefetch_flushed("flushed by name", "a");
	test_prefetch_flushed("flushed whole", NULL);
	test_counters();
	test_go_on();
	return TEST_EXIT();
}
