/*
 * The daemon's main thread while it runs: signals, letters, reload, stop.
 *
 * A stop goes the other way than the start: no new mail is taken, what is under
 * way may finish for a while, and what does not is in the queue anyway.
 */
#include "relay/daemon_priv.h"

#include "base/text.h"
#include "conf/read.h"
#include "log/log.h"
#include "os/clock.h"
#include "os/file.h"
#include "os/service.h"
#include "relay/clients.h"
#include "relay/rates.h"
#include "relay/reading.h"
#include "relay/reopen.h"
#include "relay/spooling.h"
#include "routing/descriptors.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define STOP_PATIENCE_MS 10000
#define CUT_PATIENCE_MS 1500 /* then: a client reads its 421, and says good-bye */

/* What goes with an order: what is in force when it is given. */
static void fill(void *arg, struct relay_order *order)
{
	struct relay_daemon *d = arg;

	if (order->letter.kind == RELAY_LETTER_SETTINGS)
		order->settings = routing_settings_hold(d->settings);
	if (order->letter.kind == RELAY_LETTER_SETTINGS || order->letter.kind == RELAY_LETTER_DOORS)
		order->doors = relay_doors_hold(d->shared.doors);
}

static void order_all(struct relay_daemon *d, enum relay_letter_kind kind)
{
	relay_orders_give_all(d->orders, kind);
}

/* One step nearer to the end, where the one before it is done. */
static void wind_down(struct relay_daemon *d)
{
	if (d->phase == RELAY_STOPS && relay_scheduler_quiet(d->scheduler)) {
		d->phase = RELAY_TOLD;
		order_all(d, RELAY_LETTER_STOP);
	}
	if (d->phase == RELAY_TOLD && d->stopped == d->shared.n_workers && d->asked == 0 &&
	    relay_recalls_quiet(&d->recalls)) {
		d->phase = RELAY_OVER;
		order_all(d, RELAY_LETTER_QUIT);
	}
	if (d->phase == RELAY_OVER && !relay_orders_owed(d->orders))
		loop_stop(d->loop);
}

static void paid(void *arg)
{
	wind_down(arg);
}

static void stop_asked(void *arg)
{
	struct relay_daemon *d = arg;

	if (d->phase != RELAY_RUNS)
		_exit(0); /* asked twice; the queue bears it */
	d->phase = RELAY_STOPS;
	log_event(LOG_INFO, "stop", "no new mail is taken");
	relay_herald_stopping(d->herald);
	relay_daemon_unlink(d);
	relay_scheduler_stop(d->scheduler);
	loop_timer_set(d->patience, loop_now(d->loop) + STOP_PATIENCE_MS);
	order_all(d, RELAY_LETTER_CLOSE);
	wind_down(d);
}

static void out_of_patience(void *arg)
{
	struct relay_daemon *d = arg;

	if (d->cut)
		_exit(0);
	d->cut = true;
	log_event(LOG_NOTICE, "stop", "sessions still open are cut; their mail is in the queue");
	order_all(d, RELAY_LETTER_CUT);
	loop_timer_set(d->patience, loop_now(d->loop) + CUT_PATIENCE_MS);
}

/* The workers' answers, as they come in. */
struct survey {
	relay_survey_done *done;
	void *arg;
	size_t n;
	struct relay_state state[];
};

static void surveyed(struct relay_daemon *d, struct relay_order *order)
{
	struct survey *s = order->owner;

	s->state[s->n++] = order->state;
	free(order);
	if (s->n < d->shared.n_workers)
		return;
	d->asked--;
	s->done(s->arg, s->state, s->n);
	free(s);
}

static void stopped(struct relay_daemon *d, struct relay_order *order)
{
	free(order);
	d->stopped++;
}

