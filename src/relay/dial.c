#include "relay/dial.h"

#include "os/clock.h"
#include "relay/hosts.h"
#include "relay/pool.h"
#include "relay/secure.h"
#include "relay/sessionlog.h"

#include <stdlib.h>

/* A connection that is being made. */
struct line {
	struct list link;
	struct relay_dial *dial;
	size_t target;
	struct relay_connection *connection;
};

void relay_dial_init(struct relay_dial *x)
{
	x->clear = SCHEDULE_NOBODY;
	x->trust = BUF_MAX(RELAY_TRUST_MAX);
	list_init(&x->lines);
}

static struct schedule_race *race_of(const struct relay_dial *x)
{
	return schedule_attempt_race(x->attempt);
}

/* Permits that no line needs any more; whoever waits for one may begin from inside. */
static void settle(struct relay_dial *x)
{
	while (x->lent && x->lent >= x->n_lines) {
		x->lent--;
		x->ops->returned(x->arg);
	}
}

/* It is over; its connection, if it has one still, with it. */
static void hang_up(struct line *l)
{
	l->dial->n_lines--;
	list_drop(&l->link);
	relay_connection_close(&l->connection);
	free(l);
}

/* Of its host nothing was found out. */
static void give_up(struct line *l)
{
	relay_hosts_unknown(l->dial->worker, &l->connection->key.at);
	hang_up(l);
}

void relay_dial_stop(struct relay_dial *x)
{
	while (!list_empty(&x->lines))
		give_up(CONTAINER_OF(x->lines.next, struct line, link));
	settle(x);
}

void relay_dial_clear(struct relay_dial *x)
{
	relay_dial_stop(x);
	loop_timer_free(&x->timer);
	buf_free(&x->trust);
}

static const struct route_target *target_of(const struct relay_dial *x, size_t target)
{
	return &x->path->verdict.target[target];
}

/* False: there is no memory for all that it hangs on, and half of that is none. */
static bool key_of(struct relay_dial *x, size_t target, struct relay_connection_key *key)
{
	*key = relay_secure_key(x->part, x->path, target_of(x, target), x->clear == target,
				&x->trust);
	return buf_err(&x->trust) == ERR_OK;
}

static int64_t now(const struct relay_dial *x)
{
	return loop_now(x->worker->loop);
}

static void log_target(struct relay_dial *x, size_t target, enum relay_dialling how)
{
	relay_sessionlog_target(x->block, os_clock_wall(), target_of(x, target), how);
}

static void note(struct relay_dial *x, const char *what, struct str why)
{
	relay_sessionlog_note(x->block, os_clock_wall(), what, why);
}

static struct relay_connection *take(struct relay_dial *x, size_t target,
				     const struct relay_connection_user *user)
{
	struct relay_connection_key key;
	struct relay_connection *c =
		key_of(x, target, &key) ? relay_pool_take(x->worker->pool, &key, user) : NULL;

	if (!c)
		return NULL;
	log_target(x, target, RELAY_DIAL_REUSED);
	schedule_attempt_connected(x->attempt, target);
	return c;
}

struct relay_connection *relay_dial_kept(struct relay_dial *x,
					 const struct relay_connection_user *user)
{
	const struct schedule_race *race = race_of(x);
	size_t target = schedule_attempt_target(x->attempt);
	struct relay_connection *c = NULL;

	if (schedule_attempt_fresh(x->attempt) || x->clear == target)
		return NULL;
	for (size_t i = 0; !c && i < x->path->verdict.n_target; i++)
		if (i == target || schedule_race_may(race, i))
			c = take(x, i, user);
	return c;
}

/* The others were silent for longer. */
static void give_up_others(struct relay_dial *x, const struct ip_port *winner)
{
	char text[IP_TEXT_MAX], first[IP_TEXT_MAX];

	while (!list_empty(&x->lines)) {
		struct line *l = CONTAINER_OF(x->lines.next, struct line, link);
		CLEANUP(buf_free) struct buf why = BUF_MAX(256);
		buf_addf(&why, "%.*s, as %.*s was there first",
			 STR_ARG(ip_port_text(&l->connection->key.at, text)),
			 STR_ARG(ip_port_text(winner, first)));
		note(x, "given up", buf_str(&why));
		give_up(l);
	}
}

static void set_timer(struct relay_dial *x);

static void connected(void *arg)
{
	struct line *l = arg;
	struct relay_dial *x = l->dial;
	struct relay_connection *c = l->connection;

	l->connection = NULL;
	schedule_attempt_connected(x->attempt, l->target);
	hang_up(l);
	give_up_others(x, &c->key.at);
	x->ops->connected(x->arg, c);
	settle(x);
}

