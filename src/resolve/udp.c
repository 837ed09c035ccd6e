/*
 * Questions by UDP: a pool of connected sockets a server.
 *
 * The kernel picks each port from the whole ephemeral range when the socket is
 * connected, and hands over only what comes from the server's address and port.
 * A socket serves many questions, one after another and at once, each under an
 * ID of its own, then is replaced; it stays open while an answer may still come.
 * Within one turn a few sockets, chosen at random, take all that is to be sent:
 * so one system call sends many.
 */
#include "resolve/core_priv.h"

#include "os/clock.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { AGE_MAX_MS = 30000 };
enum { SEND_BATCH = 32, RECEIVE_BATCH = 64, UNASKED = 4, ROUNDS = 8, DATAGRAM_MAX = 2048 };
enum { RECEIVE_BUFFER = 1 << 20 };

/* How long an ID of which no answer came may not be used again on its socket. */
enum { LATE_MS = 5000 };

/* Where recvmmsg() puts things; one serves all sockets. */
struct resolve_receiver {
	struct mmsghdr heads[RECEIVE_BATCH];
	struct iovec vectors[RECEIVE_BATCH];
	struct sockaddr_storage from[RECEIVE_BATCH];
	char octets[RECEIVE_BATCH][DATAGRAM_MAX];
};

/* The receiver is made with the first server.  What clear() looks at is there whatever fails. */
static enum err open_server(struct resolve *r, unsigned server)
{
	struct resolve_receiver *rx = r->receiver ? r->receiver : calloc(1, sizeof(*rx));

	list_init(&r->up[server].queue);
	list_init(&r->up[server].all_sockets);
	list_init(&r->up[server].lone_queue);
	enum err e = resolve_tcp_channel.open(r, server);
	if (!rx)
		return ERR_NOMEM;
	r->receiver = rx;
	for (int i = 0; i < RECEIVE_BATCH; i++) {
		rx->vectors[i] = (struct iovec){ rx->octets[i], DATAGRAM_MAX };
		rx->heads[i].msg_hdr.msg_iov = &rx->vectors[i];
		rx->heads[i].msg_hdr.msg_iovlen = 1;
		rx->heads[i].msg_hdr.msg_name = &rx->from[i];
	}
	return e;
}

static void close_socket(struct resolve_socket *s)
{
	s->r->reactor.unwatch(s->r->reactor.loop, s->watch);
	(void)close(s->fd);
	list_drop(&s->at);
	free(s);
}

/* Close it, if it is retired and idle.  Where it was a lone one the next that waits goes on. */
static void reap(struct resolve_socket *s)
{
	struct resolve_upstream *up = &s->r->up[s->server];
	bool lone = s->lone;

	if (!s->retired || s->n_flights > 0 || s->pinned)
		return;
	close_socket(s);
	if (!lone)
		return;
	up->n_lone--;
	struct list *next = list_shift(&up->lone_queue);
	if (next)
		list_add(&up->queue, next);
}

static void pin(struct resolve_socket *s)
{
	s->pinned = true;
}

static void unpin(struct resolve_socket *s)
{
	s->pinned = false;
	reap(s);
}

static void retire(struct resolve_socket *s)
{
	struct resolve_upstream *up = &s->r->up[s->server];

	for (int i = 0; i < RESOLVE_SOCKETS; i++)
		if (up->sockets[i] == s)
			up->sockets[i] = NULL;
	s->retired = true;
	reap(s);
}

/* Call fn on each flight of s that somebody waits for; fn may end it. */
static void each_live(struct resolve_socket *s, void (*fn)(struct resolve_flight *f))
{
	struct list all, *at;

	list_init(&all);
	while ((at = list_shift(&s->flights)) != NULL)
		list_add(&all, at);
	while ((at = list_shift(&all)) != NULL) {
		struct resolve_flight *f = CONTAINER_OF(at, struct resolve_flight, of_channel);
		list_add(&s->flights, at);
		if (f->link)
			fn(f);
	}
}

/* Someone guesses IDs on this port: what is on the way here does not count any more. */
static void suspect(struct resolve_flight *f)
{
	struct resolve_link *link = f->link;
	unsigned server = f->server;

	resolve_flight_late(f);
	resolve_query_suspect(&link->query, server);
	link->told->act(link);
}

