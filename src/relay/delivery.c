/*
 * What is true while a delivery is under way: path is there once it was found;
 * connection is ours from dialling on, and knows us as its holder; sending says
 * that a transaction is under way on it.
 */
#include "relay/delivery.h"

#include "os/clock.h"
#include "os/random.h"
#include "relay/account.h"
#include "relay/cargo.h"
#include "relay/dial.h"
#include "relay/hosts.h"
#include "relay/known.h"
#include "relay/observe.h"
#include "relay/pool.h"
#include "relay/secure.h"
#include "relay/sessionlog.h"

#include <stdlib.h>

struct relay_delivery {
	struct schedule_turn turn;
	struct list link; /* in the worker's list, once it has begun */
	struct relay_worker *worker;
	struct relay_part *part;
	const struct relay_delivery_ops *ops;
	void *arg;
	struct schedule_attempt *attempt;
	struct routing_resolver *resolver; /* held while finding */
	struct routing_pathfinder *finder;
	const struct routing_path *path;
	struct journal_block block;
	char session[QUEUE_ID_MAX];
	struct relay_connection *connection;
	bool sending;
	bool sent; /* a transaction was begun: a host may have heard of the message */
	struct relay_cargo cargo;
	struct relay_dial dial;
	struct relay_secured *secured; /* of each target */
	struct relay_known_was was;    /* its domain, until then, secure */
	struct smtp_rcpt rcpts[];      /* of the transaction */
};

struct schedule_turn *relay_delivery_turn(struct relay_delivery *d)
{
	return &d->turn;
}

struct relay_delivery *relay_delivery_of(struct schedule_turn *turn)
{
	return CONTAINER_OF(turn, struct relay_delivery, turn);
}

void *relay_delivery_owner(const struct relay_delivery *d)
{
	return d->arg;
}

const struct queue_message *relay_delivery_message(const struct relay_delivery *d)
{
	return d->part->message;
}

static void stop_finding(struct relay_delivery *d)
{
	routing_pathfinder_free(&d->finder);
	d->path = NULL;
	routing_resolver_drop(&d->resolver);
}

/* All but the part, which goes elsewhere. */
static void drop(struct relay_delivery *d)
{
	list_drop(&d->link);
	relay_dial_clear(&d->dial);
	schedule_attempt_free(&d->attempt);
	stop_finding(d);
	journal_block_clear(&d->block);
	relay_cargo_clear(&d->cargo);
	free(d->secured);
	buf_free(&d->was.domain);
	free(d);
}

static void act(struct relay_delivery *d, enum schedule_want want);

/* The message is converted, or cannot be: to the same host again, which heard nothing of it yet. */
static void converted(void *arg)
{
	act(arg, SCHEDULE_DIAL);
}

static void dialled(void *arg, struct relay_connection *c);
static void not_dialled(void *arg, enum schedule_want want);

static bool lend(void *arg)
{
	struct relay_delivery *d = arg;

	return d->ops->lend(d->arg);
}

static void returned(void *arg)
{
	struct relay_delivery *d = arg;

	d->ops->returned(d->arg);
}

static const struct relay_dial_ops dial_ops = { dialled, not_dialled, lend, returned };

struct relay_delivery *relay_delivery_new(struct relay_worker *w, struct relay_part *part,
					  const struct relay_delivery_ops *ops, void *arg)
{
	struct relay_delivery *d = malloc(sizeof(*d) + part->part->n * sizeof(d->rcpts[0]));

	if (!d)
		return NULL;
	*d = (struct relay_delivery){
		.turn.kind = route_demand_kind(&part->part->demand),
		.worker = w,
		.part = part,
		.ops = ops,
		.arg = arg,
	};
	list_init(&d->turn.link);
	list_init(&d->link);
	relay_cargo_init(&d->cargo, w, part->message, converted, d);
	d->attempt = schedule_attempt_new(part->part, part->how->recipients);
	d->dial = (struct relay_dial){ .worker = w,
				       .part = part,
				       .attempt = d->attempt,
				       .block = &d->block,
				       .arg = d,
				       .ops = &dial_ops };
	relay_dial_init(&d->dial);
	if (!d->attempt) {
		drop(d);
		return NULL;
	}
	return d;
}

