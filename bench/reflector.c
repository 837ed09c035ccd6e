/*
 * The hot server of bench/stub: answers every question for MX with the same
 * two records, from octets that are ready, and with AD where it was asked with
 * AD or DO.  So fast that what is measured is the client.
 *
 *	reflector udp|tcp|tls [-c CPU] [-s] [-H COUNT] [-K KEY -C CERTIFICATE]
 *
 * prints the port that it took on 127.0.0.1.  With -s it never sleeps over UDP, so
 * that no client pays for waking it.  -H holds all answers back until COUNT
 * questions have come, or none has come for a while.
 */
#include "ask.h"
#include "reflect.h"
#include "tool.h"

#include <errno.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BATCH = 64, QUIET_MS = 1000 };

static uint64_t hold;
static bool sleepless;
static const char *key, *certificate;

struct batch {
	struct mmsghdr heads[BATCH];
	struct iovec vectors[BATCH];
	struct sockaddr_in from[BATCH];
	uint8_t octets[BATCH][REFLECT_MAX];
};

static void init(struct batch *b)
{
	for (int i = 0; i < BATCH; i++) {
		b->vectors[i].iov_base = b->octets[i];
		b->heads[i].msg_hdr = (struct msghdr){
			.msg_iov = &b->vectors[i],
			.msg_iovlen = 1,
			.msg_name = &b->from[i],
		};
	}
}

static unsigned receive(struct batch *b, int fd, int flags)
{
	for (int i = 0; i < BATCH; i++) {
		b->vectors[i].iov_len = REFLECT_MAX;
		b->heads[i].msg_hdr.msg_namelen = sizeof(b->from[i]);
	}
	int n = recvmmsg(fd, b->heads, BATCH, flags, NULL);
	return n < 0 ? 0 : (unsigned)n;
}

static void answer(struct batch *b, int fd, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		b->vectors[i].iov_len = reflect(b->octets[i], b->heads[i].msg_len);
	for (unsigned i = 0; i < n;) {
		int sent = sendmmsg(fd, b->heads + i, n - i, 0);
		i += sent > 0 ? (unsigned)sent : 1;
	}
}

/* Take what comes until COUNT have come, then answer all. */
static void held(int fd)
{
	struct held {
		struct sockaddr_in from;
		uint16_t n;
		uint8_t octets[ASK_QUERY_OCTETS + 64];
	} *all = tool_alloc(hold * sizeof(*all));
	static struct batch b;
	uint64_t n = 0;
	struct pollfd p = { .fd = fd, .events = POLLIN };

	init(&b);
	while (n < hold && poll(&p, 1, n ? QUIET_MS : -1) > 0) {
		unsigned came = receive(&b, fd, MSG_DONTWAIT);
		for (unsigned i = 0; i < came && n < hold; i++) {
			if (b.heads[i].msg_len > sizeof(all->octets))
				continue;
			all[n].from = b.from[i];
			all[n].n = (uint16_t)b.heads[i].msg_len;
			memcpy(all[n++].octets, b.octets[i], b.heads[i].msg_len);
		}
	}
	for (uint64_t at = 0; at < n;) {
		unsigned some = 0;
		for (; some < BATCH && at < n; some++, at++) {
			b.from[some] = all[at].from;
			b.heads[some].msg_len = all[at].n;
			b.heads[some].msg_hdr.msg_namelen = sizeof(b.from[some]);
			memcpy(b.octets[some], all[at].octets, all[at].n);
		}
		answer(&b, fd, some);
	}
	free(all);
}

static _Noreturn void serve_udp(int fd)
{
	static struct batch b;

	ask_room(fd);
	if (hold)
		held(fd);
	init(&b);
	for (;;)
		answer(&b, fd, receive(&b, fd, sleepless ? MSG_DONTWAIT : MSG_WAITFORONE));
}

/* Octets by TCP or TLS. */
struct stream {
	int fd;
	SSL *ssl;
};

static bool whole(const struct stream *s, uint8_t *p, size_t n)
{
	while (n > 0) {
		ssize_t came = s->ssl ? SSL_read(s->ssl, p, (int)n) : recv(s->fd, p, n, 0);
		if (came <= 0)
			return false;
		p += came;
		n -= (size_t)came;
	}
	return true;
}

