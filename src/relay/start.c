/*
 * The order of starting: what needs rights first (directories, sockets), then they are given up;
 * all files are read by whoever the daemon then is.  Then queue, journal, threads; "ready" is
 * said when everything listens and runs.
 */
#include "relay/start.h"

#include "log/log.h"
#include "message/converter.h"
#include "os/clock.h"
#include "os/file.h"
#include "os/random.h"
#include "os/service.h"
#include "queue/disk.h"
#include "relay/chore.h"
#include "relay/clients.h"
#include "relay/daemon_priv.h"
#include "relay/dispatch.h"
#include "relay/known.h"
#include "relay/listener.h"
#include "relay/login.h"
#include "relay/opening.h"
#include "relay/rates.h"
#include "relay/reading.h"
#include "relay/rights.h"
#include "routing/descriptors.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define WORDS_MAX 8192

/* What the start has got hold of, to be let go at the end. */
struct run {
	struct relay_daemon daemon;
	const struct relay_hooks *hooks;
	struct relay_rights rights;
	void *hooked; /* NULL: nobody can ask yet */
	int *fds;     /* of listeners, worker by worker; -1: taken, or of another worker */
	size_t n_fds;
	struct relay_worker **workers;
	pthread_t threads[ROUTING_DESCRIPTORS_WORKERS_MAX];
	size_t n_threads;
};

/* A path can be bound once: its socket is the first worker's. */
static enum err bind_one(struct run *r, const struct conf_listen *l, size_t worker, int *fd,
			 struct buf *why)
{
	struct relay_daemon *d = &r->daemon;
	enum relay_listener_turn turn = worker ? RELAY_LISTENER_FURTHER : RELAY_LISTENER_FIRST;

	if (!l->path)
		return relay_listener_bind(l, turn, fd, why);
	if (worker > 0)
		return ERR_OK;
	const struct relay_listener_place place = { "", l->path, l->group, l->mode };
	return relay_listener_unix(&place, &r->rights.user, &d->local[d->n_local++], fd, why);
}

static enum err bind_all(struct run *r, const struct conf *conf, struct buf *why)
{
	size_t workers = r->daemon.shared.n_workers;

	r->fds = calloc(conf->n_listen * workers + 1, sizeof(*r->fds));
	r->daemon.local = calloc(conf->n_listen + 1, sizeof(*r->daemon.local));
	if (!r->fds || !r->daemon.local)
		return ERR_NOMEM;
	for (size_t w = 0; w < workers; w++) {
		for (size_t i = 0; i < conf->n_listen; i++) {
			int fd = -1;
			CLEANUP(buf_free) struct buf words = BUF_MAX(WORDS_MAX);
			enum err e = bind_one(r, &conf->listen[i], w, &fd, &words);
			if (e != ERR_OK) {
				conf_given_where(why, &conf->given, "listen", conf->listen[i].text,
						 NULL);
				buf_add(why, buf_str(&words));
				return e;
			}
			r->fds[r->n_fds++] = fd;
		}
	}
	return ERR_OK;
}

/* All that needs rights; then they are gone, and *conf is what may be read without. */
static enum err bind_and_drop(struct run *r, struct conf **conf, struct buf *why)
{
	uint64_t have;

	enum err e = relay_rights_find(*conf, &r->rights, why);
	if (e == ERR_OK && r->rights.change)
		(void)routing_descriptors_hold(*conf,
					       &have); /* only root can raise the hard limit */
	if (e == ERR_OK)
		e = relay_rights_directories(*conf, &r->rights, why);
	if (e == ERR_OK)
		e = bind_all(r, *conf, why);
	if (e == ERR_OK)
		e = r->hooks->bind(*conf, &r->rights.user, &r->hooked, why);
	message_converter_open(); /* now: no code is loaded once it is confined */
	if (e == ERR_OK)
		e = relay_rights_drop(*conf, &r->rights, why);
	if (e == ERR_OK && r->rights.change)
		e = relay_reading_again(conf, why);
	return e;
}