void relay_delivery_free(struct relay_delivery **dp)
{
	struct relay_delivery *d = *dp;

	*dp = NULL;
	relay_connection_close(&d->connection);
	relay_post_part_free(&d->part);
	drop(d);
}

struct relay_part *relay_delivery_take(struct relay_delivery **dp)
{
	struct relay_part *part = (*dp)->part;

	drop(*dp);
	*dp = NULL;
	return part;
}

static void open_session(struct relay_delivery *d)
{
	char id[QUEUE_ID_MAX];

	(void)str_copy(d->session, sizeof(d->session),
		       queue_id_text(queue_next_id(d->worker->shared->queue), id));
	journal_block_init(&d->block, JOURNAL_OUT, str_of(d->session));
	relay_sessionlog_begin(&d->block, os_clock_wall(), d->part);
}

/* Every recipient has its outcome: the session is written, then the records, which name it. */
static void finish(struct relay_delivery *d)
{
	const struct queue_message *m = d->part->message;
	int64_t now = os_clock_wall();
	const struct relay_observe seen = { d->finder, d->path, d->attempt, d->part->part };
	relay_observe(&d->block, now, &seen);
	const struct schedule_life life = {
		.retry = d->part->part->retry,
		.arrived_wall_ms = m->arrived_wall_ms,
		.now_wall_ms = now,
		.attempts = m->attempts,
		.ordered = m->flags & QUEUE_ENDING,
	};
	const struct relay_account account = { .worker = d->worker,
					       .part = d->part,
					       .path = d->path,
					       .session = str_of(d->session),
					       .secured = d->secured,
					       .was_secure_wall_ms = d->was.until_wall_ms,
					       .now_wall_ms = now };

	schedule_part_end(d->part->part, &life);
	relay_known_tell(d->part->part, &d->was);
	relay_sessionlog_outcome(&d->block, now, d->part);
	relay_worker_log(d->worker, now, &d->block);
	relay_account_write(&account);
	relay_post_result(d->part);
	drop(d);
}

void relay_delivery_share(struct relay_delivery *d, const struct schedule_outcome *like)
{
	open_session(d);
	schedule_part_share(d->part->part, like);
	finish(d);
}

void relay_delivery_order(struct relay_delivery *d)
{
	open_session(d);
	schedule_part_order(d->part->part, d->part->message->rcpt);
	finish(d);
}

/* The next that comes for it will not be tried for so long. */
static void close_part(struct relay_delivery *d, int64_t closed_ms)
{
	if (closed_ms > 0)
		schedule_part_close(d->part->part, os_clock_wall() + closed_ms);
}

/*
 * Trouble of its DNS is not remembered here: the resolver has its own memory of failures
 * (RFC 9520), and each session shows what it found.
 */
static void tell_reach(struct relay_delivery *d)
{
	const struct schedule_outcome *like = &d->part->part->rcpt[0];

	d->part->reach = schedule_attempt_reach(d->attempt);
	switch (d->part->reach) {
	case SCHEDULE_REACH_UNKNOWN:
	case SCHEDULE_REACH_SOMEBODY:
		return;
	case SCHEDULE_REACH_CLOSED:
		close_part(d, d->ops->shut(d->arg, d->turn.kind, like,
					   schedule_attempt_closed_ms(d->attempt)));
		return;
	case SCHEDULE_REACH_NOBODY:
		close_part(d, d->ops->unreached(d->arg, d->turn.kind, like));
		return;
	}
}

