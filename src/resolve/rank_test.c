/* A trusted server that is found not to validate is asked while no other answers. */
#include "resolve/bed_priv.h"

#define A DNS_TYPE_A
#define AD RESOLVE_AD
#define REQUESTED (AD | RESOLVE_PROBED)
#define REQUIRED (REQUESTED | RESOLVE_PROVED)

enum mood { PLAIN, VALIDATES, FAILS, SILENT };

struct one {
	enum mood mood;
	bool silent; /* but for the probe */
	unsigned probes, questions;
};

static void answer(const struct fake_query *q, void *arg)
{
	static struct craft c;
	struct one *s = arg;
	bool probe = q->m.type == DNS_TYPE_NS;

	*(probe ? &s->probes : &s->questions) += 1;
	if (s->mood == SILENT || (s->silent && !probe))
		return;
	fake_begin(&c, q, s->mood == VALIDATES ? 0x20 : s->mood == FAILS ? 2 : 0);
	if (s->mood != FAILS)
		craft_line(&c, DNS_SECTION_ANSWER,
			   probe ? STR("@ 600 NS ns.example.") : STR("@ 600 A 192.0.2.1"));
	fake_send(q, craft_str(&c));
}

/* Two servers on one loop, in this order, each trusted. */
struct pair {
	struct bed b;
	struct one s[2];
};

static void open_pair(struct pair *p, enum mood first, enum mood second)
{
	p->s[0] = (struct one){ .mood = first };
	p->s[1] = (struct one){ .mood = second };
	bed_servers(&p->b, 2, answer, &p->s[0]);
	p->b.fake[1].arg = &p->s[1];
	for (int i = 0; i < 2; i++)
		p->b.conf.servers[i].timeout_ms = BED_PATIENCE_MS;
	bed_start(&p->b);
}

/* Which of the two an answer came from; 2: none. */
static unsigned by(const struct pair *p, const struct bed_got *got)
{
	struct resolve_server_state state;
	unsigned i = 0;

	while (got->answer && resolve_server_at(p->b.r, i, &state) &&
	       !str_eq(state.source.server, got->answer->source.server))
		i++;
	return i;
}

static void forget_counts(struct pair *p)
{
	for (int i = 0; i < 2; i++)
		p->s[i].probes = p->s[i].questions = 0;
}

static const struct {
	const char *label;
	enum mood mood[2];
	unsigned flags;
	const char *want;
	unsigned by;
} cases[] = {
	{ "the first validates", { VALIDATES, PLAIN }, REQUIRED, "data secure udp", 0 },
	{ "the second alone does", { PLAIN, VALIDATES }, REQUIRED, "data secure udp", 1 },
	{ "requested, too", { PLAIN, VALIDATES }, REQUESTED, "data secure udp", 1 },
	{ "who does not ask who validates does not learn it",
	  { PLAIN, VALIDATES },
	  AD,
	  "data insecure udp",
	  0 },
	{ "neither does: each is tried", { PLAIN, PLAIN }, REQUIRED, "data insecure udp", 1 },
	{ "both do", { VALIDATES, VALIDATES }, REQUIRED, "data secure udp", 0 },
	{ "SERVFAIL is an answer, not a lack of one",
	  { PLAIN, FAILS },
	  REQUIRED,
	  "failed indeterminate udp",
	  1 },
};

static void test_first_question(void)
{
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		CLEANUP(buf_free) struct buf want = BUF_MAX(256);
		struct pair p;

		open_pair(&p, cases[i].mood[0], cases[i].mood[1]);
		struct bed_got *got = bed_ask(&p.b, "a.", A, cases[i].flags);
		bool data = str_starts(str_of(cases[i].want), STR("data"));
		buf_addf(&want, "%s%s", cases[i].want, data ? ": a. 600 A 192.0.2.1" : "");
		buf_addc(&want, '\0');
		bed_check(cases[i].label, got, want.p);
		CHECK_INT(cases[i].label, by(&p, got), cases[i].by);
		bed_close(&p.b);
	}
}

static void pass_ten_seconds(struct pair *p)
{
	p->b.loop.ahead += 10000;
	loop_turn(&p->b.loop, 0); /* which looks at the clock */
}

/* Until the first server's answer to its nth probe has been taken. */
static void wait_for_probe(struct pair *p, unsigned n)
{
	struct resolve_server_state state = { 0 };

	while (p->s[0].probes < n || state.answers < state.questions) {
		loop_turn(&p->b.loop, 10);
		(void)resolve_server_at(p->b.r, 0, &state);
	}
	CHECK_INT("one probe", p->s[0].probes, n);
}

/* From then on the other is asked alone, whatever for; who fails is probed every ten seconds. */
static void test_afterwards(void)
{
	struct pair p;

	open_pair(&p, PLAIN, VALIDATES);
	(void)bed_ask(&p.b, "a.", A, REQUIRED);
	forget_counts(&p);
	CHECK_INT("without AD", by(&p, bed_ask(&p.b, "b.", A, 0)), 1);
	CHECK_INT("with AD", by(&p, bed_ask(&p.b, "c.", A, AD)), 1);
	CHECK_INT("required", by(&p, bed_ask(&p.b, "d.", A, REQUIRED)), 1);
	CHECK_INT("the first is not asked", p.s[0].questions + p.s[0].probes, 0);
	CHECK_INT("the second is", p.s[1].questions, 3);
	pass_ten_seconds(&p);
	CHECK_INT("after ten seconds", by(&p, bed_ask(&p.b, "e.", A, REQUIRED)), 1);
	wait_for_probe(&p, 1);
	CHECK_INT("only probed", p.s[0].questions, 0);
	p.s[0].mood = VALIDATES;
	pass_ten_seconds(&p);
	CHECK_INT("it is asked behind its probe", by(&p, bed_ask(&p.b, "f.", A, AD)), 1);
	wait_for_probe(&p, 2);
	CHECK_INT("it validates: the first again", by(&p, bed_ask(&p.b, "g.", A, REQUIRED)), 0);
	resolve_reprobe(p.b.r);
	p.s[0].mood = PLAIN;
	CHECK_INT("not known is not worse", by(&p, bed_ask(&p.b, "h.", A, AD)), 0);
	CHECK_INT("and then it is", by(&p, bed_ask(&p.b, "h.", A, REQUIRED)), 1);
	bed_close(&p.b);
}

