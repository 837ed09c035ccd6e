/*
 * What is true between calls, once started:
 *
 *	target             the one that was told of last, or is the next to be dialled
 *	open[0..n_open)    indices of the recipients that are not settled
 *	batch[0..n_batch)  those of them that are in the transaction (SEND); none else
 *	asked[i]           recipient i had its word from the current target
 *	said[i]            some host said something of recipient i: its outcome holds it
 *	number[i]          its last word was that there are too many of them
 *	lost[i]            its last word was that the connection ended
 *	unfit[i]           targets that lack what the message needs
 */
#include "schedule/attempt.h"

#include <stdlib.h>

struct schedule_attempt {
	struct schedule_part *part;
	const struct route_verdict *verdict;
	size_t recipients_max;
	size_t *open, n_open;
	size_t *batch, n_batch; /* in one piece with open */
	struct schedule_race race;
	size_t target; /* SCHEDULE_NOBODY before the first */
	size_t limit;  /* recipients that the current host takes at once */
	size_t taken;  /* of the batch, delivered */
	unsigned talked;
	enum schedule_use use;
	bool greeted; /* by the current target */
	bool fresh;   /* the current target is to be tried on a new connection */
	bool again;   /* MAIL was refused on a used connection: nothing of it counts */
	bool stale;   /* a used connection was lost: of the batch only final refusals count */
	bool misfit;  /* the current target lacks what the message needs */
	bool spent;
	enum schedule_reach reach;
	enum schedule_echo echo;
	int64_t closed_ms; /* of the host that opens first; 0: none was closed */
	/* What is shared by those of whom nothing was said, and who said it. */
	char status[SCHEDULE_STATUS_MAX];
	const char *expired; /* as that of an outcome */
	struct buf text, remote;
	size_t sharer;
	struct mark {
		bool asked, said, number, lost;
		unsigned unfit;
	} mark[]; /* one a recipient */
};

struct schedule_attempt *schedule_attempt_new(struct schedule_part *part, size_t recipients_max)
{
	struct schedule_attempt *a = calloc(1, sizeof(*a) + part->n * sizeof(a->mark[0]));

	if (!a)
		return NULL;
	a->part = part;
	a->recipients_max = recipients_max ? recipients_max : 1;
	a->target = a->sharer = SCHEDULE_NOBODY;
	a->expired = "";
	a->text = BUF_MAX(SCHEDULE_TEXT_MAX);
	a->remote = BUF_MAX(1024);
	a->open = malloc((2 * part->n + 1) * sizeof(*a->open));
	if (!a->open) {
		schedule_attempt_free(&a);
		return NULL;
	}
	a->batch = a->open + part->n;
	for (size_t i = 0; i < part->n; i++)
		a->open[a->n_open++] = i;
	return a;
}

void schedule_attempt_free(struct schedule_attempt **ap)
{
	struct schedule_attempt *a = *ap;

	*ap = NULL;
	if (!a)
		return;
	free(a->open);
	schedule_race_clear(&a->race);
	buf_free(&a->text);
	buf_free(&a->remote);
	free(a);
}

/* The outcome of one that is open, in the words that are shared. */
static void settle_shared(struct schedule_attempt *a, struct schedule_outcome *o,
			  enum route_action action)
{
	schedule_outcome_settle(o, action, a->status[0] ? str_of(a->status) : STR("4.4.1"));
	o->target = a->sharer;
	(void)str_copy(o->expired, sizeof(o->expired), str_of(a->expired));
	schedule_outcome_say(o, buf_str(&a->text), buf_str(&a->remote));
	o->unasked = a->reach == SCHEDULE_REACH_CLOSED;
}

/*
 * Every host lacks what the message needs, and none said more: a later attempt finds no other, as
 * there is none of which nothing is known.
 */
static bool fits_nowhere(const struct schedule_attempt *a, size_t i)
{
	const struct mark *m = &a->mark[i];

	return !m->said && m->unfit && m->unfit == a->verdict->n_target && !a->verdict->partial;
}

