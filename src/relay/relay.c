/*
 * Start, run, stop.
 *
 * The order of starting: what can fail for want of rights first (ports, then
 * the user), then directories, queue, journal, threads; "ready" is said when
 * everything listens and runs.  A stop goes the other way: no new mail is
 * taken, what is under way may finish for a while, and what does not is in the
 * queue anyway.
 */
#include "relay/relay.h"

#include "log/log.h"
#include "os/clock.h"
#include "os/file.h"
#include "os/random.h"
#include "os/user.h"
#include "relay/clients.h"
#include "relay/control.h"
#include "relay/listener.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define STOP_PATIENCE_MS 10000
#define DISK_RESERVE (64u << 20)
#define WORKERS_MAX 256
#define EXIT_CONFIGURATION 2

/* What the start has got hold of, to be let go at the end. */
struct run {
	struct relay_daemon daemon;
	int *fds; /* of listeners, worker by worker; -1: taken */
	size_t n_fds;
	pthread_t threads[WORKERS_MAX];
	size_t n_threads;
};

static size_t workers_of(const struct conf *conf)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	size_t n = conf->workers ? conf->workers : cores > 0 ? (size_t)cores : 1;

	return n < WORKERS_MAX ? n : WORKERS_MAX;
}

static enum err bind_all(struct run *r, const struct conf *conf, struct buf *why)
{
	size_t workers = r->daemon.shared.n_workers;

	r->fds = calloc(conf->n_listen * workers + 1, sizeof(*r->fds));
	if (!r->fds)
		return ERR_NOMEM;
	for (size_t w = 0; w < workers; w++) {
		for (size_t i = 0; i < conf->n_listen; i++) {
			int fd = -1;
			/* A path can be bound once: its socket is the first worker's. */
			if (w == 0 || conf->listen[i].at.ip.family) {
				enum err e = relay_listener_bind(&conf->listen[i], &fd, why);
				if (e != ERR_OK)
					return e;
			}
			r->fds[r->n_fds++] = fd;
		}
	}
	return ERR_OK;
}

static enum err own(const char *path, unsigned mode, const struct os_user *user, struct buf *why)
{
	bool is_new = access(path, F_OK) < 0;

	if (os_file_mkdirs(path, mode) != ERR_OK ||
	    (is_new && user && chown(path, user->uid, user->gid) < 0)) {
		buf_addf(why, "%s: %s", path, strerror(errno));
		return ERR_IO;
	}
	return ERR_OK;
}

/* Directories are there, and we are nobody special any more. */
static enum err settle_in(const struct conf *conf, struct buf *why)
{
	struct os_user user;
	bool change = false;

	if (geteuid() != 0) {
		if (conf->file && conf->user_given && conf->user[0])
			log_event(LOG_NOTICE, "user", "user=%s is ignored: not started as root",
				  conf->user);
	} else if (conf->user[0]) {
		enum err e = os_user_find(conf->user, &user);
		change = e == ERR_OK;
		if (!change && conf->user_given) {
			buf_addf(why, "user \"%s\": no such user: create it, or name another",
				 conf->user);
			return ERR_IO;
		}
		if (!change)
			log_event(LOG_WARNING, "user",
				  "there is no user \"%s\": running as root, which is not wise; "
				  "create the user or set user in the configuration",
				  conf->user);
	}
	enum err e = own(conf->state_directory, 0750, change ? &user : NULL, why);
	if (e == ERR_OK)
		e = own(conf->log_directory, 0750, change ? &user : NULL, why);
	if (e == ERR_OK && change && os_user_become(conf->user, &user) != ERR_OK) {
		buf_addf(why, "cannot become user %s: %s", conf->user, strerror(errno));
		e = ERR_IO;
	}
	return e;
}

static enum err open_store(struct relay_daemon *d, struct buf *why)
{
	const struct queue_conf conf = { .path = d->settings->conf->queue_path,
					 .reserve = DISK_RESERVE };
	enum err e = queue_open(&conf, &d->shared.queue, why);

	if (e != ERR_OK)
		return e;
	return queue_reader_open(conf.path, &d->reader, why);
}

static void reload_asked(void *arg)
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

static enum err make_workers(struct run *r, struct buf *why)
{
	struct relay_daemon *d = &r->daemon;
	const struct conf *conf = d->settings->conf;

	d->shared.workers = calloc(d->shared.n_workers, sizeof(struct relay_worker *));
	if (!d->shared.workers)
		return ERR_NOMEM;
	for (size_t w = 0; w < d->shared.n_workers; w++) {
		struct relay_worker **at = &d->shared.workers[w];
		enum err e = relay_worker_new(&d->shared, (unsigned)w, d->settings, at, why);
		if (e != ERR_OK)
			return e;
		for (size_t i = 0; i < conf->n_listen; i++) {
			int *fd = &r->fds[w * conf->n_listen + i];
			if (*fd >= 0 && relay_worker_listen(*at, *fd, i) != ERR_OK)
				return ERR_NOMEM;
			*fd = -1;
		}
	}
	return ERR_OK;
}