static void refused(struct resolve_flight *f)
{
	f->link->told->lost(f->link, f->server, STR("connection refused"));
}

/*
 * An ICMP error that came for an earlier datagram.  On loopback it is the
 * kernel's own word that nobody listens; from elsewhere it may be forged, and
 * the wait goes on.
 */
static void port_unreachable(struct resolve_socket *s)
{
	if (ip_loopback(&s->r->up[s->server].info.conf.at.ip))
		each_live(s, refused);
}

static bool from_server(const struct resolve_socket *s, const struct sockaddr_storage *from)
{
	const struct sockaddr_storage *to = &s->r->up[s->server].address;
	const struct sockaddr_in *a4 = (const void *)from, *b4 = (const void *)to;
	const struct sockaddr_in6 *a6 = (const void *)from, *b6 = (const void *)to;

	if (from->ss_family != to->ss_family)
		return false;
	if (from->ss_family == AF_INET)
		return a4->sin_port == b4->sin_port && a4->sin_addr.s_addr == b4->sin_addr.s_addr;
	return a6->sin6_port == b6->sin6_port &&
	       memcmp(&a6->sin6_addr, &b6->sin6_addr, sizeof(a6->sin6_addr)) == 0;
}

static bool stray(const struct resolve_socket *s, struct str octets, struct str why)
{
	if (s->r->conf.trace)
		resolve_trace_stray(s->r, s->server, octets, why);
	return false;
}

static void spend(struct resolve_socket *s, struct resolve_spent spent)
{
	if (s->n_spent < RESOLVE_USES_MAX)
		s->spent[s->n_spent++] = spent;
}

/*
 * Networks copy datagrams (bridges, bonding, taps), and servers answer late.  That an answer
 * comes once more, octet by octet, or long after it was given up, is no sign of guessing.
 */
static bool had_before(const struct resolve_socket *s, uint16_t id, struct str octets)
{
	for (unsigned i = 0; i < s->n_spent; i++)
		if (s->spent[i].id == id && (!s->spent[i].answered ||
					     s->spent[i].octets == resolve_core_hash(s->r, octets)))
			return true;
	return false;
}

/* No flight has its ID.  False, as it is dropped. */
static bool unexpected(struct resolve_socket *s, uint16_t id, struct str octets)
{
	if (had_before(s, id, octets))
		return stray(s, octets, STR("it came before, or was given up long ago"));
	(void)stray(s, octets, STR("wrong ID: what waits here is asked again over TCP"));
	retire(s);
	each_live(s, suspect);
	return false;
}

/* One datagram.  False: it was dropped. */
static bool datagram(struct resolve_socket *s, struct str octets, bool truncated)
{
	struct dns_head head;

	/* A query of ours that is reflected is no sign of guessing. */
	if (!dns_message_head(octets, &head) || !(head.flags & DNS_FLAG_QR))
		return stray(s, octets, STR("not a response"));
	struct resolve_flight *f = resolve_flight_find(s->r, s->serial, head.id);
	if (!f)
		return unexpected(s, head.id, octets);
	if (!f->link)
		return stray(s, octets, STR("nobody waits for it any more"));
	unsigned sent = f->sent;
	enum resolve_took took = resolve_flight_feed(f, octets, truncated);
	if (took == RESOLVE_DROPPED || took == RESOLVE_DOUBTED)
		return false;
	/* What was sent twice stays, as another answer to it may come. */
	if (sent == 1)
		spend(s, (struct resolve_spent){ head.id, true, resolve_core_hash(s->r, octets) });
	return true;
}

