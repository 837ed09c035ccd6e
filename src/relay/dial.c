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

/* It is over; its connection, if it has one still, with it. */
static void hang_up(struct line *l)
{
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
}

void relay_dial_clear(struct relay_dial *x)
{
	relay_dial_stop(x);
	buf_free(&x->trust);
}

static const struct route_target *target_of(const struct relay_dial *x, size_t target)
{
	return &x->path->verdict.target[target];
}

static struct relay_connection_key key_of(struct relay_dial *x, size_t target)
{
	return relay_secure_key(x->part, x->path, target_of(x, target), x->clear == target,
				&x->trust);
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
	const struct relay_connection_key key = key_of(x, target);
	struct relay_connection *c = relay_pool_take(x->worker->pool, &key, user);

	if (!c)
		return NULL;
	log_target(x, target, RELAY_DIAL_REUSED);
	schedule_attempt_connected(x->attempt, target);
	return c;
}

struct relay_connection *relay_dial_kept(struct relay_dial *x,
					 const struct relay_connection_user *user)
{
	const struct schedule_race *race = schedule_attempt_race(x->attempt);
	size_t target = schedule_attempt_target(x->attempt);
	struct relay_connection *c = NULL;

	if (schedule_attempt_fresh(x->attempt) || x->clear == target)
		return NULL;
	for (size_t i = 0; !c && i < x->path->verdict.n_target; i++)
		if (i == target || schedule_race_may(race, i))
			c = take(x, i, user);
	return c;
}

static void connected(void *arg)
{
	struct line *l = arg;
	struct relay_dial *x = l->dial;
	struct relay_connection *c = l->connection;

	l->connection = NULL;
	schedule_attempt_connected(x->attempt, l->target);
	hang_up(l);
	x->ops->connected(x->arg, c);
}

static void lost(void *arg)
{
	struct line *l = arg;
	struct relay_dial *x = l->dial;
	struct relay_connection *c = l->connection;

	relay_hosts_failed(x->worker, &c->key.at, x->part->part->retry);
	note(x, "failed", buf_str(&c->trouble));
	enum schedule_want want =
		schedule_attempt_unreachable(x->attempt, l->target, buf_str(&c->trouble));
	hang_up(l);
	x->ops->wants(x->arg, want);
}

/* Before it is connected nothing else happens to it. */
static const struct relay_connection_ops line_ops = { .connected = connected, .lost = lost };

static struct relay_connection *connect_to(struct line *l, struct buf *why)
{
	struct relay_dial *x = l->dial;
	const struct relay_connection_key key = key_of(x, l->target);
	const struct relay_connection_user user = {
		.ops = &line_ops, .arg = l, .settings = x->part->settings, .how = x->part->how
	};

	return relay_pool_connect(x->worker->pool, &key, &user, why);
}

/* NULL: why says so in words. */
static struct line *line_new(struct relay_dial *x, size_t target, struct buf *why)
{
	struct line *l = calloc(1, sizeof(*l));

	if (!l) {
		buf_add(why, STR("out of memory"));
		return NULL;
	}
	list_init(&l->link);
	l->dial = x;
	l->target = target;
	l->connection = connect_to(l, why);
	if (!l->connection) {
		free(l);
		return NULL;
	}
	list_add(&x->lines, &l->link);
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
	if (line_new(x, target, &why))
		return SCHEDULE_WAIT;
	relay_hosts_unknown(x->worker, at); /* it is we who cannot */
	note(x, "cannot connect", buf_str(&why));
	return schedule_attempt_hindered(x->attempt, target, buf_str(&why));
}

enum schedule_want relay_dial_new(struct relay_dial *x)
{
	return dial(x, schedule_attempt_target(x->attempt));
}
