/*
 * Rounds with any parts.  Seeds: src/schedule/corpus/conclude/.
 *
 * What must hold: of a recipient that waits the first outcome counts, once, and no other is
 * touched; a change that is handed out says what rcpt[] says; what waits is due between now
 * and the latest time there is; a null sender, and who asked for none, gets no notice, and
 * each notice fits its recipient's state; told() leaves nobody failed who can be told of.
 */
#include "schedule/conclude.h"

#include "base/rd.h"
#include "smtp/server.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

#define MUST(what)                                                                                 \
	do {                                                                                       \
		if (!(what))                                                                       \
			abort();                                                                   \
	} while (0)

#define MOST 8
#define PARTS 4
#define NOW (INT64_C(1) << 40)

static struct bed {
	struct rd in;
	struct schedule_rcpt rcpt[MOST];
	size_t n;
	bool had[MOST], tried; /* its outcome of this round */
	struct schedule_round *round;
	struct schedule_part *part[PARTS];
} b;

static enum schedule_rcpt_state state_of(enum route_action action)
{
	return action == ROUTE_DELIVER  ? SCHEDULE_DELIVERED
	       : action == ROUTE_BOUNCE ? SCHEDULE_FAILED
					: SCHEDULE_WAITING;
}

static bool same(struct str x, struct str y)
{
	return x.p == y.p && x.n == y.n;
}

static void check_change(const struct schedule_change *c)
{
	MUST(c->rcpt < b.n);
	const struct schedule_rcpt *q = &b.rcpt[c->rcpt];
	MUST(c->state == q->state && c->secure_failed == q->secure_failed);
	MUST(same(c->status, q->status) && same(c->text, q->text) && same(c->remote, q->remote));
}

/* One that was tried has what was said now, another what was last said. */
static void check_merged(const struct schedule_outcome *o, const struct schedule_rcpt *was)
{
	const struct schedule_rcpt *q = &b.rcpt[o->rcpt];

	MUST(q->state == state_of(o->action));
	MUST(same(q->text, o->tried ? o->text : was->text));
	MUST(str_eq(q->status, o->tried ? str_of(o->status) : was->status));
}

static void any_outcome(struct schedule_outcome *o)
{
	static const char *const statuses[] = { "2.0.0", "4.4.1", "5.1.1" };
	uint8_t how = rd_u8(&b.in), when = rd_u8(&b.in);
	enum route_action action = (enum route_action)(how % ROUTE_ACTIONS);

	o->rcpt = rd_u8(&b.in) % (MOST + 2);
	o->dsn = how / 3 % 2;
	o->not_before_wall_ms = when % 4 ? 0 : NOW + ((int64_t)when - 64) * rd_u16(&b.in);
	if (how / 6 % 4 == 0)
		return;
	schedule_outcome_settle(o, action, str_of(statuses[action]));
	if (action == ROUTE_DEFER && how / 24 % 2)
		(void)str_copy(o->status, sizeof(o->status), STR("4.3.5"));
	schedule_outcome_say(o, STR("so"), STR("mx"));
}

static struct schedule_part *any_part(void)
{
	const struct route_demand off = { .service = ROUTE_OFF };
	struct schedule_part *p = schedule_part_new(STR("d"), &off, rd_u8(&b.in) % (MOST + 1));

	MUST(p);
	for (size_t i = 0; i < p->n; i++)
		any_outcome(&p->rcpt[i]);
	return p;
}

static void add(const struct schedule_part *p)
{
	struct schedule_change change[MOST];
	struct schedule_rcpt was[MOST];
	size_t n, at = 0;

	memcpy(was, b.rcpt, sizeof(was));
	n = schedule_round_add(b.round, p, change);
	for (size_t i = 0; i < p->n; i++) {
		const struct schedule_outcome *o = &p->rcpt[i];
		if (o->rcpt >= b.n || b.had[o->rcpt] || was[o->rcpt].state != SCHEDULE_WAITING)
			continue;
		MUST(at < n && change[at].rcpt == o->rcpt && change[at].tried == o->tried);
		check_change(&change[at++]);
		check_merged(o, &was[o->rcpt]);
		was[o->rcpt] = b.rcpt[o->rcpt];
		b.had[o->rcpt] = true;
		b.tried |= o->tried;
	}
	MUST(at == n && memcmp(was, b.rcpt, sizeof(was)) == 0);
}

