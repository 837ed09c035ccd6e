/*
 * Parts of any choices, and the end of any attempt.  Seeds: src/schedule/corpus/part/.
 *
 * What must hold: sorting loses no choice and changes none; a group is of one domain, in any
 * case, and one demand, with SMTPUTF8 or without, in the order of the message, and no other
 * group is of the same; the end of an attempt gives up what was put off and tried, at the end
 * of its life alone, and leaves the rest as it was.
 */
#include "schedule/part.h"
#include "schedule/rcpt.h"

#include "base/rd.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

#define MUST(what)                                                                                 \
	do {                                                                                       \
		if (!(what))                                                                       \
			abort();                                                                   \
	} while (0)

#define MOST 16

static struct str any_text(struct rd *in, size_t most)
{
	size_t n = rd_u8(in) % (most + 1);

	n = n < rd_left(in) ? n : rd_left(in);
	return (struct str){ (const char *)rd_take(in, n), n };
}

static struct schedule_choice any_choice(struct rd *in, size_t rcpt)
{
	uint8_t demand = rd_u8(in);
	struct str address = any_text(in, 6), domain = schedule_domain(address);

	MUST(!str_has(domain, '@') && str_ends(address, domain));
	if (str_has(address, '@'))
		MUST(address.p[address.n - domain.n - 1] == '@');
	else
		MUST(domain.n == 0);
	return (struct schedule_choice){
		.rcpt = rcpt,
		.domain = domain,
		.utf8 = demand / 27 % 2,
		.demand = { .service = (enum route_service)(demand % ROUTE_SERVICES),
			    .criterion.line_no = demand / 3 % 3,
			    .observed.line_no = demand / 9 % 3 },
	};
}

static bool together(const struct schedule_choice *x, const struct schedule_choice *y)
{
	return str_eq_nocase(x->domain, y->domain) && x->utf8 == y->utf8 &&
	       x->demand.service == y->demand.service &&
	       x->demand.criterion.line_no == y->demand.criterion.line_no &&
	       x->demand.observed.line_no == y->demand.observed.line_no;
}

/* was: by .rcpt, before they were sorted. */
static void check_sorted(const struct schedule_choice *c, const struct schedule_choice *was,
			 size_t n)
{
	bool seen[MOST] = { false };

	for (size_t i = 0; i < n; i++) {
		MUST(c[i].rcpt < n && !seen[c[i].rcpt]);
		seen[c[i].rcpt] = true;
		MUST(c[i].domain.p == was[c[i].rcpt].domain.p);
		MUST(together(&c[i], &was[c[i].rcpt]));
	}
}

static void check_groups(const struct schedule_choice *c, size_t n)
{
	for (size_t at = 0, k; at < n; at += k) {
		k = schedule_choice_together(c + at, n - at);
		MUST(k > 0 && k <= n - at);
		for (size_t i = 0; i < n; i++)
			MUST(together(&c[at], &c[i]) == (i >= at && i < at + k));
		for (size_t i = at + 1; i < at + k; i++)
			MUST(c[i - 1].rcpt < c[i].rcpt);
	}
}

static void choose(struct rd *in)
{
	struct schedule_choice c[MOST], was[MOST];
	uint8_t how = rd_u8(in);
	size_t n = how % (MOST + 1);

	for (size_t i = 0; i < n; i++)
		was[i] = any_choice(in, i);
	for (size_t i = 0; i < n; i++)
		c[i] = was[how > 127 ? n - 1 - i : i];
	schedule_choice_sort(c, n);
	check_sorted(c, was, n);
	check_groups(c, n);
}

static void any_outcome(struct rd *in, struct schedule_outcome *o)
{
	static const char *const statuses[] = { "2.0.0", "4.4.1", "5.1.1" };
	uint8_t how = rd_u8(in);
	enum route_action action = (enum route_action)(how % ROUTE_ACTIONS);

	if (how / 3 % 4)
		schedule_outcome_settle(o, action, str_of(statuses[action]));
	if (how / 12 % 2 && action == ROUTE_DEFER)
		(void)str_copy(o->expired, sizeof(o->expired), STR("5.7.5"));
	struct str text = any_text(in, 8);
	schedule_outcome_say(o, text, any_text(in, 4));
}

/* Any time, near or far. */
static int64_t any_time(struct rd *in)
{
	uint64_t t = 0;
	uint8_t how = rd_u8(in);

	for (int i = 0; i < 8; i++)
		t = t << 8 | rd_u8(in);
	return (int64_t)t >> how % 64;
}

static bool may_end(const struct schedule_life *life)
{
	return life->ordered ||
	       (life->attempts + 1 >= schedule_retry_fair(life->retry) &&
		(life->now_wall_ms < life->arrived_wall_ms ||
		 life->now_wall_ms - life->retry->lifetime_ms >= life->arrived_wall_ms));
}

static void check_given_up(const struct schedule_outcome *was, const struct schedule_outcome *is)
{
	MUST(was->action == ROUTE_DEFER && was->tried && is->action == ROUTE_BOUNCE);
	MUST(str_eq(str_of(is->status), was->expired[0] ? str_of(was->expired) : STR("5.4.7")));
	MUST(str_starts(is->text, STR(SCHEDULE_GIVEN_UP)));
	MUST(is->text.n >= was->text.n + was->remote.n && is->remote.n == was->remote.n);
}

/* Of was, the texts may be gone. */
static void check_ends(const struct schedule_part *p, const struct schedule_outcome *was,
		       const struct schedule_life *life)
{
	size_t put_off = 0, given_up = 0;

	for (size_t i = 0; i < p->n; i++) {
		const struct schedule_outcome *o = &p->rcpt[i];
		put_off += was[i].action == ROUTE_DEFER && was[i].tried;
		MUST(o->tried == was[i].tried && o->target == was[i].target);
		MUST(o->secure_failed ==
		     (o->action == ROUTE_BOUNCE && p->demand.service == ROUTE_REQUIRED));
		if (o->action != was[i].action) {
			check_given_up(&was[i], o);
			given_up++;
			continue;
		}
		MUST(o->text.p == was[i].text.p && strcmp(o->status, was[i].status) == 0);
	}
	MUST(given_up == 0 || (given_up == put_off && may_end(life)));
	MUST(!life->ordered || given_up == put_off);
}

static void end(struct rd *in)
{
	struct schedule_retry retry = { .n_retry = 1 + rd_u8(in) % 4 };
	uint8_t how = rd_u8(in);
	const struct route_demand demand = { .service = (enum route_service)(how % 3) };
	struct schedule_part *p = schedule_part_new(STR("d"), &demand, how / 3 % MOST);
	struct schedule_outcome was[MOST];

	MUST(p);
	for (size_t i = 0; i < p->n; i++)
		any_outcome(in, &p->rcpt[i]);
	memcpy(was, p->rcpt, p->n * sizeof(was[0]));
	for (size_t i = 0; i < retry.n_retry; i++)
		retry.retry_ms[i] = 1 + rd_u16(in);
	retry.lifetime_ms = 1 + rd_u16(in) * INT64_C(16);
	const struct schedule_life life = { .retry = &retry,
					    .arrived_wall_ms = any_time(in),
					    .now_wall_ms = INT64_C(1) << 40,
					    .attempts = rd_u8(in),
					    .ordered = how > 200 };
	schedule_part_end(p, &life);
	check_ends(p, was, &life);
	schedule_part_free(&p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct rd in = rd_over(data, n);

	choose(&in);
	end(&in);
	return 0;
}
