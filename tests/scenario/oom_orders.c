/*
 * What the daemon tells its workers while there is no memory: all of it later, in its order, and
 * each order once, however often it was given.
 */
#include "loop/mailbox.h"
#include "relay/orders.h"

#include "base/buf.h"
#include "base/test.h"

#include "../failing.h"

#include <stdlib.h>

enum { WORKERS = 2 };

struct worker {
	struct loop_mailbox *mailbox;
	struct buf got; /* a letter for each that came */
};

static struct worker workers[WORKERS];
static struct loop *loop;
static unsigned filled, paid;

static char letter_of(enum relay_letter_kind kind)
{
	return kind == RELAY_LETTER_SETTINGS  ? 's'
	       : kind == RELAY_LETTER_FORGIVE ? 'f'
	       : kind == RELAY_LETTER_STOP    ? 't'
	       : kind == RELAY_LETTER_QUIT    ? 'q'
					      : '?';
}

static void letter_came(void *arg, struct list *item)
{
	struct relay_letter *letter = CONTAINER_OF(item, struct relay_letter, link);
	struct worker *w = arg;

	buf_addc(&w->got, letter_of(letter->kind));
	free(letter);
}

static void fill(void *arg, struct relay_order *order)
{
	(void)arg;
	(void)order;
	filled++;
}

/* Once all is paid, what came is read in the next turn. */
static void all_paid(void *arg)
{
	(void)arg;
	paid++;
}

static void stop(void *arg)
{
	(void)arg;
	loop_stop(loop);
}

/* One turn and what is due in ms. */
static void pass(struct loop_timer *timer, int64_t ms)
{
	loop_timer_set(timer, loop_now(loop) + ms);
	if (loop_run(loop) != ERR_OK)
		abort();
}

static void check(const char *label, const char *first, const char *second)
{
	CHECK_STR(label, buf_str(&workers[0].got), str_of(first));
	CHECK_STR(label, buf_str(&workers[1].got), str_of(second));
}

int main(void)
{
	struct loop_mailbox *boxes[WORKERS];
	struct relay_shared shared = { .workers = boxes, .n_workers = WORKERS };
	struct list rest;

	inside = false;
	loop = loop_new();
	for (int i = 0; i < WORKERS; i++) {
		workers[i].got = BUF_MAX(1000);
		boxes[i] = loop_mailbox_new(loop, letter_came, &workers[i]);
	}
	struct loop_timer *timer = loop_timer_new(loop, stop, NULL);
	const struct relay_orders_conf conf = {
		.loop = loop, .shared = &shared, .fill = fill, .paid = all_paid
	};
	struct relay_orders *o = relay_orders_new(&conf);
	if (!o || !timer)
		abort();

	inside = true;
	for_good = true;
	countdown = 2; /* the first worker's order has memory yet */
	relay_orders_give_all(o, RELAY_LETTER_FORGIVE);
	relay_orders_give_all(o, RELAY_LETTER_STOP);
	relay_orders_give(o, 1, RELAY_LETTER_SETTINGS);
	relay_orders_give_all(o, RELAY_LETTER_STOP);
	inside = false;
	CHECK_INT("owed", relay_orders_owed(o), 1);
	pass(timer, 0);
	check("what had memory", "f", "");
	inside = true;
	pass(timer, 3 * RELAY_ORDERS_AGAIN_MS); /* none yet, and tried again */
	inside = false;
	check("none yet", "f", "");
	CHECK_INT("none yet", paid, 0);
	while (paid == 0)
		pass(timer, RELAY_ORDERS_AGAIN_MS);
	pass(timer, 0);
	check("all of it", "ft", "sft");
	CHECK_INT("what goes with each", filled, 5);
	CHECK_INT("owed", relay_orders_owed(o), 0);
	relay_orders_give_all(o, RELAY_LETTER_QUIT);
	pass(timer, 0);
	check("as before", "ftq", "sftq");

	relay_orders_free(&o);
	loop_timer_free(&timer);
	for (int i = 0; i < WORKERS; i++) {
		loop_mailbox_free(&boxes[i], &rest);
		buf_free(&workers[i].got);
	}
	loop_free(&loop);
	return TEST_EXIT();
}
