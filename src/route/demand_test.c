#include "route/demand.h"

#include "base/test.h"

#define ALL                                                                                        \
	{                                                                                          \
		STR_INIT("To *"), STR_INIT("dnssec.criteria"), 2                                   \
	}
#define BANK                                                                                       \
	{                                                                                          \
		STR_INIT("To *@bank.example SECURE"), STR_INIT("dnssec.criteria"), 3               \
	}
#define TRIED                                                                                      \
	{                                                                                          \
		STR_INIT("To * OBSERVE"), STR_INIT("dnssec.criteria"), 9                           \
	}

static const struct {
	const char *label;
	struct route_demand demand;
	struct str text;
} cases[] = {
	/* In their order: each is below the next. */
	{ "off", { .service = ROUTE_OFF }, STR_INIT("") },
	{ "off, and one is tried", { .service = ROUTE_OFF, .observed = TRIED }, STR_INIT("") },
	{ "off, and TLS is required",
	  { .service = ROUTE_OFF, .sender_tls = ROUTE_SENDER_REQUIRES_TLS },
	  STR_INIT("") },
	{ "requested",
	  { .service = ROUTE_REQUESTED, .criterion = ALL },
	  STR_INIT("DNSSEC service requested (criterion \"To *\", dnssec.criteria:2)") },
	{ "requested, and one is tried",
	  { .service = ROUTE_REQUESTED, .criterion = ALL, .observed = TRIED },
	  STR_INIT("DNSSEC service requested (criterion \"To *\", dnssec.criteria:2)") },
	{ "requested by another line",
	  { .service = ROUTE_REQUESTED, .criterion = BANK },
	  STR_INIT("DNSSEC service requested (criterion \"To *@bank.example SECURE\", "
		   "dnssec.criteria:3)") },
	{ "requested, and TLS is waived",
	  { .service = ROUTE_REQUESTED, .criterion = ALL, .sender_tls = ROUTE_SENDER_WAIVES_TLS },
	  STR_INIT("DNSSEC service requested (criterion \"To *\", dnssec.criteria:2)") },
	{ "required",
	  { .service = ROUTE_REQUIRED, .criterion = BANK },
	  STR_INIT("DNSSEC service required (criterion \"To *@bank.example SECURE\", "
		   "dnssec.criteria:3)") },
	{ "required, with DANE",
	  { .service = ROUTE_REQUIRED, .dane = ROUTE_DANE_DEMANDED, .criterion = BANK },
	  STR_INIT("DNSSEC service required (criterion \"To *@bank.example SECURE\", "
		   "dnssec.criteria:3)") },
};

static bool same_kind(const struct route_demand *a, const struct route_demand *b)
{
	return a->service == b->service && a->dane == b->dane && a->sender_tls == b->sender_tls;
}

/* One bit each, whichever criterion asks; none where one is tried. */
static void check_kinds(size_t i)
{
	const struct route_demand *a = &cases[i].demand;
	uint64_t kind = route_demand_kind(a);

	CHECK_INT(cases[i].label, __builtin_popcountll(kind), a->observed.line.n ? 0 : 1);
	for (size_t j = 0; j < COUNT_OF(cases); j++)
		if (!a->observed.line.n && !cases[j].demand.observed.line.n)
			CHECK_INT(cases[i].label, kind == route_demand_kind(&cases[j].demand),
				  same_kind(a, &cases[j].demand));
}

static int sign(int n)
{
	return (n > 0) - (n < 0);
}

int main(void)
{
	CHECK_STR("off", route_service_text(ROUTE_OFF), STR("off"));
	CHECK_STR("requested", route_service_text(ROUTE_REQUESTED), STR("requested"));
	CHECK_STR("required", route_service_text(ROUTE_REQUIRED), STR("required"));
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		CLEANUP(buf_free) struct buf text = BUF_MAX(1024);
		route_demand_text(&text, &cases[i].demand);
		CHECK_STR(cases[i].label, buf_str(&text), cases[i].text);
		check_kinds(i);
		for (size_t j = 0; j < COUNT_OF(cases); j++)
			CHECK_INT(cases[i].label,
				  sign(route_demand_cmp(&cases[i].demand, &cases[j].demand)),
				  (i > j) - (i < j));
	}
	return TEST_EXIT();
}
