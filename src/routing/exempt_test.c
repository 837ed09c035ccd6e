/* Which exemption lasts for whom, and until when. */
#include "routing/exempt.h"

#include "base/test.h"
#include "base/time.h"
#include "conf/parse.h"

#include <stdlib.h>

static const char text[] = "exempt \"Partner.Example.\" { reason = r until = 2027-03-31 }\n"
			   "exempt \"*.below.example\" { reason = r until = 2027-03-31 }\n"
			   "exempt \"deep.below.example\" { reason = r until = 2027-05-01 }\n"
			   "exempt \"*.deep.below.example\" { reason = r until = 2027-04-01 }\n"
			   "exempt \"b\xc3\xbc"
			   "cher.example\" { reason = r until = 2027-03-31 }\n";

#define BEFORE "2027-03-30T23:59:59.999Z"
#define DAY "2027-03-31T00:00:00Z"

static const struct {
	const char *domain, *now, *want; /* "": none */
} cases[] = {
	{ "partner.example", BEFORE, "Partner.Example." },
	{ "PARTNER.example.", BEFORE, "Partner.Example." },
	{ "partner.example", "1970-01-01T00:00:00Z", "Partner.Example." },
	{ "partner.example", DAY, "" },
	{ "partner.example", "2027-03-31T01:30:00+02:00", "Partner.Example." },
	{ "a.partner.example", BEFORE, "" },
	{ "below.example", BEFORE, "*.below.example" },
	{ "a.b.below.example", BEFORE, "*.below.example" },
	{ "notbelow.example", BEFORE, "" },
	{ "example", BEFORE, "" },
	{ "deep.below.example", BEFORE, "deep.below.example" },
	{ "x.deep.below.example", BEFORE, "*.deep.below.example" },
	{ "x.deep.below.example", DAY, "*.deep.below.example" },
	{ "x.deep.below.example", "2027-04-01", "" },
	{ "deep.below.example", "2027-04-30", "deep.below.example" },
	{ "b\xc3\xbc"
	  "cher.example",
	  BEFORE,
	  "b\xc3\xbc"
	  "cher.example" },
	{ "XN--BCHER-KVA.example", BEFORE,
	  "b\xc3\xbc"
	  "cher.example" },
	{ "[192.0.2.1]", BEFORE, "" },
	{ "", BEFORE, "" },
	{ "\xff", BEFORE, "" },
};

static int64_t at(const char *time)
{
	int64_t wall_ms;

	if (time_read(str_of(time), &wall_ms) != ERR_OK)
		abort();
	return wall_ms;
}

static const struct {
	const char *now;
	enum routing_exempt_state state;
} states[] = {
	{ "2027-03-16T23:59:59.999Z", ROUTING_EXEMPT_LASTS },
	{ "2027-03-17T00:00:00Z", ROUTING_EXEMPT_ENDS },
	{ BEFORE, ROUTING_EXEMPT_ENDS },
	{ DAY, ROUTING_EXEMPT_ENDED },
};

int main(void)
{
	CLEANUP(buf_free) struct buf why = BUF_MAX(4096);
	CLEANUP(conf_free) struct conf *conf = NULL;
	const struct conf_exempt *e;

	CHECK_INT("conf", conf_parse("f", str_of(text), &conf, &why), ERR_OK);
	CHECK_STR("conf", buf_str(&why), STR(""));
	if (!conf)
		return 1;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		CHECK_INT(cases[i].domain,
			  routing_exempt_find(conf, str_of(cases[i].domain), at(cases[i].now), &e),
			  ERR_OK);
		CHECK_STR(cases[i].domain, str_of(e ? e->title : ""), str_of(cases[i].want));
	}
	for (size_t i = 0; i < COUNT_OF(states); i++)
		CHECK_INT(states[i].now, routing_exempt_state(&conf->exempt[0], at(states[i].now)),
			  states[i].state);
	return TEST_EXIT();
}
