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

/* The time for what is awaited, no longer than command-timeout allows. */
static void be_patient(struct relay_connection *c)
{
	int64_t patience = smtp_client_patience(c->client);
	int64_t most = c->how->command_timeout_ms;
	uint64_t heard = smtp_client_heard(c->client);
	bool data = is_sending_data(c);

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

	if (c->state != RELAY_OPEN || !c->patience.data)
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

static void send_output(struct relay_connection *c)
{
	for (;;) {
		struct str out = smtp_client_output(c->client);
		if (out.n == 0 || loop_stream_pending(c->stream))
			return;
		if (loop_stream_write(c->stream, out) != ERR_OK)
			return; /* too much kept: cannot be, a window is far below */
		c->given += out.n;
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

static void step(struct relay_connection *c, enum smtp_client_want want)
{
	send_output(c);
	trace(c);
	switch (want) {
	case SMTP_CLIENT_INPUT:
		if (c->state != RELAY_QUITTING)
			be_patient(c);
		return;
	case SMTP_CLIENT_READY:
		if (c->ops)
			c->ops->ready(c->arg);
		return;
	case SMTP_CLIENT_DONE:
		if (c->ops)
			c->ops->sent(c->arg);
		return;
	case SMTP_CLIENT_SECURE: /* not asked for */
	case SMTP_CLIENT_CLOSE:
		over(c);
		return;
	}
}

static void connected(void *arg)
{
	struct relay_connection *c = arg;

	c->state = RELAY_OPEN;
	c->patience.allowed_ms = 0;
	be_patient(c);
}

static void input(void *arg, struct str in)
{
	struct relay_connection *c = arg;

	/* What comes while nobody asked ends it: the host is closing, or out of step. */
	if (!c->ops && c->state != RELAY_QUITTING) {
		relay_connection_close(&c);
		return;
	}
	step(c, smtp_client_feed(c->client, in));
}

static void drained(void *arg)
{
	struct relay_connection *c = arg;

	send_output(c);
	if (c->state == RELAY_OPEN && c->ops)
		be_patient(c);
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
	step(c, smtp_client_lost(c->client, buf_str(&c->trouble)));
}

static const struct loop_stream_ops stream_ops = { connected, input, drained, ended, late };

struct relay_connection *relay_connection_new(struct relay_worker *w,
					      const struct relay_connection_key *key,
					      const struct relay_connection_user *user,
					      struct buf *why)
{
	const struct conf *conf = user->settings->conf;
	struct relay_connection *c = calloc(1, sizeof(*c));

	if (c)
		c->client = smtp_client_new(str_of(conf->hostname));
	if (!c || !c->client) {
		free(c);
		buf_add(why, STR("out of memory"));
		return NULL;
	}
	c->stream = loop_stream_connect(w->loop, &key->at, &key->from, &stream_ops, c);
	if (!c->stream) {
		buf_add(why, str_of(strerror(errno)));
		smtp_client_free(&c->client);
		free(c);
		return NULL;
	}
	list_init(&c->idle);
	list_init(&c->member);
	c->worker = w;
	c->key = *key;
	relay_connection_give(c, user);
	c->trouble = BUF_MAX(256);
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
	loop_stream_free(&c->stream);
	smtp_client_free(&c->client);
	buf_free(&c->trouble);
	routing_settings_drop(&c->settings);
	atomic_fetch_sub_explicit(&c->worker->shared->counters.connections_out, 1,
				  memory_order_relaxed);
	free(c);
}
