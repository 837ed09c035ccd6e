#include "relay/dispatch.h"

#include "relay/arrival.h"
#include "relay/chore.h"
#include "relay/delivery.h"
#include "relay/destination.h"
#include "relay/listener.h"
#include "relay/pool.h"
#include "relay/recall.h"
#include "relay/reopen.h"
#include "relay/transit.h"
#include "tls/wallet.h"

#include <stdlib.h>
#include <string.h>

#define WATCH_MS 2000 /* servers are looked at so often */

static void job_back(struct relay_worker *w, struct relay_job *job)
{
	if (job->done)
		job->done(job->owner, job);
	else if (job->job.kind == QUEUE_ADD)
		relay_arrival_stored(w, job);
	else
		relay_transit_recorded(job);
}

static void chore_back(struct relay_chore *c)
{
	c->done(c->owner, c);
}

/* A server validates that did not: what waits for that is due (SPEC section 3). */
static void probed(void *arg, const struct resolve_probed *event)
{
	struct relay_worker *w = arg;

	relay_watch_probed(&w->shared->watch, event);
	if (event->is != DNS_PROBE_VALIDATES)
		return;
	atomic_fetch_add(&w->shared->mends, 1); /* for what is out; the others are told of */
	struct relay_order *order = calloc(1, sizeof(*order));
	if (!order) /* without memory it is due by its schedule */
		return;
	order->letter.kind = RELAY_LETTER_HASTEN;
	relay_post_letter(w->shared->daemon, &order->letter);
}

static enum err make_resolver(struct relay_worker *w, struct routing_resolver **out,
			      struct buf *why)
{
	const struct routing_resolver_host host = {
		.reactor = &w->reactor,
		.sharers = (unsigned)w->shared->n_workers,
		.probed = probed,
		.arg = w,
	};

	return routing_resolver_new(&host, w->settings->conf, out, why);
}

/* A probe is wanted where DNSSEC may be: what waits for our resolver needs no mail to go on. */
static void probe_anew(struct relay_worker *w)
{
	if (w->settings->conf->dnssec.enabled)
		resolve_reprobe(w->resolver->resolve);
}

/* What is behind the doors for who comes from here on. */
static void doors_came(struct relay_worker *w, struct relay_order *order)
{
	relay_inbound_settings(w->inbound, w->settings, order->doors);
	relay_doors_drop(&order->doors);
	free(order);
}

/* Where a new resolver cannot be had the old one stays. */
static void renew_resolver(struct relay_worker *w)
{
	CLEANUP(buf_free) struct buf why = BUF_MAX(1024);
	struct routing_resolver *renewed;

	w->outdated = make_resolver(w, &renewed, &why) != ERR_OK;
	if (!w->outdated)
		routing_resolver_replace(&w->resolver, renewed);
}

/* New settings in force from here on.  Where they make no other resolver it keeps what it knows. */
static void settings_came(struct relay_worker *w, struct relay_order *order)
{
	bool same = !w->outdated && routing_resolver_same(w->settings->conf, order->settings->conf);

	routing_settings_drop(&w->settings);
	w->settings = order->settings;
	if (same)
		resolve_reread(w->resolver->resolve);
	else
		renew_resolver(w);
	probe_anew(w);
	doors_came(w, order);
	relay_destination_limit(w);
	relay_destination_pace(w);
}

static void state_wanted(struct relay_worker *w, struct relay_order *order)
{
	relay_state_read(w->resolver->resolve, &order->state);
	relay_post_letter(w->shared->daemon, &order->letter);
}

static void close_wanted(struct relay_worker *w)
{
	for (size_t i = 0; i < w->n_listeners; i++)
		relay_listener_free(&w->listeners[i]);
	w->n_listeners = 0;
	relay_inbound_stop(w->inbound);
}

/* Whoever is still there had time enough; what is cut is in the queue. */
static void cut_wanted(struct relay_worker *w)
{
	relay_inbound_cut(w->inbound);
	w->stopping = true;
	relay_destination_stop(w);
	relay_delivery_cut_all(w);
}

static void stop_wanted(struct relay_worker *w, struct relay_order *order)
{
	w->stopping = true;
	w->stop = order;
	relay_destination_stop(w);
	relay_pool_stop(w->pool);
	relay_worker_ended(w);
}

static void recall_came(struct relay_worker *w, struct relay_letter *letter)
{
	const struct schedule_recall *called = relay_recall_called(letter);

	if (called)
		relay_destination_recall(w, called);
	relay_recall_forward(w->shared, letter);
}

/* long: a case for each letter */
static void letter_came(void *arg, struct list *item)
{
	struct relay_worker *w = arg;
	struct relay_letter *letter = CONTAINER_OF(item, struct relay_letter, link);

	switch (letter->kind) {
	case RELAY_LETTER_JOB:
		job_back(w, (struct relay_job *)letter);
		return;
	case RELAY_LETTER_START:
		relay_transit_start(w, (struct relay_transit *)letter);
		return;
	case RELAY_LETTER_PART:
		relay_destination_add(w, (struct relay_part *)letter);
		return;
	case RELAY_LETTER_RESULT:
		relay_transit_result((struct relay_part *)letter);
		return;
	case RELAY_LETTER_SETTINGS:
		settings_came(w, (struct relay_order *)letter);
		return;
	case RELAY_LETTER_DOORS:
		doors_came(w, (struct relay_order *)letter);
		return;
	case RELAY_LETTER_REOPEN:
		relay_reopen_do(w, (struct relay_order *)letter);
		return;
	case RELAY_LETTER_PROBE:
		probe_anew(w);
		free(letter);
		return;
	case RELAY_LETTER_FORGIVE:
		relay_destination_forgive(w);
		free(letter);
		return;
	case RELAY_LETTER_RECALL:
		recall_came(w, letter);
		return;
	case RELAY_LETTER_CLOSE:
		free(letter);
		close_wanted(w);
		return;
	case RELAY_LETTER_CUT:
		free(letter);
		cut_wanted(w);
		return;
	case RELAY_LETTER_STOP:
		stop_wanted(w, (struct relay_order *)letter);
		return;
	case RELAY_LETTER_CHORE:
		chore_back((struct relay_chore *)letter);
		return;
	case RELAY_LETTER_QUIT:
		free(letter);
		loop_stop(w->loop);
		return;
	case RELAY_LETTER_STATE:
		state_wanted(w, (struct relay_order *)letter);
		return;
	case RELAY_LETTER_ENDED:
	case RELAY_LETTER_HASTEN:
	case RELAY_LETTER_ROOM:
	case RELAY_LETTER_STRAYED:
	case RELAY_LETTER_REOPENED:
	case RELAY_LETTER_STOPPED: /* the daemon's, never a worker's */
		abort();
	}
}

