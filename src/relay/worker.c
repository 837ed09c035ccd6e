#include "relay/worker.h"

#include "log/log.h"
#include "os/random.h"
#include "relay/destination.h"
#include "relay/inbound.h"
#include "relay/intake.h"
#include "relay/listener.h"
#include "relay/transit.h"

#include <stdlib.h>
#include <string.h>

#define TRANSIT_MESSAGES_MAX 20000

void relay_worker_post(struct relay_worker *w, struct relay_letter *letter)
{
	list_init(&letter->link);
	loop_mailbox_post(w->mailbox, &letter->link);
}

struct relay_worker *relay_worker_of_domain(const struct relay_shared *s, struct str domain)
{
	return s->workers[hash_nocase(s->hash_seed, domain) % s->n_workers];
}

struct relay_worker *relay_worker_of_message(const struct relay_shared *s, queue_id id)
{
	struct str octets = { (const char *)&id, sizeof(id) };

	return s->workers[hash_octets(s->hash_seed, octets) % s->n_workers];
}

/* On the store's thread. */
static void job_done(struct queue_job *job)
{
	struct relay_job *j = CONTAINER_OF(job, struct relay_job, job);

	loop_mailbox_post(j->back, &j->letter.link);
}

void relay_worker_submit(struct relay_shared *s, struct relay_job *job)
{
	job->letter.kind = RELAY_LETTER_JOB;
	list_init(&job->letter.link);
	list_init(&job->job.link);
	job->job.done = job_done;
	queue_submit(s->queue, &job->job);
}

/*
 * Stored, and out: it is delivered from memory.  Where too much is in memory
 * already, it goes back to the disk and is taken from there in its turn.
 */
static void deliver(struct relay_worker *w, struct queue_message *m)
{
	const struct relay_counters *c = &w->shared->counters;
	struct relay_transit *t = relay_transit_new(w, m);

	if (!t) { /* out in the store: due again at the next start */
		log_event(LOG_ERR, "no-memory", "a message waits for the next start");
		queue_message_free(&m);
		return;
	}
	if (atomic_load_explicit(&c->messages, memory_order_relaxed) > TRANSIT_MESSAGES_MAX ||
	    atomic_load_explicit(&c->octets, memory_order_relaxed) > RELAY_INTAKE_OCTETS_MAX)
		relay_transit_postpone(t);
	else
		relay_transit_start(t);
}

/* Said once, and once when it is over: a full disk refuses whatever comes. */
static void tell_stored(struct relay_shared *shared, enum err e)
{
	bool failed = e != ERR_OK;

	if (atomic_exchange_explicit(&shared->unstored, failed, memory_order_relaxed) == failed)
		return;
	if (failed)
		log_event(LOG_ERR, "store-failed", "cannot store a message: %s", err_text(e));
	else
		log_event(LOG_NOTICE, "store-failed", "messages are stored again");
}

/* The store is done with a message that came in: tell the client, deliver it. */
static void stored(struct relay_worker *w, struct relay_job *job)
{
	enum err e = job->job.err;

	tell_stored(w->shared, e);
	relay_inbound_stored(w->inbound, job->session, e, job->job.message->id);
	if (e == ERR_OK)
		deliver(w, job->job.message);
	else
		queue_message_free(&job->job.message);
	free(job);
}

static queue_id message_id(void *arg)
{
	struct relay_worker *w = arg;

	return queue_next_id(w->shared->queue);
}

static enum err store(void *arg, uint64_t guest, struct queue_message *m)
{
	struct relay_worker *w = arg;
	struct relay_job *job = calloc(1, sizeof(*job));

	if (!job)
		return ERR_NOMEM;
	m->lane = queue_message_lane(w->shared->queue, m);
	job->job.kind = QUEUE_ADD;
	job->job.message = m;
	job->back = w->mailbox;
	job->session = guest;
	relay_worker_submit(w->shared, job);
	return ERR_OK;
}

static void guest_left(void *arg)
{
	relay_worker_settle(arg);
}

static const struct relay_inbound_ops inbound_ops = { message_id, store, guest_left };

static struct relay_inbound *make_inbound(struct relay_worker *w)
{
	const struct relay_inbound_conf conf = { .loop = w->loop,
						 .clients = w->shared->clients,
						 .counters = &w->shared->counters,
						 .settings = w->settings };

	return relay_inbound_new(&conf, &inbound_ops, w);
}

static void job_back(struct relay_worker *w, struct relay_job *job)
{
	if (job->done)
		job->done(job->owner, job);
	else if (job->job.kind == QUEUE_ADD)
		stored(w, job);
	else
		relay_transit_recorded(job);
}