static void letter_came(void *arg, struct list *item)
{
	struct relay_daemon *d = arg;
	struct relay_letter *letter = CONTAINER_OF(item, struct relay_letter, link);

	switch (letter->kind) {
	case RELAY_LETTER_JOB: {
		struct relay_job *job = (struct relay_job *)letter;
		job->done(job->owner, job);
		break;
	}
	case RELAY_LETTER_ENDED:
		relay_scheduler_ended(d->scheduler, (struct relay_transit *)letter);
		break;
	case RELAY_LETTER_HASTEN:
		free(letter);
		relay_scheduler_hasten(d->scheduler);
		break;
	case RELAY_LETTER_ROOM:
		relay_scheduler_woken(d->scheduler);
		break;
	case RELAY_LETTER_STRAYED:
		relay_scheduler_strays(d->scheduler);
		break;
	case RELAY_LETTER_RECALL:
		relay_recalls_back(&d->recalls, letter);
		break;
	case RELAY_LETTER_STATE:
		surveyed(d, (struct relay_order *)letter);
		break;
	case RELAY_LETTER_REOPENED:
		d->asked -= relay_reopen_answered((struct relay_order *)letter);
		break;
	case RELAY_LETTER_STOPPED:
		stopped(d, (struct relay_order *)letter);
		break;
	case RELAY_LETTER_START:
	case RELAY_LETTER_PART:
	case RELAY_LETTER_RESULT:
	case RELAY_LETTER_SETTINGS:
	case RELAY_LETTER_DOORS:
	case RELAY_LETTER_REOPEN:
	case RELAY_LETTER_PROBE:
	case RELAY_LETTER_CLOSE:
	case RELAY_LETTER_CUT:
	case RELAY_LETTER_FORGIVE:
	case RELAY_LETTER_STOP:
	case RELAY_LETTER_CHORE:
	case RELAY_LETTER_QUIT: /* a worker's, never ours */
		abort();
	}
	wind_down(d);
}

void relay_daemon_probe(struct relay_daemon *d)
{
	relay_orders_give(d->orders, 0, RELAY_LETTER_PROBE);
}

struct relay_daemon_held relay_daemon_hold(struct conf *conf)
{
	struct relay_daemon_held held;

	held.limits = routing_descriptors_hold(conf, &held.have);
	return held;
}

void relay_daemon_unlink(struct relay_daemon *d)
{
	for (size_t i = 0; i < d->n_local; i++)
		os_unix_remove(&d->local[i]);
	d->n_local = 0;
	free(d->local);
	d->local = NULL;
}

static void tell_lowered(const struct relay_daemon_held *held)
{
	const struct schedule_descriptors *s = &held->limits;

	if (s->lowered)
		log_event(LOG_WARNING, "descriptors",
			  "%llu may be open, the limits need %llu: connections=%llu total=%llu; "
			  "raise the limit (ulimit -n, LimitNOFILE), or lower both",
			  (unsigned long long)held->have, (unsigned long long)s->need,
			  (unsigned long long)s->in, (unsigned long long)s->out);
}

void relay_daemon_limit(struct relay_daemon *d)
{
	const struct conf *conf = d->settings->conf;

	tell_lowered(&d->held);

	relay_clients_limit(d->shared.clients,
			    (struct relay_clients_limits){ .connections = conf->limits.connections,
							   .per_client = conf->limits.per_client,
							   .scarce = d->held.limits.lowered });
	if (schedule_budget_limit(&d->shared.memory.budget, conf->memory,
				  relay_spooling_held(conf->size_limit,
						      conf->limits.header_size)) == SCHEDULE_WAKE)
		relay_memory_wake(&d->shared.memory);
}

/* ERR_SYNTAX: it is said which file is gone. */
static enum err look_for_criteria(const struct relay_daemon *d,
				  const struct routing_settings *settings, struct buf *why)
{
	if (!routing_settings_lost(d->settings, settings))
		return ERR_OK;
	text_escape(why, str_of(settings->conf->dnssec.criteria));
	buf_add(why,
		STR(": is not there, and the criteria in force stay: make it, empty where there "
		    "shall be none"));
	return ERR_SYNTAX;
}

static enum err read_anew(struct relay_daemon *d, struct buf *why)
{
	struct conf *conf = NULL;
	struct routing_settings *settings = NULL;
	struct relay_doors *doors = NULL;
	uint64_t stamp = 0;