/* As many as are there, up to a batch.  False: no more for now. */
static bool receive(struct resolve_socket *s)
{
	struct resolve *r = s->r;
	struct resolve_receiver *rx = r->receiver;
	/* As many as are waited for, and a few that are not: each has to be made ready. */
	unsigned most =
		s->n_flights + UNASKED < RECEIVE_BATCH ? s->n_flights + UNASKED : RECEIVE_BATCH;

	for (unsigned i = 0; i < most; i++)
		rx->heads[i].msg_hdr.msg_namelen = sizeof(rx->from[i]);
	int n = recvmmsg(s->fd, rx->heads, most, MSG_DONTWAIT, NULL);
	if (n < 0) {
		if (errno == ECONNREFUSED)
			port_unreachable(s);
		return errno == EINTR || errno == ECONNREFUSED;
	}
	for (int i = 0; i < n; i++) {
		struct str octets = { rx->octets[i], rx->heads[i].msg_len };
		bool truncated = rx->heads[i].msg_hdr.msg_flags & MSG_TRUNC;
		bool ours = from_server(s, &rx->from[i]) ||
			    stray(s, octets, STR("not from the server's address"));
		if (!ours || !datagram(s, octets, truncated))
			r->up[s->server].info.tally.dropped++;
	}
	return (unsigned)n == most;
}

static void on_ready(void *arg, unsigned ready)
{
	struct resolve_socket *s = arg;
	struct resolve *r = s->r;

	(void)ready;
	resolve_core_enter(r);
	pin(s);
	for (int i = 0; i < ROUNDS && receive(s); i++)
		;
	unpin(s);
	resolve_core_leave(r);
}

/* Our address on s, for the cookie; where it is another, no other socket takes questions. */
static void note_address(struct resolve_socket *s)
{
	struct resolve_upstream *up = &s->r->up[s->server];
	struct sockaddr_storage own = { 0 };
	socklen_t n = sizeof(own);
	const struct sockaddr_in *v4 = (const void *)&own;
	const struct sockaddr_in6 *v6 = (const void *)&own;
	uint8_t address[16] = { 0 };

	if (getsockname(s->fd, (struct sockaddr *)&own, &n) < 0)
		return;
	if (own.ss_family == AF_INET)
		memcpy(address, &v4->sin_addr, 4);
	else
		memcpy(address, &v6->sin6_addr, 16);
	if (!dns_cookie_moved(&up->cookie, address))
		return;
	for (int i = 0; i < RESOLVE_SOCKETS; i++)
		if (up->sockets[i])
			retire(up->sockets[i]);
}

/* A socket connected to the server, under way to be watched.  NULL; errno says why. */
static struct resolve_socket *open_socket(struct resolve *r, unsigned server)
{
	struct resolve_upstream *up = &r->up[server];
	struct resolve_socket *s = calloc(1, sizeof(*s));
	int wide = RECEIVE_BUFFER;

	if (!s)
		return NULL;
	*s = (struct resolve_socket){ .r = r, .server = server, .born_at = r->now };
	s->serial = ++r->last_serial;
	list_init(&s->flights);
	list_init(&s->at);
	s->fd = socket(up->address.ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (s->fd >= 0) {
		/* As much as the system allows; fewer is slower, not wrong. */
		(void)setsockopt(s->fd, SOL_SOCKET, SO_RCVBUF, &wide, sizeof(wide));
		if (connect(s->fd, (struct sockaddr *)&up->address, up->address_n) == 0)
			s->watch = r->reactor.watch(r->reactor.loop, s->fd, OS_READ, on_ready, s);
	}
	if (!s->watch) {
		int saved = errno;
		if (s->fd >= 0)
			(void)close(s->fd);
		free(s);
		errno = saved;
		return NULL;
	}
	list_add(&up->all_sockets, &s->at);
	note_address(s);
	return s;
}

/* One for a single question, closed when that is over.  NULL; errno says why. */
static struct resolve_socket *open_lone(struct resolve *r, unsigned server)
{
	struct resolve_socket *s = open_socket(r, server);

	if (!s)
		return NULL;
	s->lone = s->retired = true;
	r->up[server].n_lone++;
	return s;
}

/* It takes no new questions: so many that it knows all their IDs. */
static bool is_spent(const struct resolve_socket *s)
{
	return s->retired || s->uses >= RESOLVE_USES_MAX;
}

/* A socket for new questions, any of the pool.  NULL; errno says why. */
static struct resolve_socket *pick(struct resolve *r, unsigned server)
{
	struct resolve_socket **slot =
		&r->up[server].sockets[resolve_core_random(r) % RESOLVE_SOCKETS];

