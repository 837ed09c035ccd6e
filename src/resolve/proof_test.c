/* What RESOLVE_PROVED promises, by servers that validate now and then. */
#include "resolve/bed_priv.h"
#include "resolve/evidence.h"

#define A DNS_TYPE_A
#define REQUESTED (RESOLVE_AD | RESOLVE_PROBED)
#define REQUIRED (REQUESTED | RESOLVE_PROVED)

/*
 * How each question is met, in the order in which they come: v by a server that
 * validates, p by one that does not, b by one that calls it bogus, x by SERVFAIL, t
 * by silence.  The last letter is for all that follow.  Names that begin with u are
 * not signed; c and d are aliases of u, d is not signed itself, and the answer stops there.
 */
struct script {
	const char *now;
	unsigned probes, questions;
};

static void fail(const struct fake_query *q, bool bogus)
{
	static const uint8_t ede[] = { 0, 0, 41, 4, 208, 0, 0, 0, 0, 0, 6, 0, 15, 0, 2, 0, 6 };
	static struct craft c;

	fake_begin(&c, q, DNS_SERVFAIL);
	if (bogus) {
		craft_add(&c, (struct str){ (const char *)ede, sizeof(ede) });
		c.p[11] = 1;
	}
	fake_send(q, craft_str(&c));
}

static void answer_by(const struct fake_query *q, bool validates)
{
	static struct craft c;
	char first = (char)q->m.name.wire[1];

	fake_begin(&c, q, validates && first != 'u' && first != 'd' ? 0x20 : 0);
	if (q->m.type == DNS_TYPE_NS)
		craft_line(&c, DNS_SECTION_ANSWER, STR("@ 600 NS ns.example."));
	else if (first == 'c' || first == 'd')
		craft_line(&c, DNS_SECTION_ANSWER, STR("@ 600 CNAME u."));
	else
		craft_line(&c, DNS_SECTION_ANSWER, STR("@ 600 A 192.0.2.1"));
	fake_send(q, craft_str(&c));
}

static void scripted(const struct fake_query *q, void *arg)
{
	struct script *s = arg;
	char how = *s->now;

	if (s->now[1])
		s->now++;
	*(q->m.type == DNS_TYPE_NS ? &s->probes : &s->questions) += 1;
	if (how == 'v' || how == 'p')
		answer_by(q, how == 'v');
	else if (how == 'x' || how == 'b')
		fail(q, how == 'b');
}

/* "insecure proved", "secure", "insecure fails": status, proof, and a probe that fails. */
static void check(const char *label, const struct bed_got *got, const char *want)
{
	CLEANUP(buf_free) struct buf out = BUF_MAX(256);
	const struct dns_answer *a = got->answer;

	buf_add(&out, a ? dns_status_text(a->status) : STR("none"));
	if (a && a->proved)
		buf_add(&out, STR(" proved"));
	if (a && a->source.probe == DNS_PROBE_FAILS)
		buf_add(&out, STR(" fails"));
	CHECK_STR(label, buf_str(&out), str_of(want));
}

static const struct {
	const char *label;
	const char *name;
	const char *script;
	const char *want;
	unsigned probes, questions;
} cases[] = {
	{ "it validates", "s.", "v", "secure", 1, 1 },
	{ "it does not", "s.", "p", "insecure fails", 1, 1 },
	{ "the zone is not signed", "u.", "v", "insecure proved", 2, 4 },
	{ "not signed, and it does not validate", "u.", "p", "insecure fails", 1, 1 },
	{ "it began to validate behind the answer", "s.", "pv", "secure", 1, 2 },
	{ "two in turn", "s.", "pvpv", "secure", 1, 3 },
	{ "the third is authenticated", "s.", "pvppv", "secure", 1, 4 },
	{ "it stopped behind the probe", "s.", "pvp", "insecure fails", 2, 4 },
	{ "a pool that dealt badly five times", "s.", "pvpppv", "insecure proved", 2, 4 },
	{ "bogus, when asked again", "s.", "pvb", "bogus", 1, 2 },
	{ "SERVFAIL, when asked again", "u.", "vvx", "insecure", 1, 2 },
	{ "and the last time", "u.", "vvvvx", "insecure", 1, 4 },
	{ "the last probe fails", "u.", "vvvvvx", "insecure fails", 2, 4 },
	{ "an alias leads out of what is signed", "c.", "v", "insecure proved", 2, 5 },
	{ "of a chain one link is proved", "d.", "v", "insecure proved", 2, 5 },
	{ "and nobody has looked", "c.", "p", "insecure fails", 1, 2 },
};

