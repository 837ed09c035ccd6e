/*
 * No memory for an answer: it ends the question.  Another server, which may not validate, must
 * not be the one that is believed because what the first said could not be kept.
 */
#include "../failing.h"
#include "base/test.h"
#include "dns/craft.h"
#include "resolve/query.h"

static const struct {
	const char *label;
	unsigned rcode;
	bool mixed;
} rows[] = {
	{ "bogus", DNS_SERVFAIL, false },
	{ "data", DNS_NOERROR, false },
	{ "data, before its letters are those of the question", DNS_NOERROR, true },
};

int main(void)
{
	static const uint8_t order[] = { 0, 1 };
	static struct craft c;
	struct dns_name name = craft_name_of("a.example.");
	struct resolve_peer peers[2];

	for (size_t i = 0; i < COUNT_OF(peers); i++)
		peers[i] = (struct resolve_peer){ .trust = DNS_TRUST_LOOPBACK,
						  .attempts = 2,
						  .timeout_ms = 1000 };
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct resolve_query q = { .name = &name, .type = DNS_TYPE_A, .ad = true };
		craft_begin(&c, 7, DNS_FLAG_QR | rows[i].rcode, "a.example.", DNS_TYPE_A);
		if (rows[i].rcode == DNS_NOERROR)
			craft_lines(&c, DNS_SECTION_ANSWER, "@ 60 A 192.0.2.1");
		else
			craft_ede(&c, 6, "");
		const struct resolve_reply reply = { .octets = craft_str(&c),
						     .edns = true,
						     .mixed = rows[i].mixed };
		resolve_query_start(&q, peers, order, COUNT_OF(order));
		resolve_query_sent(&q, 0);
		countdown = 0;
		struct resolve_fed fed = resolve_query_feed(&q, &reply);
		countdown = -1;
		CHECK_INT(rows[i].label, fed.took, RESOLVE_TOOK);
		CHECK_INT(rows[i].label, resolve_query_want(&q), RESOLVE_WANT_DONE);
		CHECK_INT(rows[i].label, q.answer == NULL, 1);
		CHECK_STR(rows[i].label, q.why, STR("out of memory"));
		resolve_query_clear(&q);
	}
	return TEST_EXIT();
}
