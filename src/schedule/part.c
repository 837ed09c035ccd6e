#include "schedule/part.h"

#include "base/time.h"

#include <stdlib.h>
#include <string.h>

struct schedule_part *schedule_part_new(struct str domain, const struct route_demand *demand,
					size_t n)
{
	struct schedule_part *p = calloc(1, sizeof(*p) + n * sizeof(p->rcpt[0]));

	if (!p)
		return NULL;
	p->domain = domain;
	p->demand = *demand;
	p->n = n;
	schedule_part_skip(p, 0);
	return p;
}

void schedule_part_free(struct schedule_part **pp)
{
	struct schedule_part *p = *pp;

	*pp = NULL;
	for (size_t i = 0; p && i < p->n; i++)
		free((char *)(uintptr_t)p->rcpt[i].text.p);
	free(p);
}

void schedule_outcome_say(struct schedule_outcome *o, struct str text, struct str remote)
{
	char *copy = malloc(text.n + remote.n + 1);

	if (!copy)
		return;
	if (text.n)
		memcpy(copy, text.p, text.n);
	if (remote.n)
		memcpy(copy + text.n, remote.p, remote.n);
	free((char *)(uintptr_t)o->text.p);
	o->text = (struct str){ copy, text.n };
	o->remote = (struct str){ copy + text.n, remote.n };
}

void schedule_outcome_settle(struct schedule_outcome *o, enum route_action action,
			     struct str status)
{
	o->action = action;
	o->tried = true;
	(void)str_copy(o->status, sizeof(o->status), status);
}

void schedule_part_skip(struct schedule_part *p, int64_t not_before_wall_ms)
{
	for (size_t i = 0; i < p->n; i++) {
		p->rcpt[i].action = ROUTE_DEFER;
		p->rcpt[i].tried = false;
		p->rcpt[i].target = SCHEDULE_NOBODY;
		p->rcpt[i].not_before_wall_ms = not_before_wall_ms;
	}
}

void schedule_part_recall(struct schedule_part *p)
{
	schedule_part_skip(p, 0);
	for (size_t i = 0; i < p->n; i++)
		p->rcpt[i].cut = true;
}

void schedule_part_close(struct schedule_part *p, int64_t not_before_wall_ms)
{
	for (size_t i = 0; i < p->n; i++)
		if (p->rcpt[i].action == ROUTE_DEFER)
			p->rcpt[i].not_before_wall_ms = not_before_wall_ms;
}

void schedule_part_share(struct schedule_part *p, const struct schedule_outcome *like)
{
	CLEANUP(buf_free) struct buf text = BUF_MAX(SCHEDULE_TEXT_MAX);

	buf_add(&text, STR("just tried for another message: "));
	buf_add(&text, str_head(like->text, SCHEDULE_TEXT_MAX - text.n));
	for (size_t i = 0; i < p->n; i++) {
		struct schedule_outcome *o = &p->rcpt[i];
		schedule_outcome_settle(o, ROUTE_DEFER, str_of(like->status));
		memcpy(o->expired, like->expired, sizeof(o->expired));
		o->unasked = true;
		o->not_before_wall_ms = like->not_before_wall_ms;
		schedule_outcome_say(o, buf_str(&text), like->remote);
	}
}

void schedule_part_order(struct schedule_part *p, const struct schedule_rcpt *rcpt)
{
	for (size_t i = 0; i < p->n; i++) {
		struct schedule_outcome *o = &p->rcpt[i];
		const struct schedule_rcpt *q = &rcpt[o->rcpt];
		schedule_outcome_settle(o, ROUTE_DEFER, q->status);
		if (str_eq(q->status, STR("4.7.5")))
			(void)str_copy(o->expired, sizeof(o->expired), STR("5.7.5"));
		schedule_outcome_say(o, q->text.n ? q->text : STR("it was never tried"), q->remote);
	}
}

/* Whom a host failed that DANE was to authenticate: which criterion asked, and what can be done. */
static void add_asker(struct buf *out, const struct route_demand *d)
{
	buf_add(out, STR(". "));
	route_demand_text(out, d);
	buf_add(out,
		STR(". What can be done: Whoever runs the mail host has to offer TLS with a "
		    "certificate that fits its TLSA records (RFC 7672). Until then send the "
		    "message without what asks for DANE here, or have the administrator of this "
		    "relay lift the requirement."));
}

static void give_up(struct schedule_outcome *o, const struct schedule_life *life,
		    const struct route_demand *d)
{
	CLEANUP(buf_free) struct buf text = BUF_MAX(2 * SCHEDULE_TEXT_MAX);
	char span[TIME_TEXT_MAX];
	int64_t age;

	if (__builtin_sub_overflow(life->now_wall_ms, life->arrived_wall_ms, &age))
		age = 0; /* no clock that we know tells such times */
	o->action = ROUTE_BOUNCE;
	if (o->expired[0])
		memcpy(o->status, o->expired, sizeof(o->status));
	else
		(void)str_copy(o->status, sizeof(o->status), STR("5.4.7"));
	buf_addf(&text, SCHEDULE_GIVEN_UP "%.*s%s: ", STR_ARG(time_span(age, span)),
		 life->ordered ? ", by order of an administrator" : "");
	if (o->remote.n)
		buf_addf(&text, "%.*s: ", STR_ARG(o->remote));
	buf_add(&text, o->text);
	if (d->dane == ROUTE_DANE_DEMANDED && o->remote.n &&
	    str_eq(str_of(o->status), STR("5.7.5")))
		add_asker(&text, d);
	schedule_outcome_say(o, buf_str(&text), o->remote);
}

void schedule_part_end(struct schedule_part *p, const struct schedule_life *life)
{
	bool ends = life->ordered ||
		    schedule_retry_age(life->retry, life->arrived_wall_ms, life->attempts + 1,
				       life->now_wall_ms) == SCHEDULE_EXPIRED;

	for (size_t i = 0; i < p->n; i++) {
		struct schedule_outcome *o = &p->rcpt[i];
		if (o->action == ROUTE_DEFER && o->tried && ends && (life->ordered || !o->cut))
			give_up(o, life, &p->demand);
		o->secure_failed = o->action == ROUTE_BOUNCE && p->demand.service == ROUTE_REQUIRED;
	}
}

static int compare_nocase(struct str a, struct str b)
{
	for (size_t i = 0; i < a.n && i < b.n; i++)
		if (str_fold(a.p[i]) != str_fold(b.p[i]))
			return str_fold(a.p[i]) < str_fold(b.p[i]) ? -1 : 1;
	return (a.n > b.n) - (a.n < b.n);
}

static int compare(const struct schedule_choice *a, const struct schedule_choice *b)
{
	int by_domain = compare_nocase(a->domain, b->domain);
	int by_demand = route_demand_cmp(&a->demand, &b->demand);

	if (by_domain)
		return by_domain;
	return by_demand ? by_demand : a->utf8 - b->utf8;
}

static int in_order(const void *a, const void *b)
{
	const struct schedule_choice *x = a, *y = b;
	int order = compare(x, y);

	return order ? order : (x->rcpt > y->rcpt) - (x->rcpt < y->rcpt);
}

void schedule_choice_sort(struct schedule_choice *c, size_t n)
{
	if (n > 1)
		qsort(c, n, sizeof(*c), in_order);
}

size_t schedule_choice_together(const struct schedule_choice *c, size_t n)
{
	size_t k = 1;

	while (k < n && compare(&c[0], &c[k]) == 0)
		k++;
	return k;
}
