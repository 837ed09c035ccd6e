/*
 * The order of starting: what can fail for want of rights first (ports, then
 * the user), then directories, queue, journal, threads; "ready" is said when
 * everything listens and runs.
 */
#include "relay/start.h"

#include "log/log.h"
#include "os/clock.h"
#include "os/file.h"
#include "os/random.h"
#include "os/user.h"
#include "relay/clients.h"
#include "relay/daemon_priv.h"
#include "relay/dispatch.h"
#include "relay/listener.h"
#include "routing/descriptors.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DISK_RESERVE (64u << 20)
#define EXIT_CONFIGURATION 2
#define WORDS_MAX 8192
#define DIRECTORY_MODE 0750

/* What the start has got hold of, to be let go at the end. */
struct run {
	struct relay_daemon daemon;
	const struct relay_hooks *hooks;
	void *hooked; /* NULL: nobody can ask yet */
	int *fds;     /* of listeners, worker by worker; -1: taken */
	size_t n_fds;
	struct relay_worker **workers;
	pthread_t threads[ROUTING_DESCRIPTORS_WORKERS_MAX];
	size_t n_threads;
};

static enum err bind_one(const struct conf *conf, size_t i, int *fd, struct buf *why)
{
	CLEANUP(buf_free) struct buf words = BUF_MAX(WORDS_MAX);
	enum err e = relay_listener_bind(&conf->listen[i], fd, &words);

	if (e == ERR_OK)
		return ERR_OK;
	conf_given_where(why, &conf->given, "listen", conf->listen[i].text, NULL);
	buf_add(why, buf_str(&words));
	return e;
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
				enum err e = bind_one(conf, i, &fd, why);
				if (e != ERR_OK)
					return e;
			}
			r->fds[r->n_fds++] = fd;
		}
	}
	return ERR_OK;
}

/* The directory of that key is there, and the user's. */
static enum err own(const struct conf *conf, const char *key, const struct os_user *user,
		    struct buf *why)
{
	const char *path =
		strcmp(key, "log-directory") == 0 ? conf->log_directory : conf->state_directory;
	bool is_new = access(path, F_OK) < 0;

	if (os_file_mkdirs(path, DIRECTORY_MODE) != ERR_OK ||
	    (is_new && user && chown(path, user->uid, user->gid) < 0)) {
		int saved = errno;
		conf_given_where(why, &conf->given, "root", NULL, key);
		buf_addf(why, "%s: cannot make the directory %s: %s: make it, or name another", key,
			 path, strerror(saved));
		return ERR_IO;
	}
	return ERR_OK;
}

/* Whom to become.  *change: there is somebody. */
static enum err find_user(const struct conf *conf, struct os_user *user, bool *change,
			  struct buf *why)
{
	*change = false;
	if (geteuid() != 0) {
		if (conf->file && conf->user_given && conf->user[0])
			log_event(LOG_NOTICE, "user", "user=%s is ignored: not started as root",
				  conf->user);
		return ERR_OK;
	}
	if (!conf->user[0])
		return ERR_OK;
	*change = os_user_find(conf->user, user) == ERR_OK;
	if (*change)
		return ERR_OK;
	if (conf->user_given) {
		conf_given_where(why, &conf->given, "root", NULL, "user");
		buf_addf(why, "user \"%s\": no such user: create it, or name another", conf->user);
		return ERR_IO;
	}
	log_event(LOG_WARNING, "user",
		  "there is no user \"%s\": running as root, which is not wise; "
		  "create the user or set user in the configuration",
		  conf->user);
	return ERR_OK;
}

/* Directories are there, and we are nobody special any more. */
static enum err drop_rights(const struct conf *conf, struct buf *why)
{
	struct os_user user;
	bool change;
	enum err e = find_user(conf, &user, &change, why);

