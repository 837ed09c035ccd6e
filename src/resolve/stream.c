/*
 * One connection: questions on it at once, answers in any order (RFC 7766
 * section 6.2.1.1), over TCP or TLS alike.
 *
 * Questions gather until the turn ends and leave in one write, over TLS in one
 * record.  Nothing leaves before the pipe is open, which over TLS means that the
 * server has proved what it must.
 *
 * A server may close when it likes.  Answers that came before that count; what
 * is still in flight then is sent anew on another connection, within the time of
 * its attempt.  When a connection ends on which no answer had come, it is sent
 * anew once only.
 */
#include "resolve/stream_priv.h"

#include <stdlib.h>

enum { IDLE_MS = 10000, IDLE_MAX_MS = 600000, ROUNDS = 16 };
enum { OUT_MAX = 1 << 22 };

/*
 * In flight on one connection.  More wait for their turn rather than for a second
 * connection: a server that has so many of ours is busy with them (RFC 7766
 * section 6.2.2 asks for few connections).
 */
enum { FLIGHTS_MAX = 4096 };

/* After so many unanswered questions another connection is made: their IDs are not used up. */
enum { LATE_MAX = 1024 };

static const struct resolve_channel *channel_of(const struct resolve_connection *c)
{
	return c->r->up[c->server].info.channel->whole;
}

static void trace(const struct resolve_connection *c, enum resolve_fate fate, struct str octets,
		  struct str why, const struct resolve_link *link)
{
	struct resolve_event event = {
		.fate = fate,
		.channel = dns_channel_kind(channel_of(c)->kind)->name,
		.octets = octets,
		.why = why,
	};

	if (c->r->conf.trace)
		resolve_trace_other(c->r, c->server, &event, link);
}

static bool waits_here(const struct resolve_link *link, unsigned server)
{
	return link->query.server == server && link->query.state == RESOLVE_QUERY_WAIT;
}

/* Whether the question is on its way on c, too: it was asked again while c was heard of others. */
static bool is_on(const struct resolve_link *link, const struct resolve_connection *c)
{
	for (struct list *at = link->flights.next; at != &link->flights; at = at->next)
		if (CONTAINER_OF(at, struct resolve_flight, of_link)->connection == c)
			return true;
	return false;
}

/*
 * The flights of a connection that is closed: each question is sent anew, once, or lost.  One that
 * ends by that makes its other flights late, so these are freed last.
 */
static void move_flights(struct resolve_connection *c, enum resolve_stream_end how, struct str why)
{
	struct list *at;

	while ((at = c->flights.next) != &c->flights) {
		struct resolve_flight *f = CONTAINER_OF(at, struct resolve_flight, of_channel);
		struct resolve_link *link = f->link;
		bool again = how != RESOLVE_STREAM_FAILED && (!f->requeued || c->answers > 0);
		resolve_flight_free(c->r, f);
		if (!waits_here(link, c->server) || is_on(link, c))
			continue;
		if (again) {
			c->owner->again(link, c->answers > 0 ? RESOLVE_STREAM_TURN_AGAIN
							     : RESOLVE_STREAM_TURN_LAST);
			link->told->act(link);
		} else {
			link->told->lost(link, c->server, why);
		}
	}
	while ((at = list_shift(&c->late)) != NULL)
		resolve_flight_free(c->r, CONTAINER_OF(at, struct resolve_flight, of_channel));
}

void resolve_stream_end(struct resolve_connection *c, enum resolve_stream_end how, struct str why)
{
	if (c->closed)
		return;
	c->closed = true;
	trace(c, RESOLVE_BROKEN, STR(""), why, NULL);
	resolve_pipe_close(&c->pipe);
	resolve_timer_unset(&c->idle);
	list_drop(&c->at);
	list_add(&c->r->closing, &c->at);
	if (how != RESOLVE_STREAM_CLOSED)
		resolve_server_failed(&c->r->up[c->server].info,
				      how == RESOLVE_STREAM_WRONG ? INT64_MAX : c->heard_at,
				      c->r->now);
	c->owner->over(c, how, why);
	move_flights(c, how, why);
}

static void on_idle(struct resolve_timer *t)
{
	resolve_stream_end(CONTAINER_OF(t, struct resolve_connection, idle), RESOLVE_STREAM_CLOSED,
			   STR("idle"));
}

