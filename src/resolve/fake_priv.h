/*
 * A DNS server for tests, in the same process and on the same loop: UDP and TCP
 * on one port of loopback.  A function decides what each query gets: nothing,
 * one message, or any number of them, right or wrong.
 */
#ifndef RESOLVE_FAKE_PRIV_H
#define RESOLVE_FAKE_PRIV_H

#include "base/buf.h"
#include "dns/craft.h"
#include "resolve/poll_priv.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#define FAKE_CLIENTS 64

struct fake;

/* One query as it came. */
struct fake_query {
	struct fake *fake;
	struct dns_message m;
	bool ad, edns, tcp;
	struct sockaddr_in from; /* UDP */
	int client;              /* TCP */
};

struct fake_client {
	struct fake *fake;
	int fd; /* < 0: free */
	void *watch;
	struct buf in;
};

struct fake {
	struct os_reactor *reactor;
	int udp, tcp; /* < 0: closed */
	void *udp_watch, *tcp_watch;
	uint16_t port;
	void (*answer)(const struct fake_query *q, void *arg);
	void *arg;
	unsigned udp_queries, tcp_queries, accepted;
	struct fake_client clients[FAKE_CLIENTS];
};

/* Send octets where the query came from. */
static inline void fake_send(const struct fake_query *q, struct str octets)
{
	uint8_t head[2] = { (uint8_t)(octets.n >> 8), (uint8_t)octets.n };

	if (!q->tcp) {
		(void)sendto(q->fake->udp, octets.p, octets.n, 0, (const struct sockaddr *)&q->from,
			     sizeof(q->from));
		return;
	}
	int fd = q->fake->clients[q->client].fd;
	if (fd < 0 || send(fd, head, 2, MSG_NOSIGNAL) != 2 ||
	    send(fd, octets.p, octets.n, MSG_NOSIGNAL) < 0)
		return;
}

static inline void fake_hang_up(struct fake_client *c)
{
	if (c->fd < 0)
		return;
	c->fake->reactor->unwatch(c->fake->reactor->loop, c->watch);
	(void)close(c->fd);
	c->fd = -1;
	buf_free(&c->in);
}

/* Begin the answer to q with these flags beside QR and RA: its question, its ID. */
static inline void fake_begin(struct craft *c, const struct fake_query *q, unsigned flags)
{
	c->n = 0;
	craft_u16(c, q->m.id);
	craft_u16(c, DNS_FLAG_QR | DNS_FLAG_RD | DNS_FLAG_RA | flags);
	craft_u16(c, 1);
	craft_u32(c, 0);
	craft_u16(c, 0);
	craft_add(c, dns_name_wire(&q->m.name));
	craft_u16(c, q->m.type);
	craft_u16(c, DNS_CLASS_IN);
}

static inline void fake_take(struct fake *f, struct fake_query *q, struct str octets)
{
	q->fake = f;
	if (dns_message_read(octets, &q->m) != ERR_OK)
		abort(); /* what the resolver sends is well formed */
	q->ad = q->m.flags & 0x20;
	q->edns = q->m.edns;
	*(q->tcp ? &f->tcp_queries : &f->udp_queries) += 1;
	if (f->answer)
		f->answer(q, f->arg);
}

static inline void fake_on_udp(void *arg, unsigned ready)
{
	struct fake *f = arg;
	char octets[512];

	(void)ready;
	for (;;) {
		struct fake_query q = { 0 };
		socklen_t len = sizeof(q.from);
		ssize_t n = recvfrom(f->udp, octets, sizeof(octets), MSG_DONTWAIT,
				     (struct sockaddr *)&q.from, &len);
		if (n < 0)
			return;
		fake_take(f, &q, (struct str){ octets, (size_t)n });
	}
}

