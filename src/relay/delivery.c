/*
 * What is true while a delivery is under way: open[] are the recipients that
 * have no outcome yet, by their place in the part; target is the one that is
 * being tried, and next the one after it.  A connection that is ours knows us
 * as its delivery, and no other.
 */
#include "relay/delivery.h"

#include "base/time.h"
#include "log/log.h"
#include "os/clock.h"
#include "relay/connection.h"
#include "relay/report.h"
#include "relay/sessionlog.h"

#include <stdlib.h>
#include <string.h>

#define TEXT_OCTETS 4096

/* Hosts that talked to us and put recipients off, before we leave it for later. */
#define HOSTS_TALKED_MAX 3

struct relay_delivery {
	struct list link; /* in the destination's waiting list */
	struct relay_destination *destination;
	struct relay_part *part;
	struct routing_resolver *resolver; /* used while finding */
	struct routing_pathfinder *finder;
	const struct routing_path *path;
	struct journal_block block;
	char session[QUEUE_ID_MAX];
	size_t *open;
	size_t n_open;
	size_t next; /* index of the next target */
	const struct route_target *target;
	struct relay_connection *connection;
	struct smtp_rcpt *rcpts; /* of the transaction */
	unsigned talked;         /* hosts that greeted us */
	bool reached;            /* some host answered at all */
	bool sending;            /* a transaction is under way on connection */
	bool fresh;              /* an idle connection failed us: make new ones */
	char status[RELAY_STATUS_MAX];
	struct buf text, remote; /* why the last target would not do */
	struct buf observed;     /* OBSERVE: what SECURE would have done */
};

struct list *relay_delivery_link(struct relay_delivery *d)
{
	return &d->link;
}

struct relay_delivery *relay_delivery_of(struct list *link)
{
	return CONTAINER_OF(link, struct relay_delivery, link);
}

struct relay_delivery *relay_delivery_new(struct relay_destination *dest, struct relay_part *part)
{
	struct relay_delivery *d = calloc(1, sizeof(*d));

	if (!d)
		return NULL;
	d->open = calloc(part->n, sizeof(*d->open));
	d->rcpts = calloc(part->n, sizeof(*d->rcpts));
	if (!d->open || !d->rcpts) {
		free(d->open);
		free(d->rcpts);
		free(d);
		return NULL;
	}
	list_init(&d->link);
	d->destination = dest;
	d->part = part;
	d->text = BUF_MAX(TEXT_OCTETS);
	d->remote = BUF_MAX(1024);
	d->observed = BUF_MAX(TEXT_OCTETS);
	for (size_t i = 0; i < part->n; i++)
		d->open[d->n_open++] = i;
	return d;
}

static struct relay_worker *worker(const struct relay_delivery *d)
{
	return d->destination->worker;
}

static void stop_finding(struct relay_delivery *d)
{
	routing_pathfinder_free(&d->finder);
	d->path = NULL;
	routing_resolver_drop(&d->resolver);
}

static void drop(struct relay_delivery *d)
{
	list_drop(&d->link);
	stop_finding(d);
	journal_block_clear(&d->block);
	buf_free(&d->text);
	buf_free(&d->remote);
	buf_free(&d->observed);
	free(d->open);
	free(d->rcpts);
	free(d);
}

void relay_delivery_free(struct relay_delivery **dp)
{
	struct relay_delivery *d = *dp;

	*dp = NULL;
	relay_connection_close(&d->connection);
	for (size_t i = 0; i < d->part->n; i++)
		free((char *)(uintptr_t)d->part->rcpt[i].text.p);
	free(d->part);
	drop(d);
}

/* What the target that was tried last is called, for the record. */
static void target_words(const struct relay_delivery *d, struct buf *host, struct buf *address)
{
	char text[IP_TEXT_MAX];

	if (!d->target)
		return;
	if (d->target->host && d->target->host->name.len)
		dns_name_text(host, &d->target->host->name);
	if (host->n > 1)
		host->n--; /* without the final dot, as mail writes it */
	buf_add(address, ip_text(&d->target->address->at.ip, text));
}