/* Nothing is in flight any more: it is closed, at once or after a while. */
static void rest(struct resolve_connection *c)
{
	if (c->closed || !list_empty(&c->flights))
		return;
	if (c->retired)
		resolve_stream_end(c, RESOLVE_STREAM_CLOSED, STR("no longer wanted"));
	else if (list_empty(&c->idle.at))
		resolve_timer_set(&c->r->wheel, &c->idle, c->r->now + c->idle_ms);
}

/* New questions go on another connection. */
static void retire(struct resolve_connection *c)
{
	struct resolve_upstream *up = &c->r->up[c->server];

	if (up->connection == c)
		up->connection = NULL;
	c->retired = true;
}

void resolve_stream_gone(struct resolve_flight *f)
{
	struct resolve_connection *c = f->connection;

	c->n--;
	rest(c);
}

void resolve_stream_late(struct resolve_flight *f)
{
	struct resolve_connection *c = f->connection;

	list_drop(&f->of_channel);
	list_add(&c->late, &f->of_channel);
	if (++c->n_late >= LATE_MAX)
		retire(c);
	rest(c);
}

/* RFC 7828 section 3.2.1: a time of 0 asks us to close as soon as nothing is in flight. */
void resolve_stream_keepalive(struct resolve_flight *f, int time_100ms)
{
	struct resolve_connection *c = f->connection;

	if (time_100ms < 0)
		return;
	c->idle_ms = time_100ms * 100 < IDLE_MAX_MS ? time_100ms * 100 : IDLE_MAX_MS;
	if (time_100ms == 0)
		retire(c);
}

/* A message to the flight whose ID it has, which tells the trace of it. */
static void deliver(struct resolve_connection *c, struct str octets)
{
	struct dns_head head = { 0 };
	bool whole = dns_message_head(octets, &head);
	struct resolve_flight *f = whole ? resolve_flight_find(c->r, c->serial, head.id) : NULL;
	enum resolve_took took = RESOLVE_DROPPED;

	if (f)
		c->heard_at = c->r->now;
	if (f && !f->link) {
		resolve_flight_free(c->r, f);
		trace(c, RESOLVE_IGNORED, octets, STR("its question was given up"), NULL);
		return;
	}
	if (f)
		took = resolve_flight_feed(f, octets, false);
	else
		trace(c, RESOLVE_IGNORED, octets, STR("no question has its ID"), NULL);
	if (took == RESOLVE_DROPPED)
		c->r->up[c->server].info.tally.dropped++;
	else
		c->answers++;
}

/* What is whole in the input.  It may end c. */
static void take_messages(struct resolve_connection *c)
{
	enum resolve_framed framed = RESOLVE_FRAME_MORE;
	struct str message;

	while (!c->closed &&
	       (framed = resolve_frame_next(&c->frame, &message)) == RESOLVE_FRAME_MESSAGE)
		deliver(c, message);
	if (buf_err(&c->frame.in) == ERR_NOMEM)
		resolve_stream_end(c, RESOLVE_STREAM_CLOSED, STR("out of memory"));
	else if (framed == RESOLVE_FRAME_WRONG || buf_err(&c->frame.in) != ERR_OK)
		resolve_stream_end(c, RESOLVE_STREAM_WRONG, STR("what came over TCP is not DNS"));
}

/* The pipe is broken, and read to its end. */
static void end_broken(struct resolve_connection *c)
{
	bool resuming = c->pipe.tls && tls_session_offered(c->pipe.tls);

	if (!c->closed)
		resolve_stream_end(
			c, c->opened || resuming ? RESOLVE_STREAM_CLOSED : RESOLVE_STREAM_FAILED,
			resolve_server_text(&c->r->up[c->server].info, c->pipe.why));
}

/* Answers first, then what has become of the pipe. */
static void receive(struct resolve_connection *c)
{
	enum resolve_pipe_read read = RESOLVE_PIPE_MORE;

	for (int i = 0; i < ROUNDS && !c->closed && read == RESOLVE_PIPE_MORE; i++) {
		read = resolve_pipe_read(&c->pipe, resolve_frame_in(&c->frame));
		take_messages(c);
	}
	if (c->pipe.state == RESOLVE_PIPE_BROKEN)
		end_broken(c);
}