	if (*slot && (is_spent(*slot) || r->now - (*slot)->born_at >= AGE_MAX_MS))
		retire(*slot);
	if (!*slot)
		*slot = open_socket(r, server);
	return *slot;
}

/* Datagrams that leave by one call. */
struct batch {
	struct resolve_socket *s;
	unsigned n;
	bool refused; /* an ICMP error for an earlier one was met on the way */
	struct resolve_flight *flights[SEND_BATCH];
	struct mmsghdr heads[SEND_BATCH];
	struct iovec vectors[SEND_BATCH];
	uint8_t octets[SEND_BATCH][RESOLVE_WIRE_MAX];
};

/* The transmission of link to its server that can be repeated as it was, if there is one. */
static struct resolve_flight *repeatable(const struct resolve_link *link)
{
	const struct resolve_query *q = &link->query;
	bool lone = resolve_query_fresh(q);

	for (struct list *at = link->flights.next; at != &link->flights; at = at->next) {
		struct resolve_flight *f = CONTAINER_OF(at, struct resolve_flight, of_link);
		if (f->socket && f->socket->lone == lone && f->server == q->server &&
		    resolve_flight_repeatable(f))
			return f;
	}
	return NULL;
}

static struct resolve_flight *new_flight(struct resolve_socket *s, struct resolve_link *link)
{
	struct resolve_flight *f = resolve_flight_new(link, &resolve_udp_channel, s->serial);

	if (!f)
		return NULL;
	f->socket = s;
	list_add(&s->flights, &f->of_channel);
	s->n_flights++;
	s->uses++;
	return f;
}

/* False: no memory, and f is gone. */
static bool add(struct batch *b, struct resolve_flight *f)
{
	unsigned i = b->n;
	size_t n = resolve_flight_write(f, b->octets[i]);

	if (n == 0) {
		if (f->sent == 0)
			resolve_flight_free(b->s->r, f);
		return false;
	}
	b->n++;
	b->flights[i] = f;
	b->vectors[i] = (struct iovec){ b->octets[i], n };
	b->heads[i] = (struct mmsghdr){ .msg_hdr = { .msg_iov = &b->vectors[i], .msg_iovlen = 1 } };
	return true;
}

/* By what the system said: no way leads there, or there is nothing to send it by. */
static void lose(struct resolve_link *link, unsigned server, int error)
{
	bool no_way = error == ENETUNREACH || error == EHOSTUNREACH || error == ENETDOWN ||
		      error == EADDRNOTAVAIL;
	link->told->lost(link, server,
			 no_way ? STR("the network is unreachable") : STR("no socket can be had"));
}

/*
 * Add the first link of the queue, or have it wait for a socket of its own.  False: it needs
 * another socket, or there is none.
 */
static bool add_first(struct resolve *r, unsigned server, struct batch *b)
{
	struct list *at = r->up[server].queue.next;
	struct resolve_link *link = CONTAINER_OF(at, struct resolve_link, queue);
	struct resolve_flight *f = repeatable(link);
	bool lone = !f && resolve_query_fresh(&link->query);

	if (b->s && (lone || (f ? f->socket != b->s : is_spent(b->s))))
		return false;
	if (lone && r->up[server].n_lone >= RESOLVE_LONE_MAX) {
		list_drop(&link->queue);
		list_add(&r->up[server].lone_queue, &link->queue);
		return true;
	}
	if (!b->s)
		b->s = f ? f->socket : lone ? open_lone(r, server) : pick(r, server);
	int error = b->s ? ENOMEM : errno;
	if (!f && b->s)
		f = new_flight(b->s, link);
	if (!f) {
		/* Where others are in the batch they leave all the same, and hold the socket. */
		if (b->s && b->n == 0) {
			reap(b->s);
			b->s = NULL;
		}
		lose(link, server, error);
		return false;
	}
	list_drop(&link->queue);
	if (!add(b, f)) {
		link->told->lost(link, server, STR("out of memory"));
		return false;
	}
	return true;
}

/* n of the batch from place i on are on the wire. */
static void sent(struct batch *b, unsigned i, unsigned n)
{
	int64_t now_us = os_clock_mono_us();

	for (unsigned end = i + n; i < end; i++) {
		struct resolve_flight *f = b->flights[i];
		if (b->s->r->conf.trace)
			resolve_trace_sent(
				f, (struct str){ b->vectors[i].iov_base, b->vectors[i].iov_len });
		if (f->sent++ == 0)
			f->sent_us = now_us;
		f->link->told->sent(f->link);
		f->link->told->act(f->link);
	}
	resolve_server_took(&b->s->r->up[b->s->server].info, n);
}

/* What was added at place i did not leave: its link, without a flight that never flew. */
static struct resolve_link *unsent(struct batch *b, unsigned i)
{
	struct resolve_flight *f = b->flights[i];
	struct resolve_link *link = f->link;