static inline void fake_on_client(void *arg, unsigned ready)
{
	struct fake_client *c = arg;
	char chunk[4096];

	(void)ready;
	ssize_t n = recv(c->fd, chunk, sizeof(chunk), MSG_DONTWAIT);
	if (n <= 0) {
		fake_hang_up(c);
		return;
	}
	buf_add(&c->in, (struct str){ chunk, (size_t)n });
	while (c->fd >= 0 && c->in.n >= 2) {
		size_t len = (size_t)(uint8_t)c->in.p[0] << 8 | (uint8_t)c->in.p[1];
		struct fake_query q = { .tcp = true, .client = (int)(c - c->fake->clients) };
		if (c->in.n < 2 + len)
			break;
		char octets[512];
		if (len > sizeof(octets))
			abort();
		memcpy(octets, c->in.p + 2, len);
		buf_drop(&c->in, 2 + len);
		fake_take(c->fake, &q, (struct str){ octets, len });
	}
}

static inline void fake_on_accept(void *arg, unsigned ready)
{
	struct fake *f = arg;
	int fd = accept4(f->tcp, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	(void)ready;
	for (int i = 0; fd >= 0 && i < FAKE_CLIENTS; i++) {
		struct fake_client *c = &f->clients[i];
		if (c->fd >= 0)
			continue;
		f->accepted++;
		*c = (struct fake_client){ .fake = f, .fd = fd, .in = BUF_MAX(1 << 20) };
		c->watch = f->reactor->watch(f->reactor->loop, fd, OS_READ, fake_on_client, c);
		return;
	}
	if (fd >= 0)
		(void)close(fd);
}

static inline void fake_close_udp(struct fake *f)
{
	if (f->udp >= 0) {
		f->reactor->unwatch(f->reactor->loop, f->udp_watch);
		(void)close(f->udp);
	}
	f->udp = -1;
}

/* No new connections; those that are there end. */
static inline void fake_close_tcp(struct fake *f)
{
	for (int i = 0; i < FAKE_CLIENTS; i++)
		fake_hang_up(&f->clients[i]);
	if (f->tcp >= 0) {
		f->reactor->unwatch(f->reactor->loop, f->tcp_watch);
		(void)close(f->tcp);
	}
	f->tcp = -1;
}

static inline void fake_stop(struct fake *f)
{
	fake_close_udp(f);
	fake_close_tcp(f);
}

/* Both sockets at one port that the kernel picks for the first; false when the other is taken. */
static inline bool fake_bind(struct fake *f, unsigned host)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
				  .sin_addr = { htonl(0x7f000000u | host) } };
	socklen_t len = sizeof(at);
	int wide = 1 << 22, on = 1;

	f->udp = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	f->tcp = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	(void)setsockopt(f->udp, SOL_SOCKET, SO_RCVBUF, &wide, sizeof(wide));
	(void)setsockopt(f->tcp, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(f->udp, (struct sockaddr *)&at, len) == 0 &&
	    getsockname(f->udp, (struct sockaddr *)&at, &len) == 0 &&
	    bind(f->tcp, (struct sockaddr *)&at, len) == 0 && listen(f->tcp, 64) == 0) {
		f->port = ntohs(at.sin_port);
		return true;
	}
	(void)close(f->udp);
	(void)close(f->tcp);
	return false;
}

/* On 127.0.0.host. */
static inline void fake_start(struct fake *f, struct os_reactor *reactor, unsigned host,
			      void (*answer)(const struct fake_query *q, void *arg), void *arg)
{
	int tries = 0;

	*f = (struct fake){ .reactor = reactor, .answer = answer, .arg = arg };
	for (int i = 0; i < FAKE_CLIENTS; i++)
		f->clients[i] = (struct fake_client){ .fake = f, .fd = -1 };
	while (!fake_bind(f, host))
		if (++tries == 100)
			abort();
	f->udp_watch = reactor->watch(reactor->loop, f->udp, OS_READ, fake_on_udp, f);
	f->tcp_watch = reactor->watch(reactor->loop, f->tcp, OS_READ, fake_on_accept, f);
}

#endif
