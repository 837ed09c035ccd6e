#include "dns/answer.h"

#include "base/test.h"
#include "dns/craft.h"

int main(void)
{
	CHECK_STR("probe", dns_probe_text(DNS_PROBE_UNKNOWN), STR("unknown"));
	CHECK_STR("probe", dns_probe_text(DNS_PROBE_VALIDATES), STR("validates"));
	CHECK_STR("probe", dns_probe_text(DNS_PROBE_FAILS), STR("fails"));
	CHECK_STR("probe", dns_probe_text(DNS_PROBE_UNANSWERED), STR("unanswered"));
	CHECK_INT("not made", dns_probe_bad(DNS_PROBE_UNKNOWN), false);
	CHECK_INT("good", dns_probe_bad(DNS_PROBE_VALIDATES), false);
	CHECK_INT("bad", dns_probe_bad(DNS_PROBE_FAILS), true);
	CHECK_INT("silent", dns_probe_bad(DNS_PROBE_UNANSWERED), true);
	CHECK_STR("status", dns_status_text(DNS_SECURE), STR("secure"));
	CHECK_STR("status", dns_status_text(DNS_INSECURE), STR("insecure"));
	CHECK_STR("status", dns_status_text(DNS_BOGUS), STR("bogus"));
	CHECK_STR("status", dns_status_text(DNS_INDETERMINATE), STR("indeterminate"));

	/* A copy has nothing in common with what it was made from. */
	struct dns_name final = craft_name_of("b.");
	struct dns_name a_name = craft_name_of("a.");
	struct dns_answer a = {
		.name = &a_name,
		.source = { .server = STR("127.0.0.1:53"),
			    .channel = STR("udp"),
			    .trust_reason = STR("loopback"),
			    .probe_reason = STR("none") },
		.ede_text = STR("text"),
		.why = STR("why"),
		.final = &final,
	};
	struct dns_answer *copy = NULL;
	CHECK_INT("copy", dns_answer_copy(&a, &copy), ERR_OK);
	CHECK_STR("server", copy->source.server, a.source.server);
	CHECK_STR("channel", copy->source.channel, a.source.channel);
	CHECK_STR("trust", copy->source.trust_reason, a.source.trust_reason);
	CHECK_STR("probe", copy->source.probe_reason, a.source.probe_reason);
	CHECK_STR("ede", copy->ede_text, a.ede_text);
	CHECK_STR("why", copy->why, a.why);
	CHECK_INT("final", copy->final != &final && dns_name_eq(copy->final, &final), true);
	CHECK_INT("no records", dns_answer_final(&a) == &final, true);
	dns_answer_free(&copy);
	CHECK_INT("freed", copy == NULL, true);
	dns_answer_free(&copy);

	a.final = NULL;
	CHECK_INT("final is the name", dns_answer_final(&a) == a.name, true);
	return TEST_EXIT();
}
