/* The main path: asked, answered, kept, joined; the rest is in the tests beside. */
#include "resolve/bed_priv.h"

static void answer_a(const struct fake_query *q, void *arg)
{
	static struct craft c;

	(void)arg;
	fake_begin(&c, q, q->ad ? 0x20 : 0);
	craft_line(&c, DNS_SECTION_ANSWER, STR("@ 60 A 192.0.2.1"));
	fake_send(q, craft_str(&c));
}

int main(void)
{
	struct bed b;

	bed_open(&b, 1, answer_a, NULL);
	struct bed_got *got = bed_ask(&b, "a.example.", DNS_TYPE_A, RESOLVE_AD);
	CHECK_INT("answer", got->outcome, DNS_DATA);
	CHECK_INT("answer", got->status, DNS_SECURE);
	bed_close(&b);
	return TEST_EXIT();
}
