#include "schedule/conclude.h"

#include "schedule/budget.h"
#include "smtp/server.h"

#include <stdlib.h>

struct schedule_round {
	struct schedule_rcpt *rcpt;
	size_t n;
	bool tried; /* an attempt was made for somebody */
	bool cut;   /* and ended by the daemon's end, which is no reason to wait */
	bool null_sender;
	enum schedule_notice *notice; /* one a recipient, */
	struct mark {
		bool settled; /* has its outcome of this round */
		bool relayed; /* by a host that does not notify */
		int64_t not_before_wall_ms;
		const struct schedule_retry *retry; /* NULL: the message's */
	} mark[];                                   /* and here */
};

struct schedule_round *schedule_round_new(struct schedule_rcpt *rcpt, size_t n)
{
	struct schedule_round *r = calloc(1, sizeof(*r) + n * sizeof(r->mark[0]));

	if (!r)
		return NULL;
	r->rcpt = rcpt;
	r->n = n;
	r->notice = calloc(n + 1, sizeof(*r->notice));
	if (!r->notice)
		schedule_round_free(&r);
	return r;
}

void schedule_round_free(struct schedule_round **rp)
{
	struct schedule_round *r = *rp;

	*rp = NULL;
	if (!r)
		return;
	free(r->notice);
	free(r);
}

static enum schedule_rcpt_state state_of(enum route_action action)
{
	switch (action) {
	case ROUTE_DELIVER:
		return SCHEDULE_DELIVERED;
	case ROUTE_BOUNCE:
		return SCHEDULE_FAILED;
	case ROUTE_DEFER:
		return SCHEDULE_WAITING;
	}
	abort();
}

/* One not tried keeps what was last said of it; one for whom nobody was asked, a host's word. */
static void merge(struct schedule_rcpt *q, const struct schedule_outcome *o)
{
	bool stands = o->unasked && o->action == ROUTE_DEFER && q->remote.n > 0;

	q->state = state_of(o->action);
	if (!o->tried || stands)
		return;
	q->status = str_of(o->status);
	q->text = o->text;
	q->remote = o->remote;
	q->secure_failed = o->secure_failed;
}

static struct schedule_change change_of(const struct schedule_rcpt *q, size_t rcpt, bool tried)
{
	return (struct schedule_change){ .rcpt = rcpt,
					 .state = q->state,
					 .status = q->status,
					 .text = q->text,
					 .remote = q->remote,
					 .secure_failed = q->secure_failed,
					 .tried = tried };
}

size_t schedule_round_add(struct schedule_round *r, const struct schedule_part *part,
			  struct schedule_change *change)
{
	size_t n = 0;

	for (size_t i = 0; i < part->n; i++) {
		const struct schedule_outcome *o = &part->rcpt[i];
		if (o->rcpt >= r->n || r->mark[o->rcpt].settled ||
		    r->rcpt[o->rcpt].state != SCHEDULE_WAITING)
			continue;
		r->mark[o->rcpt] = (struct mark){
			.settled = true,
			.relayed = o->action == ROUTE_DELIVER && !o->dsn,
			.not_before_wall_ms = o->not_before_wall_ms,
			.retry = part->retry,
		};
		r->tried |= o->tried;
		r->cut |= o->cut && o->action == ROUTE_DEFER;
		merge(&r->rcpt[o->rcpt], o);
		change[n++] = change_of(&r->rcpt[o->rcpt], o->rcpt, o->tried);
	}
	return n;
}

enum schedule_notice schedule_notice_for(const struct schedule_rcpt *r, enum schedule_notice n)
{
	unsigned wanted = 0;

	switch (n) {
	case SCHEDULE_SILENT:
		return SCHEDULE_SILENT;
	case SCHEDULE_NOTICE_FAILED:
		wanted = SMTP_NOTIFY_FAILURE;
		break;
	case SCHEDULE_NOTICE_DELAYED:
		wanted = SMTP_NOTIFY_DELAY;
		break;
	case SCHEDULE_NOTICE_RELAYED:
		return r->notify & SMTP_NOTIFY_SUCCESS ? n : SCHEDULE_SILENT;
	}
	/* Not given means failures, and delays where we like (RFC 3461 section 4.1). */
	return r->notify == 0 || r->notify & wanted ? n : SCHEDULE_SILENT;
}

static enum schedule_notice notice_of(const struct schedule_round *r, size_t i, bool late)
{
	switch (r->rcpt[i].state) {
	case SCHEDULE_FAILED:
		return schedule_notice_for(&r->rcpt[i], SCHEDULE_NOTICE_FAILED);
	case SCHEDULE_WAITING:
		return late ? schedule_notice_for(&r->rcpt[i], SCHEDULE_NOTICE_DELAYED)
			    : SCHEDULE_SILENT;
	case SCHEDULE_DELIVERED:
		return r->mark[i].relayed
			       ? schedule_notice_for(&r->rcpt[i], SCHEDULE_NOTICE_RELAYED)
			       : SCHEDULE_SILENT;
	case SCHEDULE_TOLD:
		return SCHEDULE_SILENT;
	}
	abort();
}

