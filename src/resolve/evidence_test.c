#include "resolve/evidence.h"

#include "base/test.h"

/*
 * What came, in order: i an answer that is not authenticated, s one that is, b
 * bogus, x none or another failure; + a probe that the server passed, - one that
 * it did not, ? one that came to nothing.
 */
static const struct {
	const char *label;
	const char *came;
	enum resolve_evidence_state state;
	int at_hand; /* which of the answers, from 0 */
} cases[] = {
	{ "authenticated", "s", RESOLVE_EVIDENCE_NONE, 0 },
	{ "bogus", "b", RESOLVE_EVIDENCE_NONE, 0 },
	{ "a failure", "x", RESOLVE_EVIDENCE_NONE, 0 },
	{ "not authenticated", "i", RESOLVE_EVIDENCE_BEFORE, 0 },
	{ "the server does not validate", "i-", RESOLVE_EVIDENCE_DOUBTED, 0 },
	{ "nobody knows whether it does", "i?", RESOLVE_EVIDENCE_DOUBTED, 0 },
	{ "the server validates", "i+", RESOLVE_EVIDENCE_AGAIN, 0 },
	{ "it was without its validator", "i+s", RESOLVE_EVIDENCE_NONE, 1 },
	{ "now it is bogus", "i+b", RESOLVE_EVIDENCE_NONE, 1 },
	{ "now it fails", "i+x", RESOLVE_EVIDENCE_DOUBTED, 0 },
	{ "once more", "i+i", RESOLVE_EVIDENCE_AGAIN, 1 },
	{ "two in turn behind one address", "i+is", RESOLVE_EVIDENCE_NONE, 2 },
	{ "twice more", "i+ii", RESOLVE_EVIDENCE_AGAIN, 2 },
	{ "the third is authenticated", "i+iis", RESOLVE_EVIDENCE_NONE, 3 },
	{ "the third fails", "i+iix", RESOLVE_EVIDENCE_DOUBTED, 2 },
	{ "the third is bogus", "i+iib", RESOLVE_EVIDENCE_NONE, 3 },
	{ "three times more", "i+iii", RESOLVE_EVIDENCE_AFTER, 3 },
	{ "it stopped to validate meanwhile", "i+iii-", RESOLVE_EVIDENCE_DOUBTED, 3 },
	{ "it cannot be told", "i+iii?", RESOLVE_EVIDENCE_DOUBTED, 3 },
	{ "the zone is not signed", "i+iii+", RESOLVE_EVIDENCE_PROVED, 3 },
	{ "the next answer begins anew", "i+iii+i", RESOLVE_EVIDENCE_BEFORE, 4 },
	{ "and has all rounds before it", "i+iii+i+ii", RESOLVE_EVIDENCE_AGAIN, 6 },
	{ "after doubt, too", "i-i+", RESOLVE_EVIDENCE_AGAIN, 1 },
};

static void feed(struct resolve_evidence *e, char came, int answer, int *at_hand)
{
	struct dns_answer a = { .status = DNS_INDETERMINATE };

	switch (came) {
	case '+':
		resolve_evidence_probe(e, DNS_PROBE_VALIDATES);
		return;
	case '-':
		resolve_evidence_probe(e, DNS_PROBE_FAILS);
		return;
	case '?':
		resolve_evidence_probe(e, DNS_PROBE_UNKNOWN);
		return;
	case 'i':
		a.status = DNS_INSECURE;
		break;
	case 's':
		a.status = DNS_SECURE;
		break;
	case 'b':
		a.status = DNS_BOGUS;
		break;
	default:
		break;
	}
	if (resolve_evidence_answer(e, &a))
		*at_hand = answer;
}

/* No way leads to PROVED but the whole of it. */
static void test_every_way(void)
{
	static const char steps[] = "isbx+-?";
	enum { LENGTH = 6, KINDS = sizeof(steps) - 1 };
	unsigned all = 1, proved = 0;

	for (int i = 0; i < LENGTH; i++)
		all *= KINDS;
	for (unsigned way = 0; way < all; way++) {
		struct resolve_evidence e = { RESOLVE_EVIDENCE_NONE, 0 };
		char came[LENGTH + 1] = "";
		unsigned left = way;
		int at_hand = 0;
		bool fits = true;
		for (int i = 0; i < LENGTH; i++, left /= KINDS) {
			bool probe = e.state == RESOLVE_EVIDENCE_BEFORE ||
				     e.state == RESOLVE_EVIDENCE_AFTER;
			came[i] = steps[left % KINDS];
			fits = fits && probe == (left % KINDS > 3);
			if (fits)
				feed(&e, came[i], i, &at_hand);
		}
		if (fits && e.state == RESOLVE_EVIDENCE_PROVED) {
			proved++;
			CHECK_STR("the only way", str_of(came), STR("i+iii+"));
		}
	}
	CHECK_INT("one way of that length", proved, 1);
}

int main(void)
{
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct resolve_evidence e = { RESOLVE_EVIDENCE_NONE, 0 };
		int answers = 0, at_hand = -1;
		for (const char *c = cases[i].came; *c; c++)
			feed(&e, *c, *c == '+' || *c == '-' || *c == '?' ? 0 : answers++, &at_hand);
		CHECK_INT(cases[i].label, e.state, cases[i].state);
		CHECK_INT(cases[i].label, at_hand, cases[i].at_hand);
	}
	test_every_way();
	return TEST_EXIT();
}