static void pacer_fired(void *arg)
{
	relay_destination_turn(arg);
}

static void watch(void *arg)
{
	struct relay_worker *w = arg;

	relay_watch_look(&w->shared->watch, w->resolver->resolve, loop_now(w->loop), w->seen);
	relay_watch_followed(&w->shared->watch, w->resolver->resolve, &w->followed);
	loop_timer_set(w->watcher, loop_now(w->loop) + WATCH_MS);
}

/* The way out: pace, pool, and who could not be reached. */
static enum err make_outbound(struct relay_worker *w)
{
	list_init(&w->dead);
	list_init(&w->deliveries);
	relay_destination_init(w);
	w->paced_at = INT64_MAX;
	w->pacer = loop_timer_new(w->loop, pacer_fired, w);
	w->watcher = loop_timer_new(w->loop, watch, w);
	w->hosts = schedule_failing_new(w->shared->hash_seed, SCHEDULE_FAILING_MAX);
	w->pool = relay_pool_new(w);
	w->wallet = tls_wallet_new();
	return w->pacer && w->watcher && w->hosts && w->pool && w->wallet &&
			       hash_init(&w->destinations) == ERR_OK
		       ? ERR_OK
		       : ERR_NOMEM;
}

static enum err open_journal(struct relay_worker *w, struct buf *why)
{
	enum { WORDS_MAX = 8192 };
	CLEANUP(buf_free) struct buf words = BUF_MAX(WORDS_MAX);
	const struct conf *conf = w->settings->conf;
	enum err e = journal_open(conf->log_directory, &w->journal, &words);

	if (e == ERR_OK)
		return ERR_OK;
	conf_given_where(why, &conf->given, "root", NULL, "log-directory");
	buf_add(why, buf_str(&words));
	return e;
}

enum err relay_dispatch_new(struct relay_shared *shared, unsigned number,
			    struct routing_settings *settings, struct relay_worker **out,
			    struct buf *why)
{
	struct relay_worker *w = calloc(1, sizeof(*w));
	enum err e = ERR_NOMEM;

	if (!w)
		return e;
	w->shared = shared;
	w->number = number;
	w->settings = routing_settings_hold(settings);
	w->loop = loop_new();
	if (w->loop) {
		w->reactor = loop_reactor(w->loop);
		w->mailbox = loop_mailbox_new(w->loop, letter_came, w);
	}
	if (w->mailbox)
		w->inbound = relay_arrival_inbound(w);
	if (w->inbound)
		e = make_outbound(w);
	if (e == ERR_OK)
		e = open_journal(w, why);
	if (e == ERR_OK)
		e = make_resolver(w, &w->resolver, why);
	if (e == ERR_OK)
		watch(w);
	if (e != ERR_OK) {
		relay_dispatch_free(&w);
		return e;
	}
	shared->workers[number] = w->mailbox;
	*out = w;
	return ERR_OK;
}

void relay_dispatch_empty(struct relay_worker *w)
{
	relay_inbound_free(&w->inbound);
}

void relay_dispatch_free(struct relay_worker **wp)
{
	struct relay_worker *w = *wp;

	*wp = NULL;
	if (!w)
		return;
	for (size_t i = 0; i < w->n_listeners; i++)
		relay_listener_free(&w->listeners[i]);
	free(w->listeners);
	relay_inbound_free(&w->inbound);
	if (w->destinations.buckets)
		relay_destination_clear(w);
	relay_pool_free(&w->pool);
	tls_wallet_free(&w->wallet);
	schedule_failing_free(&w->hosts);
	loop_timer_free(&w->pacer);
	loop_timer_free(&w->watcher);
	routing_resolver_drop(&w->resolver);
	journal_close(&w->journal);
	loop_mailbox_free(&w->mailbox, NULL);
	hash_clear(&w->destinations);
	routing_settings_drop(&w->settings);
	loop_free(&w->loop);
	free(w);
}

enum err relay_dispatch_listen(struct relay_worker *w, int fd, size_t index)
{
	struct relay_listener **more =
		realloc(w->listeners, (w->n_listeners + 1) * sizeof(struct relay_listener *));

	if (!more)
		return ERR_NOMEM;
	w->listeners = more;
	w->listeners[w->n_listeners] =
		relay_listener_new(w->loop, fd, index, w->inbound, &w->shared->starved);
	if (!w->listeners[w->n_listeners])
		return ERR_NOMEM;
	w->n_listeners++;
	return ERR_OK;
}

void *relay_dispatch_run(void *arg)
{
	struct relay_worker *w = arg;

	if (loop_run(w->loop) != ERR_OK)
		abort(); /* the kernel refuses to poll: nothing can go on, and nothing is lost */
	return NULL;
}
