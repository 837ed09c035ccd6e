/* What RESOLVE_PROBED promises. */
#include "resolve/bed_priv.h"

#define A DNS_TYPE_A
#define AD RESOLVE_AD

enum mood { VALIDATES, NO_AD, AUTHORITATIVE, FAILS, SILENT, NO_DATA };

struct probed {
	enum mood mood;
	uint32_t ttl_s;
	unsigned probes;
	bool probe_ad;
};

static void answer(const struct fake_query *q, void *arg)
{
	static const unsigned flags[] = {
		[VALIDATES] = 0x20, [AUTHORITATIVE] = 0x400, [FAILS] = 2, [NO_DATA] = 0x20
	};
	static struct craft c;
	struct probed *p = arg;
	char line[64];

	if (q->m.type != DNS_TYPE_NS) {
		if (q->m.name.wire[1] == 's')
			return;
		fake_begin(&c, q, 0x20);
		craft_line(&c, DNS_SECTION_ANSWER,
			   q->m.name.wire[1] == 'k' ? STR("@ 60 A 192.0.2.1")
						    : STR("@ 0 A 192.0.2.1"));
		fake_send(q, craft_str(&c));
		return;
	}
	p->probes++;
	p->probe_ad = q->ad;
	if (p->mood == SILENT)
		return;
	(void)snprintf(line, sizeof(line), "@ %u NS ns.example.", p->ttl_s);
	fake_begin(&c, q, flags[p->mood]);
	if (p->mood != NO_DATA)
		craft_line(&c, DNS_SECTION_ANSWER, str_of(line));
	fake_send(q, craft_str(&c));
}

static const struct {
	const char *label;
	enum mood mood;
	enum dns_probe probe;
	const char *reason;
} cases[] = {
	{ "validates", VALIDATES, DNS_PROBE_VALIDATES, "" },
	{ "no AD", NO_AD, DNS_PROBE_FAILS, "com. NS was not authenticated" },
	{ "authoritative", AUTHORITATIVE, DNS_PROBE_FAILS,
	  "com. NS was answered by an authoritative server, not authenticated" },
	{ "fails", FAILS, DNS_PROBE_FAILS, "com. NS was answered with SERVFAIL" },
	{ "silent", SILENT, DNS_PROBE_UNANSWERED, "com. NS was not answered" },
	{ "no data", NO_DATA, DNS_PROBE_FAILS, "com. NS has no data there" },
};

static void test_cases(void)
{
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct probed p = { cases[i].mood, 600, 0, false };
		struct resolve_server_state s;
		struct bed b;

		bed_servers(&b, 1, answer, &p);
		if (cases[i].mood == SILENT)
			bed_hasten(&b);
		bed_start(&b);
		struct bed_got *got = bed_ask(&b, "a.", A, AD);
		CHECK_INT("not asked for", got->answer->source.probe, DNS_PROBE_UNKNOWN);
		CHECK_INT("not asked for", p.probes, 0);
		got = bed_ask(&b, "a.", A, AD | RESOLVE_PROBED);
		bed_check(cases[i].label, got, "data secure udp: a. 0 A 192.0.2.1");
		CHECK_INT(cases[i].label, got->answer->source.probe, cases[i].probe);
		CHECK_STR(cases[i].label, got->answer->source.probe_reason,
			  str_of(cases[i].reason));
		CHECK_INT("with AD", p.probe_ad, 1);
		unsigned probes = p.probes;
		got = bed_ask(&b, "b.", A, RESOLVE_PROBED);
		CHECK_INT("still", got->answer->source.probe, cases[i].probe);
		got = bed_ask(&b, "c.", A, 0);
		CHECK_INT("known", got->answer->source.probe, cases[i].probe);
		CHECK_INT("once", p.probes, probes);
		CHECK_INT("state", resolve_server_at(b.r, 0, &s), 1);
		CHECK_INT("state", s.source.probe, cases[i].probe);
		CHECK_STR("state", s.source.probe_reason, str_of(cases[i].reason));
		resolve_reprobe(b.r);
		CHECK_INT("state", resolve_server_at(b.r, 0, &s), 1);
		CHECK_INT("forgotten", s.source.probe, DNS_PROBE_UNKNOWN);
		(void)bed_ask(&b, "d.", A, RESOLVE_PROBED);
		CHECK_INT("anew", p.probes > probes, 1);
		bed_close(&b);
	}
}