/* No target is left: all that are open have their last word. */
static enum schedule_want finish(struct schedule_attempt *a)
{
	for (size_t k = 0; k < a->n_open; k++) {
		size_t i = a->open[k];
		struct schedule_outcome *o = &a->part->rcpt[i];
		if (fits_nowhere(a, i))
			o->action = ROUTE_BOUNCE;
		else if (!a->mark[i].said && a->text.n)
			settle_shared(a, o, ROUTE_DEFER);
		else
			o->status[0] = '4';
	}
	a->n_open = 0;
	a->n_batch = 0;
	return SCHEDULE_DONE;
}

static enum schedule_want advance(struct schedule_attempt *a)
{
	bool enough = a->n_open == 0 || a->talked >= SCHEDULE_HOSTS_MAX;
	size_t next = enough ? SCHEDULE_NOBODY : schedule_race_next(&a->race);

	a->n_batch = 0;
	if (next == SCHEDULE_NOBODY)
		return finish(a);
	a->target = next;
	a->limit = a->recipients_max;
	a->greeted = a->fresh = a->again = a->misfit = false;
	for (size_t i = 0; i < a->part->n; i++)
		a->mark[i].asked = false;
	return SCHEDULE_DIAL;
}

/* The current target once more, on a new connection. */
static enum schedule_want dial_anew(struct schedule_attempt *a)
{
	a->n_batch = 0;
	a->again = false;
	a->fresh = true;
	return SCHEDULE_DIAL;
}

static void share(struct schedule_attempt *a, struct str status, struct str text)
{
	a->sharer = a->target;
	a->expired = "";
	(void)str_copy(a->status, sizeof(a->status), status);
	buf_clear(&a->text);
	buf_add(&a->text, str_head(text, SCHEDULE_TEXT_MAX));
}

/* Who the current target is: its name, or its address where it has none. */
static void remote_of(const struct schedule_attempt *a, struct buf *out)
{
	const struct route_target *t = &a->verdict->target[a->target];
	char text[IP_TEXT_MAX];

	buf_clear(out);
	route_target_host(out, t);
	if (out->n == 0)
		buf_add(out, ip_text(&t->address->at.ip, text));
}

void schedule_attempt_verdict(struct buf *out, const struct route_demand *d,
			      const struct route_verdict *v)
{
	bool required = d->service == ROUTE_REQUIRED;

	if (required) {
		route_demand_text(out, d);
		buf_add(out, STR(": "));
	}
	buf_add(out, buf_str(&v->text));
	if (required && v->advice.n)
		buf_addf(out, ". What can be done: %.*s", STR_ARG(buf_str(&v->advice)));
}

enum schedule_want schedule_attempt_start(struct schedule_attempt *a,
					  const struct route_verdict *verdict)
{
	a->verdict = verdict;
	if (verdict->action == ROUTE_DELIVER)
		return schedule_race_init(&a->race, verdict) == ERR_OK
			       ? advance(a)
			       : schedule_attempt_abandon(a, STR("4.3.0"), STR("out of memory"));
	buf_clear(&a->text);
	schedule_attempt_verdict(&a->text, &a->part->demand, verdict);
	(void)str_copy(a->status, sizeof(a->status), str_of(verdict->status));
	for (size_t k = 0; k < a->n_open; k++) {
		struct schedule_outcome *o = &a->part->rcpt[a->open[k]];
		settle_shared(a, o, verdict->action);
		(void)str_copy(o->expired, sizeof(o->expired), str_of(verdict->expired));
	}
	a->n_open = 0;
	return SCHEDULE_DONE;
}

enum schedule_want schedule_attempt_abandon(struct schedule_attempt *a, struct str status,
					    struct str text)
{
	a->target = SCHEDULE_NOBODY;
	share(a, status, text);
	buf_clear(&a->remote);
	for (size_t k = 0; k < a->n_open; k++)
		if (!a->mark[a->open[k]].said)
			settle_shared(a, &a->part->rcpt[a->open[k]], ROUTE_DEFER);
	a->n_open = 0;
	a->n_batch = 0;
	return SCHEDULE_DONE;
}

enum schedule_want schedule_attempt_cut(struct schedule_attempt *a)
{
	for (size_t k = 0; k < a->n_open; k++)
		a->part->rcpt[a->open[k]].cut = !a->mark[a->open[k]].said;
	return schedule_attempt_abandon(a, STR("4.3.2"), STR("the daemon was stopped"));
}

