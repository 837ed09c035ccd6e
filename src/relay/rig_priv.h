/*
 * For tests of the way out: a worker with all that is its own, a store in a directory of
 * its own, and mail hosts that are played by the test, octet by octet.  All of it but the
 * store is on one loop, on the test's thread.
 *
 * No DNS is asked: mail goes to address literals, or by static routes.
 */
#ifndef RELAY_RIG_PRIV_H
#define RELAY_RIG_PRIV_H

#include "conf/parse.h"
#include "message/head.h"
#include "os/clock.h"
#include "os/file.h"
#include "queue/reader.h"
#include "relay/chore.h"
#include "relay/clients.h"
#include "relay/dispatch.h"
#include "relay/peer_priv.h"
#include "relay/transit.h"
#include "smtp/text.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <string.h>

struct rig {
	char dir[64];
	struct routing_settings *settings;
	struct relay_shared shared;
	struct loop_mailbox *of_workers[1];
	struct relay_worker *worker;
	struct loop *loop;         /* the worker's */
	struct loop_mailbox *home; /* of parts that the test sends: results gather here */
	struct list results;       /* struct relay_part, by letter.link */
	size_t n_results;          /* so many came */
	struct loop_timer *moment; /* of rig_moment() */
	void (*letter)(struct rig *r, struct relay_letter *letter); /* to the daemon */
	void *test;
	size_t woken;     /* that there is memory again */
	uint64_t reserve; /* of the queue's disk: set before it is opened */
};

/* A mail host's port on 127.0.0.1, and whoever connects to it. */
struct host {
	struct rig *rig;
	int fd;
	uint16_t port;
	struct loop_watch *watch;
	int accepted; /* a connection that nobody has taken yet, or -1 */
};

/* Connections */

static inline void host_ready(void *arg, unsigned ready)
{
	struct host *h = arg;

	(void)ready;
	if (h->accepted >= 0)
		return;
	h->accepted = accept4(h->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	loop_watch_set(h->watch, 0);
	loop_stop(h->rig->loop);
}

/* Bound, but nobody listens: who connects is refused. */
static inline void host_bind(struct host *h)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof(at);

	*h = (struct host){ .fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0),
			    .accepted = -1 };
	if (h->fd < 0 || bind(h->fd, (struct sockaddr *)&at, n) < 0 ||
	    getsockname(h->fd, (struct sockaddr *)&at, &n) < 0)
		exit(1);
	h->port = ntohs(at.sin_port);
}

static inline void host_listen(struct host *h, struct rig *r)
{
	h->rig = r;
	if (listen(h->fd, 64) < 0)
		exit(1);
	h->watch = loop_watch_new(r->loop, h->fd, OS_READ, host_ready, h);
}

static inline void host_close(struct host *h)
{
	loop_watch_free(&h->watch);
	(void)close(h->fd);
	if (h->accepted >= 0)
		(void)close(h->accepted);
}

/* The next connection, waited for. */
static inline void host_accept(struct host *h, struct peer *p)
{
	while (h->accepted < 0)
		if (loop_run(h->rig->loop) != ERR_OK)
			exit(1);
	*p = (struct peer){ .loop = h->rig->loop, .fd = h->accepted, .in = BUF_MAX(1 << 20) };
	p->watch = loop_watch_new(p->loop, p->fd, OS_READ, peer_ready, p);
	h->accepted = -1;
	loop_watch_set(h->watch, OS_READ);
}

#define HOST_HELLO "220 host ESMTP\r\n"
#define HOST_EHLO "EHLO relay.example\r\n"

/* The next connection, greeted, which offers no extension. */
static inline void host_greet(struct host *h, struct peer *p)
{
	host_accept(h, p);
	peer_say(p, STR(HOST_HELLO));
	peer_expect("EHLO", p, STR(HOST_EHLO));
	peer_say(p, STR("250 host\r\n"));
}

/* What is expected next, and what is answered to it. */
static inline void host_hear(struct peer *p, const char *expected, const char *answer)
{
	peer_expect(expected, p, str_of(expected));
	peer_say(p, str_of(answer));
}

#define HOST_MAIL "MAIL FROM:<me@x.example>\r\n"
#define HOST_TEXT "Subject: hi\r\n\r\nhi\r\n"
#define HOST_OK "250 2.0.0 ok\r\n"