static void test_cases(void)
{
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct script s = { cases[i].script, 0, 0 };
		struct bed b;

		bed_open(&b, 1, scripted, &s);
		check(cases[i].label, bed_ask(&b, cases[i].name, A, REQUIRED), cases[i].want);
		CHECK_INT(cases[i].label, s.probes, cases[i].probes);
		CHECK_INT(cases[i].label, s.questions, cases[i].questions);
		bed_close(&b);
	}
}

/* No answer to what is asked again: what there was stays, and proves nothing. */
static void test_silence(void)
{
	struct script s = { "vvt", 0, 0 };
	struct bed b;

	bed_servers(&b, 1, scripted, &s);
	bed_hasten(&b);
	bed_start(&b);
	struct bed_got *got = bed_ask(&b, "u.", A, REQUIRED);
	check("silent", got, "insecure");
	CHECK_INT("silent", got->outcome, DNS_DATA);
	bed_close(&b);
}

/* What is proved serves from the cache as long as it lives, what is not is proved first. */
static void test_kept(void)
{
	struct script s = { "v", 0, 0 };
	struct bed b;

	bed_open(&b, 1, scripted, &s);
	check("it begins to validate", bed_ask(&b, "s.", A, REQUESTED), "secure");
	s.questions = 0;
	check("requested", bed_ask(&b, "u.", A, REQUESTED), "insecure");
	CHECK_INT("requested pays nothing", s.questions, 1);
	CHECK_INT("requested", s.probes, 1);
	struct bed_got *got = bed_ask(&b, "u.", A, REQUIRED);
	check("an answer from before the probe is served by it", got, "insecure proved");
	CHECK_INT("asked again", s.questions, 4);
	CHECK_INT("probed before and after", s.probes, 3);
	CHECK_INT("not from the cache alone", got->answer->cached, 0);
	got = bed_ask(&b, "u.", A, REQUIRED);
	check("kept", got, "insecure proved");
	CHECK_INT("kept", got->answer->cached, 1);
	CHECK_INT("kept", s.questions, 4);
	CHECK_INT("kept", s.probes, 3);
	check("for who does not ask for proof there is none", bed_ask(&b, "u.", A, REQUESTED),
	      "insecure");
	resolve_reprobe(b.r);
	s.now = "p";
	check("what is proved stays so, but who fails is told", bed_ask(&b, "u.", A, REQUIRED),
	      "insecure proved fails");
	resolve_flush(b.r, NULL);
	check("flushed", bed_ask(&b, "u.", A, REQUIRED), "insecure fails");
	bed_close(&b);
}

/* An answer that came while the server did not validate is not believed when it does. */
static void test_kept_from_before(void)
{
	struct script s = { "vvp", 0, 0 };
	struct bed b;

	bed_open(&b, 1, scripted, &s);
	check("good until now", bed_ask(&b, "s.", A, REQUIRED), "secure");
	check("then it stops", bed_ask(&b, "s2.", A, REQUESTED), "insecure");
	s.now = "v";
	check("and begins again", bed_ask(&b, "s2.", A, REQUIRED), "secure");
	check("for all", bed_ask(&b, "s2.", A, REQUESTED), "secure");
	bed_close(&b);
}