	if (d->phase != RELAY_RUNS) {
		buf_add(why, STR("the daemon is stopping: nothing was reloaded"));
		return ERR_LIMIT;
	}
	enum err e = conf_read(d->settings->conf->file, &conf, why);
	if (e != ERR_OK)
		return e;
	if (relay_reading_fixed(d->settings->conf, conf, why)) {
		buf_add(why, STR(": that needs a restart, nothing was reloaded"));
		conf_free(&conf);
		return ERR_SYNTAX;
	}
	const struct relay_daemon_held held = relay_daemon_hold(conf);
	e = routing_settings_read(conf, &settings, why);
	if (e == ERR_OK)
		e = look_for_criteria(d, settings, why);
	if (e == ERR_OK) {
		stamp = relay_doors_stamp(settings->conf);
		e = relay_doors_read(settings->conf, d->tickets, &doors, why);
	}
	if (e == ERR_OK)
		e = relay_rates_limit(d->shared.rates, settings->conf);
	if (e != ERR_OK) {
		relay_doors_drop(&doors);
		routing_settings_drop(&settings);
		return e;
	}
	relay_reading_tell(why);
	d->held = held;
	routing_settings_drop(&d->settings);
	relay_doors_drop(&d->shared.doors);
	d->settings = settings;
	d->shared.doors = doors;
	relay_doorkeep_know(d->doorkeep, stamp);
	relay_daemon_limit(d);
	relay_logkeep_again(d->logkeep);
	relay_oldlogs_again(d->oldlogs);
	order_all(d, RELAY_LETTER_SETTINGS);
	log_event(LOG_INFO, "reload", "criteria=%zu",
		  settings->criteria ? criteria_count(settings->criteria) : 0);
	return ERR_OK;
}

static enum err reload(struct relay_daemon *d, struct buf *why)
{
	relay_herald_reloading(d->herald);
	enum err e = read_anew(d, why);

	if (e != ERR_OK && d->fence.landlock)
		relay_reading_reach(why);
	relay_herald_ready(d->herald);

	if (e != ERR_OK)
		log_event(LOG_ERR, "reload", "refused, nothing has changed: error=\"%.*s\"",
			  STR_ARG(why->n ? str_trim(buf_str(why)) : str_of(err_text(e))));
	return e;
}

static void reprobe(struct relay_daemon *d)
{
	if (d->phase != RELAY_OVER)
		order_all(d, RELAY_LETTER_PROBE);
}

struct errand {
	struct relay_job job;
	struct relay_daemon *daemon;
	relay_errand_done *done;
	void *arg;
};

/* It is wanted now, whoever was closed. */
static void forgive(struct relay_daemon *d)
{
	order_all(d, RELAY_LETTER_FORGIVE);
	relay_scheduler_forgive(d->scheduler);
}

static void errand_back(void *owner, struct relay_job *job)
{
	struct errand *e = owner;

	e->daemon->asked--;
	if (job->job.kind == QUEUE_RETRY && e->daemon->phase == RELAY_RUNS)
		forgive(e->daemon);
	if (job->job.kind == QUEUE_HOLD && job->job.id == 0)
		relay_recalls_sweep(&e->daemon->recalls);
	relay_scheduler_look(e->daemon->scheduler); /* what it changed may be due now */
	e->done(e->arg, &job->job);
	free(e);
}

static enum err errand(struct relay_daemon *d, enum queue_job_kind kind, queue_id id,
		       relay_errand_done *done, void *arg)
{
	if (d->phase == RELAY_OVER)
		return ERR_LIMIT;
	struct errand *e = malloc(sizeof(*e));
	if (!e)
		return ERR_NOMEM;
	*e = (struct errand){ .daemon = d, .done = done, .arg = arg };
	e->job.back = d->mailbox;
	e->job.done = errand_back;
	e->job.owner = e;
	e->job.job.kind = kind;
	e->job.job.id = id;
	e->job.job.now_wall_ms = os_clock_wall();
	d->asked++;
	relay_recalls_post(&d->recalls, &e->job);
	return ERR_OK;
}