	if (e == ERR_OK)
		e = own(conf, "state-directory", change ? &user : NULL, why);
	if (e == ERR_OK)
		e = own(conf, "log-directory", change ? &user : NULL, why);
	if (e == ERR_OK && change && os_user_become(conf->user, &user) != ERR_OK) {
		conf_given_where(why, &conf->given, "root", NULL, "user");
		buf_addf(why, "cannot become user %s: %s", conf->user, strerror(errno));
		e = ERR_IO;
	}
	return e;
}

static enum err open_store(struct relay_daemon *d, struct buf *why)
{
	const struct queue_conf conf = { .store = d->settings->conf->queue_store,
					 .reserve = DISK_RESERVE };

	CLEANUP(buf_free) struct buf words = BUF_MAX(WORDS_MAX);
	enum err e = queue_open(&conf, &d->shared.queue, &words);

	if (e == ERR_OK)
		return ERR_OK;
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

	return r->hooks->open(&handle, &r->hooked, why);
}

static enum err make(struct run *r, struct buf *why)
{
	struct relay_daemon *d = &r->daemon;
	enum err e = bind_all(r, d->settings->conf, why);

	if (e == ERR_OK)
		e = drop_rights(d->settings->conf, why);
	if (e == ERR_OK)
		e = open_store(d, why);
	if (e != ERR_OK)
		return e;
	d->shared.clients = relay_clients_new();
	if (!d->shared.clients)
		return ERR_NOMEM;
	relay_daemon_limit(d);
	e = relay_daemon_init(d);
	if (e == ERR_OK)
		e = make_workers(r, why);
	if (e == ERR_OK)
		e = open_hooks(r, why);
	return e;
}

static enum err start(struct run *r, struct buf *why)
{
	struct relay_daemon *d = &r->daemon;
	sigset_t all, before;

	d->scheduler = relay_scheduler_new(&d->shared, d->loop, &d->settings);
	if (!d->scheduler)
		return ERR_NOMEM;
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
	return ERR_OK;
}

/* Let go of all.  The workers' threads have ended, or were never started. */
static void let_go(struct run *r)
{
	struct relay_daemon *d = &r->daemon;

	for (size_t i = 0; i < r->n_threads; i++)
		(void)pthread_join(r->threads[i], NULL);
	relay_scheduler_free(&d->scheduler);
	if (r->hooked)
		r->hooks->close(r->hooked);
	queue_close(&d->shared.queue);
	for (size_t i = 0; r->workers && i < d->shared.n_workers; i++)
		relay_dispatch_free(&r->workers[i]);
	free(r->workers);
	free(d->shared.workers);
	relay_daemon_clear(d);
	relay_clients_free(&d->shared.clients);
	for (size_t i = 0; i < r->n_fds; i++)
		os_fd_close(&r->fds[i]);
	free(r->fds);
	routing_settings_drop(&d->settings);
}

/* "FILE:LINE: ..." stands by itself. */
static bool has_place(struct str line)
{
	struct str file, number;
	uint32_t n;

	return str_cut(&line, ':', &file) && file.n && str_cut(&line, ':', &number) &&
	       str_u32(number, &n) && str_starts(line, STR(" "));
}

static int say(enum err e, const struct buf *why)
{
	struct str text = buf_str(why), first;

	if (text.n == 0)
		text = str_of(err_text(e));
	while (str_line(&text, &first))
		(void)fprintf(stderr, "%s%.*s\n",
			      has_place(first) ? "" : "signpost: ", STR_ARG(first));
	return EXIT_CONFIGURATION;
}

int relay_start(struct conf *conf, const struct relay_hooks *hooks)
{
	CLEANUP(buf_free) struct buf why = BUF_MAX(1u << 16);
	struct run *r = calloc(1, sizeof(*r));
	int status = 0;

	if (!r) {
		conf_free(&conf);
		return say(ERR_NOMEM, &why);
	}
	struct relay_daemon *d = &r->daemon;
	d->shared.n_workers = routing_descriptors_workers(conf);
	r->hooks = hooks;
	d->shared.started_wall_ms = os_clock_wall();
	os_random(d->shared.hash_seed, sizeof(d->shared.hash_seed));
	relay_daemon_hold(d, conf);
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
