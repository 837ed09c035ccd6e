/*
 * Questions by TCP: one connection a server, kept, with many questions on it
 * at once and answers in any order (RFC 7766).
 *
 * A server may close when it likes.  What was on the way then is sent once
 * more on a new connection, without counting as an attempt; a second time it
 * does.  A connection ends after some idle seconds, when what comes on it is
 * not DNS, or when an attempt runs out and nothing has come since it began.
 */
#include "resolve/core_priv.h"

#include "base/buf.h"
#include "os/clock.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <unistd.h>

enum { IDLE_MS = 10000, ROUNDS = 16 };
enum { OUT_MAX = 1 << 20, CHUNK = 16384, IN_MAX = 2 + 65535 + CHUNK };

/*
 *	CONNECTING	out is filled, nothing is sent yet
 *	OPEN		out is sent as the peer takes it, in holds an unfinished message
 *	CLOSED		no descriptor, no flights; in r->closing until the handler is over
 */
enum state { CONNECTING, OPEN, CLOSED };

struct resolve_connection {
	struct list at; /* CLOSED: in r->closing */
	struct resolve *r;
	unsigned server;
	enum state state;
	int fd;
	void *watch;
	unsigned events;
	uint64_t serial;
	struct buf in, out;
	struct list flights;
	int64_t heard_at; /* when the last answer came, or it was opened */
	struct resolve_timer idle;
};

unsigned resolve_tcp_server(const struct resolve_connection *c)
{
	return c->server;
}

static bool waits_here(const struct resolve_link *link, unsigned server)
{
	return link->query.server == server && link->query.state == RESOLVE_QUERY_WAIT;
}

/* Close, and send elsewhere, or give up, what is on the way. */
static void close_connection(struct resolve_connection *c, struct str why)
{
	struct resolve *r = c->r;
	bool worked = c->state == OPEN;
	struct list *at;

	if (c->state == CLOSED)
		return;
	c->state = CLOSED;
	r->reactor.unwatch(r->reactor.loop, c->watch);
	(void)close(c->fd);
	resolve_timer_unset(&c->idle);
	r->up[c->server].connection = NULL;
	list_add(&r->closing, &c->at);
	while ((at = c->flights.next) != &c->flights) {
		struct resolve_flight *f = CONTAINER_OF(at, struct resolve_flight, of_channel);
		struct resolve_link *link = f->link;
		bool first = !f->requeued;
		resolve_flight_free(r, f);
		if (!link || !waits_here(link, c->server))
			continue;
		if (worked && first)
			resolve_tcp_send(link, RESOLVE_TCP_AGAIN);
		else
			resolve_query_lost(&link->query, c->server, why);
		resolve_link_act(link);
	}
}

static void on_idle(struct resolve_timer *t)
{
	close_connection(CONTAINER_OF(t, struct resolve_connection, idle), STR("idle"));
}

static bool is_idle(const struct resolve_connection *c)
{
	for (struct list *at = c->flights.next; at != &c->flights; at = at->next)
		if (CONTAINER_OF(at, struct resolve_flight, of_channel)->link)
			return false;
	return true;
}

void resolve_tcp_settle(struct resolve_connection *c)
{
	if (c->state != CLOSED && list_empty(&c->idle.at) && is_idle(c))
		resolve_timer_set(&c->r->wheel, &c->idle, c->r->now + IDLE_MS);
}

static void watch_for(struct resolve_connection *c, unsigned events)
{
	if (c->events == events)
		return;
	c->events = events;
	c->r->reactor.rewatch(c->r->reactor.loop, c->watch, events);
}

/* Send what there is to send, as far as it goes. */
static void flush(struct resolve_connection *c)
{
	if (c->state != OPEN)
		return;
	while (c->out.n > 0) {
		ssize_t n = send(c->fd, c->out.p, c->out.n, MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			break;
		if (n < 0) {
			close_connection(c, STR("the connection broke"));
			return;
		}
		buf_drop(&c->out, (size_t)n);
	}
	watch_for(c, c->out.n > 0 ? OS_READ | OS_WRITE : OS_READ);
}

/* The messages that are whole in the input.  False: what came is not DNS. */
static bool take_messages(struct resolve_connection *c, int64_t now_us)
{
	struct resolve_server_info *info = &c->r->up[c->server].info;
	size_t used = 0;

	while (c->state == OPEN && c->in.n - used >= 2) {
		const uint8_t *p = (const uint8_t *)c->in.p + used;
		size_t n = (size_t)p[0] << 8 | p[1];
		struct dns_head head;
		if (c->in.n - used < 2 + n)
			break;
		struct str octets = { (const char *)p + 2, n };
		used += 2 + n;
		if (!dns_message_head(octets, &head))
			return false;
		struct resolve_flight *f = resolve_flight_find(c->r, c->serial, head.id);
		if (f)
			c->heard_at = c->r->now;
		if (f && !f->link)
			resolve_flight_free(c->r, f);
		else if (!f || resolve_flight_feed(f, octets, false, now_us) == RESOLVE_DROPPED)
			info->dropped++;
	}
	buf_drop(&c->in, used);
	return true;
}

/* False: nothing more for now, or the connection is closed. */
static bool receive(struct resolve_connection *c)
{
	char chunk[CHUNK];
	ssize_t n = recv(c->fd, chunk, sizeof(chunk), 0);

	if (n < 0 && errno == EINTR)
		return true;
	if (n < 0 && errno == EAGAIN)
		return false;
	if (n <= 0) {
		close_connection(c, n == 0 ? STR("the server closed the connection")
					   : STR("the connection broke"));
		return false;
	}
	buf_add(&c->in, (struct str){ chunk, (size_t)n });
	if (buf_err(&c->in) != ERR_OK || !take_messages(c, os_clock_mono_us()))
		close_connection(c, STR("what came over TCP is not DNS"));
	return c->state == OPEN && n == CHUNK;
}

static void connected(struct resolve_connection *c)
{
	int error = 0;
	socklen_t n = sizeof(error);

	if (getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &error, &n) < 0)
		error = errno;
	if (error == 0) {
		c->state = OPEN;
		return;
	}
	resolve_server_failed(&c->r->up[c->server].info, c->heard_at, c->r->now);
	close_connection(c, error == ECONNREFUSED ? STR("connection refused over TCP")
						  : STR("no connection over TCP"));
}

