/*
 * What is true of the time: patience waits for what is awaited as a whole, be it
 * greeting, reply, or the taking of what was said (smtp/patience.h); each reply
 * that came whole begins a new wait.  While a message goes out it has a least
 * rate, which is looked at when its deadline has come.
 */
#include "relay/connection.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define QUIT_MS 5000
#define PIECE 16384 /* octets that TLS gives at once */
#define REST 65536  /* of what a host has said that went, octets that are heard */

static int64_t now(const struct relay_connection *c)
{
	return loop_now(c->worker->loop);
}

/* Octets of the message that the host's side has taken since the last look. */
static void count_taken(struct relay_connection *c)
{
	uint64_t taken = c->given - loop_stream_pending(c->stream);
	int64_t last = smtp_patience_deadline(&c->patience) - 1;

	/* Where we look too late, they may have gone in time. */
	smtp_patience_pass(&c->patience, now(c) < last ? now(c) : last, (size_t)(taken - c->taken));
	c->taken = taken;
}

/* Part of the message is still to go. */
static bool is_sending_data(const struct relay_connection *c)
{
	return smtp_client_stage(c->client) == SMTP_STAGE_MESSAGE &&
	       (loop_stream_pending(c->stream) || smtp_client_output(c->client).n);
}

/* What is wanted cannot be had, or not be said within TLS: ended() is to tell that now. */
static bool is_stuck(const struct relay_connection *c)
{
	return c->starved || (c->secured && tls_session_state(c->tls) != TLS_OPEN);
}

/* The time for what is awaited, no longer than command-timeout allows. */
static void be_patient(struct relay_connection *c)
{
	int64_t patience = smtp_client_patience(c->client);
	int64_t most = c->how->command_timeout_ms;
	uint64_t heard = smtp_client_heard(c->client);
	bool data = is_sending_data(c);

	if (is_stuck(c))
		return;
	if (patience > most)
		patience = most;
	count_taken(c);
	if (data)
		smtp_patience_data(&c->patience, now(c), patience);
	else if (c->patience.data || heard != c->heard || c->patience.allowed_ms == 0)
		smtp_patience_wait(&c->patience, now(c), patience);
	c->heard = heard;
	loop_stream_deadline(c->stream, smtp_patience_deadline(&c->patience));
}

static int64_t late(void *arg)
{
	struct relay_connection *c = arg;

	if (c->state != RELAY_OPEN || !c->patience.data || is_stuck(c))
		return 0;
	count_taken(c);
	return smtp_patience_deadline(&c->patience);
}

static void trace(struct relay_connection *c)
{
	if (c->ops && smtp_client_trace(c->client).n)
		c->ops->trace(c->arg, smtp_client_trace(c->client));
	smtp_client_trace_clear(c->client);
}

/* False: too much is kept, which cannot be: a window is far below. */
static bool put(struct relay_connection *c, struct str octets)
{
	if (loop_stream_write(c->stream, octets) != ERR_OK)
		return false;
	c->given += octets.n;
	return true;
}

/* What TLS has to say. */
static void put_records(struct relay_connection *c)
{
	struct str out = tls_session_output(c->tls);

	if (out.n && put(c, out))
		tls_session_sent(c->tls, out.n);
}

/* What is wanted of a message that is elsewhere.  False: it cannot be had, and ended() says so. */
static bool nourish(struct relay_connection *c)
{
	struct str piece;
	uint64_t at;

	while (!c->starved && smtp_client_hungry(c->client, &at)) {
		c->starved = c->ops->piece(c->arg, at, &piece) != ERR_OK;
		if (c->starved)
			loop_stream_deadline(c->stream, now(c));
		else
			smtp_client_give(c->client, piece);
	}
	return !c->starved;
}

static void send_output(struct relay_connection *c)
{
	while (nourish(c)) {
		struct str out = smtp_client_output(c->client);
		if (out.n == 0 || loop_stream_pending(c->stream))
			return;
		if (c->secured && tls_session_write(c->tls, out) != ERR_OK) {
			loop_stream_deadline(c->stream, now(c)); /* ended() says why */
			return;
		}
		if (c->secured)
			put_records(c);
		else if (!put(c, out))
			return;
		smtp_client_sent(c->client, out.n);
	}
}

