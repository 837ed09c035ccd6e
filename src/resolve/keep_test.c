/*
 * What is kept, for how long, and what is not: flushes while questions are in
 * flight, and the counters.
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
	z.bed.loop.ahead += 60000;
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

int main(void)
{
	test_flush();
	test_flush_order();
	test_flush_end();
	test_begins_to_validate();
	test_counters();
	return TEST_EXIT();
}
