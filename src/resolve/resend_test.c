/*
 * When a datagram is sent again, and that nobody's patience is cut short by it.
 * The clock is the test's: time passes when it says so.
 */
#include "resolve/bed_priv.h"
#include "resolve/core_priv.h"

#include <sys/syscall.h>

#define A DNS_TYPE_A
#define AD RESOLVE_AD
#define GOOD_UDP "data secure udp: slow. 60 A 192.0.2.1"

static unsigned stuffed; /* calls that are refused, as the socket is full; counts down */

/* In place of the C library's. */
int sendmmsg(int fd, struct mmsghdr *heads, unsigned n, int flags)
{
	if (stuffed > 0) {
		stuffed--;
		errno = ENOBUFS;
		return -1;
	}
	return (int)syscall(SYS_sendmmsg, fd, heads, n, flags);
}

/* Answers all but slow names; of those it keeps the last, to be answered later. */
struct keeper {
	struct fake_query kept;
	unsigned queries; /* for slow names */
	uint16_t ids[16];
	in_port_t ports[16];
};

static void reply(const struct fake_query *q)
{
	static struct craft c;

	fake_begin(&c, q, 0x20);
	craft_line(&c, DNS_SECTION_ANSWER, STR("@ 60 A 192.0.2.1"));
	fake_send(q, craft_str(&c));
}

static void answer(const struct fake_query *q, void *arg)
{
	struct keeper *k = arg;

	if (q->m.name.wire[1] != 's') {
		reply(q);
		return;
	}
	if (k->queries < COUNT_OF(k->ids)) {
		k->ids[k->queries] = q->m.id;
		k->ports[k->queries] = q->from.sin_port;
	}
	k->queries++;
	k->kept = *q;
}

static int64_t clock_ms; /* the bed's, which moves here alone */

static void tick(struct bed *b, int64_t ms)
{
	clock_ms += ms;
	for (int i = 0; i < 8; i++) {
		b->loop.ahead = clock_ms - os_clock_mono();
		loop_turn(&b->loop, 0);
	}
}

/* Let ms pass, in pieces, so that what is due in between is done in between. */
static void pass(struct bed *b, int64_t ms)
{
	tick(b, 0);
	for (int64_t left = ms; left > 0; left -= 100)
		tick(b, left < 100 ? left : 100);
}

static void open_bed(struct bed *b, struct keeper *k, unsigned n, unsigned attempts)
{
	bed_servers(b, n, answer, k);
	for (unsigned i = 0; i < n; i++) {
		b->conf.servers[i].attempts = attempts;
		b->conf.servers[i].timeout_ms = 20000;
		b->fake[i].arg = &k[i];
	}
	bed_start(b);
}

/* What the servers have been sent after each of some waits. */
static const struct {
	const char *label;
	unsigned servers, attempts;
	bool warm;       /* the servers' pace is known */
	unsigned others; /* a bit for each step, from 0, after which another is answered */
	struct {
		int64_t ms;
		unsigned queries[2];
		bool done;
	} steps[7];
} plans[] = {
	{ "nothing known: after a second",
	  1,
	  2,
	  false,
	  0,
	  { { 0, { 1 }, false },
	    { 500, { 1 }, false },
	    { 18500, { 2 }, false },
	    { 1100, { 3 }, false },
	    { 19000, { 4 }, false },
	    { 1500, { 4 }, true } } },
	{ "known: as soon, and as patient",
	  1,
	  2,
	  true,
	  0,
	  { { 0, { 1 }, false },
	    { 500, { 1 }, false },
	    { 600, { 2 }, false },
	    { 18500, { 2 }, false },
	    { 18500, { 4 }, false },
	    { 3000, { 4 }, true } } },
	{ "three turns",
	  1,
	  3,
	  true,
	  0,
	  { { 0, { 1 }, false },
	    { 1200, { 2 }, false },
	    { 18000, { 2 }, false },
	    { 39000, { 6 }, false },
	    { 3000, { 6 }, true } } },
	{ "one attempt is two datagrams",
	  1,
	  1,
	  true,
	  0,
	  { { 0, { 1 }, false }, { 19000, { 2 }, false }, { 1200, { 2 }, true } } },
	{ "it answers others meanwhile: soon, and once more after a second",
	  1,
	  2,
	  true,
	  0x3a,
	  { { 0, { 1 }, false },
	    { 100, { 1 }, false },
	    { 100, { 1 }, false },
	    { 100, { 2 }, false },
	    { 600, { 2 }, false },
	    { 200, { 3 }, false },
	    { 18500, { 3 }, false } } },
	{ "it answers others later",
	  1,
	  2,
	  true,
	  0x22,
	  { { 0, { 1 }, false },
	    { 400, { 1 }, false },
	    { 200, { 2 }, false },
	    { 500, { 3 }, false },
	    { 18500, { 3 }, false },
	    { 900, { 4 }, false },
	    { 400, { 5 }, false } } },
	{ "too late to be soon",
	  1,
	  1,
	  true,
	  0x6,
	  { { 0, { 1 }, false },
	    { 900, { 1 }, false },
	    { 300, { 2 }, false },
	    { 17000, { 2 }, false } } },
	{ "not just before the last",
	  1,
	  1,
	  true,
	  0x2,
	  { { 0, { 1 }, false },
	    { 800, { 1 }, false },
	    { 150, { 1 }, false },
	    { 250, { 2 }, false },
	    { 17000, { 2 }, false } } },
	{ "the second server has its turn after the timeout",
	  2,
	  2,
	  true,
	  0,
	  { { 0, { 1, 0 }, false },
	    { 1200, { 2, 0 }, false },
	    { 17800, { 2, 0 }, false },
	    { 1200, { 2, 1 }, false },
	    { 19000, { 2, 2 }, false },
	    { 21300, { 4, 3 }, false },
	    { 21000, { 4, 4 }, true } } },
};

