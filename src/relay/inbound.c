/*
 * What is true of a session: while stored is false and busy is true, its
 * message is at the store, the machine waits for the verdict, and reading is
 * paused, so that a client cannot make us hold more than one message.
 */
#include "relay/inbound.h"

#include "log/log.h"
#include "loop/stream.h"
#include "os/clock.h"
#include "relay/clients.h"
#include "relay/intake.h"
#include "relay/transit.h"
#include "smtp/server.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define TRANSIT_MESSAGES_MAX 20000
#define LINGER_MS 1000

struct relay_inbound {
	struct hash_node node; /* in worker->inbound, by id */
	struct relay_worker *worker;
	uint64_t id;
	struct ip peer;                    /* family 0: a local socket */
	struct routing_settings *settings; /* held */
	const struct conf_listen *listen;
	struct loop_stream *stream;
	struct smtp_server *smtp;
	enum smtp_want want; /* what run() ended with */
	bool may_relay;
	bool closing; /* close once all is sent */
	bool said;    /* all is sent: what still comes is dropped */
	bool busy;    /* a message is at the store */
	struct relay_intake intake;
};

static void session_free(struct relay_inbound *s)
{
	struct relay_worker *w = s->worker;

	hash_drop(&w->inbound, &s->node);
	if (s->peer.family)
		relay_clients_leave(w->shared->clients, &s->peer);
	loop_stream_free(&s->stream);
	smtp_server_free(&s->smtp);
	relay_intake_free(&s->intake);
	routing_settings_drop(&s->settings);
	atomic_fetch_sub_explicit(&w->shared->counters.connections_in, 1, memory_order_relaxed);
	free(s);
	relay_worker_settle(w);
}

/*
 * Give the machine's output to the stream, once the socket has taken what it
 * was given before: so the machine knows how far its client is behind, and
 * reads no further.  False: nothing was given.
 */
static bool send_output(struct relay_inbound *s, enum smtp_want *want)
{
	struct str out = smtp_server_output(s->smtp);

	if (out.n == 0 || loop_stream_pending(s->stream))
		return false;
	if (loop_stream_write(s->stream, out) != ERR_OK)
		s->closing = true;
	*want = smtp_server_sent(s->smtp, out.n);
	return true;
}

static bool may_relay(const struct conf_listen *listen, const struct ip *peer)
{
	if (peer->family == 0) /* a local socket: file permissions have decided */
		return true;
	for (size_t i = 0; i < listen->n_relay_from; i++)
		if (ip_net_has(&listen->relay_from[i], peer))
			return true;
	return false;
}

static const struct relay_answer denied = {
	554, STR_INIT("5.7.1 Relaying denied: your address is not in relay-from")
};

static struct relay_answer judge_data(struct relay_inbound *s)
{
	char client[IP_TEXT_MAX];

	return relay_intake_data(
		&s->intake, queue_next_id(s->worker->shared->queue),
		(struct message_received){
			.helo = smtp_server_peer_name(s->smtp),
			.client = s->peer.family ? ip_text(&s->peer, client) : STR_NONE,
			.protocol = smtp_server_extended(s->smtp) ? STR("ESMTP") : STR("SMTP"),
		});
}

/* Hand the message to the store.  False: *why. */
static bool store(struct relay_inbound *s, struct relay_answer *why)
{
	struct relay_job *job = calloc(1, sizeof(*job));
	struct queue_message *m = job ? relay_intake_message(&s->intake, why) : NULL;

	if (!job)
		*why = (struct relay_answer){ 452, STR("4.3.1 Out of memory, try again later") };
	if (!m) {
		free(job);
		return false;
	}
	m->lane = queue_message_lane(s->worker->shared->queue, m);
	job->job.kind = QUEUE_ADD;
	job->job.message = m;
	job->back = s->worker->mailbox;
	job->session = s->id;
	s->busy = true;
	loop_stream_read(s->stream, LOOP_PAUSED);
	relay_worker_submit(s->worker->shared, job);
	return true;
}

/* Answer one question of the machine; false: later. */
static bool answer(struct relay_inbound *s, enum smtp_want *want)
{
	struct smtp_ask ask = smtp_server_ask(s->smtp);
	struct relay_answer a = { 0 };

	switch (ask.kind) {
	case SMTP_ASK_MAIL:
		a = relay_intake_mail(&s->intake, &ask.mail);
		break;
	case SMTP_ASK_RCPT:
		a = s->may_relay ? relay_intake_rcpt(&s->intake, &ask.rcpt) : denied;
		break;
	case SMTP_ASK_DATA:
		a = judge_data(s);
		break;
	case SMTP_ASK_MESSAGE:
		if (store(s, &a))
			return false;
		relay_intake_clear(&s->intake);
		break;
	}
	*want = smtp_server_verdict(s->smtp, a.code, a.text);
	return true;
}