/* New settings in force from here on.  Where a new resolver cannot be had the old one stays. */
static void settings_came(struct relay_worker *w, struct relay_order *order)
{
	CLEANUP(buf_free) struct buf why = BUF_MAX(1024);
	struct routing_resolver *renewed;

	routing_settings_drop(&w->settings);
	w->settings = order->settings;
	if (routing_resolver_new(&w->reactor, w->settings->conf, &renewed, &why) == ERR_OK) {
		routing_resolver_drop(&w->resolver);
		w->resolver = renewed;
	} else {
		resolve_reprobe(w->resolver->resolve);
	}
	free(order);
}

static void state_wanted(struct relay_worker *w, struct relay_order *order)
{
	relay_state_read(w->resolver->resolve, &order->state);
	loop_mailbox_post(w->shared->daemon, &order->letter.link);
}

void relay_worker_settle(struct relay_worker *w)
{
	if (!w->stopping || !w->stop || w->transits || relay_inbound_count(w->inbound))
		return;
	struct relay_order *stop = w->stop;
	w->stop = NULL;
	stop->letter.kind = RELAY_LETTER_STOPPED;
	loop_mailbox_post(w->shared->daemon, &stop->letter.link);
}

static void close_wanted(struct relay_worker *w)
{
	for (size_t i = 0; i < w->n_listeners; i++)
		relay_listener_free(&w->listeners[i]);
	w->n_listeners = 0;
	relay_inbound_stop(w->inbound);
}

static void stop_wanted(struct relay_worker *w, struct relay_order *order)
{
	w->stopping = true;
	w->stop = order;
	relay_destination_stop(w);
	relay_worker_settle(w);
}

static void letter_came(void *arg, struct list *item)
{
	struct relay_worker *w = arg;
	struct relay_letter *letter = CONTAINER_OF(item, struct relay_letter, link);

	switch (letter->kind) {
	case RELAY_LETTER_JOB:
		job_back(w, (struct relay_job *)letter);
		return;
	case RELAY_LETTER_START:
		relay_transit_start((struct relay_transit *)letter);
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
	case RELAY_LETTER_REOPEN:
		journal_reopen(w->journal);
		free(letter);
		return;
	case RELAY_LETTER_PROBE:
		resolve_reprobe(w->resolver->resolve);
		free(letter);
		return;
	case RELAY_LETTER_CLOSE:
		free(letter);
		close_wanted(w);
		return;
	case RELAY_LETTER_CUT:
		free(letter);
		relay_inbound_cut(w->inbound);
		return;
	case RELAY_LETTER_STOP:
		stop_wanted(w, (struct relay_order *)letter);
		return;
	case RELAY_LETTER_QUIT:
		free(letter);
		loop_stop(w->loop);
		return;
	case RELAY_LETTER_STATE:
		state_wanted(w, (struct relay_order *)letter);
		return;
	case RELAY_LETTER_ENDED:
	case RELAY_LETTER_STOPPED: /* the daemon's, never a worker's */
		abort();
	}
}

enum err relay_worker_new(struct relay_shared *shared, unsigned number,
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
	list_init(&w->starved);
	w->loop = loop_new();
	if (w->loop) {
		w->reactor = loop_reactor(w->loop);
		w->mailbox = loop_mailbox_new(w->loop, letter_came, w);
	}
	if (w->mailbox)
		w->inbound = make_inbound(w);
	if (w->inbound && hash_init(&w->destinations) == ERR_OK)
		e = journal_open(settings->conf->log_directory, &w->journal, why);
	if (e == ERR_OK)
		e = routing_resolver_new(&w->reactor, settings->conf, &w->resolver, why);
	if (e != ERR_OK) {
		relay_worker_free(&w);
		return e;
	}
	*out = w;
	return ERR_OK;
}

void relay_worker_free(struct relay_worker **wp)
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
	routing_resolver_drop(&w->resolver);
	journal_close(&w->journal);
	loop_mailbox_free(&w->mailbox, NULL);
	hash_clear(&w->destinations);
	routing_settings_drop(&w->settings);
	loop_free(&w->loop);
	free(w);
}

enum err relay_worker_listen(struct relay_worker *w, int fd, size_t index)
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

void *relay_worker_run(void *arg)
{
	struct relay_worker *w = arg;

	if (loop_run(w->loop) != ERR_OK)
		abort(); /* the kernel refuses to poll: nothing can go on, and nothing is lost */
	return NULL;
}