/* A message for one recipient up to its end, which is not yet answered. */
static inline void host_hear_message(struct peer *p, const char *to)
{
	char rcpt[200];

	(void)snprintf(rcpt, sizeof(rcpt), "RCPT TO:<%s>\r\n", to);
	host_hear(p, HOST_MAIL, HOST_OK);
	host_hear(p, rcpt, HOST_OK);
	host_hear(p, "DATA\r\n", "354 go on\r\n");
	peer_expect("message", p, STR(HOST_TEXT ".\r\n"));
}

static inline void host_take(struct peer *p, const char *to)
{
	host_hear_message(p, to);
	peer_say(p, STR(HOST_OK));
}

/* So many octets more have come. */
static inline void host_wait(struct peer *p, size_t n)
{
	p->wanted = n;
	while (p->in.n < n && !p->over)
		peer_run(p);
	p->wanted = SIZE_MAX;
}

/* A message's content, whatever it is, up to its end, appended. */
static inline void host_hear_content(struct peer *p, struct buf *out)
{
	size_t at = out->n;

	while (!str_ends(str_skip(buf_str(out), at), STR("\r\n.\r\n")) && !p->over) {
		host_wait(p, 1);
		buf_add(out, str_head(buf_str(&p->in), 1));
		buf_drop(&p->in, 1);
	}
}

/* QUIT comes next, and then the end. */
static inline void host_dismiss(const char *label, struct peer *p)
{
	peer_expect(label, p, STR("QUIT\r\n"));
	peer_say(p, STR("221 bye\r\n"));
	peer_expect_end(label, p);
	peer_close(p);
}

/* The worker */

static inline void rig_home(void *arg, struct list *item)
{
	struct rig *r = arg;

	list_add(&r->results, item);
	r->n_results++;
	loop_stop(r->loop);
}

static inline void rig_daemon(void *arg, struct list *item)
{
	struct rig *r = arg;

	r->letter(r, CONTAINER_OF(item, struct relay_letter, link));
}

static inline void rig_wake(void *arg)
{
	struct rig *r = arg;

	r->woken++;
}

/* Settings of the delivery block and whatever else; a mail host is at port. */
static inline struct routing_settings *rig_settings(const char *dir, uint16_t port,
						    const char *delivery, const char *more)
{
	CLEANUP(buf_free) struct buf text = BUF_MAX(1 << 16), why = BUF_MAX(4096);
	struct routing_settings *s = NULL;
	struct conf *conf;

	buf_addf(&text,
		 "hostname = \"relay.example\"\nstate-directory = \"%s\"\nlog-directory = \"%s\"\n"
		 "size-limit = \"1M\"\nresolver \"127.0.0.1:9\" { }\n"
		 "delivery { port = %u ignore-targets = {} %s }\n%s\n",
		 dir, dir, port, delivery, more);
	if (conf_parse("rig.conf", buf_str(&text), &conf, &why) != ERR_OK ||
	    routing_settings_read(conf, &s, &why) != ERR_OK) {
		(void)fprintf(stderr, "%.*s\n", STR_ARG(buf_str(&why)));
		exit(1);
	}
	return s;
}

static inline void rig_share(struct rig *r)
{
	struct relay_shared *s = &r->shared;
	CLEANUP(buf_free) struct buf why = BUF_MAX(4096);
	struct queue_conf conf = { .store = r->settings->conf->queue_store, .reserve = r->reserve };

	s->workers = r->of_workers;
	s->n_workers = 1;
	s->hash_seed[0] = 1;
	s->memory.wake = rig_wake;
	s->memory.arg = r;
	schedule_budget_init(&s->memory.budget, r->settings->conf->memory,
			     r->settings->conf->size_limit);
	relay_strays_init(&s->strays);
	s->clients = relay_clients_new();
	s->chores = relay_chores_new(SIZE_MAX, NULL);
	relay_post_told(s, &conf);
	if (!s->clients || !s->chores || queue_open(&conf, &s->queue, &why) != ERR_OK) {
		(void)fprintf(stderr, "%.*s\n", STR_ARG(buf_str(&why)));
		exit(1);
	}
}

static inline void rig_moment_over(void *arg)
{
	struct rig *r = arg;

	loop_stop(r->loop);
}