static void count(const struct relay_delivery *d, const struct relay_outcome *o)
{
	const struct route_verdict *v = d->path ? &d->path->verdict : NULL;
	size_t status = v && v->mx_asked ? v->mx_status : RELAY_STATUSES - 1;

	atomic_fetch_add_explicit(
		&worker(d)->shared->counters.deliveries[d->part->service][o->action][status], 1,
		memory_order_relaxed);
}

static void record(struct relay_delivery *d, const struct relay_outcome *o, int64_t now)
{
	const struct relay_part *part = d->part;
	const struct queue_message *m = part->transit->message;
	const struct route_verdict *v = d->path ? &d->path->verdict : NULL;
	CLEANUP(buf_free) struct buf host = BUF_MAX(1024);
	CLEANUP(buf_free) struct buf address = BUF_MAX(IP_TEXT_MAX);
	char id[QUEUE_ID_MAX];
	enum dns_status address_status = !v          ? DNS_INDETERMINATE
					 : d->target ? d->target->address->status
						     : v->address_status;

	target_words(d, &host, &address);
	const struct journal_delivery line = {
		.wall_ms = now,
		.session = str_of(d->session),
		.message = queue_id_text(m->id, id),
		.from = m->from,
		.to = m->rcpt[o->rcpt].to,
		.domain = part->domain,
		.service = route_service_text(part->service),
		.criterion = part->criterion ? part->criterion->line : STR_NONE,
		.mx_status = route_status_text(v && v->mx_asked ? &v->mx_status : NULL),
		.address_status = route_status_text(v && v->address_asked ? &address_status : NULL),
		.host = buf_str(&host),
		.address = buf_str(&address),
		.dane = STR("none"),
		.outcome = route_action_text(o->action),
		.status = str_of(o->status),
		.reply = o->text,
		.delay_ms = now - m->arrived_wall_ms,
		.dns_ms = d->path ? d->path->dns_ms : 0,
		.observed = buf_str(&d->observed),
	};
	if (journal_delivery(worker(d)->journal, &line) != ERR_OK)
		log_event(LOG_ERR, "journal", "cannot write a delivery record");
	count(d, o);
}

/* At the end of a message's life what would be put off is given up. */
static void expire(struct relay_delivery *d, struct relay_outcome *o, int64_t now)
{
	const struct relay_transit *t = d->part->transit;
	const struct schedule_retry *schedule = &t->settings->schedule;
	CLEANUP(buf_free) struct buf text = BUF_MAX(TEXT_OCTETS);
	char span[TIME_TEXT_MAX];
	bool ends = t->message->flags & QUEUE_ENDING ||
		    schedule_retry_age(schedule, t->message->arrived_wall_ms,
				       t->message->attempts + 1, now) == SCHEDULE_EXPIRED;

	if (o->action != ROUTE_DEFER || !ends)
		return;
	o->action = ROUTE_BOUNCE;
	(void)str_copy(o->status, sizeof(o->status),
		       o->expired[0] ? str_of(o->expired) : STR("5.4.7"));
	buf_addf(&text, RELAY_REPORT_GIVEN_UP "%.*s: ",
		 STR_ARG(time_span(now - t->message->arrived_wall_ms, span)));
	if (o->remote.n)
		buf_addf(&text, "%.*s: ", STR_ARG(o->remote));
	buf_add(&text, o->text);
	relay_transit_say(o, buf_str(&text), o->remote);
}

/* The part goes home. */
static void send_home(struct relay_delivery *d)
{
	struct relay_part *part = d->part;
	struct relay_worker *home = part->transit->home;

	drop(d);
	part->letter.kind = RELAY_LETTER_RESULT;
	if (home->mailbox)
		relay_worker_post(home, &part->letter);
}

static void finish(struct relay_delivery *d)
{
	struct relay_destination *dest = d->destination;
	int64_t now = os_clock_wall();

	if (d->connection)
		relay_connection_release(d->connection);
	d->connection = NULL;
	for (size_t i = 0; i < d->part->n; i++) {
		struct relay_outcome *o = &d->part->rcpt[i];
		expire(d, o, now);
		o->secure_failed = o->action == ROUTE_BOUNCE && d->part->service == ROUTE_REQUIRED;
		record(d, o, now);
	}
	relay_sessionlog_outcome(&d->block, now, d->part);
	if (journal_write(worker(d)->journal, now, &d->block) != ERR_OK)
		log_event(LOG_ERR, "journal", "cannot write the session log");
	send_home(d);
	relay_destination_next(dest);
}

