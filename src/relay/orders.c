#include "relay/orders.h"

#include <stdlib.h>

struct relay_orders {
	struct relay_orders_conf conf;
	struct loop_timer *timer;
	uint32_t owed[]; /* of each worker: a bit for each kind */
};

_Static_assert(RELAY_LETTER_STOPPED < 32, "a kind has a bit");

static void pay(void *arg);

struct relay_orders *relay_orders_new(const struct relay_orders_conf *conf)
{
	struct relay_orders *o =
		calloc(1, sizeof(*o) + conf->shared->n_workers * sizeof(o->owed[0]));

	if (!o)
		return NULL;
	o->conf = *conf;
	o->timer = loop_timer_new(conf->loop, pay, o);
	if (!o->timer)
		relay_orders_free(&o);
	return o;
}

void relay_orders_free(struct relay_orders **op)
{
	struct relay_orders *o = *op;

	*op = NULL;
	if (!o)
		return;
	loop_timer_free(&o->timer);
	free(o);
}

/* False: there is no memory. */
static bool post(struct relay_orders *o, size_t worker, enum relay_letter_kind kind)
{
	struct relay_order *order = calloc(1, sizeof(*order));

	if (!order)
		return false;
	order->letter.kind = kind;
	o->conf.fill(o->conf.arg, order);
	relay_post_letter(o->conf.shared->workers[worker], &order->letter);
	return true;
}

static bool pay_worker(struct relay_orders *o, size_t worker)
{
	uint32_t *owed = &o->owed[worker];

	for (int kind = 0; *owed; kind++) {
		uint32_t bit = *owed & 1u << kind;
		if (bit && !post(o, worker, (enum relay_letter_kind)kind))
			return false;
		*owed &= ~bit;
	}
	return true;
}

static void again(struct relay_orders *o)
{
	loop_timer_set(o->timer, loop_now(o->conf.loop) + RELAY_ORDERS_AGAIN_MS);
}

static void pay(void *arg)
{
	struct relay_orders *o = arg;

	for (size_t i = 0; i < o->conf.shared->n_workers; i++) {
		if (!pay_worker(o, i)) {
			again(o);
			return;
		}
	}
	o->conf.paid(o->conf.arg);
}

void relay_orders_give(struct relay_orders *o, size_t worker, enum relay_letter_kind kind)
{
	if (o->owed[worker] == 0 && post(o, worker, kind))
		return;
	o->owed[worker] |= 1u << kind;
	again(o);
}

void relay_orders_give_all(struct relay_orders *o, enum relay_letter_kind kind)
{
	for (size_t i = 0; i < o->conf.shared->n_workers; i++)
		relay_orders_give(o, i, kind);
}

bool relay_orders_owed(const struct relay_orders *o)
{
	uint32_t any = 0;

	for (size_t i = 0; i < o->conf.shared->n_workers; i++)
		any |= o->owed[i];
	return any != 0;
}