/* Before that nobody tries it; of whom no part came back there was no memory for one. */
static int64_t not_before(const struct schedule_round *r, size_t i, const struct schedule_facts *f)
{
	return r->mark[i].settled
		       ? r->mark[i].not_before_wall_ms
		       : schedule_budget_again(f->arrived_wall_ms, f->now_wall_ms, f->noise);
}

static const struct schedule_retry *retry_of(const struct schedule_round *r, size_t i,
					     const struct schedule_facts *f)
{
	return r->mark[i].retry ? r->mark[i].retry : f->retry;
}

/* When recipient i may be tried. */
static int64_t next_for(const struct schedule_round *r, size_t i, const struct schedule_facts *f)
{
	const struct schedule_retry *retry = retry_of(r, i, f);
	/* Where nothing was learnt it is as due as before. */
	int64_t next = r->tried ? schedule_retry_next(retry, f->arrived_wall_ms, f->attempts + 1,
						      f->now_wall_ms, f->noise)
				: f->now_wall_ms;
	int64_t closed;

	if (__builtin_sub_overflow(not_before(r, i, f), f->now_wall_ms, &closed))
		closed = 0;

	return closed > 0 ? schedule_retry_put_off(retry, f->arrived_wall_ms, next, f->now_wall_ms,
						   closed)
			  : next;
}

/* When the first of those that wait may be tried. */
static int64_t next_of(const struct schedule_round *r, const struct schedule_facts *f)
{
	int64_t earliest = INT64_MAX;

	for (size_t i = 0; i < r->n; i++) {
		if (r->rcpt[i].state != SCHEDULE_WAITING)
			continue;
		int64_t at = next_for(r, i, f);
		earliest = at < earliest ? at : earliest;
	}
	return earliest;
}

/* One that waits does so for longer than its destination's mail may without a word. */
static bool is_late(const struct schedule_round *r, const struct schedule_facts *f)
{
	bool late = false;

	for (size_t i = 0; !late && i < r->n; i++)
		late = r->rcpt[i].state == SCHEDULE_WAITING &&
		       schedule_retry_age(retry_of(r, i, f), f->arrived_wall_ms, f->attempts + 1,
					  f->now_wall_ms) == SCHEDULE_LATE;
	return late;
}

/* SPEC section 3: when a probe turns good, what waits for 4.3.5 is due at once. */
static bool waits_for_resolver(const struct schedule_rcpt *q)
{
	return q->state == SCHEDULE_WAITING && str_eq(q->status, STR("4.3.5"));
}

void schedule_round_conclude(struct schedule_round *r, const struct schedule_facts *f,
			     struct schedule_conclusion *out)
{
	struct schedule_conclusion c = { 0 };
	bool late = r->tried && !f->warned && !f->null_sender && is_late(r, f);

	r->null_sender = f->null_sender;
	for (size_t i = 0; i < r->n; i++) {
		r->notice[i] = f->null_sender ? SCHEDULE_SILENT : notice_of(r, i, late);
		c.report |= r->notice[i] != SCHEDULE_SILENT;
		c.waits |= r->rcpt[i].state == SCHEDULE_WAITING;
		c.resolver |= waits_for_resolver(&r->rcpt[i]);
		c.kept |= f->null_sender && r->rcpt[i].state == SCHEDULE_FAILED;
	}
	c.warned = late && c.waits;
	bool at_once = !c.waits || r->cut || (c.resolver && f->mended);
	c.next_wall_ms = at_once ? f->now_wall_ms : next_of(r, f);
	*out = c;
}

const enum schedule_notice *schedule_round_notices(const struct schedule_round *r)
{
	return r->notice;
}

static bool is_relayed(const struct schedule_round *r, size_t i)
{
	return r->rcpt[i].state == SCHEDULE_DELIVERED &&
	       notice_of(r, i, false) == SCHEDULE_NOTICE_RELAYED;
}

size_t schedule_round_relayed(const struct schedule_round *r, enum schedule_notice *out)
{
	size_t n = 0;

	for (size_t i = 0; i < r->n; i++) {
		bool relayed = is_relayed(r, i);
		out[i] = relayed ? SCHEDULE_NOTICE_RELAYED : SCHEDULE_SILENT;
		n += relayed;
	}
	return n;
}

void schedule_round_relayed_told(struct schedule_round *r)
{
	for (size_t i = 0; i < r->n; i++) {
		if (!is_relayed(r, i))
			continue;
		r->mark[i].relayed = false;
		r->notice[i] = SCHEDULE_SILENT;
	}
}

size_t schedule_round_told(struct schedule_round *r, struct schedule_change *change)
{
	size_t n = 0;

	for (size_t i = 0; i < r->n && !r->null_sender; i++) {
		if (r->rcpt[i].state != SCHEDULE_FAILED)
			continue;
		r->rcpt[i].state = SCHEDULE_TOLD;
		change[n++] = change_of(&r->rcpt[i], i, false);
	}
	return n;
}