void relay_delivery_skip(struct relay_delivery *d)
{
	for (size_t i = 0; i < d->part->n; i++) {
		d->part->rcpt[i].action = ROUTE_DEFER;
		d->part->rcpt[i].untried = true;
	}
	send_home(d);
}

static void settle(struct relay_outcome *o, enum route_action action, struct str status)
{
	o->action = action;
	(void)str_copy(o->status, sizeof(o->status), status);
}

/* Outcome for all that are open: no target is left, or the verdict says so. */
static void settle_open(struct relay_delivery *d, enum route_action action, struct str status)
{
	for (size_t i = 0; i < d->n_open; i++) {
		struct relay_outcome *o = &d->part->rcpt[d->open[i]];
		settle(o, action, status);
		relay_transit_say(o, buf_str(&d->text), buf_str(&d->remote));
	}
	d->n_open = 0;
}

static void open_session(struct relay_delivery *d)
{
	char id[QUEUE_ID_MAX];

	(void)str_copy(d->session, sizeof(d->session),
		       queue_id_text(queue_next_id(worker(d)->shared->queue), id));
	journal_block_init(&d->block, str_of(d->session));
	relay_sessionlog_begin(&d->block, os_clock_wall(), d->part);
}

void relay_delivery_share(struct relay_delivery *d, const struct relay_part *like)
{
	const struct relay_outcome *o = &like->rcpt[0];

	open_session(d);
	buf_addf(&d->text, "just tried for another message: %.*s", STR_ARG(o->text));
	buf_add(&d->remote, o->remote);
	settle_open(d, ROUTE_DEFER, str_of(o->status));
	for (size_t i = 0; i < d->part->n; i++)
		memcpy(d->part->rcpt[i].expired, o->expired, sizeof(o->expired));
	finish(d);
}

static void verdict_text(struct relay_delivery *d)
{
	const struct route_verdict *v = &d->path->verdict;

	if (d->part->service == ROUTE_REQUIRED) {
		relay_sessionlog_service(&d->text, d->part);
		buf_add(&d->text, STR(": "));
	}
	buf_add(&d->text, buf_str(&v->text));
	if (d->part->service == ROUTE_REQUIRED && v->advice.n)
		buf_addf(&d->text, ". What can be done: %.*s", STR_ARG(buf_str(&v->advice)));
}

static void obey(struct relay_delivery *d)
{
	const struct route_verdict *v = &d->path->verdict;

	verdict_text(d);
	settle_open(d, v->action, str_of(v->status));
	for (size_t i = 0; i < d->part->n; i++) {
		struct relay_outcome *o = &d->part->rcpt[i];
		(void)str_copy(o->expired, sizeof(o->expired), str_of(v->expired));
	}
	finish(d);
}

static void dial_next(struct relay_delivery *d);

/* The current target would not do: remember why, for when it was the last. */
static void remember(struct relay_delivery *d, struct str status, struct str text)
{
	CLEANUP(buf_free) struct buf address = BUF_MAX(IP_TEXT_MAX);

	(void)str_copy(d->status, sizeof(d->status), status);
	buf_clear(&d->text);
	buf_clear(&d->remote);
	target_words(d, &d->remote, &address);
	if (d->remote.n == 0)
		buf_add(&d->remote, buf_str(&address));
	buf_add(&d->text, text);
}

static void no_target_left(struct relay_delivery *d)
{
	struct relay_destination *dest = d->destination;
	bool reached = d->reached;

	if (d->n_open == 0) {
		finish(d);
		return;
	}
	settle_open(d, ROUTE_DEFER, d->status[0] ? str_of(d->status) : STR("4.4.1"));
	if (!reached)
		relay_destination_unreachable(dest, d->part);
	finish(d);
}