/* A short TTL is held to, but for a second; many that wait share one probe. */
static void test_again(void)
{
	static struct bed_got got[50];
	struct probed p = { VALIDATES, 0, 0, false };
	struct bed b;

	bed_open(&b, 1, answer, &p);
	for (size_t i = 0; i < COUNT_OF(got); i++)
		bed_send(&b, i % 2 ? "a." : "b.", A, AD | RESOLVE_PROBED, &got[i]);
	for (size_t i = 0; i < COUNT_OF(got); i++) {
		loop_until(&b.loop, &got[i].done, 1000);
		CHECK_INT("shared", got[i].answer->source.probe, DNS_PROBE_VALIDATES);
		dns_answer_free(&got[i].answer);
	}
	CHECK_INT("shared", p.probes, 1);
	b.loop.ahead += 1050;
	p.ttl_s = 600;
	(void)bed_ask(&b, "a.", A, AD | RESOLVE_PROBED);
	CHECK_INT("again", p.probes, 2);
	b.loop.ahead += 55000;
	(void)bed_ask(&b, "a.", A, AD | RESOLVE_PROBED);
	CHECK_INT("a minute", p.probes, 2);
	b.loop.ahead += 5000;
	p.mood = NO_AD;
	struct bed_got *last = bed_ask(&b, "a.", A, AD | RESOLVE_PROBED);
	CHECK_INT("no longer", p.probes, 3);
	CHECK_INT("no longer", last->answer->source.probe, DNS_PROBE_FAILS);
	b.loop.ahead += 9000;
	p.mood = VALIDATES;
	last = bed_ask(&b, "a.", A, AD | RESOLVE_PROBED);
	CHECK_INT("not yet again", last->answer->source.probe, DNS_PROBE_FAILS);
	b.loop.ahead += 1000;
	last = bed_ask(&b, "a.", A, AD | RESOLVE_PROBED);
	CHECK_INT("after ten seconds", last->answer->source.probe, DNS_PROBE_VALIDATES);
	bed_close(&b);
}

/* A server that gives AD to nothing until it begins to validate, and counts questions for A. */
struct waker {
	bool awake;
	bool hold; /* keeps a question for A, as it stood when it came */
	unsigned asked;
	struct fake_query held;
};

static void wake(const struct fake_query *q, bool awake)
{
	static struct craft c;

	fake_begin(&c, q, awake ? 0x20 : 0);
	craft_line(&c, DNS_SECTION_ANSWER,
		   q->m.type == DNS_TYPE_NS ? STR("@ 600 NS ns.example.")
					    : STR("@ 600 A 192.0.2.1"));
	fake_send(q, craft_str(&c));
}

static void sleepy(const struct fake_query *q, void *arg)
{
	struct waker *w = arg;
	bool probe = q->m.type == DNS_TYPE_NS;

	w->asked += !probe;
	if (!probe && w->hold)
		w->held = *q;
	else
		wake(q, w->awake);
}

/* Nor is one that was on its way when another question's probe saw the server awake. */
static void test_begins_meanwhile(void)
{
	struct waker w = { .hold = true };
	struct bed_got got = { 0 };
	struct bed b;

	bed_open(&b, 1, sleepy, &w);
	bed_send(&b, "a.", A, AD | RESOLVE_PROBED, &got);
	for (int i = 0; w.asked == 0 && i < 1000; i++)
		loop_turn(&b.loop, 10);
	w.hold = false;
	w.awake = true;
	CHECK_INT("awake", bed_ask(&b, "b.", A, AD | RESOLVE_PROBED)->answer->source.probe,
		  DNS_PROBE_VALIDATES);
	wake(&w.held, false);
	loop_until(&b.loop, &got.done, 5000);
	bed_check("asked again", &got, "data secure udp: a. 600 A 192.0.2.1");
	CHECK_INT("asked again", got.answer->source.probe, DNS_PROBE_VALIDATES);
	CHECK_INT("asked again, once", w.asked, 3);
	dns_answer_free(&got.answer);
	bed_close(&b);
}