/* Over: tell who has it, who lets go; then it is gone. */
static void over(struct relay_connection *c)
{
	if (c->ops)
		c->ops->lost(c->arg);
	else
		relay_connection_close(&c);
}

static void shake(struct relay_connection *c);

static void step(struct relay_connection *c, enum smtp_client_want want)
{
	send_output(c);
	trace(c);
	switch (want) {
	case SMTP_CLIENT_INPUT:
		if (c->state != RELAY_QUITTING)
			be_patient(c);
		return;
	case SMTP_CLIENT_SECURE:
		shake(c);
		return;
	case SMTP_CLIENT_READY:
		if (c->ops)
			c->ops->ready(c->arg);
		return;
	case SMTP_CLIENT_DONE:
		if (c->ops)
			c->ops->sent(c->arg);
		return;
	case SMTP_CLIENT_CLOSE:
		over(c);
		return;
	}
}

/* No TLS, for which the session was to wait: it ends. */
static void unsecured(struct relay_connection *c, struct str why)
{
	CLEANUP(buf_free) struct buf words = BUF_MAX(1024);

	if (c->key.tls == ROUTE_TLS_DANE)
		buf_add(&words, STR("DANE does not authenticate the host: "));
	if (c->key.tls == ROUTE_TLS_VERIFY || c->key.tls == ROUTE_TLS_BOTH)
		buf_add(&words, STR("the host is not authenticated: "));
	buf_add(&words, str_head(why, 512));
	step(c, smtp_client_unsecured(c->client, buf_str(&words)));
}

/* The handshake begins; its whole has one deadline. */
static void shake(struct relay_connection *c)
{
	c->tls = c->ops ? c->ops->secure(c->arg) : NULL;
	if (!c->tls) {
		unsecured(c, STR("TLS cannot be begun"));
		return;
	}
	/* Without its first flight the host has nothing to answer. */
	if (tls_session_state(c->tls) == TLS_FAILED) {
		unsecured(c, tls_session_why(c->tls));
		return;
	}
	put_records(c);
	c->patience.allowed_ms = 0;
	be_patient(c);
}

static void connected(void *arg)
{
	struct relay_connection *c = arg;

	c->state = RELAY_OPEN;
	c->patience.allowed_ms = 0;
	if (c->ops && c->ops->connected)
		c->ops->connected(c->arg);
	if (c->key.at_once)
		shake(c);
	else
		be_patient(c);
}

/* Octets for the handshake.  True: it is through, and c still there. */
static bool shaken(struct relay_connection *c)
{
	if (tls_session_state(c->tls) == TLS_FAILED) {
		CLEANUP(buf_free) struct buf why = BUF_MAX(1024);
		buf_add(&why, tls_session_why(c->tls));
		unsecured(c, buf_str(&why));
		return false;
	}
	c->secured = tls_session_state(c->tls) == TLS_OPEN;
	if (c->secured)
		c->ops->secured(c->arg);
	return c->secured;
}

/* The next that came through TLS, until the next call: no connection keeps memory for it. */
static enum tls_state read_plain(struct relay_connection *c, struct str *in)
{
	static _Thread_local char octets[PIECE];
	struct buf plain = { .p = octets, .cap = PIECE, .max = PIECE };
	enum tls_state state = tls_session_read(c->tls, &plain);

	*in = (struct str){ octets, plain.n };
	return state;
}

/* What came through TLS is fed, or it is told that TLS has ended. */
static enum smtp_client_want feed_plain(struct relay_connection *c, enum smtp_client_want want)
{
	enum tls_state state;
	struct str in;

	/* All of it, whatever is wanted then: what is behind a reply must not pass for the next. */
	while ((state = read_plain(c, &in)), in.n > 0)
		want = smtp_client_feed(c->client, in);
	if (want != SMTP_CLIENT_INPUT || state == TLS_OPEN)
		return want;
	buf_clear(&c->trouble);
	buf_add(&c->trouble, state == TLS_CLOSED ? STR("the host closed the connection")
						 : tls_session_why(c->tls));
	return smtp_client_lost(c->client, buf_str(&c->trouble));
}