static void warm_up(struct bed *b)
{
	(void)bed_ask(b, "warm.", A, AD | RESOLVE_NO_CACHE);
	(void)bed_ask(b, "hot.", A, AD | RESOLVE_NO_CACHE);
}

static void test_plans(void)
{
	for (size_t i = 0; i < COUNT_OF(plans); i++) {
		struct keeper k[2] = { 0 };
		struct bed_got got = { 0 };
		struct bed b;

		open_bed(&b, k, plans[i].servers, plans[i].attempts);
		if (plans[i].warm)
			warm_up(&b);
		clock_ms = b.loop.now;
		bed_send(&b, "slow.", A, AD, &got);
		for (size_t step = 0; step < COUNT_OF(plans[i].steps); step++) {
			if (step > 0 && plans[i].steps[step].ms == 0)
				break;
			pass(&b, plans[i].steps[step].ms);
			if (plans[i].others & 1u << step)
				(void)bed_ask(&b, "other.", A, AD | RESOLVE_NO_CACHE);
			for (unsigned s = 0; s < plans[i].servers; s++)
				CHECK_INT(plans[i].label, k[s].queries,
					  plans[i].steps[step].queries[s]);
			CHECK_INT(plans[i].label, got.done, plans[i].steps[step].done);
		}
		dns_answer_free(&got.answer);
		bed_close(&b);
	}
}

/* Slower than the pace that is known, within the timeout: accepted, after one datagram or two. */
static void test_late(void)
{
	static const struct {
		const char *label;
		int64_t ms;
		unsigned queries;
	} rows[] = {
		{ "before it is sent again", 900, 1 },
		{ "after", 1500, 2 },
		{ "at the end of the turn", 19500, 2 },
		{ "in the last turn", 39000, 4 },
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct resolve_server_state s;
		struct keeper k = { 0 };
		struct bed_got got = { 0 };
		struct bed b;

		open_bed(&b, &k, 1, 2);
		warm_up(&b);
		clock_ms = b.loop.now;
		bed_send(&b, "slow.", A, AD, &got);
		pass(&b, rows[i].ms);
		CHECK_INT(rows[i].label, k.queries, rows[i].queries);
		CHECK_INT(rows[i].label, got.done, 0);
		reply(&k.kept);
		loop_until(&b.loop, &got.done, 5000);
		bed_check(rows[i].label, &got, GOOD_UDP);
		CHECK_INT("the same ID", k.ids[1], rows[i].queries > 1 ? k.ids[0] : 0);
		CHECK_INT("the same socket", k.ports[1], rows[i].queries > 1 ? k.ports[0] : 0);
		/* Only a whole turn of silence tells against it. */
		CHECK_INT(rows[i].label, resolve_server_at(b.r, 0, &s), 1);
		CHECK_INT(rows[i].label, (long long)s.timeouts, rows[i].ms > 20000);
		dns_answer_free(&got.answer);
		bed_close(&b);
	}
}

/* The copy that is due does not leave at once: the one before it is lost once all the same. */
static void test_stuffed(void)
{
	struct keeper k = { 0 };
	struct bed_got got = { 0 };
	struct bed b;

	open_bed(&b, &k, 1, 1);
	warm_up(&b);
	clock_ms = b.loop.now;
	bed_send(&b, "slow.", A, AD, &got);
	pass(&b, 900);
	unsigned before = b.r->up[0].info.window.round_lost;
	stuffed = 50;
	for (unsigned i = 0; i < 1000 && stuffed > 0; i++)
		tick(&b, 1);
	CHECK_INT("refused as often", stuffed, 0);
	CHECK_INT("lost", b.r->up[0].info.window.round_lost, before + 1);
	tick(&b, 10);
	CHECK_INT("it leaves", k.queries, 2);
	pass(&b, 20000);
	CHECK_INT("lost as well", b.r->up[0].info.window.round_lost, before + 2);
	CHECK_INT("over", got.done, 1);
	dns_answer_free(&got.answer);
	bed_close(&b);
}

int main(void)
{
	test_plans();
	test_stuffed();
	test_late();
	return TEST_EXIT();
}