/* Of several it is said which one it was. */
static void log_failed(struct relay_dial *x, const struct relay_connection *c)
{
	CLEANUP(buf_free) struct buf words = BUF_MAX(512);
	char text[IP_TEXT_MAX];

	if (x->raced)
		buf_addf(&words, "%.*s: ", STR_ARG(ip_port_text(&c->key.at, text)));
	buf_add(&words, buf_str(&c->trouble));
	note(x, "failed", buf_str(&words));
}

static void lost(void *arg)
{
	struct line *l = arg;
	struct relay_dial *x = l->dial;
	struct relay_connection *c = l->connection;

	relay_hosts_failed(x->worker, &c->key.at, x->part->part->retry);
	log_failed(x, c);
	enum schedule_want want =
		schedule_attempt_unreachable(x->attempt, l->target, buf_str(&c->trouble));
	hang_up(l);
	settle(x);
	if (want == SCHEDULE_WAIT)
		set_timer(x); /* there may be room for another one now */
	x->ops->wants(x->arg, want);
}

/* Before it is connected nothing else happens to it. */
static const struct relay_connection_ops line_ops = { .connected = connected, .lost = lost };

static struct relay_connection *connect_to(struct line *l, struct buf *why)
{
	struct relay_dial *x = l->dial;
	struct relay_connection_key key;
	const struct relay_connection_user user = {
		.ops = &line_ops, .arg = l, .settings = x->part->settings, .how = x->part->how
	};

	if (!key_of(x, l->target, &key)) {
		buf_add(why, STR("out of memory"));
		return NULL;
	}
	return relay_pool_connect(x->worker->pool, &key, &user, why);
}

/* NULL: why says so in words. */
static struct line *line_new(struct relay_dial *x, size_t target, struct buf *why)
{
	struct line *l = malloc(sizeof(*l));

	if (!l) {
		buf_add(why, STR("out of memory"));
		return NULL;
	}
	*l = (struct line){ .dial = x, .target = target };
	list_init(&l->link);
	l->connection = connect_to(l, why);
	if (!l->connection) {
		free(l);
		return NULL;
	}
	list_add(&x->lines, &l->link);
	x->n_lines++;
	return l;
}

/* What is wanted then: SCHEDULE_WAIT where it is being made, or others are. */
static enum schedule_want dial(struct relay_dial *x, size_t target)
{
	CLEANUP(buf_free) struct buf why = BUF_MAX(256);
	const struct ip_port *at = &target_of(x, target)->address->at;
	int64_t wait_ms = relay_hosts_wait(x->worker, at, x->part->part->retry);

	log_target(x, target, wait_ms > 0 ? RELAY_DIAL_CLOSED : RELAY_DIAL_NEW);
	if (wait_ms > 0)
		return schedule_attempt_closed(
			x->attempt, target, STR("it could not be reached a moment ago"), wait_ms);
	if (line_new(x, target, &why)) {
		schedule_race_dialled(race_of(x), now(x));
		return SCHEDULE_WAIT;
	}
	relay_hosts_unknown(x->worker, at); /* it is we who cannot */
	note(x, "cannot connect", buf_str(&why));
	return schedule_attempt_hindered(x->attempt, target, buf_str(&why));
}

/* One beside the others, who race on whatever comes of it; or, for want of a permit, later. */
static void dial_rival(struct relay_dial *x)
{
	if (!x->ops->lend(x->arg)) {
		schedule_race_dialled(race_of(x), now(x));
		return;
	}
	x->lent++;
	x->raced = true;
	(void)!dial(x, schedule_race_rival(race_of(x), now(x)));
	settle(x);
}

static void timer_fired(void *arg)
{
	struct relay_dial *x = arg;

	while (schedule_race_at(race_of(x)) <= now(x))
		dial_rival(x);
	set_timer(x);
}

/* For the next that is dialled beside them; without memory there is no race. */
static void set_timer(struct relay_dial *x)
{
	int64_t at = schedule_race_at(race_of(x));

	if (at == INT64_MAX)
		return;
	if (!x->timer)
		x->timer = loop_timer_new(x->worker->loop, timer_fired, x);
	if (x->timer)
		loop_timer_set(x->timer, at);
}

enum schedule_want relay_dial_new(struct relay_dial *x)
{
	x->raced = false;
	enum schedule_want want = dial(x, schedule_attempt_target(x->attempt));
	set_timer(x);
	return want;
}
