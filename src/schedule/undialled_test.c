/* What settles all of an attempt before anybody is dialled. */
#include "schedule/attempt.h"

#include "base/test.h"

/* A verdict against delivery settles all, in its words. */
static void check_bounce(void)
{
	const struct route_demand demand = {
		.service = ROUTE_REQUIRED,
		.criterion = { STR("To * SECURE"), STR("dnssec.criteria"), 1 },
	};
	struct schedule_part *part = schedule_part_new(STR("d.example"), &demand, 2);
	struct schedule_attempt *a = schedule_attempt_new(part, 0);
	struct route_verdict v = { .action = ROUTE_BOUNCE,
				   .status = "5.7.4",
				   .text = BUF_MAX(256),
				   .advice = BUF_MAX(256) };

	buf_add(&v.text, STR("the MX is not signed"));
	buf_add(&v.advice, STR("Sign it."));
	CHECK_INT("bounce", schedule_attempt_start(a, &v), SCHEDULE_DONE);
	for (size_t i = 0; i < 2; i++) {
		CHECK_INT("bounce", part->rcpt[i].action, ROUTE_BOUNCE);
		CHECK_STR("bounce", str_of(part->rcpt[i].status), STR("5.7.4"));
		CHECK_STR("bounce", part->rcpt[i].text,
			  STR("DNSSEC service required (criterion \"To * SECURE\", "
			      "dnssec.criteria:1): the MX is not signed. What can be done: Sign "
			      "it."));
		CHECK_INT("nobody said it", part->rcpt[i].target == SCHEDULE_NOBODY, true);
	}
	CHECK_INT("of the hosts nothing is known", schedule_attempt_reach(a),
		  SCHEDULE_REACH_UNKNOWN);
	schedule_attempt_free(&a);
	schedule_part_free(&part);
	buf_free(&v.text);
	buf_free(&v.advice);
}

/* No verdict can be had. */
static void check_abandon(void)
{
	const struct route_demand off = { .service = ROUTE_OFF };
	struct schedule_part *part = schedule_part_new(STR("d.example"), &off, 1);
	struct schedule_attempt *a = schedule_attempt_new(part, 1);

	CHECK_INT("memory", schedule_attempt_abandon(a, STR("4.3.0"), STR("out of memory")),
		  SCHEDULE_DONE);
	CHECK_INT("memory", part->rcpt[0].action, ROUTE_DEFER);
	CHECK_STR("memory", part->rcpt[0].text, STR("out of memory"));
	schedule_attempt_free(&a);
	schedule_part_free(&part);
}

int main(void)
{
	check_bounce();
	check_abandon();
	return TEST_EXIT();
}