/* An answer from before a server was seen to validate is not used after. */
static void test_begins(void)
{
	struct waker w = { 0 };
	struct bed b;

	bed_open(&b, 1, sleepy, &w);
	struct bed_got *got = bed_ask(&b, "a.", A, AD | RESOLVE_PROBED);
	bed_check("asleep", got, "data insecure udp: a. 600 A 192.0.2.1");
	CHECK_INT("asleep", got->answer->source.probe, DNS_PROBE_FAILS);
	w.awake = true;
	b.loop.ahead += 10000;
	got = bed_ask(&b, "a.", A, AD | RESOLVE_PROBED);
	bed_check("awake", got, "data secure udp: a. 600 A 192.0.2.1");
	CHECK_INT("awake", got->answer->source.probe, DNS_PROBE_VALIDATES);
	CHECK_INT("asked again, once", w.asked, 2);
	(void)bed_ask(&b, "a.", A, AD | RESOLVE_PROBED);
	CHECK_INT("and kept", w.asked, 2);
	bed_close(&b);
}

/* Nothing to know of a server that is not trusted, or where none answered. */
static void test_no_need(void)
{
	struct probed p = { VALIDATES, 600, 0, false };
	struct bed b;

	bed_servers(&b, 1, answer, &p);
	b.conf.servers[0].trust = DNS_CHANNEL_TRUST_NEVER;
	bed_start(&b);
	struct bed_got *got = bed_ask(&b, "a.", A, AD | RESOLVE_PROBED);
	bed_check("untrusted", got, "data indeterminate udp: a. 0 A 192.0.2.1");
	CHECK_INT("untrusted", p.probes, 0);
	bed_close(&b);

	bed_servers(&b, 1, answer, &p);
	bed_hasten(&b);
	bed_start(&b);
	got = bed_ask(&b, "s.", A, AD | RESOLVE_PROBED);
	bed_check("silent", got, "no answer indeterminate");
	CHECK_INT("silent", p.probes, 0);
	bed_close(&b);
}

/* The probe goes to the server that answered, not to the first. */
static void test_which(void)
{
	struct probed p[2] = { { VALIDATES, 600, 0, false }, { NO_AD, 600, 0, false } };
	struct bed b;

	bed_servers(&b, 2, answer, &p[0]);
	b.fake[1].arg = &p[1];
	fake_stop(&b.fake[0]);
	bed_start(&b);
	struct bed_got *got = bed_ask(&b, "a.", A, AD | RESOLVE_PROBED);
	CHECK_INT("second", got->answer->source.probe, DNS_PROBE_FAILS);
	CHECK_INT("second", p[1].probes, 1);
	bed_close(&b);
}

/* Counts what it is told, and keeps the last. */
struct told {
	int n;
	enum dns_probe is;
};

static void tell(void *arg, const struct resolve_probed *event)
{
	struct told *told = arg;

	told->n++;
	told->is = event->is;
}

static void bed_eager(struct bed *b, struct probed *p, struct told *told)
{
	bed_servers(b, 1, answer, p);
	b->conf.probed = tell;
	b->conf.probed_arg = told;
	bed_start(b);
	resolve_reprobe(b->r);
}

/* Where somebody is told, a probe that is wanted anew needs no question; one that fails goes on. */
static void test_eager(void)
{
	struct resolve_server_state shown;
	struct probed p = { NO_AD, 600, 0, false };
	struct told told = { 0 };
	struct bed b;

	bed_eager(&b, &p, &told);
	loop_until(&b.loop, &told.n, 1000);
	CHECK_INT("began alone", told.is, DNS_PROBE_FAILS);
	told.n = 0;
	resolve_reprobe(b.r);
	loop_until(&b.loop, &told.n, 1000);
	CHECK_INT("anew", p.probes, 2);
	CHECK_INT("anew", told.is, DNS_PROBE_FAILS);
	told.n = 0;
	p.mood = VALIDATES;
	b.loop.ahead += 10000;
	loop_until(&b.loop, &told.n, 1000);
	CHECK_INT("tried again after that", told.is, DNS_PROBE_VALIDATES);
	b.loop.ahead += 600000;
	told.n = 0;
	loop_until(&b.loop, &told.n, 1);
	CHECK_INT("nobody asks", told.n, 0);
	CHECK_INT("what it found is shown", resolve_server_at(b.r, 0, &shown), true);
	CHECK_INT("however old", shown.source.probe, DNS_PROBE_VALIDATES);
	CHECK_INT("and how long ago that was", shown.probed_ago >= 600000, true);
	bed_close(&b);
}