/* A whole one.  letter: what the daemon does with what it gets; may be NULL where nothing comes. */
static inline void rig_open(struct rig *r, uint16_t port, const char *delivery, const char *more,
			    void (*letter)(struct rig *r, struct relay_letter *letter))
{
	CLEANUP(buf_free) struct buf why = BUF_MAX(4096);

	*r = (struct rig){ .dir = "/tmp/rig.XXXXXX", .letter = letter, .reserve = r->reserve };
	if (!mkdtemp(r->dir))
		exit(1);
	list_init(&r->results);
	r->settings = rig_settings(r->dir, port, delivery, more);
	rig_share(r);
	if (relay_dispatch_new(&r->shared, 0, r->settings, &r->worker, &why) != ERR_OK)
		exit(1);
	r->loop = r->worker->loop;
	r->home = loop_mailbox_new(r->loop, rig_home, r);
	r->shared.daemon = loop_mailbox_new(r->loop, rig_daemon, r);
	r->moment = loop_timer_new(r->loop, rig_moment_over, r);
}

/*
 * The same with mail hosts: all mail goes to host, but that to dead.example, where
 * nobody listens yet.
 */
static inline void rig_open_hosts(struct rig *r, struct host *host, struct host *dead,
				  const char *delivery,
				  void (*letter)(struct rig *r, struct relay_letter *letter))
{
	char more[300];

	host_bind(host);
	host_bind(dead);
	(void)snprintf(more, sizeof(more),
		       "memory = \"8M\"\nroute \"dead.example\" { via = \"[127.0.0.1]:%u\" }\n"
		       "route \"*\" { via = \"[127.0.0.1]:%u\" }",
		       dead->port, host->port);
	rig_open(r, host->port, delivery, more, letter);
	host_listen(host, r);
}

static inline void rig_run(struct rig *r)
{
	if (loop_run(r->loop) != ERR_OK)
		exit(1);
}

/* Time has gone on, as the loop tells it. */
static inline void rig_moment(struct rig *r)
{
	int64_t now = loop_now(r->loop);

	while (loop_now(r->loop) == now) {
		loop_timer_set(r->moment, now + 1);
		rig_run(r);
	}
}

/* With the spool in it, in which nothing is left by then. */
static inline void rig_remove_dir(const char *path)
{
	DIR *dir = opendir(path);

	for (struct dirent *e; dir && (e = readdir(dir));)
		if (unlinkat(dirfd(dir), e->d_name, 0) < 0)
			(void)unlinkat(dirfd(dir), e->d_name, AT_REMOVEDIR);
	if (dir)
		(void)closedir(dir);
	(void)rmdir(path);
}

/* Nothing may be left in the account of memory, nor connections. */
static inline void rig_close(struct rig *r)
{
	queue_close(&r->shared.queue);
	CHECK_INT("all results were looked at", list_empty(&r->results), true);
	CHECK_INT("nothing is left in memory", schedule_budget_zero(&r->shared.memory.budget),
		  true);
	loop_timer_free(&r->moment);
	loop_mailbox_free(&r->home, NULL);
	loop_mailbox_free(&r->shared.daemon, NULL);
	relay_dispatch_free(&r->worker);
	CHECK_INT("no connections", atomic_load(&r->shared.counters.connections_out), 0);
	relay_chores_free(&r->shared.chores);
	relay_clients_free(&r->shared.clients);
	relay_trouble_clear(&r->shared.storing);
	relay_trouble_clear(&r->shared.keeping);
	relay_worker_logs_clear(&r->shared);
	routing_settings_drop(&r->settings);
	rig_remove_dir(r->dir);
}

static inline void rig_close_hosts(struct rig *r, struct host *host, struct host *dead)
{
	host_close(host);
	host_close(dead);
	rig_close(r);
}

/* Mail */

/* A message that has just arrived for those; NULL ends them. */
static inline struct queue_message *rig_message(struct rig *r, const char *const *to)
{
	struct schedule_rcpt rcpt[16];
	struct queue_message like = { .id = queue_next_id(r->shared.queue),
				      .arrived_wall_ms = os_clock_wall(),
				      .from = STR("me@x.example"),
				      .rcpt = rcpt };
	struct buf content = BUF_MAX(1 << 20);

	for (; to[like.n_rcpt]; like.n_rcpt++)
		rcpt[like.n_rcpt] = (struct schedule_rcpt){ .to = str_of(to[like.n_rcpt]) };
	buf_add(&content, STR(HOST_TEXT));
	struct queue_message *m = queue_message_new(&like, &content);
	if (!m)
		exit(1);
	m->lane = queue_message_lane(r->shared.queue, m);
	return m;
}