static void end(struct relay_delivery *d)
{
	const struct relay_delivery_ops *ops = d->ops;
	void *arg = d->arg;
	enum schedule_echo echo = schedule_attempt_echo(d->attempt);

	tell_reach(d);
	schedule_turnstile_give(&d->turn, d->sent);
	finish(d);
	ops->ended(arg, echo);
}

static void note(struct relay_delivery *d, const char *what, struct str why)
{
	relay_sessionlog_note(&d->block, os_clock_wall(), what, why);
}

/* We let go of the connection; it may serve others. */
static void release(struct relay_delivery *d)
{
	struct relay_connection *c = d->connection;

	d->connection = NULL;
	if (c)
		relay_pool_release(d->worker->pool, c,
				   schedule_attempt_spent(d->attempt) ? RELAY_POOL_SPENT
								      : RELAY_POOL_GOOD);
}

/* The target that the connection leads to. */
static const struct route_target *target_of(const struct relay_delivery *d)
{
	return &d->path->verdict.target[schedule_attempt_target(d->attempt)];
}

static struct tls_session *secure(void *arg)
{
	struct relay_delivery *d = arg;

	return relay_secure_session(d->part->settings, d->path, target_of(d), d->connection);
}

static void secured(void *arg)
{
	struct relay_delivery *d = arg;
	const struct tls_session *tls = d->connection->tls;

	d->secured[schedule_attempt_target(d->attempt)] = relay_secure_of(tls);
	relay_sessionlog_tls(&d->block, os_clock_wall(), tls, &target_of(d)->need);
}

static void ready(void *arg)
{
	struct relay_delivery *d = arg;

	relay_hosts_worked(d->worker, &d->connection->key.at);
	d->ops->reached(d->arg);
	act(d, schedule_attempt_greeted(d->attempt, SCHEDULE_UNUSED));
}

static void tell_result(struct relay_delivery *d, size_t i)
{
	struct smtp_client *client = d->connection->client;
	struct smtp_result r = smtp_client_result(client, i);

	schedule_attempt_result(d->attempt, i, &r,
				smtp_offer_has(smtp_client_offer(client), SMTP_EXT_DSN));
}

/* Results of the transaction: all once it is over, however it ended; else those that are there. */
static void tell_results(struct relay_delivery *d)
{
	size_t n;

	(void)schedule_attempt_batch(d->attempt, &n);
	for (size_t i = 0; i < n; i++)
		if (!d->sending || smtp_client_settled(d->connection->client, i))
			tell_result(d, i);
}

/* A report was refused for what it returns: it goes again without, and that is not told. */
static bool is_made_shorter(struct relay_delivery *d)
{
	struct smtp_result r = smtp_client_result(d->connection->client, 0);

	if (!relay_cargo_shorten(&d->cargo, &r))
		return false;
	note(d, "refused", STR("once more, with the header of the message alone"));
	return true;
}

static void sent(void *arg)
{
	struct relay_delivery *d = arg;

	d->sending = false;
	if (is_made_shorter(d)) {
		act(d, schedule_attempt_greeted(d->attempt, SCHEDULE_USED));
		return;
	}
	tell_results(d);
	act(d, schedule_attempt_sent(d->attempt, relay_pool_used_up(d->connection)
							 ? SCHEDULE_LINE_SPENT
							 : SCHEDULE_LINE_OPEN));
}

/* Once more without TLS, at once (SPEC section 12). */
static enum schedule_want go_without(struct relay_delivery *d, const struct smtp_result *r)
{
	CLEANUP(buf_free) struct buf words = BUF_MAX(SCHEDULE_TEXT_MAX);

	buf_add(&words, r->text);
	buf_add(&words, STR("; again without TLS"));
	note(d, "TLS failed", buf_str(&words));
	d->dial.clear = schedule_attempt_target(d->attempt);
	return SCHEDULE_DIAL;
}