/* What a server said that validates stays where it does so still; else it goes. */
static void test_forgotten(void)
{
	static const struct {
		const char *label;
		enum mood between;
		const char *then;
	} rows[] = {
		{ "as before", VALIDATES, "data secure udp cached: kept. 60 A 192.0.2.1" },
		{ "not in between", NO_AD, "data secure udp: kept. 60 A 192.0.2.1" },
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct probed p = { VALIDATES, 600, 0, false };
		struct told told = { 0 };
		struct bed b;

		bed_eager(&b, &p, &told);
		loop_until(&b.loop, &told.n, 1000);
		(void)bed_ask(&b, "kept.", A, AD);
		p.mood = rows[i].between;
		told.n = 0;
		resolve_reprobe(b.r);
		loop_until(&b.loop, &told.n, 1000);
		p.mood = VALIDATES;
		told.n = 0;
		resolve_reprobe(b.r);
		loop_until(&b.loop, &told.n, 1000);
		bed_check(rows[i].label, bed_ask(&b, "kept.", A, AD), rows[i].then);
		bed_close(&b);
	}
}

/* One that is on its way serves whoever wants one; nor is who is not trusted probed. */
static void test_eager_once(void)
{
	struct probed p = { VALIDATES, 600, 0, false };
	struct told told = { 0 };
	struct bed b;

	bed_eager(&b, &p, &told);
	resolve_reprobe(b.r);
	loop_until(&b.loop, &told.n, 1000);
	CHECK_INT("one probe", p.probes, 1);
	bed_close(&b);

	p.probes = 0;
	bed_servers(&b, 1, answer, &p);
	b.conf.probed = tell;
	b.conf.probed_arg = &told;
	b.conf.servers[0].trust = DNS_CHANNEL_TRUST_NEVER;
	bed_start(&b);
	resolve_reprobe(b.r);
	(void)bed_ask(&b, "a.", A, AD);
	CHECK_INT("not trusted", p.probes, 0);
	bed_close(&b);
}

/* A question that waits for a probe can be cancelled, and the resolver freed. */
static void test_cancel(void)
{
	struct probed p = { SILENT, 600, 0, false };
	struct bed_got got = { 0 };
	struct resolve_question q = { .name = craft_name_of("a."),
				      .type = A,
				      .flags = RESOLVE_PROBED };
	int never = 0;
	struct bed b;

	bed_open(&b, 1, answer, &p);
	uint64_t id = resolve_ask(b.r, &q, bed_done, &got);
	loop_until(&b.loop, &never, 50);
	CHECK_INT("waits", p.probes, 1);
	resolve_cancel(b.r, id);
	loop_until(&b.loop, &never, 600);
	CHECK_INT("cancelled", got.done, 0);
	resolve_reprobe(b.r);
	q.deadline_ms = 100;
	CHECK_INT("asked", resolve_ask(b.r, &q, bed_done, &got) != 0, 1);
	loop_until(&b.loop, &got.done, 1000);
	bed_check("deadline", &got, "no answer indeterminate");
	dns_answer_free(&got.answer);
	bed_close(&b);
}

/* What the three questions of a whole probe get: flags and rcode, or silence. */
struct parts {
	int denial, bogus;
	bool denial_data;
	unsigned asked;
};

enum { NO_WORD = -1, AD_BIT = 0x20 };

static void answer_parts(const struct fake_query *q, void *arg)
{
	static struct craft c;
	struct parts *p = arg;
	char first = (char)q->m.name.wire[1];
	int flags = first == 'n' ? p->denial : first == 'b' ? p->bogus : AD_BIT;
	bool data = first == 'n' ? p->denial_data : !(flags & 15);

	p->asked += first != 'a';
	if (flags == NO_WORD)
		return;
	fake_begin(&c, q, (unsigned)flags);
	if (data)
		craft_line(&c, DNS_SECTION_ANSWER,
			   q->m.type == DNS_TYPE_NS ? STR("@ 60 NS ns.example.")
						    : STR("@ 0 A 192.0.2.1"));
	else
		craft_line(&c, DNS_SECTION_AUTHORITY, STR(". 60 SOA 5"));
	fake_send(q, craft_str(&c));
}