static enum err make_signals(struct relay_daemon *d)
{
	(void)signal(SIGPIPE, SIG_IGN);
	d->signals[0] = loop_signal_new(d->loop, SIGTERM, stop_asked, d);
	d->signals[1] = loop_signal_new(d->loop, SIGINT, stop_asked, d);
	d->signals[2] = loop_signal_new(d->loop, SIGHUP, reload_asked, d);
	return d->signals[0] && d->signals[1] && d->signals[2] ? ERR_OK : ERR_NOMEM;
}

static enum err make(struct run *r, struct buf *why)
{
	struct relay_daemon *d = &r->daemon;
	enum err e = bind_all(r, d->settings->conf, why);

	if (e == ERR_OK)
		e = settle_in(d->settings->conf, why);
	if (e == ERR_OK)
		e = open_store(d, why);
	if (e != ERR_OK)
		return e;
	d->loop = loop_new();
	if (d->loop)
		d->mailbox = loop_mailbox_new(d->loop, letter_came, d);
	if (d->mailbox)
		d->patience = loop_timer_new(d->loop, out_of_patience, d);
	d->shared.clients = relay_clients_new();
	if (!d->patience || !d->shared.clients)
		return ERR_NOMEM;
	d->shared.daemon = d->mailbox;
	e = make_signals(d);
	if (e == ERR_OK)
		e = make_workers(r, why);
	if (e == ERR_OK)
		e = relay_control_new(d, &d->control, why);
	return e;
}

static enum err start(struct run *r, struct buf *why)
{
	struct relay_daemon *d = &r->daemon;
	sigset_t all, before;

	d->scheduler = relay_scheduler_new(&d->shared, d->loop);
	if (!d->scheduler)
		return ERR_NOMEM;
	(void)sigfillset(&all); /* signals are the main thread's */
	(void)pthread_sigmask(SIG_BLOCK, &all, &before);
	for (size_t i = 0; i < d->shared.n_workers; i++) {
		int error = pthread_create(&r->threads[i], NULL, relay_worker_run,
					   d->shared.workers[i]);
		if (error) {
			buf_addf(why, "cannot start a thread: %s", strerror(error));
			return ERR_IO;
		}
		r->n_threads++;
	}
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	return ERR_OK;
}

/* Let go of all.  The workers' threads have ended, or were never started. */
static void let_go(struct run *r)
{
	struct relay_daemon *d = &r->daemon;
	struct list rest, *item;

	for (size_t i = 0; i < r->n_threads; i++)
		(void)pthread_join(r->threads[i], NULL);
	relay_scheduler_free(&d->scheduler);
	relay_control_free(&d->control);
	queue_close(&d->shared.queue);
	queue_reader_close(&d->reader);
	for (size_t i = 0; d->shared.workers && i < d->shared.n_workers; i++)
		relay_worker_free(&d->shared.workers[i]);
	free(d->shared.workers);
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
	relay_clients_free(&d->shared.clients);
	loop_free(&d->loop);
	for (size_t i = 0; i < r->n_fds; i++)
		os_fd_close(&r->fds[i]);
	free(r->fds);
	routing_settings_drop(&d->settings);
}

static int say(enum err e, const struct buf *why)
{
	struct str text = buf_str(why), first;

	if (text.n == 0)
		text = str_of(err_text(e));
	while (str_line(&text, &first))
		(void)fprintf(stderr, "signpost: %.*s\n", STR_ARG(first));
	return EXIT_CONFIGURATION;
}

int relay_serve(struct conf *conf)
{
	CLEANUP(buf_free) struct buf why = BUF_MAX(1u << 16);
	struct run *r = calloc(1, sizeof(*r));
	int status = 0;

	if (!r) {
		conf_free(&conf);
		return say(ERR_NOMEM, &why);
	}
	struct relay_daemon *d = &r->daemon;
	d->shared.n_workers = workers_of(conf);
	d->shared.started_wall_ms = os_clock_wall();
	os_random(d->shared.hash_seed, sizeof(d->shared.hash_seed));
	enum err e = routing_settings_read(conf, &d->settings, &why);
	if (e == ERR_OK)
		e = make(r, &why);
	if (e == ERR_OK)
		e = start(r, &why);
	if (e == ERR_OK) {
		(void)printf("signpost: ready\n");
		(void)fflush(stdout);
		e = loop_run(d->loop);
	} else {
		status = say(e, &why);
		if (r->n_threads) /* some run: do not wait for those that do not */
			_exit(status);
	}
	let_go(r);
	free(r);
	return e == ERR_OK ? 0 : EXIT_CONFIGURATION;
}