/* Those of whom the current target has not yet been asked, as many as it takes at once. */
static enum schedule_want send_next(struct schedule_attempt *a)
{
	a->n_batch = 0;
	a->taken = 0;
	a->stale = false;
	for (size_t k = 0; k < a->n_open && a->n_batch < a->limit; k++)
		if (!a->mark[a->open[k]].asked)
			a->batch[a->n_batch++] = a->open[k];
	return a->n_batch ? SCHEDULE_SEND : advance(a);
}

struct schedule_race *schedule_attempt_race(struct schedule_attempt *a)
{
	return &a->race;
}

void schedule_attempt_connected(struct schedule_attempt *a, size_t target)
{
	schedule_race_won(&a->race, target);
	a->target = target;
}

enum schedule_want schedule_attempt_greeted(struct schedule_attempt *a, enum schedule_use use)
{
	schedule_race_won(&a->race, a->target);
	if (!a->greeted)
		a->talked++;
	a->greeted = true;
	a->reach = SCHEDULE_REACH_SOMEBODY;
	a->echo = SCHEDULE_ECHO_GOOD;
	a->use = use;
	a->spent = false;
	return send_next(a);
}

/* Nobody was there, or had room for us: if that is all that is known by the end. */
static void echo_bad(struct schedule_attempt *a)
{
	if (a->echo == SCHEDULE_ECHO_NONE)
		a->echo = SCHEDULE_ECHO_BAD;
}

/* There is no connection to that target; reach is what that says. */
static enum schedule_want go_without(struct schedule_attempt *a, size_t target,
				     enum schedule_reach reach, struct str why)
{
	a->target = target;
	if (reach > a->reach)
		a->reach = reach;
	share(a, STR("4.4.1"), why);
	remote_of(a, &a->remote);
	return schedule_race_failed(&a->race, target) ? SCHEDULE_WAIT : advance(a);
}

enum schedule_want schedule_attempt_unreachable(struct schedule_attempt *a, size_t target,
						struct str why)
{
	echo_bad(a);
	return go_without(a, target, SCHEDULE_REACH_NOBODY, why);
}

enum schedule_want schedule_attempt_closed(struct schedule_attempt *a, size_t target,
					   struct str why, int64_t wait_ms)
{
	if (a->closed_ms == 0 || wait_ms < a->closed_ms)
		a->closed_ms = wait_ms;
	return go_without(a, target, SCHEDULE_REACH_CLOSED, why);
}

enum schedule_want schedule_attempt_hindered(struct schedule_attempt *a, size_t target,
					     struct str why)
{
	return go_without(a, target, SCHEDULE_REACH_UNKNOWN, why);
}

void schedule_attempt_words(struct buf *out, const struct smtp_result *r)
{
	if (r->code) {
		buf_addu(out, (unsigned)r->code);
		buf_addc(out, ' ');
	}
	if (r->said[0])
		buf_addf(out, "%s ", r->said);
	for (size_t i = 0; i < r->text.n; i++)
		buf_addc(out, r->text.p[i] == '\n' ? ' ' : r->text.p[i]);
	if (r->code == 0)
		buf_addf(out, " (%.*s)", STR_ARG(smtp_stage_text(r->stage)));
}

/* There is no TLS as it must be: what that is at the end of mail's life. */
static const char *expired_of(const struct smtp_result *r, const char *status)
{
	bool tls = str_eq(str_of(status), STR("4.7.5")) && (!r->code || r->stage == SMTP_STAGE_TLS);

	return tls ? "5.7.5" : "";
}

enum schedule_want schedule_attempt_refused(struct schedule_attempt *a, const struct smtp_result *r)
{
	CLEANUP(buf_free) struct buf text = BUF_MAX(SCHEDULE_TEXT_MAX);

	schedule_race_won(&a->race, a->target);
	schedule_attempt_words(&text, r);
	a->reach = SCHEDULE_REACH_SOMEBODY;
	share(a, str_of(r->enhanced), buf_str(&text));
	a->status[0] = '4';
	a->expired = expired_of(r, a->status);
	if (!a->expired[0] && !r->own) /* that TLS is not as it must be is nobody's load */
		echo_bad(a);
	remote_of(a, &a->remote);
	return advance(a);
}

/* MAIL was refused, on a connection that others had used: the session's trouble, perhaps. */
static bool may_be_session(const struct schedule_attempt *a, const struct smtp_result *r)
{
	return r->stage == SMTP_STAGE_MAIL && r->code && r->fate != SMTP_DELIVERED &&
	       a->use == SCHEDULE_USED && !a->fresh;
}