/* Answers that are there when a probe begins are all served by it. */
static void test_shared(void)
{
	enum { N = 80 };
	static struct bed_got got[N];
	struct script s = { "v", 0, 0 };
	struct bed b;
	char name[16];

	bed_open(&b, 1, scripted, &s);
	for (int i = 0; i < N; i++) {
		(void)snprintf(name, sizeof(name), "u%d.", i);
		bed_send(&b, name, A, REQUIRED, &got[i]);
	}
	for (int i = 0; i < N; i++) {
		loop_until(&b.loop, &got[i].done, 10000);
		check("shared", &got[i], "insecure proved");
		dns_answer_free(&got[i].answer);
	}
	CHECK_INT("asked each", s.questions, 4 * N);
	CHECK_INT("fewer probes than answers", s.probes < N, 1);
	bed_close(&b);
}

/* Two who ask for the same name share what is asked again; who comes later has proof of its own. */
static void test_joined(void)
{
	struct bed_got got[2] = { 0 };
	struct script s = { "v", 0, 0 };
	struct bed b;

	bed_open(&b, 1, scripted, &s);
	bed_send(&b, "u.", A, REQUIRED, &got[0]);
	bed_send(&b, "u.", A, REQUIRED, &got[1]);
	for (int i = 0; i < 2; i++) {
		loop_until(&b.loop, &got[i].done, 10000);
		check("joined", &got[i], "insecure proved");
		dns_answer_free(&got[i].answer);
	}
	CHECK_INT("asked once for both", s.questions, 4);
	CHECK_INT("probed once for both", s.probes, 2);
	bed_close(&b);
}

/* At every step it can be cancelled, run out of time, and the resolver be freed. */
static void test_given_up(void)
{
	static const char *const scripts[] = { "t", "vt", "vvt", "vvvt", "vvvvt", "vvvvvt" };

	for (size_t i = 0; i < COUNT_OF(scripts); i++) {
		struct script s = { scripts[i], 0, 0 };
		struct resolve_question q = { .name = craft_name_of("u."),
					      .type = A,
					      .flags = REQUIRED };
		struct bed_got got = { 0 };
		struct bed b;

		bed_open(&b, 1, scripted, &s);
		uint64_t id = resolve_ask(b.r, &q, bed_done, &got);
		while (s.probes + s.questions <= i)
			loop_turn(&b.loop, 10);
		resolve_cancel(b.r, id);
		CHECK_INT("cancelled", got.done, 0);
		q.deadline_ms = 1;
		CHECK_INT("asked", resolve_ask(b.r, &q, bed_done, &got) != 0, 1);
		loop_until(&b.loop, &got.done, 10000);
		bed_check("deadline", &got, "no answer indeterminate");
		dns_answer_free(&got.answer);
		q.deadline_ms = 0;
		CHECK_INT("asked", resolve_ask(b.r, &q, bed_done, &got) != 0, 1);
		bed_close(&b);
	}
}

/* The next of a sequence that is the same in each run. */
static unsigned chance(uint64_t *seed)
{
	*seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (unsigned)(*seed >> 33);
}

/* A pool behind one address, or one server that comes and goes with its validator. */
struct pool {
	struct bed *bed;
	uint64_t seed;
	bool (*validates)(struct pool *p);
	unsigned dealt;
	unsigned row, longest; /* answers of the plain one in a row, to the question at hand */
};

static bool by_chance(struct pool *p)
{
	return chance(&p->seed) & 1;
}

static bool in_turn(struct pool *p)
{
	return p->dealt % 2;
}

/* Every two seconds. */
static bool by_clock(struct pool *p)
{
	return loop_now(&p->bed->loop) / 2000 % 2;
}

static void dealt(const struct fake_query *q, void *arg)
{
	struct pool *p = arg;
	bool validates = p->validates(p);

	p->dealt++;
	if (q->m.type != DNS_TYPE_NS) {
		p->row = validates ? 0 : p->row + 1;
		p->longest = p->row > p->longest ? p->row : p->longest;
	}
	answer_by(q, validates);
}

