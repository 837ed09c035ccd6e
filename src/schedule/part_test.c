#include "schedule/part.h"

#include "base/test.h"
#include "base/text.h"
#include "schedule/rcpt.h"

#include <stdlib.h>

#define T0 INT64_C(1795000000000)
#define DAY INT64_C(86400000)

static const struct schedule_retry usual = {
	.retry_ms = { 60000, 300000 },
	.n_retry = 2,
	.lifetime_ms = 5 * DAY,
};

static const struct {
	const char *label;
	enum route_action action;
	bool tried;
	const char *status, *expired, *text, *remote;
	enum route_service service;
	int64_t age;
	unsigned attempts;
	bool ordered;
	enum route_action want;
	const char *want_status, *want_text;
	bool want_secure;
} ends[] = {
	{ "delivered", ROUTE_DELIVER, true, "2.0.0", "", "250 ok", "mx", ROUTE_REQUIRED, 6 * DAY,
	  40, false, ROUTE_DELIVER, "2.0.0", "250 ok", false },
	{ "young", ROUTE_DEFER, true, "4.4.1", "", "refused", "mx", ROUTE_OFF, DAY, 40, false,
	  ROUTE_DEFER, "4.4.1", "refused", false },
	{ "old", ROUTE_DEFER, true, "4.4.1", "", "refused", "mx", ROUTE_OFF, 5 * DAY, 40, false,
	  ROUTE_BOUNCE, "5.4.7", "given up after 5d: mx: refused", false },
	{ "old, nobody said it", ROUTE_DEFER, true, "4.4.3", "", "no answer", "", ROUTE_OFF,
	  5 * DAY, 40, false, ROUTE_BOUNCE, "5.4.7", "given up after 5d: no answer", false },
	{ "old, with a status for that", ROUTE_DEFER, true, "4.7.5", "5.7.5", "bogus", "",
	  ROUTE_REQUIRED, 5 * DAY, 40, false, ROUTE_BOUNCE, "5.7.5", "given up after 5d: bogus",
	  true },
	{ "old, but tried too seldom to be fair", ROUTE_DEFER, true, "4.4.1", "", "refused", "mx",
	  ROUTE_OFF, 6 * DAY, 0, false, ROUTE_DEFER, "4.4.1", "refused", false },
	{ "young, but to end", ROUTE_DEFER, true, "4.4.1", "", "refused", "mx", ROUTE_OFF, DAY, 1,
	  true, ROUTE_BOUNCE, "5.4.7",
	  "given up after 1d, by order of an administrator: mx: refused", false },
	{ "old, but not tried", ROUTE_DEFER, false, "", "", "", "", ROUTE_OFF, 6 * DAY, 40, true,
	  ROUTE_DEFER, "", "", false },
	{ "refused", ROUTE_BOUNCE, true, "5.1.1", "", "550 no", "mx", ROUTE_REQUESTED, 0, 0, false,
	  ROUTE_BOUNCE, "5.1.1", "550 no", false },
	{ "refused, and required", ROUTE_BOUNCE, true, "5.7.4", "", "not signed", "",
	  ROUTE_REQUIRED, 0, 0, false, ROUTE_BOUNCE, "5.7.4", "not signed", true },
};

static struct schedule_part *part_of(enum route_service service, size_t n)
{
	struct schedule_part *p = schedule_part_new(
		STR("d.example"), &(struct route_demand){ .service = service }, n);

	if (!p)
		abort();
	return p;
}

