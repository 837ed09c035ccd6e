/*
 * The daemon's main thread while it runs: signals, letters, reload, stop.
 *
 * A stop goes the other way than the start: no new mail is taken, what is under
 * way may finish for a while, and what does not is in the queue anyway.
 */
#include "relay/daemon_priv.h"

#include "log/log.h"
#include "relay/control.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define STOP_PATIENCE_MS 10000

static void reopen_asked(void *arg)
{
	struct relay_daemon *d = arg;

	for (size_t i = 0; i < d->shared.n_workers; i++) {
		struct relay_order *order = calloc(1, sizeof(*order));
		if (!order)
			continue;
		order->letter.kind = RELAY_LETTER_REOPEN;
		relay_worker_post(d->shared.workers[i], &order->letter);
	}
	log_event(LOG_INFO, "reopen", "log files are opened anew");
}

static void order_all(struct relay_daemon *d, enum relay_letter_kind kind)
{
	for (size_t i = 0; i < d->shared.n_workers; i++) {
		struct relay_order *order = calloc(1, sizeof(*order));
		if (!order)
			_exit(1); /* nothing accepted is lost by that */
		order->letter.kind = kind;
		if (kind == RELAY_LETTER_SETTINGS)
			order->settings = routing_settings_hold(d->settings);
		relay_worker_post(d->shared.workers[i], &order->letter);
	}
}

/* Once no message is on its way from the store, the workers are told. */
static void stop_workers(struct relay_daemon *d)
{
	if (!d->stopping || !d->scheduler || !relay_scheduler_quiet(d->scheduler))
		return;
	relay_scheduler_free(&d->scheduler);
	order_all(d, RELAY_LETTER_STOP);
}

static void stop_asked(void *arg)
{
	struct relay_daemon *d = arg;

	if (d->stopping)
		_exit(0); /* asked twice; the queue bears it */
	d->stopping = true;
	log_event(LOG_INFO, "stop", "no new mail is taken");
	relay_scheduler_stop(d->scheduler);
	loop_timer_set(d->patience, loop_now(d->loop) + STOP_PATIENCE_MS);
	stop_workers(d);
}

static void out_of_patience(void *arg)
{
	(void)arg;
	log_event(LOG_NOTICE, "stop", "sessions still open are cut; their mail is in the queue");
	_exit(0);
}

static void ended(struct relay_daemon *d, struct relay_transit *t)
{
	if (d->scheduler)
		relay_scheduler_ended(d->scheduler, t);
	else
		relay_transit_free(&t);
}

static void stopped(struct relay_daemon *d, struct relay_order *order)
{
	free(order);
	if (++d->stopped < d->shared.n_workers)
		return;
	order_all(d, RELAY_LETTER_QUIT);
	loop_stop(d->loop);
}

static void letter_came(void *arg, struct list *item)
{
	struct relay_daemon *d = arg;
	struct relay_letter *letter = CONTAINER_OF(item, struct relay_letter, link);

	switch (letter->kind) {
	case RELAY_LETTER_JOB: {
		struct relay_job *job = (struct relay_job *)letter;
		job->done(job->owner, job);
		stop_workers(d);
		return;
	}
	case RELAY_LETTER_ENDED:
		ended(d, (struct relay_transit *)letter);
		return;
	case RELAY_LETTER_STATE:
		relay_control_state(d->control, (struct relay_order *)letter);
		return;
	case RELAY_LETTER_STOPPED:
		stopped(d, (struct relay_order *)letter);
		return;
	case RELAY_LETTER_START:
	case RELAY_LETTER_PART:
	case RELAY_LETTER_RESULT:
	case RELAY_LETTER_SETTINGS:
	case RELAY_LETTER_REOPEN:
	case RELAY_LETTER_PROBE:
	case RELAY_LETTER_STOP:
	case RELAY_LETTER_QUIT: /* a worker's, never ours */
		abort();
	}
}

/* What a running daemon cannot change.  NULL: nothing of that was changed. */
static const char *changed(const struct conf *a, const struct conf *b)
{
	if (a->n_listen != b->n_listen)
		return "listen";
	for (size_t i = 0; i < a->n_listen; i++)
		if (strcmp(a->listen[i].text, b->listen[i].text) != 0)
			return "listen";
	if (strcmp(a->queue_path, b->queue_path) != 0)
		return "queue store";
	if (strcmp(a->control_path, b->control_path) != 0)
		return "control socket";
	if (strcmp(a->log_directory, b->log_directory) != 0)
		return "log-directory";
	if (a->workers != b->workers)
		return "workers";
	return NULL;
}

enum err relay_daemon_reload(struct relay_daemon *d, struct buf *why)
{
	struct conf *conf = NULL;
	struct routing_settings *settings = NULL;
	enum err e = conf_read(d->settings->conf->file, &conf, why);

	if (e != ERR_OK)
		return e;
	const char *fixed = changed(d->settings->conf, conf);
	if (fixed) {
		buf_addf(why, "%s: %s has changed: that needs a restart, nothing was reloaded",
			 conf->file ? conf->file : "configuration", fixed);
		conf_free(&conf);
		return ERR_SYNTAX;
	}
	e = routing_settings_read(conf, &settings, why);
	if (e != ERR_OK)
		return e;
	routing_settings_drop(&d->settings);
	d->settings = settings;
	order_all(d, RELAY_LETTER_SETTINGS);
	log_event(LOG_INFO, "reload", "criteria=%zu",
		  settings->criteria ? criteria_count(settings->criteria) : 0);
	return ERR_OK;
}

void relay_daemon_reprobe(struct relay_daemon *d)
{
	order_all(d, RELAY_LETTER_PROBE);
}

static enum err make_signals(struct relay_daemon *d)
{
	(void)signal(SIGPIPE, SIG_IGN);
	d->signals[0] = loop_signal_new(d->loop, SIGTERM, stop_asked, d);
	d->signals[1] = loop_signal_new(d->loop, SIGINT, stop_asked, d);
	d->signals[2] = loop_signal_new(d->loop, SIGHUP, reopen_asked, d);
	return d->signals[0] && d->signals[1] && d->signals[2] ? ERR_OK : ERR_NOMEM;
}

enum err relay_daemon_init(struct relay_daemon *d)
{
	d->loop = loop_new();
	if (d->loop)
		d->mailbox = loop_mailbox_new(d->loop, letter_came, d);
	if (d->mailbox)
		d->patience = loop_timer_new(d->loop, out_of_patience, d);
	if (!d->patience)
		return ERR_NOMEM;
	d->shared.daemon = d->mailbox;
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
	}
	for (size_t i = 0; i < sizeof(d->signals) / sizeof(d->signals[0]); i++)
		loop_signal_free(&d->signals[i]);
	loop_timer_free(&d->patience);
	loop_free(&d->loop);
}