/* Before a transaction: the host would not have us. */
static enum schedule_want lost_early(struct relay_delivery *d)
{
	struct relay_connection *c = d->connection;
	struct smtp_result r = smtp_client_failure(c->client);
	enum relay_secure_end end = relay_secure_ended(&r, c->key.tls);
	bool theirs = end == RELAY_SECURE_END_OTHER && !r.own;

	if (theirs && !relay_pool_serves(d->worker->pool, &c->key.at))
		relay_hosts_failed(d->worker, &c->key.at, d->part->part->retry);
	else /* somebody is there, and may take other mail */
		relay_hosts_worked(d->worker, &c->key.at);
	if (end == RELAY_SECURE_END_AGAIN)
		return go_without(d, &r);
	CLEANUP(buf_free) struct buf words = BUF_MAX(SCHEDULE_TEXT_MAX);
	schedule_attempt_words(&words, &r);
	note(d, "failed", buf_str(&words));
	return relay_secure_unfit(&r, c->key.tls, d->part->part->demand.sender_tls)
		       ? schedule_attempt_unfit(d->attempt, &r)
		       : schedule_attempt_refused(d->attempt, &r);
}

static enum schedule_want lost_late(struct relay_delivery *d)
{
	schedule_attempt_lost(d->attempt, smtp_client_stage(d->connection->client));
	if (!is_made_shorter(d))
		tell_results(d);
	return schedule_attempt_sent(d->attempt, SCHEDULE_LINE_LOST);
}

static void lost(void *arg)
{
	struct relay_delivery *d = arg;
	bool late = d->sending;

	d->sending = false;
	enum schedule_want want = late ? lost_late(d) : lost_early(d);
	relay_connection_close(&d->connection);
	act(d, want);
}

static void trace(void *arg, struct str octets)
{
	struct relay_delivery *d = arg;

	relay_sessionlog_trace(&d->block, os_clock_wall(), octets);
}

static enum err piece(void *arg, uint64_t at, struct str *out)
{
	struct relay_delivery *d = arg;

	return relay_cargo_piece(&d->cargo, at, out);
}

static const struct relay_connection_ops connection_ops = { .ready = ready,
							    .sent = sent,
							    .lost = lost,
							    .trace = trace,
							    .piece = piece,
							    .secure = secure,
							    .secured = secured };

static struct relay_connection_user user_of(struct relay_delivery *d)
{
	return (struct relay_connection_user){
		.ops = &connection_ops, .arg = d, .settings = d->part->settings, .how = d->part->how
	};
}

/* On an open connection at once. */
static enum schedule_want dial(struct relay_delivery *d)
{
	const struct relay_connection_user user = user_of(d);

	d->connection = relay_dial_kept(&d->dial, &user);
	if (!d->connection)
		return relay_dial_new(&d->dial);
	if (d->connection->secured)
		secured(d);
	d->ops->reached(d->arg);
	return schedule_attempt_greeted(d->attempt, SCHEDULE_USED);
}

static void dialled(void *arg, struct relay_connection *c)
{
	struct relay_delivery *d = arg;
	const struct relay_connection_user user = user_of(d);

	d->connection = c;
	relay_connection_give(c, &user);
}

static void not_dialled(void *arg, enum schedule_want want)
{
	act(arg, want);
}

/* The message, made to fit, where it has to be and can be: SCHEDULE_SEND; or what is next. */
static enum schedule_want load(struct relay_delivery *d, struct smtp_transaction *tx)
{
	enum err e = relay_cargo_load(&d->cargo, smtp_client_offer(d->connection->client), tx);

	if (e == ERR_OK && tx->body == SMTP_BODY_CONVERTED)
		note(d, "converted", relay_cargo_converted(&d->cargo));
	return e == ERR_OK
		       ? SCHEDULE_SEND
		       : schedule_attempt_abandon(d->attempt, STR("4.3.0"), relay_cargo_words(e));
}

/* SCHEDULE_WAIT: what comes of it will be heard. */
static enum schedule_want send_batch(struct relay_delivery *d)
{
	const struct queue_message *m = d->part->message;
	size_t n;
	const size_t *batch = schedule_attempt_batch(d->attempt, &n);