static void dial(struct relay_delivery *d, const struct route_target *target)
{
	CLEANUP(buf_free) struct buf why = BUF_MAX(256);
	struct relay_connection *c =
		d->fresh ? NULL : relay_destination_idle(d->destination, target);

	d->target = target;
	if (c) {
		relay_sessionlog_target(&d->block, os_clock_wall(), target, RELAY_DIAL_REUSED);
		d->connection = c;
		relay_connection_take(c, d);
		relay_delivery_greeted(d);
		return;
	}
	relay_sessionlog_target(&d->block, os_clock_wall(), target, RELAY_DIAL_NEW);
	d->connection = relay_connection_new(d->destination, d, target, &why);
	if (d->connection)
		return;
	journal_linef(&d->block, os_clock_wall(), JOURNAL_PLAIN, "cannot connect: %.*s",
		      STR_ARG(buf_str(&why)));
	remember(d, STR("4.4.1"), buf_str(&why));
	dial_next(d);
}

static void dial_next(struct relay_delivery *d)
{
	const struct route_verdict *v = &d->path->verdict;

	if (d->n_open == 0 || d->next >= v->n_target || d->talked >= HOSTS_TALKED_MAX) {
		no_target_left(d);
		return;
	}
	dial(d, &v->target[d->next++]);
}

/* OBSERVE: what would SECURE have done? */
static void observe(struct relay_delivery *d)
{
	CLEANUP(buf_free) struct buf line = BUF_MAX(2 * TEXT_OCTETS);
	struct route_verdict v;

	if (!d->part->observed || routing_pathfinder_judge(d->finder, ROUTE_REQUIRED, &v) != ERR_OK)
		return;
	buf_add(&d->observed, route_action_text(v.action));
	if (v.action != ROUTE_DELIVER)
		buf_addf(&d->observed, " %s: %.*s", v.status, STR_ARG(buf_str(&v.text)));
	buf_add(&line, STR("observe: "));
	relay_sessionlog_criterion(&line, d->part, d->part->observed);
	buf_addf(&line, ": SECURE would have %.*s", STR_ARG(buf_str(&d->observed)));
	journal_line(&d->block, os_clock_wall(), JOURNAL_PLAIN, buf_str(&line));
	route_verdict_clear(&v);
}

static void path_found(void *arg, const struct routing_path *path)
{
	struct relay_delivery *d = arg;

	d->path = path;
	if (path->err != ERR_OK) {
		d->path = NULL;
		buf_add(&d->text, STR("out of memory"));
		settle_open(d, ROUTE_DEFER, STR("4.3.0"));
		finish(d);
		return;
	}
	relay_sessionlog_path(&d->block, os_clock_wall(), d->part, path);
	observe(d);
	if (path->verdict.action == ROUTE_DELIVER)
		dial_next(d);
	else
		obey(d);
}

void relay_delivery_begin(struct relay_delivery *d)
{
	struct relay_worker *w = worker(d);

	open_session(d);
	d->resolver = routing_resolver_hold(w->resolver);
	const struct routing_pathfinder_ask ask = { .resolver = d->resolver->resolve,
						    .reactor = &w->reactor,
						    .conf = d->part->transit->settings->conf,
						    .domain = d->part->domain,
						    .service = d->part->service,
						    .as_required = d->part->observed != NULL };
	d->finder = routing_pathfinder_new(&ask, path_found, d);
	if (d->finder)
		return;
	buf_add(&d->text, STR("out of memory"));
	settle_open(d, ROUTE_DEFER, STR("4.3.0"));
	finish(d);
}

void relay_delivery_greeted(struct relay_delivery *d)
{
	const struct queue_message *m = d->part->transit->message;

	d->reached = true;
	d->sending = true;
	d->talked++;
	for (size_t i = 0; i < d->n_open; i++) {
		const struct schedule_rcpt *r = &m->rcpt[d->part->rcpt[d->open[i]].rcpt];
		d->rcpts[i] =
			(struct smtp_rcpt){ .to = r->to, .notify = r->notify, .orcpt = r->orcpt };
	}
	const struct smtp_transaction tx = {
		.mail = { .from = m->from,
			  .size = m->content.n,
			  .flags = m->smtp,
			  .envid = m->envid },
		.rcpt = d->rcpts,
		.n_rcpt = d->n_open,
		.message = buf_str(&m->content),
	};
	relay_connection_send(d->connection, &tx);
}

