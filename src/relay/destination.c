#include "relay/destination.h"

#include "log/log.h"
#include "relay/connection.h"
#include "relay/delivery.h"

#include <stdlib.h>

static struct relay_destination *find(struct relay_worker *w, struct str domain,
				      enum route_service service, uint64_t h)
{
	for (struct hash_node *n = hash_first(&w->destinations, h); n; n = hash_next(n)) {
		struct relay_destination *d = CONTAINER_OF(n, struct relay_destination, node);
		if (d->service == service && str_eq_nocase(buf_str(&d->domain), domain))
			return d;
	}
	return NULL;
}

static struct relay_destination *find_or_make(struct relay_worker *w, struct str domain,
					      enum route_service service)
{
	uint64_t h = hash_nocase(w->shared->hash_seed, domain);
	struct relay_destination *d = find(w, domain, service, h);

	if (d)
		return d;
	d = calloc(1, sizeof(*d));
	if (!d)
		return NULL;
	d->worker = w;
	d->service = service;
	d->domain = BUF_MAX(4096);
	buf_add(&d->domain, domain);
	list_init(&d->waiting);
	list_init(&d->idle);
	list_init(&d->all);
	list_init(&d->starved);
	hash_add(&w->destinations, &d->node, h);
	return d;
}

/* Nothing waits, nothing is under way, no connection is open: it may go. */
static void settle(struct relay_destination *d)
{
	if (d->busy || d->open || !list_empty(&d->waiting))
		return;
	list_drop(&d->starved);
	hash_drop(&d->worker->destinations, &d->node);
	buf_free(&d->domain);
	free(d);
}

/* Our share of the connections of all workers. */
static unsigned total(const struct relay_worker *w)
{
	unsigned all = w->settings->conf->delivery.total;
	unsigned share = all / (unsigned)w->shared->n_workers;

	return share ? share : 1;
}

static void begin_waiting(struct relay_destination *d)
{
	struct relay_worker *w = d->worker;
	struct list *item;

	while (d->busy < w->settings->conf->delivery.per_destination && !list_empty(&d->waiting)) {
		if (list_empty(&d->idle) && w->connections >= total(w)) {
			list_drop(&d->starved);
			list_add(&w->starved, &d->starved);
			return;
		}
		item = list_shift(&d->waiting);
		d->busy++;
		relay_delivery_begin(relay_delivery_of(item));
	}
}

void relay_destination_add(struct relay_worker *w, struct relay_part *part)
{
	struct relay_destination *d = find_or_make(w, part->domain, part->service);
	struct relay_delivery *delivery = d ? relay_delivery_new(d, part) : NULL;

	if (!delivery || w->stopping) {
		for (size_t i = 0; i < part->n; i++) {
			part->rcpt[i].action = ROUTE_DEFER;
			part->rcpt[i].untried = true;
		}
		if (delivery)
			relay_delivery_skip(delivery);
		else {
			part->letter.kind = RELAY_LETTER_RESULT;
			relay_worker_post(part->transit->home, &part->letter);
		}
		if (d)
			settle(d);
		return;
	}
	list_add(&d->waiting, relay_delivery_link(delivery));
	begin_waiting(d);
}

/* One that was short of a connection, now that one may be had. */
static void feed_starved(struct relay_worker *w)
{
	struct list *item;

	if (w->connections >= total(w))
		return;
	item = list_shift(&w->starved);
	if (item)
		begin_waiting(CONTAINER_OF(item, struct relay_destination, starved));
}

void relay_destination_next(struct relay_destination *d)
{
	struct relay_worker *w = d->worker;

	d->busy--;
	begin_waiting(d);
	settle(d);
	feed_starved(w);
}

void relay_destination_closed(struct relay_destination *d)
{
	struct relay_worker *w = d->worker;

	settle(d);
	feed_starved(w);
}

void relay_destination_unreachable(struct relay_destination *d, const struct relay_part *like)
{
	struct list waiting, *item;

	/* Those that wait now, not those that may come while we tell them. */
	list_init(&waiting);
	while ((item = list_shift(&d->waiting)) != NULL)
		list_add(&waiting, item);
	while ((item = list_shift(&waiting)) != NULL) {
		d->busy++;
		relay_delivery_share(relay_delivery_of(item), like);
	}
}

struct relay_connection *relay_destination_idle(struct relay_destination *d,
						const struct route_target *target)
{
	/* The latest used first: the others may run out and be closed. */
	for (struct list *l = d->idle.prev; l != &d->idle; l = l->prev) {
		struct relay_connection *c = CONTAINER_OF(l, struct relay_connection, link);
		if (c->authenticated == target->authenticated &&
		    ip_port_eq(&c->at, &target->address->at))
			return c;
	}
	return NULL;
}

static void stop_one(struct hash_node *node, void *arg)
{
	struct relay_destination *d = CONTAINER_OF(node, struct relay_destination, node);
	struct list *item;

	(void)arg;
	d->busy++; /* so that it stays while its things go */
	while ((item = list_shift(&d->waiting)) != NULL)
		relay_delivery_skip(relay_delivery_of(item));
	while (!list_empty(&d->idle))
		relay_connection_quit(CONTAINER_OF(d->idle.next, struct relay_connection, link));
	d->busy--;
	settle(d);
}

void relay_destination_stop(struct relay_worker *w)
{
	hash_each(&w->destinations, stop_one, NULL);
}

static void clear_one(struct hash_node *node, void *arg)
{
	struct relay_destination *d = CONTAINER_OF(node, struct relay_destination, node);

	(void)arg;
	d->busy++;
	while (!list_empty(&d->waiting)) {
		struct relay_delivery *delivery = relay_delivery_of(list_shift(&d->waiting));
		relay_delivery_free(&delivery);
	}
	while (!list_empty(&d->all)) {
		struct relay_connection *c =
			CONTAINER_OF(d->all.next, struct relay_connection, member);
		relay_connection_close(&c);
	}
	d->busy--;
	settle(d);
}

void relay_destination_clear(struct relay_worker *w)
{
	hash_each(&w->destinations, clear_one, NULL);
}