/* Said of one recipient alone, and not to be asked again (RFC 5321 section 4.2.1). */
static bool is_final(const struct smtp_result *r)
{
	return r->stage == SMTP_STAGE_RCPT && r->code && r->fate == SMTP_PERMANENT;
}

/* Too many recipients at once (RFC 5321 section 4.5.3.1.10), and not something about this one. */
static bool is_number(const struct smtp_result *r)
{
	bool plain = !r->said[0] && (r->code == 452 || r->code == 552);

	return r->stage == SMTP_STAGE_RCPT && r->fate == SMTP_TEMPORARY && r->code &&
	       (plain || str_eq(str_of(r->enhanced), STR("4.5.3")));
}

/* No reply, or one that says good-bye (RFC 5321 section 3.8): of the connection, not the mail. */
static bool is_loss(const struct smtp_result *r)
{
	return r->fate == SMTP_TEMPORARY && (r->code == 0 || r->code == 421);
}

static enum route_action action_of(const struct smtp_result *r)
{
	switch (r->fate) {
	case SMTP_DELIVERED:
		return ROUTE_DELIVER;
	case SMTP_TEMPORARY:
		return ROUTE_DEFER;
	case SMTP_PERMANENT:
		return r->misfit ? ROUTE_DEFER : ROUTE_BOUNCE;
	}
	abort();
}

/* What the current target said, or lacks, in recipient i's outcome. */
static void put_words(struct schedule_attempt *a, size_t i, const struct smtp_result *r)
{
	char words[SCHEDULE_TEXT_MAX], host[1024];
	struct buf text = { .p = words, .cap = sizeof(words), .max = sizeof(words) };
	struct buf remote = { .p = host, .cap = sizeof(host), .max = sizeof(host) };
	struct schedule_outcome *o = &a->part->rcpt[i];

	schedule_attempt_words(&text, r);
	remote_of(a, &remote);
	schedule_outcome_settle(o, action_of(r), str_of(r->enhanced));
	(void)str_copy(o->expired, sizeof(o->expired), str_of(expired_of(r, r->enhanced)));
	schedule_outcome_say(o, buf_str(&text), buf_str(&remote));
	o->target = a->target;
}

/* What a host lacks it lacks for all, those who were to follow too: of whom nothing was said. */
static void spread_lack(struct schedule_attempt *a, const struct smtp_result *r)
{
	a->misfit = true;
	for (size_t k = 0; k < a->n_open; k++)
		if (!a->mark[a->open[k]].said)
			put_words(a, a->open[k], r);
}

void schedule_attempt_result(struct schedule_attempt *a, size_t at, const struct smtp_result *r,
			     bool dsn)
{
	size_t i = a->batch[at];
	struct schedule_outcome *o = &a->part->rcpt[i];
	struct mark *m = &a->mark[i];

	if (a->stale && !is_final(r))
		return;
	a->spent |= r->stage == SMTP_STAGE_MAIL && r->code && r->fate != SMTP_DELIVERED;
	if (may_be_session(a, r)) {
		a->again = true;
		return;
	}
	m->asked = true;
	m->unfit += r->misfit;
	m->number = is_number(r);
	m->lost = is_loss(r);
	if (m->lost && !r->own)
		a->echo = SCHEDULE_ECHO_BAD;
	if (r->misfit && !a->misfit)
		spread_lack(a, r);
	if (r->misfit) /* what a host said of it tells more */
		return;
	put_words(a, i, r);
	o->dsn = dsn;
	m->said = true;
	a->taken += o->action == ROUTE_DELIVER;
}

/* Those of the batch that have no final word stay open. */
static void drop_settled(struct schedule_attempt *a)
{
	size_t still = 0;

	for (size_t k = 0; k < a->n_open; k++) {
		size_t i = a->open[k];
		if (!a->mark[i].asked || a->part->rcpt[i].action == ROUTE_DEFER)
			a->open[still++] = i;
	}
	a->n_open = still;
}

/*
 * Some were taken: those refused for their number follow at once, as many as the host
 * takes (SPEC section 7).  None was: the number was not what it minded.
 */