/* Below the reserve nothing comes in from the start: that is no time to say but "ready". */
static void tell_disk(const char *store)
{
	CLEANUP(buf_free) struct buf words = BUF_MAX(WORDS_MAX);
	struct queue_disk disk;

	if (queue_disk_read(store, &disk) != ERR_OK || !queue_disk_short(&disk))
		return;
	queue_disk_words(&words, &disk);
	log_event(LOG_ERR, "disk", "%.*s", STR_ARG(buf_str(&words)));
}

/* What was accepted and cannot be read is not lost in silence. */
static void tell_damage(struct str lines)
{
	struct str line;

	while (str_line(&lines, &line))
		log_event(LOG_ERR, "queue", "%.*s", STR_ARG(line));
}

static enum err open_store(struct relay_daemon *d, struct buf *why)
{
	struct queue_conf conf = { .store = d->settings->conf->queue_store,
				   .reserve = QUEUE_DISK_RESERVE };

	CLEANUP(buf_free) struct buf words = BUF_MAX(WORDS_MAX);

	relay_post_told(&d->shared, &conf);
	enum err e = queue_open(&conf, &d->shared.queue, &words);

	if (e == ERR_OK) {
		tell_damage(buf_str(&words));
		tell_disk(conf.store);
		return ERR_OK;
	}
	conf_given_where_below(why, &d->settings->conf->given, "queue", "store");
	buf_add(why, buf_str(&words));
	return e;
}

static enum err make_workers(struct run *r, struct buf *why)
{
	struct relay_daemon *d = &r->daemon;
	const struct conf *conf = d->settings->conf;

	d->shared.workers = calloc(d->shared.n_workers, sizeof(struct loop_mailbox *));
	r->workers = calloc(d->shared.n_workers, sizeof(struct relay_worker *));
	if (!d->shared.workers || !r->workers)
		return ERR_NOMEM;
	for (size_t w = 0; w < d->shared.n_workers; w++) {
		struct relay_worker **at = &r->workers[w];
		enum err e = relay_dispatch_new(&d->shared, (unsigned)w, d->settings, at, why);
		if (e != ERR_OK)
			return e;
		for (size_t i = 0; i < conf->n_listen; i++) {
			int *fd = &r->fds[w * conf->n_listen + i];
			if (*fd >= 0 && relay_dispatch_listen(*at, *fd, i) != ERR_OK)
				return ERR_NOMEM;
			*fd = -1;
		}
	}
	return ERR_OK;
}

static enum err open_hooks(struct run *r, struct buf *why)
{
	const struct relay_handle handle = relay_daemon_handle(&r->daemon);

	return r->hooks->open(r->hooked, &handle, why);
}

static enum err make(struct run *r, struct buf *why)
{
	struct relay_daemon *d = &r->daemon;
	enum err e = open_store(d, why);

	if (e != ERR_OK)
		return e;
	d->shared.clients = relay_clients_new();
	d->shared.suspects = relay_suspects_new();
	d->shared.logins = relay_login_chores();
	d->shared.rates = relay_rates_new(d->shared.n_workers);
	d->shared.chores = relay_chores_new(SIZE_MAX, NULL);
	if (!d->shared.clients || !d->shared.suspects || !d->shared.logins || !d->shared.rates ||
	    !d->shared.chores || relay_rates_limit(d->shared.rates, d->settings->conf) != ERR_OK)
		return ERR_NOMEM;
	relay_daemon_limit(d);
	e = relay_daemon_init(d);
	if (e == ERR_OK)
		e = make_workers(r, why);
	if (e == ERR_OK)
		e = open_hooks(r, why);
	if (e == ERR_OK)
		relay_opening_tell(d->settings->conf, r->rights.name, d->shared.n_workers,
				   r->workers[0]->resolver->resolve);
	if (e == ERR_OK)
		relay_fence_tell(&d->fence);
	return e;
}

static enum err start(struct run *r, struct buf *why)
{
	struct relay_daemon *d = &r->daemon;
	sigset_t all, before;