static void note_open(struct resolve_connection *c)
{
	if (c->opened || c->pipe.state != RESOLVE_PIPE_OPEN)
		return;
	c->opened = true;
	for (struct list *at = c->flights.next; at != &c->flights; at = at->next)
		CONTAINER_OF(at, struct resolve_flight, of_channel)->sent_us = c->r->now_us;
}

static void on_ready(void *arg, unsigned ready)
{
	struct resolve_connection *c = arg;
	struct resolve *r = c->r;

	resolve_core_enter(r);
	resolve_pipe_advance(&c->pipe);
	note_open(c);
	if (ready & OS_READ || c->pipe.state == RESOLVE_PIPE_BROKEN)
		receive(c);
	note_open(c);
	resolve_core_leave(r); /* which flushes */
}

/* Tell of each question that is about to leave. */
static void trace_sent(const struct resolve_connection *c)
{
	struct resolve_frame f;
	struct str message;

	resolve_frame_init(&f, OUT_MAX);
	buf_add(resolve_frame_in(&f), buf_str(&c->out));
	while (resolve_frame_next(&f, &message) == RESOLVE_FRAME_MESSAGE) {
		struct dns_head head;
		struct resolve_flight *flight = NULL;
		if (dns_message_head(message, &head))
			flight = resolve_flight_find(c->r, c->serial, head.id);
		trace(c, RESOLVE_SENT, message, STR(""), flight ? flight->link : NULL);
	}
	resolve_frame_clear(&f);
}

void resolve_stream_flush(struct resolve_connection *c)
{
	if (c->closed)
		return;
	if (c->pipe.state == RESOLVE_PIPE_OPEN && c->out.n > 0) {
		if (c->r->conf.trace)
			trace_sent(c);
		resolve_pipe_write(&c->pipe, buf_str(&c->out));
		buf_clear(&c->out);
	}
	resolve_pipe_flush(&c->pipe);
	if (c->pipe.state == RESOLVE_PIPE_BROKEN)
		receive(c);
}

struct resolve_connection *resolve_stream_new(struct resolve *r, unsigned server,
					      const struct resolve_stream_owner *owner)
{
	struct resolve_upstream *up = &r->up[server];
	struct resolve_connection *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->r = r;
	c->owner = owner;
	c->server = server;
	c->serial = ++r->last_serial;
	c->heard_at = r->now;
	c->idle_ms = IDLE_MS;
	c->out = BUF_MAX(OUT_MAX);
	c->pipe.reactor = &r->reactor;
	c->pipe.target = up->tls;
	resolve_frame_init(&c->frame, RESOLVE_PIPE_PIECE);
	list_init(&c->flights);
	list_init(&c->late);
	list_init(&c->at);
	resolve_timer_init(&c->idle, on_idle);
	if (!resolve_pipe_open(&c->pipe, (struct sockaddr *)&up->address, up->address_n, on_ready,
			       c)) {
		free(c);
		return NULL;
	}
	list_add(&up->connections, &c->at);
	return c;
}

static void free_one(struct resolve_connection *c)
{
	resolve_frame_clear(&c->frame);
	buf_free(&c->out);
	free(c);
}

void resolve_stream_sweep(struct resolve *r)
{
	struct list *at;

	while ((at = list_shift(&r->closing)) != NULL)
		free_one(CONTAINER_OF(at, struct resolve_connection, at));
}

bool resolve_stream_room(const struct resolve_connection *c)
{
	return c->n < FLIGHTS_MAX;
}

struct resolve_flight *resolve_stream_add(struct resolve_connection *c, struct resolve_link *link)
{
	struct resolve_flight *f = resolve_flight_new(link, channel_of(c), c->serial);
	uint8_t octets[2 + RESOLVE_WIRE_MAX];

	if (!f)
		return NULL;
	f->connection = c;
	c->n++;
	list_add(&c->flights, &f->of_channel);
	resolve_timer_unset(&c->idle);
	size_t n = resolve_flight_write(f, octets + 2);
	if (n == 0) {
		resolve_flight_free(c->r, f);
		return NULL;
	}
	octets[0] = (uint8_t)(n >> 8);
	octets[1] = (uint8_t)n;
	f->sent = 1;
	f->sent_us = c->r->now_us;
	buf_add(&c->out, (struct str){ (const char *)octets, 2 + n });
	return f;
}

bool resolve_stream_sound(const struct resolve_connection *c)
{
	return buf_err(&c->out) == ERR_OK;
}