static void check_notice(const struct schedule_rcpt *q, enum schedule_notice notice,
			 const struct schedule_facts *f, const struct schedule_conclusion *c)
{
	MUST(notice == SCHEDULE_SILENT || (!f->null_sender && q->notify != SMTP_NOTIFY_NEVER));
	switch (notice) {
	case SCHEDULE_SILENT:
		MUST(f->null_sender || q->state != SCHEDULE_FAILED ||
		     (q->notify && !(q->notify & SMTP_NOTIFY_FAILURE)));
		break;
	case SCHEDULE_NOTICE_FAILED:
		MUST(q->state == SCHEDULE_FAILED);
		break;
	case SCHEDULE_NOTICE_DELAYED:
		MUST(q->state == SCHEDULE_WAITING && !f->warned && c->warned);
		break;
	case SCHEDULE_NOTICE_RELAYED:
		MUST(q->state == SCHEDULE_DELIVERED && q->notify & SMTP_NOTIFY_SUCCESS);
		break;
	}
}

static void check_conclusion(const struct schedule_facts *f, const struct schedule_conclusion *c)
{
	const enum schedule_notice *notice = schedule_round_notices(b.round);
	size_t in_state[4] = { 0 }, notices = 0;

	for (size_t i = 0; i < b.n; i++) {
		in_state[b.rcpt[i].state]++;
		notices += notice[i] != SCHEDULE_SILENT;
		check_notice(&b.rcpt[i], notice[i], f, c);
	}
	MUST(c->report == (notices > 0));
	MUST(c->waits == (in_state[SCHEDULE_WAITING] > 0));
	MUST(c->kept == (f->null_sender && in_state[SCHEDULE_FAILED]));
	MUST(!c->waits || c->next_wall_ms >= f->now_wall_ms);
	MUST(!c->waits || c->next_wall_ms <= schedule_retry_latest(f->retry, f->now_wall_ms));
	MUST(!c->resolver || c->waits);
	MUST(!c->warned || (c->waits && b.tried && !f->warned && !f->null_sender));
}

static void conclude(const struct schedule_facts *f)
{
	struct schedule_conclusion c;
	struct schedule_rcpt was[MOST];
	struct schedule_change change[MOST];
	size_t at = 0;

	memcpy(was, b.rcpt, sizeof(was));
	schedule_round_conclude(b.round, f, &c);
	MUST(memcmp(was, b.rcpt, sizeof(was)) == 0);
	check_conclusion(f, &c);
	size_t n = schedule_round_told(b.round, change);
	for (size_t i = 0; i < b.n; i++) {
		if (was[i].state == SCHEDULE_FAILED && !f->null_sender) {
			MUST(at < n && change[at].rcpt == i && !change[at].tried);
			check_change(&change[at++]);
			was[i].state = SCHEDULE_TOLD;
		}
		MUST(b.rcpt[i].state == was[i].state);
	}
	MUST(at == n);
}

/* Any time before now or after, near or far. */
static int64_t any_time(void)
{
	int64_t away = (int64_t)rd_u16(&b.in) << rd_u8(&b.in) % 24;

	return rd_u8(&b.in) % 4 ? NOW - away : NOW + away;
}

static void any_rcpts(void)
{
	b.n = rd_u8(&b.in) % (MOST + 1);
	for (size_t i = 0; i < b.n; i++) {
		uint8_t how = rd_u8(&b.in);
		b.rcpt[i].state =
			how % 8 < 4 ? SCHEDULE_WAITING : (enum schedule_rcpt_state)(how % 4);
		b.rcpt[i].notify = how / 8 % 2 ? SMTP_NOTIFY_NEVER : how / 16 % 8 * 2u;
		b.rcpt[i].status = STR("4.3.5");
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	memset(&b, 0, sizeof(b));
	b.in = rd_over(data, n);
	any_rcpts();
	b.round = schedule_round_new(b.rcpt, b.n);
	MUST(b.round);
	size_t parts = rd_u8(&b.in) % (PARTS + 1);
	for (size_t i = 0; i < parts; i++) {
		b.part[i] = any_part();
		add(b.part[i]);
	}
	uint8_t how = rd_u8(&b.in);
	struct schedule_retry retry = { .n_retry = 1 + how / 8 % 4 };
	for (size_t i = 0; i < retry.n_retry; i++)
		retry.retry_ms[i] = 1 + (int64_t)rd_u16(&b.in) * rd_u8(&b.in);
	retry.lifetime_ms = 1 + (int64_t)rd_u16(&b.in) * 1024;
	retry.warn_after_ms = (int64_t)rd_u16(&b.in) * 64;
	conclude(&(struct schedule_facts){ .retry = &retry,
					   .arrived_wall_ms = any_time(),
					   .now_wall_ms = NOW,
					   .attempts = rd_u8(&b.in),
					   .noise = rd_u16(&b.in) * UINT32_C(0x10001),
					   .warned = how & 1,
					   .null_sender = how & 2 });
	schedule_round_free(&b.round);
	for (size_t i = 0; i < parts; i++)
		schedule_part_free(&b.part[i]);
	return 0;
}