static void input_records(struct relay_connection *c, struct str in)
{
	enum smtp_client_want want = SMTP_CLIENT_INPUT;
	bool first = !c->secured;

	(void)!tls_session_feed(c->tls, in);
	put_records(c);
	if (first && !shaken(c))
		return;
	if (first) {
		c->patience.allowed_ms = 0;
		if (!c->key.at_once)
			want = smtp_client_secured(c->client);
		send_output(c); /* EHLO is sent before anything can be an answer to it */
	}
	step(c, feed_plain(c, want));
}

/* While nobody asks, TLS may have something to say that is none of the host's: a ticket. */
static void input_idle(struct relay_connection *c, struct str in)
{
	if (c->secured) {
		(void)!tls_session_feed(c->tls, in);
		put_records(c);
		if (read_plain(c, &in) == TLS_OPEN && in.n == 0)
			return;
	}
	relay_connection_close(&c);
}

static void input(void *arg, struct str in)
{
	struct relay_connection *c = arg;

	/* What comes while nobody asked ends it: the host is closing, or out of step. */
	if (!c->ops && c->state != RELAY_QUITTING)
		input_idle(c, in);
	else if (c->tls)
		input_records(c, in);
	else
		step(c, smtp_client_feed(c->client, in));
}

static void drained(void *arg)
{
	struct relay_connection *c = arg;

	send_output(c);
	if (c->state == RELAY_OPEN && c->ops)
		be_patient(c);
}

/* What the host said before it went: it may be why. */
static void hear_rest(struct relay_connection *c)
{
	static _Thread_local char octets[REST];
	struct str in = { octets, loop_stream_rest(c->stream, octets, REST) };

	smtp_client_cut(c->client);
	if (!c->secured) {
		(void)!smtp_client_feed(c->client, in);
		return;
	}
	(void)!tls_session_feed(c->tls, in);
	while ((void)read_plain(c, &in), in.n > 0)
		(void)!smtp_client_feed(c->client, in);
}

static struct str trouble_of(const struct relay_connection *c, enum loop_end how, int error)
{
	switch (how) {
	case LOOP_END_EOF:
		return STR("the host closed the connection");
	case LOOP_END_ERROR:
		return str_of(strerror(error));
	case LOOP_END_TIMEOUT:
		break;
	}
	if (c->state == RELAY_CONNECTING)
		return STR("connecting took too long");
	if (c->tls && !c->secured)
		return STR("the host did not come to the end of the handshake in time");
	if (c->tls && tls_session_state(c->tls) != TLS_OPEN)
		return STR("the host closed the connection");
	if (smtp_client_halfway(c->client))
		return STR("the host did not come to the end of its reply in time");
	return c->patience.data ? STR("the host took the message too slowly")
				: STR("the host was silent for too long");
}

static void ended(void *arg, enum loop_end how, int error)
{
	struct relay_connection *c = arg;

	buf_clear(&c->trouble);
	buf_add(&c->trouble, trouble_of(c, how, error));
	if (c->tls && !c->secured) {
		unsecured(c, buf_str(&c->trouble));
		return;
	}
	if (c->starved) {
		step(c, smtp_client_starved(c->client, STR("the message cannot be read")));
		return;
	}
	if (how == LOOP_END_ERROR && c->state != RELAY_CONNECTING)
		hear_rest(c);
	step(c, smtp_client_lost(c->client, buf_str(&c->trouble)));
}

static enum smtp_client_tls starttls_of(const struct relay_connection_key *key)
{
	if (key->at_once)
		return SMTP_CLIENT_TLS_NEVER;
	switch (key->tls) {
	case ROUTE_TLS_NONE:
		return SMTP_CLIENT_TLS_NEVER;
	case ROUTE_TLS_MAY:
		return SMTP_CLIENT_TLS_MAY;
	case ROUTE_TLS_OFFERED:
		return SMTP_CLIENT_TLS_OFFERED;
	case ROUTE_TLS_ENCRYPT:
	case ROUTE_TLS_VERIFY:
	case ROUTE_TLS_DANE:
	case ROUTE_TLS_BOTH:
		return SMTP_CLIENT_TLS_MUST;
	}
	abort();
}

/* False: out of memory.  Keyed without all that trust hangs on, mail goes where it may not. */
static bool keep_key(struct relay_connection *c, const struct relay_connection_key *key)
{
	c->key = *key;
	buf_add(&c->trust, key->trust);
	c->key.trust = buf_str(&c->trust);
	return buf_err(&c->trust) == ERR_OK;
}

static const struct loop_stream_ops stream_ops = { connected, input, drained, ended, late };

