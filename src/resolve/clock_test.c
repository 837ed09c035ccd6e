/*
 * T15: a clock that steps, as after a suspended machine wakes up, and one that
 * stands still.
 */
#include "resolve/bed_priv.h"

#define A DNS_TYPE_A
#define AD RESOLVE_AD
#define HOUR_MS 3600000

/* Silent for names in s, else good. */
static void answer(const struct fake_query *q, void *arg)
{
	static struct craft c;

	(void)arg;
	if (q->m.name.wire[1] == 's')
		return;
	fake_begin(&c, q, 0x20);
	craft_line(&c, DNS_SECTION_ANSWER,
		   q->m.type == DNS_TYPE_NS ? STR("@ 60 NS ns.example.") : STR("@ 60 A 192.0.2.1"));
	fake_send(q, craft_str(&c));
}

static void turns(struct bed *b)
{
	for (int i = 0; i < 20; i++)
		loop_turn(&b->loop, 0);
}

static void test_step(void)
{
	static struct bed_got silent[50];
	struct bed b;

	bed_open(&b, 1, answer, NULL);
	struct bed_got *got = bed_ask(&b, "a.", A, AD | RESOLVE_PROBED);
	CHECK_INT("T15: probed", got->answer->source.probe, DNS_PROBE_VALIDATES);
	CHECK_INT("T15: probed", b.fake[0].udp_queries, 2);
	for (size_t i = 0; i < COUNT_OF(silent); i++) {
		char name[] = { 's', (char)('a' + i / 10), (char)('a' + i % 10), '.', '\0' };
		bed_send(&b, name, A, AD, &silent[i]);
	}
	turns(&b);
	CHECK_INT("T15: all are asked", b.fake[0].udp_queries, 52);
	b.loop.ahead += HOUR_MS;
	turns(&b);
	CHECK_INT("T15: each once more, no storm", b.fake[0].udp_queries, 102);
	CHECK_INT("T15: nobody is given up yet", silent[0].done, 0);
	b.loop.ahead += HOUR_MS;
	turns(&b);
	CHECK_INT("T15: no more", b.fake[0].udp_queries, 102);
	for (size_t i = 0; i < COUNT_OF(silent); i++) {
		CHECK_INT("T15: each called back, once", silent[i].calls, 1);
		dns_answer_free(&silent[i].answer);
	}
	b.loop.ahead += HOUR_MS;
	got = bed_ask(&b, "a.", A, AD | RESOLVE_PROBED);
	CHECK_INT("T15: the cache has expired", got->answer->cached, 0);
	CHECK_INT("T15: so has the probe", b.fake[0].udp_queries, 104);
	/* Years. */
	b.loop.ahead += HOUR_MS * INT64_C(100000);
	got = bed_ask(&b, "a.", A, AD);
	bed_check("T15: years", got, "data secure udp: a. 60 A 192.0.2.1");
	bed_close(&b);
}

/* Answers come, nothing runs out, nothing spins. */
static void test_standstill(void)
{
	struct bed_got got = { 0 }, silent = { 0 };
	struct bed b;

	bed_open(&b, 1, answer, NULL);
	int64_t stands = b.loop.now;
	bed_send(&b, "a.", A, AD, &got);
	bed_send(&b, "s.", A, AD, &silent);
	for (int i = 0; i < 100; i++) {
		b.loop.ahead = stands - os_clock_mono();
		loop_turn(&b.loop, 0);
	}
	bed_check("T15: stands still", &got, "data secure udp: a. 60 A 192.0.2.1");
	CHECK_INT("T15: stands still", silent.done, 0);
	CHECK_INT("T15: stands still", b.fake[0].udp_queries, 2);
	b.loop.ahead = 0;
	bed_check("T15: goes on", bed_ask(&b, "b.", A, AD), "data secure udp: b. 60 A 192.0.2.1");
	dns_answer_free(&got.answer);
	bed_close(&b);
}

int main(void)
{
	test_step();
	test_standstill();
	return TEST_EXIT();
}