/* Who validates is silent: the other is asked in its place, and said to fail. */
static void test_silent(void)
{
	struct pair p;

	open_pair(&p, PLAIN, VALIDATES);
	(void)bed_ask(&p.b, "a.", A, REQUIRED);
	fake_stop(&p.b.fake[1]);
	p.b.loop.ahead += 10; /* it has answered before that */
	loop_turn(&p.b.loop, 0);
	struct bed_got *got = bed_ask(&p.b, "b.", A, REQUIRED);
	bed_check("none but the first", got, "data insecure udp: b. 600 A 192.0.2.1");
	CHECK_INT("none but the first", by(&p, got), 0);
	CHECK_INT("and it is known", got->answer->source.probe, DNS_PROBE_FAILS);
	CHECK_INT("nothing is proved", got->answer->proved, 0);
	bed_check("kept while there is no better", bed_ask(&p.b, "b.", A, AD),
		  "data insecure udp cached: b. 600 A 192.0.2.1");
	bed_close(&p.b);
}

/* Once who validates fails a question, the other's word does not count for it. */
static void test_servfail(void)
{
	struct pair p;

	open_pair(&p, PLAIN, VALIDATES);
	(void)bed_ask(&p.b, "a.", A, REQUIRED);
	p.s[1].mood = FAILS;
	forget_counts(&p);
	struct bed_got *got = bed_ask(&p.b, "b.", A, AD);
	bed_check("no weaker answer", got, "failed indeterminate udp");
	CHECK_INT("no weaker answer", p.s[0].questions, 0);
	bed_close(&p.b);
}

/* No answer at all: whether that is told of servers none of which is to be believed. */
static const struct {
	const char *label;
	enum dns_channel_trust trust[2];
	enum mood mood[2];
	bool none_believed;
	const char *trust_reason, *probe_reason; /* what they begin with */
} silences[] = {
	{ "none is trusted",
	  { DNS_CHANNEL_TRUST_NEVER, DNS_CHANNEL_TRUST_NEVER },
	  { VALIDATES, VALIDATES },
	  true,
	  "declared not trusted",
	  "" },
	{ "one is trusted",
	  { DNS_CHANNEL_TRUST_NEVER, DNS_CHANNEL_TRUST_AUTO },
	  { VALIDATES, VALIDATES },
	  false,
	  "",
	  "" },
	{ "the one that is trusted does not validate",
	  { DNS_CHANNEL_TRUST_NEVER, DNS_CHANNEL_TRUST_AUTO },
	  { VALIDATES, PLAIN },
	  true,
	  "",
	  "com. NS was not authenticated" },
	{ "neither validates",
	  { DNS_CHANNEL_TRUST_AUTO, DNS_CHANNEL_TRUST_AUTO },
	  { PLAIN, PLAIN },
	  true,
	  "",
	  "com. NS was not authenticated" },
	{ "one does",
	  { DNS_CHANNEL_TRUST_AUTO, DNS_CHANNEL_TRUST_AUTO },
	  { PLAIN, VALIDATES },
	  false,
	  "",
	  "" },
	{ "one is silent to its probe",
	  { DNS_CHANNEL_TRUST_AUTO, DNS_CHANNEL_TRUST_AUTO },
	  { PLAIN, SILENT },
	  false,
	  "",
	  "" },
};

static void test_no_answer(void)
{
	for (size_t i = 0; i < COUNT_OF(silences); i++) {
		const char *label = silences[i].label;
		struct pair p;

		open_pair(&p, silences[i].mood[0], silences[i].mood[1]);
		resolve_free(&p.b.r);
		for (int k = 0; k < 2; k++) {
			p.s[k].silent = true;
			p.b.conf.servers[k].trust = silences[i].trust[k];
		}
		bed_hasten(&p.b);
		bed_start(&p.b);
		struct bed_got *got = bed_ask(&p.b, "a.", A, REQUIRED);
		bed_check(label, got, "no answer indeterminate");
		const struct dns_source *s = &got->answer->source;
		CHECK_INT(label, s->none_believed, silences[i].none_believed);
		CHECK_STR(label, str_head(s->trust_reason, strlen(silences[i].trust_reason)),
			  str_of(silences[i].trust_reason));
		CHECK_STR(label, str_head(s->probe_reason, strlen(silences[i].probe_reason)),
			  str_of(silences[i].probe_reason));
		CHECK_INT(label, s->probe, s->probe_reason.n ? DNS_PROBE_FAILS : DNS_PROBE_UNKNOWN);
		bed_close(&p.b);
	}
}

int main(void)
{
	test_no_answer();
	test_first_question();
	test_afterwards();
	test_silent();
	test_servfail();
	return TEST_EXIT();
}
