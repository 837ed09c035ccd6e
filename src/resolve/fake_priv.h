/*
 * A DNS server for tests, in the same process and on the same loop: UDP and TCP
 * on one port of loopback, TLS in TCP's place where a test gives it an SSL_CTX.
 * A function decides what each query gets: nothing, one message, or any number
 * of them, right or wrong.
 */
#ifndef RESOLVE_FAKE_PRIV_H
#define RESOLVE_FAKE_PRIV_H

#include "base/buf.h"
#include "dns/craft.h"
#include "resolve/poll_priv.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
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
	SSL *ssl; /* NULL: without TLS */
	struct buf in;
};

struct fake {
	struct os_reactor *reactor;
	int udp, tcp; /* < 0: closed */
	void *udp_watch, *tcp_watch;
	uint16_t port;
	void (*answer)(const struct fake_query *q, void *arg);
	void *arg;
	SSL_CTX *tls; /* the test's; NULL: plain TCP */
	unsigned udp_queries, tcp_queries, accepted, resumed;
	size_t octets; /* of questions that came by TCP or TLS, decrypted */
	struct fake_client clients[FAKE_CLIENTS];
};

/* Write octets as they are, framed or not, to a client. */
static inline void fake_write(struct fake_client *c, const void *octets, size_t n)
{
	if (c->fd < 0 || n == 0)
		return;
	if (c->ssl)
		(void)SSL_write(c->ssl, octets, (int)n);
	else
		(void)!send(c->fd, octets, n, MSG_NOSIGNAL);
	ERR_clear_error();
}

/* Send octets where the query came from. */
static inline void fake_send(const struct fake_query *q, struct str octets)
{
	static uint8_t framed[2 + 65535];

	if (!q->tcp) {
		(void)sendto(q->fake->udp, octets.p, octets.n, 0, (const struct sockaddr *)&q->from,
			     sizeof(q->from));
		return;
	}
	framed[0] = (uint8_t)(octets.n >> 8);
	framed[1] = (uint8_t)octets.n;
	if (octets.n > 0)
		memcpy(framed + 2, octets.p, octets.n);
	fake_write(&q->fake->clients[q->client], framed, 2 + octets.n);
}

static inline void fake_hang_up(struct fake_client *c)
{
	if (c->fd < 0)
		return;
	c->fake->reactor->unwatch(c->fake->reactor->loop, c->watch);
	SSL_free(c->ssl);
	c->ssl = NULL;
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

/* As recv(): 0 and below end it, but for -2, which is nothing for now. */
static inline ssize_t fake_read(struct fake_client *c, char *to, int room)
{
	if (!c->ssl)
		return recv(c->fd, to, (size_t)room, MSG_DONTWAIT);
	bool shaking = !SSL_is_init_finished(c->ssl);
	int n = SSL_read(c->ssl, to, room);
	int want = SSL_get_error(c->ssl, n);
	if (shaking && SSL_is_init_finished(c->ssl))
		c->fake->resumed += SSL_session_reused(c->ssl) == 1;
	ERR_clear_error();
	return n > 0 ? n : want == SSL_ERROR_WANT_READ ? -2 : 0;
}

/* The whole messages that have come. */
static inline void fake_messages(struct fake_client *c)
{
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

static inline void fake_on_client(void *arg, unsigned ready)
{
	struct fake_client *c = arg;
	char chunk[4096];
	ssize_t n;

	(void)ready;
	do {
		n = fake_read(c, chunk, sizeof(chunk));
		if (n == -2)
			return;
		if (n <= 0) {
			fake_hang_up(c);
			return;
		}
		c->fake->octets += (size_t)n;
		buf_add(&c->in, (struct str){ chunk, (size_t)n });
		fake_messages(c);
	} while (c->fd >= 0 && c->ssl);
}

static inline void fake_on_accept(void *arg, unsigned ready)
{
	struct fake *f = arg;
	int fd = accept4(f->tcp, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	int on = 1;

	(void)ready;
	if (fd >= 0)
		(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	for (int i = 0; fd >= 0 && i < FAKE_CLIENTS; i++) {
		struct fake_client *c = &f->clients[i];
		if (c->fd >= 0)
			continue;
		f->accepted++;
		*c = (struct fake_client){ .fake = f, .fd = fd, .in = BUF_MAX(1 << 20) };
		c->watch = f->reactor->watch(f->reactor->loop, fd, OS_READ, fake_on_client, c);
		if (f->tls) {
			c->ssl = SSL_new(f->tls);
			(void)SSL_set_fd(c->ssl, fd);
			SSL_set_accept_state(c->ssl);
		}
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