static void check_ends(void)
{
	for (size_t i = 0; i < COUNT_OF(ends); i++) {
		struct schedule_part *p = part_of(ends[i].service, 1);
		struct schedule_outcome *o = &p->rcpt[0];
		const struct schedule_life life = { .retry = &usual,
						    .arrived_wall_ms = T0,
						    .now_wall_ms = T0 + ends[i].age,
						    .attempts = ends[i].attempts,
						    .ordered = ends[i].ordered };
		if (ends[i].tried)
			schedule_outcome_settle(o, ends[i].action, str_of(ends[i].status));
		schedule_outcome_say(o, str_of(ends[i].text), str_of(ends[i].remote));
		(void)str_copy(o->expired, sizeof(o->expired), str_of(ends[i].expired));
		schedule_part_end(p, &life);
		CHECK_INT(ends[i].label, o->action, ends[i].want);
		CHECK_STR(ends[i].label, str_of(o->status), str_of(ends[i].want_status));
		CHECK_STR(ends[i].label, o->text, str_of(ends[i].want_text));
		CHECK_STR(ends[i].label, o->remote, str_of(ends[i].remote));
		CHECK_INT(ends[i].label, o->secure_failed, ends[i].want_secure);
		schedule_part_free(&p);
		CHECK_INT(ends[i].label, p == NULL, true);
	}
}

#define AGED "given up after 1d, by order of an administrator: "

/* Where a host was not authenticated as a criterion demands, it is named, and no more than once. */
static void check_asker(void)
{
	static const struct {
		const char *label, *expired, *remote;
		struct str begins, ends;
	} rows[] = {
		{ "a host that DANE does not authenticate", "5.7.5", "mx",
		  STR_INIT(AGED "mx: no. DNSSEC service required (criterion \"To * SECURE DANE\", "
				"f:7). What can be done: "),
		  STR_INIT("lift the requirement.") },
		{ "a host that is not there", "", "mx", STR_INIT(AGED "mx: "), STR_INIT(": no") },
		{ "the DNS, whose text names it", "5.7.5", "", STR_INIT(AGED), STR_INIT(": no") },
	};
	const struct route_demand demand = {
		.service = ROUTE_REQUIRED,
		.dane = ROUTE_DANE_DEMANDED,
		.criterion = { STR("To * SECURE DANE"), STR("f"), 7 },
	};
	const struct schedule_life life = {
		.retry = &usual, .arrived_wall_ms = T0, .now_wall_ms = T0 + DAY, .ordered = true
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct schedule_part *p = schedule_part_new(STR("d"), &demand, 1);
		struct schedule_outcome *o = &p->rcpt[0];
		schedule_outcome_settle(o, ROUTE_DEFER, STR("4.7.5"));
		schedule_outcome_say(o, STR("no"), str_of(rows[i].remote));
		(void)str_copy(o->expired, sizeof(o->expired), str_of(rows[i].expired));
		schedule_part_end(p, &life);
		CHECK_INT(rows[i].label, o->action, ROUTE_BOUNCE);
		CHECK_STR(rows[i].label, str_head(o->text, rows[i].begins.n), rows[i].begins);
		CHECK_INT(rows[i].label, str_ends(o->text, rows[i].ends), true);
		schedule_part_free(&p);
	}
}

/* Our own end is not the last word on old mail; an administrator's order is. */
static void check_cut(void)
{
	for (int ordered = 0; ordered < 2; ordered++) {
		struct schedule_part *p = part_of(ROUTE_OFF, 1);
		const struct schedule_life life = { .retry = &usual,
						    .arrived_wall_ms = T0,
						    .now_wall_ms = T0 + 6 * DAY,
						    .attempts = 40,
						    .ordered = ordered };
		schedule_outcome_settle(&p->rcpt[0], ROUTE_DEFER, STR("4.3.2"));
		p->rcpt[0].cut = true;
		schedule_part_end(p, &life);
		CHECK_INT("old, but cut", p->rcpt[0].action, ordered ? ROUTE_BOUNCE : ROUTE_DEFER);
		schedule_part_free(&p);
	}
}