/* A message as it is in the queue where it is large: its head, and a file. */
static inline struct queue_message *rig_spooled(struct rig *r, struct str text)
{
	size_t head = message_head_size(text);
	struct queue_spool *spool = queue_spool(r->shared.queue);
	struct schedule_rcpt to = { .to = STR("b@1.example") };
	struct queue_message like = { .id = queue_next_id(r->shared.queue),
				      .from = STR("me@x.example"),
				      .rcpt = &to,
				      .n_rcpt = 1,
				      .size = text.n };
	struct queue_spool_file *f = queue_spool_file_new(spool, like.id, QUEUE_SPOOL_COMES);
	struct buf content = BUF_MAX(1 << 20);
	struct smtp_text seen = { .has = 0 };

	smtp_text_add(&seen, str_head(text, head), SMTP_TEXT_HEAD);
	smtp_text_add(&seen, str_skip(text, head), SMTP_TEXT_BODY);
	buf_add(&content, str_head(text, head));
	while (text.n > 0) {
		text = str_skip(text, queue_spool_file_add(f, text));
		if (queue_spool_file_full(f) && queue_spool_file_write(f) != ERR_OK)
			exit(1);
	}
	if (queue_spool_file_end(f, &like.spool) != ERR_OK)
		exit(1);
	queue_spool_file_free(&f);
	like.spool->has = smtp_text_has(&seen);
	struct queue_message *m = queue_message_new(&like, &content);
	if (!m)
		exit(1);
	return m;
}

/* How many files are in the spool. */
static inline size_t rig_spool_files(const struct rig *r)
{
	char path[200];
	size_t n = 0;

	(void)snprintf(path, sizeof(path), "%s/queue.db-spool", r->dir);
	DIR *dir = opendir(path);
	for (struct dirent *e; dir && (e = readdir(dir));)
		n += e->d_name[0] != '.';
	if (dir)
		(void)closedir(dir);
	return n;
}

/* All of a message as one part for a domain, which comes back to the test. */
static inline struct relay_part *rig_part(struct rig *r, const struct queue_message *m,
					  struct str domain)
{
	struct relay_part *p = calloc(1, sizeof(*p));
	const struct route_demand off = { .service = ROUTE_OFF };

	if (p)
		p->part = schedule_part_new(domain, &off, m->n_rcpt);
	if (!p || !p->part)
		exit(1);
	for (size_t i = 0; i < m->n_rcpt; i++)
		p->part->rcpt[i].rcpt = i;
	p->message = m;
	p->settings = r->settings;
	p->how = &r->settings->conf->delivery;
	p->part->retry = &r->settings->schedule;
	p->home = r->home;
	return p;
}

/* The next result, waited for. */
static inline struct relay_part *rig_result(struct rig *r)
{
	while (list_empty(&r->results))
		rig_run(r);
	struct list *item = list_shift(&r->results);
	return CONTAINER_OF(item, struct relay_part, letter.link);
}

/* A job of the test's own at the store, waited for. */
static inline enum err rig_job(struct rig *r, struct relay_job *job)
{
	job->back = r->home;
	relay_post_job(&r->shared, job);
	while (list_empty(&r->results))
		rig_run(r);
	(void)list_shift(&r->results);
	return job->job.err;
}

/* Stored; it is out then. */
static inline void rig_store(struct rig *r, struct queue_message *m)
{
	struct relay_job job = { .job = { .kind = QUEUE_ADD, .message = m } };

	CHECK_INT("stored", rig_job(r, &job), ERR_OK);
}

/* A message as it is in the store; NULL: it is not. */
static inline struct queue_message *rig_look(const struct rig *r, queue_id id)
{
	CLEANUP(buf_free) struct buf why = BUF_MAX(1000);
	struct queue_reader *reader;
	struct queue_message *m = NULL;

	if (queue_reader_open(r->settings->conf->queue_store, &reader, &why) != ERR_OK)
		exit(1);
	enum err e = queue_reader_get(reader, id, &m);
	queue_reader_close(&reader);
	return e == ERR_OK ? m : NULL;
}

/* All that was written to a file of the rig's directory whose name begins so. */
static inline void rig_read(const struct rig *r, const char *begins, struct buf *out)
{
	DIR *dir = opendir(r->dir);
	char path[400];

	for (struct dirent *e; dir && (e = readdir(dir));) {
		(void)snprintf(path, sizeof(path), "%s/%s", r->dir, e->d_name);
		if (str_starts(str_of(e->d_name), str_of(begins)) &&
		    os_file_read(path, out) != ERR_OK)
			exit(1);
	}
	if (dir)
		(void)closedir(dir);
}

static inline bool rig_holds(struct str s, const char *text)
{
	for (; s.n; s = str_skip(s, 1))
		if (str_starts(s, str_of(text)))
			return true;
	return false;
}

#endif