/*
 * All has been said: close our side, and drop what still comes for a moment.
 * To close at once would reset the connection under the last reply.
 */
static void say_goodbye(struct relay_inbound *s)
{
	if (s->said)
		return;
	s->said = true;
	loop_stream_shutdown(s->stream);
	loop_stream_read(s->stream, LOOP_READING);
	loop_stream_deadline(s->stream, loop_now(s->worker->loop) + LINGER_MS);
}

static void flow(struct relay_inbound *s)
{
	bool behind = loop_stream_pending(s->stream) > 0;

	if (s->closing && !behind && smtp_server_output(s->smtp).n == 0) {
		say_goodbye(s);
		return;
	}
	loop_stream_deadline(s->stream,
			     loop_now(s->worker->loop) + s->settings->conf->limits.idle_ms);
	if (!s->busy)
		loop_stream_read(s->stream, behind ? LOOP_PAUSED : LOOP_READING);
}

/* Nothing is wanted but input: is there output first, or is it time to go? */
static bool idle(struct relay_inbound *s, enum smtp_want *want)
{
	if (send_output(s, want))
		return false;
	if (!s->worker->stopping || smtp_server_in_transaction(s->smtp))
		return true;
	*want = smtp_server_close(s->smtp, 421, STR("4.3.2 Shutting down"));
	return false;
}

/* Do what the machine wants until it wants input, or waits for the store. */
static void run(struct relay_inbound *s, enum smtp_want want)
{
	bool waits = false;

	while (!waits && !s->closing) {
		switch (want) {
		case SMTP_WANT_BODY:
			relay_intake_body(&s->intake, smtp_server_body(s->smtp));
			want = smtp_server_body_kept(s->smtp);
			break;
		case SMTP_WANT_VERDICT:
			waits = !answer(s, &want);
			break;
		case SMTP_WANT_INPUT:
			waits = idle(s, &want);
			break;
		case SMTP_WANT_CLOSE:
			s->closing = true;
			break;
		}
	}
	(void)send_output(s, &want);
	s->want = want;
	flow(s);
}

static void input(void *arg, struct str in)
{
	struct relay_inbound *s = arg;

	if (!s->closing)
		run(s, smtp_server_feed(s->smtp, in));
}

static void drained(void *arg)
{
	struct relay_inbound *s = arg;

	if (s->busy ||
	    s->closing) { /* what the machine wants must wait; what it has said need not */
		(void)send_output(s, &s->want);
		flow(s);
	} else {
		run(s, s->want);
	}
}

static void ended(void *arg, enum loop_end how, int error)
{
	struct relay_inbound *s = arg;

	(void)error;
	if (how == LOOP_END_TIMEOUT && !s->closing) {
		/* Said as far as the socket takes it: nobody is waiting for long. */
		if (smtp_server_close(s->smtp, 421, STR("4.4.2 Idle for too long")) ==
		    SMTP_WANT_CLOSE) {
			struct str out = smtp_server_output(s->smtp);
			loop_stream_last_words(s->stream, out);
		}
	}
	session_free(s);
}

static const struct loop_stream_ops ops = { NULL, input, drained, ended, NULL };

static void refuse(int fd, struct str words)
{
	(void)send(fd, words.p, words.n, MSG_NOSIGNAL | MSG_DONTWAIT);
	(void)close(fd);
}

static struct relay_inbound *session_new(struct relay_worker *w, int fd, size_t listen)
{
	struct relay_inbound *s = calloc(1, sizeof(*s));
	const struct conf *conf = w->settings->conf;

	if (!s)
		return NULL;
	s->smtp = smtp_server_new(&(struct smtp_server_conf){
		.host = str_of(conf->hostname),
		.size_max = conf->size_limit,
		.recipients_max = conf->limits.recipients,
		.errors_max = conf->limits.errors,
	});
	s->stream = s->smtp ? loop_stream_new(w->loop, fd, &ops, s) : NULL;
	if (!s->stream) {
		smtp_server_free(&s->smtp);
		free(s);
		return NULL;
	}
	s->worker = w;
	s->id = ++w->next_id;
	s->settings = routing_settings_hold(w->settings);
	s->listen = &conf->listen[listen];
	relay_intake_init(&s->intake, s->settings, &w->shared->counters);
	return s;
}