/*
 * A thousand signed domains, each asked for once.  What is proved wrongly had a row
 * of answers from the plain one behind it, and where they are dealt in turn or the
 * server flips, that never happens.
 */
static unsigned wrong(bool (*validates)(struct pool *p), int64_t pause_ms)
{
	struct bed b;
	struct pool p = { .bed = &b, .seed = 20261129, .validates = validates };
	unsigned proved = 0;
	char name[16];

	bed_open(&b, 1, dealt, &p);
	for (int i = 0; i < 1000; i++) {
		(void)snprintf(name, sizeof(name), "s%d.", i);
		p.row = p.longest = 0;
		struct bed_got *got = bed_ask(&b, name, A, REQUIRED);
		if (got->answer && got->answer->proved &&
		    got->answer->source.probe != DNS_PROBE_FAILS) {
			proved++;
			CHECK_INT("a row of plain ones", p.longest > RESOLVE_EVIDENCE_ROUNDS, 1);
		}
		b.loop.ahead += pause_ms;
	}
	bed_close(&b);
	return proved;
}

static void test_flips(void)
{
	CHECK_INT("a server that flips every two seconds", wrong(by_clock, 97), 0);
	CHECK_INT("the same, asked slowly", wrong(by_clock, 1031), 0);
	CHECK_INT("two in turn", wrong(in_turn, 50), 0);
	unsigned n = wrong(by_chance, 11000);
	printf("dealt by chance: %u of 1000 wrong\n", n);
	CHECK_INT("dealt by chance: one in 64 of the answers", n <= 40, 1);
}

/* A server's change is told, and who fails is asked again every ten seconds. */
struct changes {
	struct buf text;
};

static void changed(void *arg, const struct resolve_probed *event)
{
	struct changes *c = arg;

	buf_addf(&c->text, "%.*s -> %.*s%s%.*s\n", STR_ARG(dns_probe_text(event->was)),
		 STR_ARG(dns_probe_text(event->is)), event->reason.n ? ": " : "",
		 STR_ARG(event->reason));
	CHECK_INT("which", str_starts(event->server, STR("127.0.0.1:")), 1);
}

static uint64_t answers(const struct bed *b)
{
	struct resolve_server_state state;

	return resolve_server_at(b->r, 0, &state) ? state.answers : 0;
}

static void test_told(void)
{
	struct changes c = { BUF_MAX(4096) };
	struct script s = { "p", 0, 0 };
	struct bed b;
	int never = 0;

	bed_servers(&b, 1, scripted, &s);
	b.conf.probed = changed;
	b.conf.probed_arg = &c;
	bed_start(&b);
	check("fails", bed_ask(&b, "s.", A, REQUIRED), "insecure fails");
	CHECK_STR("fails", buf_str(&c.text),
		  STR("unknown -> fails: com. NS was not authenticated\n"));
	b.loop.ahead += 9000;
	loop_until(&b.loop, &never, 30);
	CHECK_INT("not before its time", s.probes, 1);
	b.loop.ahead += 1000;
	while (answers(&b) < 3)
		loop_turn(&b.loop, 10);
	CHECK_INT("at its time", s.probes, 2);
	s.now = "v";
	buf_clear(&c.text);
	b.loop.ahead += 10100;
	while (c.text.n == 0)
		loop_turn(&b.loop, 10);
	CHECK_STR("validates, and nobody had to ask", buf_str(&c.text),
		  STR("fails -> validates\n"));
	CHECK_INT("validates", s.probes, 3);
	b.loop.ahead += 700000;
	loop_until(&b.loop, &never, 30);
	CHECK_INT("then it is left alone", s.probes, 3);
	buf_free(&c.text);
	bed_close(&b);
}

int main(void)
{
	test_cases();
	test_silence();
	test_kept();
	test_kept_from_before();
	test_shared();
	test_joined();
	test_given_up();
	test_flips();
	test_told();
	return TEST_EXIT();
}