/* An order for each worker, or none. */
static enum err make_orders(struct relay_daemon *d, enum relay_letter_kind kind, void *owner,
			    struct list *orders)
{
	list_init(orders);
	for (size_t i = 0; i < d->shared.n_workers; i++) {
		struct relay_order *order = calloc(1, sizeof(*order));
		if (!order) {
			struct list *item;
			while ((item = list_shift(orders)) != NULL)
				free(CONTAINER_OF(item, struct relay_order, letter.link));
			return ERR_NOMEM;
		}
		order->letter.kind = kind;
		order->owner = owner;
		list_init(&order->letter.link);
		list_add(orders, &order->letter.link);
	}
	return ERR_OK;
}

/* Each answers it; all or nobody is asked. */
static enum err ask_each(struct relay_daemon *d, enum relay_letter_kind kind, void *owner)
{
	struct list orders;

	if (make_orders(d, kind, owner, &orders) != ERR_OK)
		return ERR_NOMEM;
	d->asked++;
	for (size_t i = 0; i < d->shared.n_workers; i++)
		relay_post_letter(d->shared.workers[i],
				  CONTAINER_OF(list_shift(&orders), struct relay_letter, link));
	return ERR_OK;
}

static void reopen_asked(void *arg)
{
	struct relay_daemon *d = arg;

	if (d->phase == RELAY_OVER)
		return;
	struct relay_reopen *r = relay_reopen_new(d->shared.n_workers);
	if (r && ask_each(d, RELAY_LETTER_REOPEN, r) == ERR_OK)
		return;
	free(r);
	log_event(LOG_ERR, "reopen", "no log file is opened anew: %s", err_text(ERR_NOMEM));
}

static enum err survey(struct relay_daemon *d, relay_survey_done *done, void *arg)
{
	if (d->phase == RELAY_OVER)
		return ERR_LIMIT;
	struct survey *s = calloc(1, sizeof(*s) + d->shared.n_workers * sizeof(s->state[0]));
	if (!s)
		return ERR_NOMEM;
	s->done = done;
	s->arg = arg;
	if (ask_each(d, RELAY_LETTER_STATE, s) != ERR_OK) {
		free(s);
		return ERR_NOMEM;
	}
	return ERR_OK;
}

static void all_answered(void *arg, const struct relay_state *state, size_t n)
{
	struct relay_daemon *d = arg;
	struct queue_counts counts;

	(void)state;
	(void)n;
	queue_counts(d->shared.queue, &counts);
	relay_herald_alive(
		d->herald, &counts,
		atomic_load_explicit(&d->shared.counters.accepted, memory_order_relaxed));
}

static bool ask_all(void *arg)
{
	return survey(arg, all_answered, arg) == ERR_OK;
}

static struct relay_herald *herald(struct relay_daemon *d)
{
	const struct relay_herald_conf conf = { .loop = d->loop,
						.fd = d->manager,
						.watchdog_ms = os_service_watchdog(),
						.ask = ask_all,
						.arg = d };
	struct relay_herald *h = relay_herald_new(&conf);

	if (h)
		d->manager = -1;
	return h;
}

static struct routing_settings *settings(struct relay_daemon *d)
{
	return d->settings;
}

struct relay_handle relay_daemon_handle(struct relay_daemon *d)
{
	return (struct relay_handle){
		.daemon = d,
		.loop = d->loop,
		.queue = d->shared.queue,
		.counters = &d->shared.counters,
		.n_workers = d->shared.n_workers,
		.started_ms = d->shared.started_ms,
		.settings = settings,
		.reload = reload,
		.reprobe = reprobe,
		.errand = errand,
		.survey = survey,
	};
}

static enum err make_signals(struct relay_daemon *d)
{
	(void)signal(SIGPIPE, SIG_IGN);
	d->signals[0] = loop_signal_new(d->loop, SIGTERM, stop_asked, d);
	d->signals[1] = loop_signal_new(d->loop, SIGINT, stop_asked, d);
	d->signals[2] = loop_signal_new(d->loop, SIGHUP, reopen_asked, d);
	return d->signals[0] && d->signals[1] && d->signals[2] ? ERR_OK : ERR_NOMEM;
}