uint64_t relay_connection_login(const struct conf_delivery *how)
{
	static const uint64_t seed[2] = { 1, 2 }; /* nobody but the administrator chooses these */

	if (!how->user || !how->user[0])
		return 0;
	return (hash_octets(seed, str_of(how->user)) ^ hash_octets(seed, str_of(how->password))
							       << 1) |
	       1;
}

static enum err log_in(struct smtp_client *client, const struct relay_connection_key *key,
		       const struct conf_delivery *how)
{
	if (!how->user || !how->user[0])
		return ERR_OK;
	const struct smtp_credentials login = { .user = str_of(how->user),
						.password = str_of(how->password),
						.channel = key->at_once ? SMTP_LOGIN_IN_TLS
									: SMTP_LOGIN_IN_CLEAR };
	return smtp_client_login(client, &login);
}

/* One that was never begun; NULL is fine. */
static void discard(struct relay_connection *c)
{
	if (c) {
		smtp_client_free(&c->client);
		buf_free(&c->trust);
	}
	free(c);
}

struct relay_connection *relay_connection_new(struct relay_worker *w,
					      const struct relay_connection_key *key,
					      const struct relay_connection_user *user,
					      struct buf *why)
{
	const struct conf *conf = user->settings->conf;
	struct relay_connection *c = malloc(sizeof(*c));

	if (c)
		*c = (struct relay_connection){
			.worker = w,
			.client = smtp_client_new(str_of(conf->hostname)),
			.trust = BUF_MAX(RELAY_TRUST_MAX),
			.trouble = BUF_MAX(256),
		};
	if (!c || !c->client || !keep_key(c, key) || log_in(c->client, key, user->how) != ERR_OK) {
		discard(c);
		buf_add(why, STR("out of memory"));
		return NULL;
	}
	c->stream = loop_stream_connect(w->loop, &key->at, &key->from, &stream_ops, c);
	if (!c->stream) {
		buf_add(why, str_of(strerror(errno)));
		discard(c);
		return NULL;
	}
	list_init(&c->idle);
	list_init(&c->member);
	smtp_client_tls(c->client, starttls_of(key));
	relay_connection_give(c, user);
	atomic_fetch_add_explicit(&w->shared->counters.connections_out, 1, memory_order_relaxed);
	loop_stream_deadline(c->stream, now(c) + user->how->connect_timeout_ms);
	return c;
}

void relay_connection_give(struct relay_connection *c, const struct relay_connection_user *user)
{
	c->ops = user ? user->ops : NULL;
	c->arg = user ? user->arg : NULL;
	if (!user) {
		loop_stream_deadline(c->stream, INT64_MAX);
		smtp_client_rest(c->client);
		return;
	}
	struct routing_settings *before = c->settings;
	c->settings = routing_settings_hold(user->settings);
	c->how = user->how;
	routing_settings_drop(&before);
}

void relay_connection_send(struct relay_connection *c, const struct smtp_transaction *tx)
{
	c->used++;
	c->patience.allowed_ms = 0;
	step(c, smtp_client_send(c->client, tx));
}

void relay_connection_quit(struct relay_connection *c)
{
	relay_connection_give(c, NULL);
	c->state = RELAY_QUITTING;
	enum smtp_client_want want = smtp_client_quit(c->client);
	send_output(c);
	smtp_client_trace_clear(c->client);
	loop_stream_deadline(c->stream, now(c) + QUIT_MS);
	if (want == SMTP_CLIENT_CLOSE)
		relay_connection_close(&c);
}

void relay_connection_close(struct relay_connection **cp)
{
	struct relay_connection *c = *cp;

	*cp = NULL;
	if (!c)
		return;
	if (c->gone)
		c->gone(c);
	if (c->secured) { /* RFC 8446 section 6.1: who closes says so */
		tls_session_close(c->tls);
		loop_stream_last_words(c->stream, tls_session_output(c->tls));
	}
	loop_stream_free(&c->stream);
	tls_session_free(&c->tls);
	buf_free(&c->trust);
	smtp_client_free(&c->client);
	buf_free(&c->trouble);
	routing_settings_drop(&c->settings);
	atomic_fetch_sub_explicit(&c->worker->shared->counters.connections_out, 1,
				  memory_order_relaxed);
	free(c);
}