/* "250 2.0.0 ok", one line, as the reply had it. */
static void reply_words(const struct smtp_result *r, struct buf *out)
{
	if (r->code)
		buf_addf(out, "%d ", r->code);
	if (r->said[0])
		buf_addf(out, "%s ", r->said);
	for (size_t i = 0; i < r->text.n; i++)
		buf_addc(out, r->text.p[i] == '\n' ? ' ' : r->text.p[i]);
	if (r->code == 0)
		buf_addf(out, " (%.*s)", STR_ARG(smtp_stage_text(r->stage)));
}

static enum route_action action_of(enum smtp_fate fate)
{
	switch (fate) {
	case SMTP_DELIVERED:
		return ROUTE_DELIVER;
	case SMTP_TEMPORARY:
		return ROUTE_DEFER;
	case SMTP_PERMANENT:
		return ROUTE_BOUNCE;
	}
	abort();
}

/* Results of the transaction: those put off stay open, the others are settled. */
static void collect(struct relay_delivery *d)
{
	struct smtp_client *client = d->connection->client;
	size_t still = 0;

	for (size_t i = 0; i < d->n_open; i++) {
		struct relay_outcome *o = &d->part->rcpt[d->open[i]];
		struct smtp_result r = smtp_client_result(client, i);
		CLEANUP(buf_free) struct buf text = BUF_MAX(TEXT_OCTETS);
		reply_words(&r, &text);
		remember(d, str_of(r.enhanced), buf_str(&text));
		settle(o, action_of(r.fate), str_of(r.enhanced));
		o->dsn = smtp_offer_has(smtp_client_offer(client), SMTP_EXT_DSN);
		relay_transit_say(o, buf_str(&text), buf_str(&d->remote));
		if (r.fate == SMTP_TEMPORARY)
			d->open[still++] = d->open[i];
	}
	d->n_open = still;
}

void relay_delivery_sent(struct relay_delivery *d)
{
	d->sending = false;
	collect(d);
	if (d->n_open == 0) {
		finish(d);
		return;
	}
	relay_connection_release(d->connection);
	d->connection = NULL;
	dial_next(d);
}

/* A connection that had lain idle and was found dead says nothing about the host. */
static bool was_stale(const struct relay_delivery *d)
{
	const struct relay_connection *c = d->connection;

	return !d->fresh && c->used > 1 && smtp_client_stage(c->client) < SMTP_STAGE_MESSAGE;
}

/*
 * The host was not there, or would not have us.  Its 5yz to the greeting or to
 * EHLO is about itself, not about our mail: another host may take it, and later
 * it may itself.
 */
static void refused(struct relay_delivery *d)
{
	struct relay_connection *c = d->connection;
	CLEANUP(buf_free) struct buf text = BUF_MAX(TEXT_OCTETS);
	bool connected = c->state != RELAY_CONNECTING;
	char status[RELAY_STATUS_MAX] = "4.4.1";

	if (connected) {
		struct smtp_result r = smtp_client_failure(c->client);
		reply_words(&r, &text);
		(void)str_copy(status, sizeof(status), str_of(r.enhanced));
		status[0] = '4';
	} else {
		buf_add(&text, buf_str(&c->trouble));
	}
	d->reached |= connected;
	journal_linef(&d->block, os_clock_wall(), JOURNAL_PLAIN, "failed: %.*s",
		      STR_ARG(buf_str(&text)));
	remember(d, str_of(status), buf_str(&text));
}

void relay_delivery_lost(struct relay_delivery *d)
{
	if (d->sending && was_stale(d)) {
		d->fresh = true;
		d->next--;
		d->talked--;
	} else if (d->sending) {
		collect(d);
	} else {
		refused(d);
	}
	d->sending = false;
	relay_connection_close(&d->connection);
	dial_next(d);
}

void relay_delivery_trace(struct relay_delivery *d, struct str trace)
{
	relay_sessionlog_trace(&d->block, os_clock_wall(), trace);
}