/* A clock set beyond all measure makes a strange age, and nothing worse. */
static void check_strange_ages(void)
{
	static const struct {
		int64_t arrived, now;
		const char *text;
	} ages[] = {
		{ INT64_MIN, T0, "given up after 0s, by order of an administrator: no" },
		{ T0, INT64_MIN, "given up after 0s, by order of an administrator: no" },
		{ T0, T0 - DAY, "given up after 0s, by order of an administrator: no" },
	};

	for (size_t i = 0; i < COUNT_OF(ages); i++) {
		struct schedule_part *p = part_of(ROUTE_OFF, 1);
		const struct schedule_life life = { .retry = &usual,
						    .arrived_wall_ms = ages[i].arrived,
						    .now_wall_ms = ages[i].now,
						    .ordered = true };
		schedule_outcome_settle(&p->rcpt[0], ROUTE_DEFER, STR("4.4.1"));
		schedule_outcome_say(&p->rcpt[0], STR("no"), STR_NONE);
		schedule_part_end(p, &life);
		CHECK_STR("given up", p->rcpt[0].text, str_of(ages[i].text));
		schedule_part_free(&p);
	}
}

static void check_share(void)
{
	struct schedule_part *p = part_of(ROUTE_OFF, 2), *q = part_of(ROUTE_OFF, 1);
	struct schedule_outcome *o = &q->rcpt[0];

	schedule_outcome_settle(o, ROUTE_DEFER, STR("4.4.1"));
	schedule_outcome_say(o, STR("refused"), STR("mx.d.example"));
	o->not_before_wall_ms = T0;
	schedule_part_share(p, o);
	for (size_t i = 0; i < p->n; i++) {
		CHECK_INT("shared", p->rcpt[i].action, ROUTE_DEFER);
		CHECK_INT("shared", p->rcpt[i].tried, true);
		CHECK_INT("nobody was asked", p->rcpt[i].target == SCHEDULE_NOBODY, true);
		CHECK_INT("until then", p->rcpt[i].not_before_wall_ms, T0);
		CHECK_INT("nor dialled", p->rcpt[i].unasked, true);
		CHECK_STR("shared", str_of(p->rcpt[i].status), STR("4.4.1"));
		CHECK_STR("shared", p->rcpt[i].text,
			  STR("just tried for another message: refused"));
		CHECK_STR("shared", p->rcpt[i].remote, STR("mx.d.example"));
	}
	schedule_part_skip(p, T0 + 1);
	CHECK_INT("not before", p->rcpt[1].not_before_wall_ms, T0 + 1);
	CHECK_INT("skipped", p->rcpt[1].tried, false);
	CHECK_INT("by its schedule", p->rcpt[1].cut, false);
	schedule_part_recall(p);
	CHECK_INT("called back", p->rcpt[1].tried, false);
	CHECK_INT("at any time", p->rcpt[1].not_before_wall_ms, 0);
	CHECK_INT("as due as before", p->rcpt[1].cut, true);
	schedule_part_free(&p);
	schedule_part_free(&q);
}

/* What was last said of each, by whom, and what is said of it when it is given up by order. */
static const struct {
	const char *status, *text, *remote, *want_status, *want_text;
} orders[] = {
	{ "4.7.1", "450 4.7.1 no", "mx", "5.4.7",
	  "given up after 1d, by order of an administrator: mx: 450 4.7.1 no" },
	{ "", "", "", "5.4.7",
	  "given up after 1d, by order of an administrator: it was never tried" },
	{ "4.7.5", "bogus", "", "5.7.5", "given up after 1d, by order of an administrator: bogus" },
};

