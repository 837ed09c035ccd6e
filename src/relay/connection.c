#include "relay/connection.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define IDLE_MS 3000
#define QUIT_MS 5000

static int64_t soon(const struct relay_connection *c, int64_t ms)
{
	return loop_now(c->destination->worker->loop) + ms;
}

/* The time for what is awaited, no longer than command-timeout allows where a reply is. */
static void set_deadline(struct relay_connection *c)
{
	int64_t patience = smtp_client_patience(c->client);
	int64_t most = c->settings->conf->delivery.command_timeout_ms;

	loop_stream_deadline(c->stream, soon(c, patience < most ? patience : most));
}

static void trace(struct relay_connection *c)
{
	if (c->delivery && smtp_client_trace(c->client).n)
		relay_delivery_trace(c->delivery, smtp_client_trace(c->client));
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
		smtp_client_sent(c->client, out.n);
	}
}

/* Over: tell the delivery, which lets go; then it is gone. */
static void over(struct relay_connection *c)
{
	struct relay_delivery *d = c->delivery;

	if (d)
		relay_delivery_lost(d); /* closes it */
	else
		relay_connection_close(&c);
}

static void step(struct relay_connection *c, enum smtp_client_want want)
{
	send_output(c);
	trace(c);
	switch (want) {
	case SMTP_CLIENT_INPUT:
		set_deadline(c);
		return;
	case SMTP_CLIENT_READY:
		if (c->delivery)
			relay_delivery_greeted(c->delivery);
		return;
	case SMTP_CLIENT_DONE:
		if (c->delivery)
			relay_delivery_sent(c->delivery);
		return;
	case SMTP_CLIENT_CLOSE:
		over(c);
		return;
	}
}

static void connected(void *arg)
{
	struct relay_connection *c = arg;

	c->state = RELAY_OPEN;
	set_deadline(c);
}

static void input(void *arg, struct str in)
{
	struct relay_connection *c = arg;

	/* What comes while nobody asked ends it: the host is closing, or out of step. */
	if (!c->delivery && c->state != RELAY_QUITTING) {
		relay_connection_close(&c);
		return;
	}
	step(c, smtp_client_feed(c->client, in));
}

static void drained(void *arg)
{
	send_output(arg);
}

static void ended(void *arg, enum loop_end how, int error)
{
	struct relay_connection *c = arg;

	buf_clear(&c->trouble);
	switch (how) {
	case LOOP_END_EOF:
		buf_add(&c->trouble, STR("the host closed the connection"));
		break;
	case LOOP_END_ERROR:
		buf_add(&c->trouble, str_of(strerror(error)));
		break;
	case LOOP_END_TIMEOUT:
		buf_add(&c->trouble, c->state == RELAY_CONNECTING
					     ? STR("connecting took too long")
					     : STR("the host was silent for too long"));
		break;
	}
	enum smtp_client_want want = smtp_client_lost(c->client, buf_str(&c->trouble));
	trace(c);
	if (want == SMTP_CLIENT_DONE && c->delivery)
		relay_delivery_sent(c->delivery); /* it was acknowledged before */
	else
		over(c);
}

static const struct loop_stream_ops ops = { connected, input, drained, ended, NULL };

struct relay_connection *relay_connection_new(struct relay_destination *d,
					      struct relay_delivery *delivery,
					      const struct route_target *target, struct buf *why)
{
	struct relay_worker *w = d->worker;
	const struct conf *conf = w->settings->conf;
	struct relay_connection *c = calloc(1, sizeof(*c));
	struct ip from =
		target->address->at.ip.family == 4 ? conf->delivery.bind4 : conf->delivery.bind6;

	if (c)
		c->client = smtp_client_new(str_of(conf->hostname));
	if (!c || !c->client) {
		free(c);
		buf_add(why, STR("out of memory"));
		return NULL;
	}
	c->stream = loop_stream_connect(w->loop, &target->address->at, &from, &ops, c);
	if (!c->stream) {
		buf_add(why, str_of(strerror(errno)));
		smtp_client_free(&c->client);
		free(c);
		return NULL;
	}
	list_init(&c->link);
	list_init(&c->member);
	list_add(&d->all, &c->member);
	c->destination = d;
	c->delivery = delivery;
	c->at = target->address->at;
	c->authenticated = target->authenticated;
	c->settings = routing_settings_hold(w->settings);
	c->trouble = BUF_MAX(256);
	d->open++;
	w->connections++;
	atomic_fetch_add_explicit(&w->shared->counters.connections_out, 1, memory_order_relaxed);
	loop_stream_deadline(c->stream, soon(c, conf->delivery.connect_timeout_ms));
	return c;
}

void relay_connection_take(struct relay_connection *c, struct relay_delivery *delivery)
{
	list_drop(&c->link);
	c->delivery = delivery;
}

void relay_connection_send(struct relay_connection *c, const struct smtp_transaction *tx)
{
	c->used++;
	step(c, smtp_client_send(c->client, tx));
}

void relay_connection_quit(struct relay_connection *c)
{
	list_drop(&c->link);
	c->delivery = NULL;
	c->state = RELAY_QUITTING;
	enum smtp_client_want want = smtp_client_quit(c->client);
	send_output(c);
	loop_stream_deadline(c->stream, soon(c, QUIT_MS));
	if (want == SMTP_CLIENT_CLOSE)
		relay_connection_close(&c);
}

void relay_connection_release(struct relay_connection *c)
{
	const struct conf *conf = c->settings->conf;

	c->delivery = NULL;
	if (c->destination->worker->stopping || c->used >= conf->delivery.reuse ||
	    c->settings != c->destination->worker->settings) {
		relay_connection_quit(c);
		return;
	}
	list_add(&c->destination->idle, &c->link);
	loop_stream_deadline(c->stream, soon(c, IDLE_MS));
}

void relay_connection_close(struct relay_connection **cp)
{
	struct relay_connection *c = *cp;

	*cp = NULL;
	if (!c)
		return;
	struct relay_destination *d = c->destination;
	list_drop(&c->link);
	list_drop(&c->member);
	loop_stream_free(&c->stream);
	smtp_client_free(&c->client);
	buf_free(&c->trouble);
	routing_settings_drop(&c->settings);
	atomic_fetch_sub_explicit(&d->worker->shared->counters.connections_out, 1,
				  memory_order_relaxed);
	d->worker->connections--;
	d->open--;
	free(c);
	relay_destination_closed(d);
}