	d->scheduler = relay_scheduler_new(&d->shared, d->loop, &d->settings);
	d->shared.known = relay_known_new(d->shared.queue, d->loop);
	if (!d->scheduler || !d->shared.known)
		return ERR_NOMEM;
	relay_recalls_init(&d->recalls, &d->shared, d->scheduler);
	(void)sigfillset(&all); /* signals are the main thread's */
	(void)pthread_sigmask(SIG_BLOCK, &all, &before);
	for (size_t i = 0; i < d->shared.n_workers; i++) {
		int error = pthread_create(&r->threads[i], NULL, relay_dispatch_run, r->workers[i]);
		if (error) {
			buf_addf(why, "cannot start a thread: %s", strerror(error));
			return ERR_IO;
		}
		r->n_threads++;
	}
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	relay_daemon_probe(d);
	return ERR_OK;
}

/* Let go of all.  The workers' threads have ended, or were never started. */
static void let_go(struct run *r)
{
	struct relay_daemon *d = &r->daemon;

	for (size_t i = 0; i < r->n_threads; i++)
		(void)pthread_join(r->threads[i], NULL);
	relay_chores_free(&d->shared.logins);
	relay_chores_free(&d->shared.chores);
	relay_scheduler_free(&d->scheduler);
	if (r->hooked)
		r->hooks->close(r->hooked);
	relay_known_stop(d->shared.known);
	for (size_t i = 0; r->workers && i < d->shared.n_workers; i++)
		if (r->workers[i])
			relay_dispatch_empty(r->workers[i]);
	queue_close(&d->shared.queue);
	relay_known_free(&d->shared.known);
	relay_rates_free(&d->shared.rates);
	for (size_t i = 0; r->workers && i < d->shared.n_workers; i++)
		relay_dispatch_free(&r->workers[i]);
	free(r->workers);
	free(d->shared.workers);
	relay_daemon_clear(d);
	relay_clients_free(&d->shared.clients);
	relay_suspects_free(&d->shared.suspects);
	relay_daemon_unlink(d);
	for (size_t i = 0; i < r->n_fds; i++)
		os_fd_close(&r->fds[i]);
	free(r->fds);
	relay_doors_drop(&d->shared.doors);
	tls_ticket_free(&d->tickets);
	routing_settings_drop(&d->settings);
}

/* *conf becomes theirs. */
static enum err read_settings(struct relay_daemon *d, struct conf **conf, struct buf *why)
{
	const struct relay_daemon_held held = relay_daemon_hold(*conf);
	enum err e = routing_settings_read(*conf, &d->settings, why);

	*conf = NULL;
	if (e != ERR_OK)
		return e;
	d->held = held;
	d->tickets = tls_ticket_new();
	e = d->tickets ? relay_doors_read(d->settings->conf, d->tickets, &d->shared.doors, why)
		       : ERR_NOMEM;
	if (e == ERR_OK)
		relay_reading_tell(why);
	return e;
}

int relay_start(struct conf *conf, const struct relay_hooks *hooks)
{
	CLEANUP(buf_free) struct buf why = BUF_MAX(1u << 16);
	struct run *r = calloc(1, sizeof(*r));
	int status = 0;

	if (!r) {
		conf_free(&conf);
		return relay_reading_refuse(ERR_NOMEM, &why);
	}
	struct relay_daemon *d = &r->daemon;
	d->shared.n_workers = routing_descriptors_workers(conf);
	r->hooks = hooks;
	d->manager = os_service_open();
	d->shared.started_ms = os_clock_mono();
	os_random(d->shared.hash_seed, sizeof(d->shared.hash_seed));
	enum err e = relay_reading_absolutely(conf);
	if (e == ERR_OK)
		e = bind_and_drop(r, &conf, &why);
	if (e == ERR_OK)
		e = read_settings(d, &conf, &why);
	if (e == ERR_OK)
		e = relay_fence_close(d->settings->conf, &d->fence, &why);
	if (e == ERR_OK)
		e = make(r, &why);
	if (e == ERR_OK)
		e = start(r, &why);
	if (e == ERR_OK) {
		(void)printf("signpost: ready\n");
		(void)fflush(stdout);
		relay_herald_ready(d->herald);
		e = loop_run(d->loop);
	} else {
		status = relay_reading_refuse(e, &why);
		if (r->n_threads) /* some run: do not wait for those that do not */
			_exit(status);
	}
	conf_free(&conf);
	let_go(r);
	free(r);
	return e == ERR_OK ? 0 : RELAY_READING_REFUSED;
}