static void on_ready(void *arg, unsigned ready)
{
	struct resolve_connection *c = arg;
	struct resolve *r = c->r;

	resolve_core_enter(r);
	if (c->state == CONNECTING)
		connected(c);
	if (ready & OS_READ)
		for (int i = 0; c->state == OPEN && i < ROUNDS && receive(c); i++)
			;
	flush(c);
	resolve_core_leave(r);
}

static struct resolve_connection *new_connection(struct resolve *r, unsigned server)
{
	struct resolve_connection *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->r = r;
	c->server = server;
	c->serial = ++r->last_serial;
	c->heard_at = r->now;
	c->in = BUF_MAX(IN_MAX);
	c->out = BUF_MAX(OUT_MAX);
	list_init(&c->at);
	list_init(&c->flights);
	resolve_timer_init(&c->idle, on_idle);
	return c;
}

/* The server's connection, or a new one that is under way.  NULL: none can be had. */
static struct resolve_connection *get_connection(struct resolve *r, unsigned server)
{
	struct resolve_upstream *up = &r->up[server];
	struct resolve_connection *c = up->connection;
	int on = 1;

	if (c)
		return c;
	c = new_connection(r, server);
	if (!c)
		return NULL;
	c->fd = socket(up->address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (c->fd >= 0) {
		(void)setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
		c->events = OS_READ | OS_WRITE;
		if (connect(c->fd, (struct sockaddr *)&up->address, up->address_n) == 0 ||
		    errno == EINPROGRESS)
			c->watch = r->reactor.watch(r->reactor.loop, c->fd, c->events, on_ready, c);
	}
	if (c->watch) {
		up->connection = c;
		return c;
	}
	if (c->fd >= 0)
		(void)close(c->fd);
	free(c);
	return NULL;
}

static struct resolve_flight *add(struct resolve_connection *c, struct resolve_link *link)
{
	struct resolve_flight *f = resolve_flight_new(link, c->serial);
	uint8_t octets[2 + DNS_QUERY_MAX];

	if (!f)
		return NULL;
	size_t n = resolve_query_write(&link->query, c->server, f->id, octets + 2);
	octets[0] = (uint8_t)(n >> 8);
	octets[1] = (uint8_t)n;
	f->connection = c;
	f->edns = resolve_query_edns(&link->query, c->server);
	f->sent = 1;
	f->sent_us = os_clock_mono_us();
	list_add(&c->flights, &f->of_channel);
	resolve_timer_unset(&c->idle);
	buf_add(&c->out, (struct str){ (const char *)octets, 2 + n });
	return f;
}

/* Why it cannot be sent; empty: it is on its way. */
static struct str try_send(struct resolve_link *link, enum resolve_tcp_turn turn)
{
	struct resolve *r = link->r;
	unsigned server = link->query.server;

	if (r->up[server].info.conf.channel == RESOLVE_TLS)
		return STR("TLS to a resolver is not built in");
	struct resolve_connection *c = get_connection(r, server);
	if (!c)
		return STR("no connection over TCP");
	struct resolve_flight *f = add(c, link);
	if (!f)
		return STR("out of memory");
	if (buf_err(&c->out) != ERR_OK) {
		/* The flight is taken back first: its link is told by our caller. */
		resolve_flight_free(r, f);
		close_connection(c, STR("too much is waiting for its TCP connection"));
		return STR("too much is waiting for its TCP connection");
	}
	f->requeued = turn == RESOLVE_TCP_AGAIN;
	r->up[server].info.questions++;
	return STR("");
}

void resolve_tcp_send(struct resolve_link *link, enum resolve_tcp_turn turn)
{
	unsigned server = link->query.server;
	struct str why = try_send(link, turn);

	if (why.n > 0)
		resolve_query_lost(&link->query, server, why);
	else
		resolve_link_sent(link);
}

void resolve_tcp_silent(struct resolve_link *link, unsigned server)
{
	struct resolve_connection *c = link->r->up[server].connection;

	if (!c || c->heard_at > link->sent_at)
		return;
	for (struct list *at = link->flights.next; at != &link->flights; at = at->next) {
		if (CONTAINER_OF(at, struct resolve_flight, of_link)->connection == c) {
			close_connection(c, STR("no answer in time"));
			return;
		}
	}
}

void resolve_tcp_flush(struct resolve *r)
{
	for (unsigned i = 0; i < r->n_up; i++)
		if (r->up[i].connection)
			flush(r->up[i].connection);
}

void resolve_tcp_sweep(struct resolve *r)
{
	struct list *at;

	while ((at = list_shift(&r->closing)) != NULL) {
		struct resolve_connection *c = CONTAINER_OF(at, struct resolve_connection, at);
		buf_free(&c->in);
		buf_free(&c->out);
		free(c);
	}
}

void resolve_tcp_clear(struct resolve *r)
{
	for (unsigned i = 0; i < r->n_up; i++)
		if (r->up[i].connection)
			close_connection(r->up[i].connection, STR("the resolver ends"));
}