/* On any thread.  The letter is not on its way: the account calls once until that is heard. */
static void wake(void *arg)
{
	struct relay_shared *shared = arg;

	shared->room.kind = RELAY_LETTER_ROOM;
	relay_post_letter(shared->daemon, &shared->room);
}

/* Certificates are others: for who comes from now on. */
static void renewed(void *arg)
{
	struct relay_daemon *d = arg;

	if (d->phase == RELAY_RUNS)
		order_all(d, RELAY_LETTER_DOORS);
}

static struct relay_doorkeep *doorkeep(struct relay_daemon *d)
{
	const struct relay_doorkeep_conf conf = { .loop = d->loop,
						  .settings = &d->settings,
						  .doors = &d->shared.doors,
						  .tickets = d->tickets,
						  .renewed = renewed,
						  .arg = d };

	return relay_doorkeep_new(&conf);
}

enum err relay_daemon_init(struct relay_daemon *d)
{
	d->shared.memory.wake = wake;
	d->shared.memory.arg = &d->shared;
	relay_trouble_init(&d->shared.storing, "store-failed", "what comes in is stored again");
	relay_trouble_init(&d->shared.keeping, "store-failed",
			   "what becomes of mail is recorded again");
	relay_watch_init(&d->shared.watch);
	relay_strays_init(&d->shared.strays);
	relay_worker_logs_init(&d->shared);
	d->loop = loop_new();
	if (d->loop)
		d->mailbox = loop_mailbox_new(d->loop, letter_came, d);
	if (d->mailbox)
		d->patience = loop_timer_new(d->loop, out_of_patience, d);
	if (d->patience)
		d->logkeep = relay_logkeep_new(d->loop, &d->settings);
	if (d->logkeep)
		d->oldlogs = relay_oldlogs_new(d->loop, &d->settings);
	if (d->oldlogs)
		d->diskkeep = relay_diskkeep_new(d->loop, &d->settings);
	if (d->diskkeep)
		d->doorkeep = doorkeep(d);
	if (d->doorkeep)
		d->herald = herald(d);
	if (!d->herald)
		return ERR_NOMEM;
	d->shared.daemon = d->mailbox;
	const struct relay_orders_conf orders = {
		.loop = d->loop, .shared = &d->shared, .fill = fill, .paid = paid, .arg = d
	};
	d->orders = relay_orders_new(&orders);
	if (!d->orders)
		return ERR_NOMEM;
	return make_signals(d);
}

void relay_daemon_clear(struct relay_daemon *d)
{
	struct list rest, *item;

	loop_mailbox_free(&d->mailbox, &rest);
	while (d->shared.daemon && (item = list_shift(&rest)) != NULL) {
		struct relay_letter *letter = CONTAINER_OF(item, struct relay_letter, link);
		struct relay_transit *t = (struct relay_transit *)letter;
		if (letter->kind == RELAY_LETTER_ENDED)
			relay_transit_free(&t);
		else if (letter->kind != RELAY_LETTER_ROOM &&
			 letter->kind != RELAY_LETTER_STRAYED && letter->kind != RELAY_LETTER_JOB)
			free(letter);
	}
	for (size_t i = 0; i < sizeof(d->signals) / sizeof(d->signals[0]); i++)
		loop_signal_free(&d->signals[i]);
	loop_timer_free(&d->patience);
	relay_logkeep_free(&d->logkeep);
	relay_oldlogs_free(&d->oldlogs);
	relay_diskkeep_free(&d->diskkeep);
	relay_doorkeep_free(&d->doorkeep);
	relay_herald_free(&d->herald);
	relay_orders_free(&d->orders);
	os_fd_close(&d->manager);
	loop_free(&d->loop);
	relay_trouble_clear(&d->shared.storing);
	relay_trouble_clear(&d->shared.keeping);
	relay_worker_logs_clear(&d->shared);
	relay_watch_clear(&d->shared.watch);
	relay_strays_clear(&d->shared.strays);
}