static void check_order(void)
{
	const struct schedule_life life = {
		.retry = &usual, .arrived_wall_ms = T0, .now_wall_ms = T0 + DAY, .ordered = true
	};
	struct schedule_part *p = part_of(ROUTE_OFF, COUNT_OF(orders));
	struct schedule_rcpt rcpt[COUNT_OF(orders)] = { 0 };

	for (size_t i = 0; i < COUNT_OF(orders); i++) {
		p->rcpt[i].rcpt = i;
		rcpt[i].status = str_of(orders[i].status);
		rcpt[i].text = str_of(orders[i].text);
		rcpt[i].remote = str_of(orders[i].remote);
	}
	schedule_part_order(p, rcpt);
	schedule_part_end(p, &life);
	for (size_t i = 0; i < COUNT_OF(orders); i++) {
		const struct schedule_outcome *o = &p->rcpt[i];
		CHECK_INT(orders[i].want_text, o->action, ROUTE_BOUNCE);
		CHECK_STR(orders[i].want_text, str_of(o->status), str_of(orders[i].want_status));
		CHECK_STR(orders[i].want_text, o->text, str_of(orders[i].want_text));
		CHECK_STR(orders[i].want_text, o->remote, str_of(orders[i].remote));
	}
	schedule_part_free(&p);
}

/* Addresses, then the parts that they fall into, as indices. */
static const struct {
	const char *label;
	const char *to[6];
	unsigned line[6]; /* of the criterion that asks; 0: none */
	const char *parts;
} choices[] = {
	{ "one", { "a@x" }, { 0 }, "0" },
	{ "one domain, in any case", { "a@x", "b@X", "c@x" }, { 0 }, "0 1 2" },
	{ "two domains", { "a@x", "b@y", "c@x" }, { 0 }, "0 2;1" },
	{ "two demands", { "a@x", "b@x", "c@x" }, { 1, 2, 1 }, "0 2;1" },
	{ "a prefix is another", { "a@xx", "b@x", "c@xx" }, { 0 }, "1;0 2" },
	{ "an address that is not ASCII asks more of a host",
	  { "a@x", "\xc3\xbc@x", "c@x" },
	  { 0 },
	  "0 2;1" },
	{ "the last @ counts", { "\"a@y\"@x", "b@y" }, { 0 }, "0;1" },
	{ "none has a domain", { "a", "b" }, { 0 }, "0 1" },
	{ "literals", { "a@[127.0.0.1]", "b@[127.0.0.2]", "c@[127.0.0.1]" }, { 0 }, "0 2;1" },
};

static void check_choices(void)
{
	for (size_t i = 0; i < COUNT_OF(choices); i++) {
		CLEANUP(buf_free) struct buf parts = BUF_MAX(256);
		struct schedule_choice c[6], *at = c;
		size_t n = 0;
		for (; n < 6 && choices[i].to[n]; n++)
			c[n] = (struct schedule_choice){
				.rcpt = n,
				.domain = schedule_domain(str_of(choices[i].to[n])),
				.utf8 = !text_is_ascii(str_of(choices[i].to[n])),
				.demand = { .service = choices[i].line[n] ? ROUTE_REQUESTED
									  : ROUTE_OFF,
					    .criterion.line_no = choices[i].line[n] },
			};
		schedule_choice_sort(c, n);
		while (n) {
			size_t k = schedule_choice_together(at, n);
			if (parts.n)
				buf_addc(&parts, ';');
			for (size_t j = 0; j < k; j++)
				buf_addf(&parts, "%s%zu", j ? " " : "", at[j].rcpt);
			at += k;
			n -= k;
		}
		CHECK_STR(choices[i].label, buf_str(&parts), str_of(choices[i].parts));
	}
}

/* Who was delivered, or has bounced, waits for nobody. */
static void check_close(void)
{
	struct schedule_part *p = part_of(ROUTE_OFF, 2);

	schedule_outcome_settle(&p->rcpt[0], ROUTE_DELIVER, STR("2.0.0"));
	schedule_outcome_settle(&p->rcpt[1], ROUTE_DEFER, STR("4.4.1"));
	schedule_part_close(p, T0);
	CHECK_INT("closed, delivered", p->rcpt[0].not_before_wall_ms, 0);
	CHECK_INT("closed, put off", p->rcpt[1].not_before_wall_ms, T0);
	schedule_part_free(&p);
}

int main(void)
{
	check_ends();
	check_asker();
	check_cut();
	check_strange_ages();
	check_share();
	check_close();
	check_order();
	check_choices();
	return TEST_EXIT();
}