void relay_inbound_accept(struct relay_worker *w, int fd, struct ip peer, size_t listen)
{
	const struct conf *conf = w->settings->conf;
	struct relay_counters *counters = &w->shared->counters;

	if (atomic_load_explicit(&counters->connections_in, memory_order_relaxed) >=
	    (long long)conf->limits.connections) {
		refuse(fd, STR("421 4.3.2 Too many connections, try again later\r\n"));
		return;
	}
	if (peer.family &&
	    !relay_clients_enter(w->shared->clients, &peer, conf->limits.per_client)) {
		refuse(fd, STR("421 4.7.0 Too many connections from your address\r\n"));
		return;
	}
	struct relay_inbound *s = session_new(w, fd, listen);
	if (!s) {
		if (peer.family)
			relay_clients_leave(w->shared->clients, &peer);
		refuse(fd, STR("421 4.3.0 Out of memory, try again later\r\n"));
		return;
	}
	s->peer = peer;
	s->may_relay = may_relay(s->listen, &peer);
	hash_add(&w->inbound, &s->node, s->id);
	atomic_fetch_add_explicit(&counters->connections_in, 1, memory_order_relaxed);
	run(s, SMTP_WANT_INPUT);
}

static struct relay_inbound *find(struct relay_worker *w, uint64_t id)
{
	for (struct hash_node *n = hash_first(&w->inbound, id); n; n = hash_next(n)) {
		struct relay_inbound *s = CONTAINER_OF(n, struct relay_inbound, node);
		if (s->id == id)
			return s;
	}
	return NULL;
}

static void tell(struct relay_inbound *s, const struct relay_job *job)
{
	char text[64], id[QUEUE_ID_MAX];
	struct buf b = { .p = text, .cap = sizeof(text), .max = sizeof(text) };

	s->busy = false;
	relay_intake_clear(&s->intake);
	if (job->job.err == ERR_OK) {
		buf_add(&b, STR("2.0.0 Ok: queued as "));
		buf_add(&b, queue_id_text(job->job.message->id, id));
		run(s, smtp_server_verdict(s->smtp, 250, buf_str(&b)));
	} else if (job->job.err == ERR_LIMIT) {
		run(s, smtp_server_verdict(s->smtp, 452, STR("4.3.1 Disk full, try again later")));
	} else {
		run(s,
		    smtp_server_verdict(s->smtp, 451, STR("4.3.0 Cannot store, try again later")));
	}
}

/*
 * Stored, and out: it is delivered from memory.  Where too much is in memory
 * already, it goes back to the disk and is taken from there in its turn.
 */
static void deliver(struct relay_worker *w, struct queue_message *m)
{
	struct relay_transit *t = relay_transit_new(w, m);

	if (!t) { /* out in the store: due again at the next start */
		log_event(LOG_ERR, "no-memory", "a message waits for the next start");
		queue_message_free(&m);
		return;
	}
	if (atomic_load_explicit(&w->shared->counters.messages, memory_order_relaxed) >
		    TRANSIT_MESSAGES_MAX ||
	    atomic_load_explicit(&w->shared->counters.octets, memory_order_relaxed) >
		    RELAY_INTAKE_OCTETS_MAX)
		relay_transit_postpone(t);
	else
		relay_transit_start(t);
}

void relay_inbound_stored(struct relay_worker *w, struct relay_job *job)
{
	struct relay_inbound *s = find(w, job->session);

	if (job->job.err != ERR_OK)
		log_event(LOG_ERR, "store-failed", "cannot store a message: %s",
			  err_text(job->job.err));
	if (s)
		tell(s, job);
	if (job->job.err == ERR_OK)
		deliver(w, job->job.message);
	else
		queue_message_free(&job->job.message);
	free(job);
}

static void stop_one(struct hash_node *node, void *arg)
{
	struct relay_inbound *s = CONTAINER_OF(node, struct relay_inbound, node);

	(void)arg;
	if (!s->busy && !s->closing && !smtp_server_in_transaction(s->smtp))
		run(s, SMTP_WANT_INPUT);
}

void relay_inbound_stop(struct relay_worker *w)
{
	hash_each(&w->inbound, stop_one, NULL);
}

static void clear_one(struct hash_node *node, void *arg)
{
	(void)arg;
	session_free(CONTAINER_OF(node, struct relay_inbound, node));
}

void relay_inbound_clear(struct relay_worker *w)
{
	hash_each(&w->inbound, clear_one, NULL);
}