	for (size_t i = 0; i < n; i++) {
		const struct schedule_rcpt *r = &m->rcpt[d->part->part->rcpt[batch[i]].rcpt];
		d->rcpts[i] =
			(struct smtp_rcpt){ .to = r->to, .notify = r->notify, .orcpt = r->orcpt };
	}
	struct smtp_transaction tx = {
		.mail = { .from = m->from, .flags = m->smtp, .envid = m->envid },
		.rcpt = d->rcpts,
		.n_rcpt = n,
		.channel = relay_secure_channel(d->connection),
	};
	if (relay_cargo_converts(&d->cargo, smtp_client_offer(d->connection->client), tx)) {
		release(d); /* it may take other mail meanwhile */
		return SCHEDULE_WAIT;
	}
	enum schedule_want want = load(d, &tx);
	if (want != SCHEDULE_SEND)
		return want;
	d->secured[schedule_attempt_target(d->attempt)] = relay_secure_used(d->connection);
	d->sending = d->sent = true;
	relay_connection_send(d->connection, &tx);
	return SCHEDULE_WAIT;
}

/* Do what is wanted, until something is to be waited for. */
static void act(struct relay_delivery *d, enum schedule_want want)
{
	while (want != SCHEDULE_WAIT) {
		switch (want) {
		case SCHEDULE_DIAL:
			release(d);
			want = dial(d);
			break;
		case SCHEDULE_SEND:
			want = send_batch(d);
			break;
		case SCHEDULE_DONE:
			release(d);
			end(d);
			return;
		case SCHEDULE_WAIT:
			break;
		}
	}
}

static void no_memory(struct relay_delivery *d)
{
	act(d, schedule_attempt_abandon(d->attempt, STR("4.3.0"), STR("out of memory")));
}

static void path_found(void *arg, const struct routing_path *path)
{
	struct relay_delivery *d = arg;

	d->path = path->err == ERR_OK ? path : NULL;
	d->secured = d->path ? calloc(path->verdict.n_target + 1, sizeof(*d->secured)) : NULL;
	if (!d->secured) {
		no_memory(d);
		return;
	}
	d->dial.path = path;
	relay_sessionlog_path(&d->block, os_clock_wall(), d->part, path);
	relay_known_learn(d->worker->shared->known, path->facts, &d->block, &d->was);
	act(d, schedule_attempt_start(d->attempt, &path->verdict));
}

void relay_delivery_begin(struct relay_delivery *d)
{
	struct relay_worker *w = d->worker;

	list_add(&w->deliveries, &d->link);
	open_session(d);
	d->resolver = routing_resolver_hold(w->resolver);
	const struct routing_pathfinder_ask ask = {
		.resolver = d->resolver->resolve,
		.reactor = &w->reactor,
		.conf = d->part->settings->conf,
		.domain = d->part->part->domain,
		.service = d->part->part->demand.service,
		.dane = d->part->part->demand.dane,
		.sender_tls = d->part->part->demand.sender_tls,
		.as_required = d->part->part->demand.observed.line.n > 0
	};
	d->finder = routing_pathfinder_new(&ask, path_found, d);
	if (!d->finder)
		no_memory(d);
}

/* What was said of some stays; the host is told nothing, as there is no time for its reply. */
static void cut(struct relay_delivery *d)
{
	if (d->sending)
		tell_results(d);
	d->sending = false;
	note(d, "stopped", STR("the daemon ends, and waits no longer"));
	relay_connection_close(&d->connection);
	relay_dial_stop(&d->dial);
	act(d, schedule_attempt_cut(d->attempt));
}

void relay_delivery_cut_all(struct relay_worker *w)
{
	while (!list_empty(&w->deliveries))
		cut(CONTAINER_OF(w->deliveries.next, struct relay_delivery, link));
}
