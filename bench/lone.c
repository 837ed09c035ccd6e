/*
 * One question at a time, for bench/stub: how long from the asking to the
 * callback, against a bare exchange of the same octets on a kept socket of the
 * same kind, turn by turn.  Bare is once a program that sleeps in recv(), and once
 * one that waits by epoll, as everything does that has more than one thing to do.
 *
 *	lone udp|tcp|tls [-p PORT -n QUESTIONS -f FIRST -a]
 *
 * prints the medians in microseconds and the medians of the ratios.
 */
#include "ask.h"
#include "loop/loop.h"
#include "resolve/resolve.h"
#include "tool.h"

#include <errno.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { WARM = 100 };

static struct ask a;
static struct loop *loop;
static struct loop_timer *next;
static struct resolve *resolver;
static uint64_t turn, bad;
static double *raw, *polled, *ours, *ratio, *polled_ratio; /* seconds, of each turn */
static double asked_at;

/* Each has a socket of its own, and so behind a stream a server process of its own. */
static struct bare {
	int fd, poller; /* poller < 0: it sleeps in recv() */
	bool stream;
	SSL *ssl; /* NULL: without TLS */
} sleeper, poller;

static struct bare open_bare(enum dns_channel channel, bool poll)
{
	struct bare bare = { .poller = -1 };

	bare.stream = channel != DNS_CHANNEL_UDP;
	bare.fd = socket(AF_INET, (bare.stream ? SOCK_STREAM : SOCK_DGRAM) | SOCK_CLOEXEC, 0);
	if (bare.fd < 0 || connect(bare.fd, (struct sockaddr *)&a.server, sizeof(a.server)) < 0)
		tool_die("connect");
	if (bare.stream)
		tool_nodelay(bare.fd);
	struct epoll_event e = { .events = EPOLLIN };
	if (poll)
		bare.poller = epoll_create1(EPOLL_CLOEXEC);
	if (poll && epoll_ctl(bare.poller, EPOLL_CTL_ADD, bare.fd, &e) < 0)
		tool_die("epoll");
	if (channel != DNS_CHANNEL_TLS)
		return bare;
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
	bare.ssl = ctx ? SSL_new(ctx) : NULL;
	SSL_CTX_free(ctx);
	if (!bare.ssl || SSL_set_fd(bare.ssl, bare.fd) != 1 || SSL_connect(bare.ssl) != 1)
		tool_die("TLS");
	return bare;
}

static bool swap(const struct bare *b, const uint8_t *p, size_t n, uint8_t *in, size_t room)
{
	struct epoll_event e;

	if ((b->ssl ? SSL_write(b->ssl, p, (int)n) : send(b->fd, p, n, 0)) <= 0)
		return false;
	if (b->poller >= 0 && epoll_wait(b->poller, &e, 1, -1) != 1)
		return false;
	return (b->ssl ? SSL_read(b->ssl, in, (int)room) : recv(b->fd, in, room, 0)) > 0;
}

static double exchange(const struct bare *b, uint64_t i)
{
	uint8_t p[2 + ASK_QUERY_OCTETS], in[512];
	size_t n = ask_query(&a, i, p + 2), skip = b->stream ? 0 : 2;
	double began = tool_now();

	p[0] = (uint8_t)(n >> 8);
	p[1] = (uint8_t)n;
	if (!swap(b, p + skip, n + 2 - skip, in, sizeof(in)))
		tool_die("exchange");
	return tool_now() - began;
}

static void done(void *arg, uint64_t id, const struct dns_answer *answer)
{
	(void)arg;
	(void)id;
	ours[turn] = tool_now() - asked_at;
	ratio[turn] = ours[turn] / raw[turn];
	polled_ratio[turn] = ours[turn] / polled[turn];
	bad += answer->outcome != DNS_DATA || answer->n_rr != 2 ||
	       (answer->status == DNS_SECURE) != a.ad;
	if (++turn == a.questions)
		loop_stop(loop);
	else
		loop_timer_set(next, 0);
}

/* From outside any callback of the resolver's, as a program asks. */
static void ask_one(void *arg)
{
	struct resolve_question q = { .type = ASK_MX, .flags = a.ad ? RESOLVE_AD : 0 };

	(void)arg;
	q.name.len = ASK_NAME_WIRE;
	ask_name_wire(a.first + turn, q.name.wire);
	raw[turn] = exchange(&sleeper, a.first + turn);
	polled[turn] = exchange(&poller, a.first + turn);
	asked_at = tool_now();
	if (resolve_ask(resolver, &q, done, NULL) == 0)
		tool_die("resolve_ask");
}

static void open_resolver(enum dns_channel channel)
{
	struct resolve_conf conf = { .n_servers = 1 };

	/* TLS proves nothing here: the certificate is the benchmark's own. */
	conf.servers[0].channel = channel;
	conf.servers[0].trust = DNS_CHANNEL_TRUST_ALWAYS;
	memcpy(conf.servers[0].at.ip.octets, &a.server.sin_addr, 4);
	conf.servers[0].at.ip.family = 4;
	conf.servers[0].at.port = ntohs(a.server.sin_port);
	loop = loop_new();
	struct os_reactor reactor = loop ? loop_reactor(loop) : (struct os_reactor){ 0 };
	resolver = loop ? resolve_new(&reactor, &conf) : NULL;
	next = resolver ? loop_timer_new(loop, ask_one, NULL) : NULL;
	if (!next)
		tool_die("resolver");
}

static int compare(const void *x, const void *y)
{
	const double *p = x, *q = y;

	return (*p > *q) - (*p < *q);
}

/* Without the first, which open connections. */
static double median(double *p)
{
	qsort(p + WARM, a.questions - WARM, sizeof(*p), compare);
	return p[WARM + (a.questions - WARM) / 2];
}

static enum dns_channel channel_of(const char *name)
{
	if (strcmp(name, "tls") == 0)
		return DNS_CHANNEL_TLS;
	return strcmp(name, "tcp") == 0 ? DNS_CHANNEL_TCP : DNS_CHANNEL_UDP;
}

int main(int argc, char **argv)
{
	a = ask_options(argc, argv);
	enum dns_channel channel = channel_of(optind < argc ? argv[optind] : "udp");

	if (a.questions <= WARM)
		tool_die("too few questions");
	double **all[] = { &raw, &polled, &ours, &ratio, &polled_ratio };
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		*all[i] = tool_alloc(a.questions * sizeof(double));
	sleeper = open_bare(channel, false);
	poller = open_bare(channel, true);
	open_resolver(channel);
	loop_timer_set(next, 0);
	if (loop_run(loop) != ERR_OK)
		tool_die("loop");
	printf("answered=%llu bad=%llu raw_us=%.2f polled_us=%.2f ours_us=%.2f ratio=%.4f "
	       "polled_ratio=%.4f\n",
	       (unsigned long long)turn, (unsigned long long)bad, median(raw) * 1e6,
	       median(polled) * 1e6, median(ours) * 1e6, median(ratio), median(polled_ratio));
	SSL_free(sleeper.ssl);
	SSL_free(poller.ssl);
	loop_timer_free(&next);
	resolve_free(&resolver);
	loop_free(&loop);
	return 0;
}