static const struct {
	const char *label;
	struct parts parts;
	enum dns_probe probe;
	const char *reason;
} wholes[] = {
	{ "all hold", { AD_BIT | 3, 2, false, 0 }, DNS_PROBE_VALIDATES, "" },
	{ "no data is a denial too", { AD_BIT, 2, false, 0 }, DNS_PROBE_VALIDATES, "" },
	{ "denial without AD",
	  { 3, 2, false, 0 },
	  DNS_PROBE_FAILS,
	  "nx.signed.test. NS: its denial was not authenticated" },
	{ "not denied",
	  { AD_BIT, 2, true, 0 },
	  DNS_PROBE_FAILS,
	  "nx.signed.test. NS is there, although it should be denied" },
	{ "denial fails",
	  { 2, 2, false, 0 },
	  DNS_PROBE_FAILS,
	  "nx.signed.test. NS was answered with SERVFAIL" },
	{ "bogus is answered",
	  { AD_BIT | 3, 0, false, 0 },
	  DNS_PROBE_FAILS,
	  "bogus.test. A was answered, although its signatures are wrong" },
	{ "bogus is even authenticated",
	  { AD_BIT | 3, AD_BIT, false, 0 },
	  DNS_PROBE_FAILS,
	  "bogus.test. A was answered, although its signatures are wrong" },
	{ "bogus is denied",
	  { AD_BIT | 3, AD_BIT | 3, false, 0 },
	  DNS_PROBE_FAILS,
	  "bogus.test. A was answered, although its signatures are wrong" },
	{ "bogus is refused",
	  { AD_BIT | 3, 5, false, 0 },
	  DNS_PROBE_FAILS,
	  "bogus.test. A was answered with REFUSED" },
	{ "silent on what is bogus",
	  { AD_BIT | 3, NO_WORD, false, 0 },
	  DNS_PROBE_UNANSWERED,
	  "bogus.test. A was not answered" },
};

/* Denial and bogus name count where they are configured; each part is asked once. */
static void test_wholes(void)
{
	for (size_t i = 0; i < COUNT_OF(wholes); i++) {
		struct parts p = wholes[i].parts;
		struct bed b;

		bed_servers(&b, 1, answer_parts, &p);
		b.conf.probe_denial = craft_name_of("nx.signed.test.");
		b.conf.probe_bogus = craft_name_of("bogus.test.");
		b.conf.servers[0].attempts = 1;
		if (p.bogus == NO_WORD)
			bed_hasten(&b);
		bed_start(&b);
		struct bed_got *got = bed_ask(&b, "a.", A, AD | RESOLVE_PROBED);
		CHECK_INT(wholes[i].label, got->answer->source.probe, wholes[i].probe);
		CHECK_STR(wholes[i].label, got->answer->source.probe_reason,
			  str_of(wholes[i].reason));
		CHECK_INT(wholes[i].label, p.asked, 3);
		/* The denial's life is its SOA's: five seconds. */
		b.loop.ahead += 4000;
		(void)bed_ask(&b, "a.", A, AD | RESOLVE_PROBED);
		CHECK_INT(wholes[i].label, p.asked, 3);
		b.loop.ahead += 1500;
		(void)bed_ask(&b, "a.", A, AD | RESOLVE_PROBED);
		CHECK_INT(wholes[i].label, p.asked, wholes[i].probe == DNS_PROBE_VALIDATES ? 6 : 3);
		bed_close(&b);
	}
}

/* A server that was silent and has come back may be another: it is probed anew. */
static void test_back(void)
{
	struct probed p = { VALIDATES, 600, 0, false };
	struct bed b;

	bed_servers(&b, 1, answer, &p);
	bed_hasten(&b);
	b.conf.servers[0].attempts = 1;
	bed_start(&b);
	(void)bed_ask(&b, "a.", A, AD | RESOLVE_PROBED);
	CHECK_INT("probed", p.probes, 1);
	b.loop.ahead += 10;
	loop_turn(&b.loop, 0);
	bed_check("silent", bed_ask(&b, "s.", A, AD), "no answer indeterminate");
	(void)bed_ask(&b, "b.", A, AD | RESOLVE_PROBED);
	CHECK_INT("probed anew", p.probes, 2);
	bed_close(&b);
}

int main(void)
{
	test_wholes();
	test_back();
	test_cases();
	test_again();
	test_begins();
	test_begins_meanwhile();
	test_no_need();
	test_which();
	test_cancel();
	test_eager();
	test_forgotten();
	test_eager_once();
	return TEST_EXIT();
}