static void ask_surplus_again(struct schedule_attempt *a)
{
	bool any = false;

	for (size_t k = 0; a->taken && k < a->n_batch; k++) {
		struct mark *m = &a->mark[a->batch[k]];
		any |= m->number;
		m->asked &= !m->number;
	}
	if (any)
		a->limit = a->taken;
}

/* What MAIL was answered is about the message: about those, too, who were to follow. */
static void spread_refusal(struct schedule_attempt *a)
{
	const struct schedule_outcome *like = &a->part->rcpt[a->batch[0]];

	for (size_t k = 0; k < a->n_open; k++) {
		size_t i = a->open[k];
		struct schedule_outcome *o = &a->part->rcpt[i];
		if (a->mark[i].asked)
			continue;
		a->mark[i].asked = a->mark[i].said = true;
		schedule_outcome_settle(o, like->action, str_of(like->status));
		memcpy(o->expired, like->expired, sizeof(o->expired));
		schedule_outcome_say(o, like->text, like->remote);
		o->target = like->target;
	}
}

/*
 * The connection broke and nothing came of it: whoever was to follow shares that, where
 * it is what was said of anybody.
 */
static void share_loss(struct schedule_attempt *a)
{
	size_t at = 0;

	while (at < a->n_batch && !a->mark[a->batch[at]].lost)
		at++;
	if (at == a->n_batch) /* all had their word before: the others have not been asked */
		return;
	const struct schedule_outcome *like = &a->part->rcpt[a->batch[at]];
	share(a, str_of(like->status), like->text);
	remote_of(a, &a->remote);
	for (size_t k = 0; k < a->n_open; k++)
		a->mark[a->open[k]].asked = true;
}

/* A host that lacks what the message needs has not put anybody off: it does not count. */
static void forget_unfit(struct schedule_attempt *a)
{
	if (!a->misfit)
		return;
	a->talked--;
	for (size_t k = 0; k < a->n_open; k++) { /* nor will it have the others */
		struct mark *m = &a->mark[a->open[k]];
		m->unfit += !m->asked;
		m->asked = true;
	}
}

static bool any_left(const struct schedule_attempt *a)
{
	for (size_t k = 0; k < a->n_open; k++)
		if (!a->mark[a->open[k]].asked)
			return true;
	return false;
}

enum schedule_want schedule_attempt_sent(struct schedule_attempt *a, enum schedule_line line)
{
	if (a->again)
		return dial_anew(a);
	a->use = SCHEDULE_USED;
	if (a->spent)
		spread_refusal(a);
	else if (line == SCHEDULE_LINE_LOST && !a->taken && !a->stale)
		share_loss(a);
	forget_unfit(a);
	ask_surplus_again(a);
	drop_settled(a);
	if (a->taken)
		a->fresh = false;
	if (line != SCHEDULE_LINE_OPEN && any_left(a))
		return dial_anew(a);
	return send_next(a);
}

void schedule_attempt_lost(struct schedule_attempt *a, enum smtp_stage stage)
{
	a->stale = a->use == SCHEDULE_USED && !a->fresh && stage < SMTP_STAGE_MESSAGE;
}

enum schedule_want schedule_attempt_unfit(struct schedule_attempt *a, const struct smtp_result *r)
{
	enum schedule_want want = schedule_attempt_greeted(a, SCHEDULE_UNUSED);

	for (size_t at = 0; at < a->n_batch; at++)
		schedule_attempt_result(a, at, r, false);
	return want == SCHEDULE_SEND ? schedule_attempt_sent(a, SCHEDULE_LINE_SPENT) : want;
}

const size_t *schedule_attempt_batch(const struct schedule_attempt *a, size_t *n)
{
	*n = a->n_batch;
	return a->batch;
}

size_t schedule_attempt_target(const struct schedule_attempt *a)
{
	return a->target;
}

bool schedule_attempt_fresh(const struct schedule_attempt *a)
{
	return a->fresh;
}

bool schedule_attempt_spent(const struct schedule_attempt *a)
{
	return a->spent;
}

enum schedule_reach schedule_attempt_reach(const struct schedule_attempt *a)
{
	return a->reach;
}

enum schedule_echo schedule_attempt_echo(const struct schedule_attempt *a)
{
	return a->echo;
}

int64_t schedule_attempt_closed_ms(const struct schedule_attempt *a)
{
	return a->closed_ms;
}