	if (f->sent == 0)
		resolve_flight_free(b->s->r, f);
	return link;
}

static void act(struct resolve_link *link)
{
	link->told->act(link);
}

/* False: the system takes no more now, and what is left is back in the queue. */
static bool send_batch(struct batch *b)
{
	unsigned i = 0;

	while (i < b->n) {
		int n = sendmmsg(b->s->fd, b->heads + i, b->n - i, 0);
		if (n > 0) {
			sent(b, i, (unsigned)n);
			i += (unsigned)n;
		} else if (errno == ECONNREFUSED && !b->refused) {
			b->refused = true; /* of an earlier datagram; this one has not left */
		} else if (errno == EAGAIN || errno == ENOBUFS) {
			while (i < b->n)
				act(unsent(b, i++));
			return false;
		} else if (errno != EINTR) {
			lose(unsent(b, i++), b->s->server, ENETUNREACH);
		}
	}
	return true;
}

static bool flush(struct resolve *r, unsigned server, int64_t *when)
{
	struct list *queue = &r->up[server].queue;

	while (!list_empty(queue)) {
		unsigned room = resolve_server_room(&r->up[server].info, r->now, when);
		struct batch b;
		b.s = NULL;
		b.n = 0;
		b.refused = false;
		if (room == 0)
			return false;
		while (b.n < SEND_BATCH && b.n < room && !list_empty(queue) &&
		       add_first(r, server, &b))
			;
		if (b.n == 0)
			continue;
		pin(b.s);
		bool more = send_batch(&b);
		if (b.refused)
			port_unreachable(b.s);
		unpin(b.s);
		if (!more) {
			*when = r->now + 1;
			return false;
		}
	}
	return false;
}

/* It leaves when the turn ends, with others. */
static bool send_later(struct resolve_link *link)
{
	resolve_timer_unset(&link->timer);
	list_add(&link->r->up[link->query.server].queue, &link->queue);
	return false;
}

/* On a lone socket no other question comes to have its ID, and others may wait for one. */
static void late(struct resolve_flight *f)
{
	bool lone = f->socket && f->socket->lone;

	resolve_timer_set(&f->r->wheel, &f->late, f->r->now + (lone ? 0 : LATE_MS));
}

static void gone(struct resolve_flight *f)
{
	/* It has none yet where there was no memory to write it. */
	if (!f->socket)
		return;
	if (!f->link)
		spend(f->socket, (struct resolve_spent){ .id = f->id });
	f->socket->n_flights--;
	reap(f->socket);
}

static void clear(struct resolve *r, unsigned server)
{
	struct list *at;

	while ((at = list_shift(&r->up[server].all_sockets)) != NULL)
		close_socket(CONTAINER_OF(at, struct resolve_socket, at));
	free(r->receiver);
	r->receiver = NULL;
	resolve_tcp_channel.clear(r, server);
}

static bool flush_both(struct resolve *r, unsigned server, int64_t *when)
{
	(void)flush(r, server, when);
	return resolve_tcp_channel.flush(r, server, when);
}

const struct resolve_channel resolve_udp_channel = {
	.kind = DNS_CHANNEL_UDP,
	.whole = &resolve_tcp_channel,
	.trusted_by = resolve_server_by_address,
	.open = open_server,
	.send = send_later,
	.flush = flush_both,
	.late = late,
	.gone = gone,
	.clear = clear,
};