/* One connection to its end; a message is read and written whole. */
static void serve_stream(const struct stream *s)
{
	uint8_t p[2 + REFLECT_MAX];

	while (whole(s, p, 2)) {
		size_t n = (size_t)p[0] << 8 | p[1];
		if (n > REFLECT_MAX || !whole(s, p + 2, n))
			return;
		n = reflect(p + 2, n);
		p[0] = (uint8_t)(n >> 8);
		p[1] = (uint8_t)n;
		n += 2;
		if ((s->ssl ? SSL_write(s->ssl, p, (int)n) : send(s->fd, p, n, MSG_NOSIGNAL)) <= 0)
			return;
	}
}

static SSL_CTX *context(void)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());

	if (!ctx || !key || !certificate ||
	    SSL_CTX_use_certificate_chain_file(ctx, certificate) != 1 ||
	    SSL_CTX_use_PrivateKey_file(ctx, key, SSL_FILETYPE_PEM) != 1)
		tool_die("TLS needs -K KEY and -C CERTIFICATE");
	return ctx;
}

/* The one protocol that is spoken here, where it is offered: RFC 7858. */
static int alpn(SSL *ssl, const unsigned char **out, unsigned char *n, const unsigned char *in,
		unsigned in_n, void *arg)
{
	static const unsigned char dot[] = "\3dot";
	unsigned char *chosen;

	(void)ssl;
	(void)arg;
	if (SSL_select_next_proto(&chosen, n, dot, 4, in, in_n) != OPENSSL_NPN_NEGOTIATED)
		return SSL_TLSEXT_ERR_NOACK;
	*out = chosen;
	return SSL_TLSEXT_ERR_OK;
}

static _Noreturn void serve_streams(int fd, SSL_CTX *ctx)
{
	(void)signal(SIGCHLD, SIG_IGN);
	if (ctx)
		SSL_CTX_set_alpn_select_cb(ctx, alpn, NULL);
	for (;;) {
		struct stream s = { .fd = accept(fd, NULL, NULL) };
		if (s.fd < 0)
			continue;
		if (fork() == 0) {
			tool_nodelay(s.fd);
			s.ssl = ctx ? SSL_new(ctx) : NULL;
			if (!s.ssl || (SSL_set_fd(s.ssl, s.fd) == 1 && SSL_accept(s.ssl) == 1))
				serve_stream(&s);
			_exit(0);
		}
		close(s.fd);
	}
}

static void pin(unsigned cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set) < 0)
		tool_die("sched_setaffinity");
}

int main(int argc, char **argv)
{
	struct sockaddr_in a = tool_address("127.0.0.1", 0);
	socklen_t n = sizeof(a);
	int c;

	while ((c = getopt(argc, argv, "c:sH:K:C:")) != -1) {
		if (c == 'c')
			pin((unsigned)tool_number(optarg, 0, 1023));
		else if (c == 's')
			sleepless = true;
		else if (c == 'H')
			hold = tool_number(optarg, 1, 10000000);
		else if (c == 'K')
			key = optarg;
		else if (c == 'C')
			certificate = optarg;
		else
			tool_die("see reflector.c for the options");
	}
	const char *channel = optind < argc ? argv[optind] : "udp";
	bool udp = strcmp(channel, "udp") == 0;
	int fd = socket(AF_INET, (udp ? SOCK_DGRAM : SOCK_STREAM) | SOCK_CLOEXEC, 0);
	if (fd < 0 || bind(fd, (struct sockaddr *)&a, sizeof(a)) < 0 ||
	    (!udp && listen(fd, 16) < 0) || getsockname(fd, (struct sockaddr *)&a, &n) < 0)
		tool_die("socket");
	SSL_CTX *ctx = strcmp(channel, "tls") == 0 ? context() : NULL;
	printf("%d\n", ntohs(a.sin_port));
	fflush(stdout);
	if (udp)
		serve_udp(fd);
	serve_streams(fd, ctx);
}
