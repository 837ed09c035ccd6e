/*
 * T1, T3 by UDP: what the trace is told; a server at an IPv6 address; a server to
 * which no socket can be had.
 */
#include "resolve/bed_priv.h"
#include "resolve/core_priv.h"

#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

#define GOOD "@ 60 A 192.0.2.1"
#define AD RESOLVE_AD
#define A DNS_TYPE_A

enum bad { NONE, REFLECTED, WRONG_NAME, WRONG_ID, TWICE, OTHER_TWICE };

static void bad_then_good(const struct fake_query *q, void *arg)
{
	static struct craft c;
	const enum bad *bad = arg;

	fake_begin(&c, q, 0x20);
	craft_line(&c, DNS_SECTION_ANSWER, STR(GOOD));
	if (!q->tcp && *bad == REFLECTED)
		fake_send(q, q->m.octets);
	if (!q->tcp && *bad == WRONG_NAME) {
		c.p[DNS_HEADER_OCTETS + 1] ^= 1;
		fake_send(q, craft_str(&c));
		c.p[DNS_HEADER_OCTETS + 1] ^= 1;
	}
	if (!q->tcp && *bad == WRONG_ID)
		c.p[0] ^= 1;
	fake_send(q, craft_str(&c));
	if (!q->tcp && *bad == OTHER_TWICE)
		c.p[c.n - 1] ^= 1;
	if (!q->tcp && (*bad == TWICE || *bad == OTHER_TWICE))
		fake_send(q, craft_str(&c));
}

static const struct {
	const char *label;
	enum bad bad;
	const char *told;
} traces[] = {
	{ "the right answer", NONE, "sent udp\naccepted udp\n" },
	{ "T3: reflected query", REFLECTED,
	  "sent udp\nignored udp (not a response)\naccepted udp\n" },
	{ "T1: wrong name", WRONG_NAME,
	  "sent udp\nignored udp (its question differs)\naccepted udp\n" },
	{ "T1: wrong ID", WRONG_ID,
	  "sent udp\nignored udp (wrong ID: what waits here is asked again over TCP)\nsent tcp\n"
	  "accepted tcp\n" },
	{ "the right answer twice", TWICE,
	  "sent udp\naccepted udp\n"
	  "ignored udp (it came before, or was given up long ago)\n" },
	{ "T1: an answer, then another with its ID", OTHER_TWICE,
	  "sent udp\naccepted udp\n"
	  "ignored udp (wrong ID: what waits here is asked again over TCP)\n" },
};

static void test_trace(void)
{
	for (size_t i = 0; i < COUNT_OF(traces); i++) {
		CLEANUP(buf_free) struct buf told = BUF_MAX(4096);
		enum bad bad = traces[i].bad;
		struct bed b;

		bed_servers(&b, 1, bad_then_good, &bad);
		bed_trace(&b, &told);
		bed_start(&b);
		bed_check(traces[i].label, bed_ask(&b, "a.", A, AD),
			  bad == WRONG_ID ? "data secure tcp: a. 60 A 192.0.2.1"
					  : "data secure udp: a. 60 A 192.0.2.1");
		CHECK_STR(traces[i].label, buf_str(&told), str_of(traces[i].told));
		bed_close(&b);
	}
}

/* An IPv6 server beside the bed's: it answers by the same function of what is asked. */
struct six {
	int fd;
	unsigned queries;
};

static void on_six(void *arg, unsigned ready)
{
	static struct craft c;
	struct six *s = arg;
	struct sockaddr_in6 from;
	socklen_t len = sizeof(from);
	struct fake_query q = { 0 };
	char octets[512];

	(void)ready;
	ssize_t n = recvfrom(s->fd, octets, sizeof(octets), MSG_DONTWAIT, (struct sockaddr *)&from,
			     &len);
	if (n < 0)
		return;
	s->queries++;
	if (dns_message_read((struct str){ octets, (size_t)n }, &q.m) != ERR_OK)
		abort();
	fake_begin(&c, &q, 0x20);
	craft_line(&c, DNS_SECTION_ANSWER, STR(GOOD));
	(void)sendto(s->fd, c.p, c.n, 0, (const struct sockaddr *)&from, len);
}

/* Its port; 0: this machine has no IPv6. */
static uint16_t six_start(struct six *s)
{
	struct sockaddr_in6 at = { .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	socklen_t len = sizeof(at);

	s->fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (s->fd < 0 || bind(s->fd, (struct sockaddr *)&at, len) < 0 ||
	    getsockname(s->fd, (struct sockaddr *)&at, &len) < 0)
		return 0;
	return ntohs(at.sin6_port);
}

static void test_ipv6(void)
{
	static const uint8_t loopback[16] = { [15] = 1 };
	struct six s = { 0 };
	uint16_t port = six_start(&s);
	struct bed b;

	bed_servers(&b, 0, NULL, NULL);
	b.conf.servers[0] = (struct dns_server){
		.at = { ip_v6(loopback), port },
		.timeout_ms = BED_PATIENCE_MS,
	};
	b.conf.n_servers = 1;
	if (port != 0) {
		void *watch = b.reactor.watch(b.reactor.loop, s.fd, OS_READ, on_six, &s);
		bed_start(&b);
		bed_check("::1", bed_ask(&b, "a.", A, AD), "data secure udp: a. 60 A 192.0.2.1");
		CHECK_INT("::1", s.queries, 1);
		b.reactor.unwatch(b.reactor.loop, watch);
		bed_close(&b);
	}
	if (s.fd >= 0)
		(void)close(s.fd);
}

static int refusal; /* errno of each socket(), as of its connect(); 0: they go on as always */

/* In the place of the C library's. */
int socket(int domain, int type, int protocol)
{
	errno = refusal;
	return refusal ? -1 : (int)syscall(SYS_socket, domain, type, protocol);
}

static void test_no_socket(void)
{
	static const struct {
		int error;
		const char *why;
	} cases[] = { { EACCES, "192.0.2.1:53: no socket can be had" },
		      { EMFILE, "192.0.2.1:53: no socket can be had" },
		      { ENETUNREACH, "192.0.2.1:53: the network is unreachable" },
		      { EHOSTUNREACH, "192.0.2.1:53: the network is unreachable" },
		      { EADDRNOTAVAIL, "192.0.2.1:53: the network is unreachable" } };
	static const uint8_t server[4] = { 192, 0, 2, 1 };

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct bed b;
		bed_servers(&b, 0, NULL, NULL);
		b.conf.servers[0] = (struct dns_server){ .at = { ip_v4(server), 53 } };
		b.conf.n_servers = 1;
		bed_start(&b);
		refusal = cases[i].error;
		struct bed_got *got = bed_ask(&b, "a.", A, AD);
		refusal = 0;
		bed_check("no socket", got, "no answer indeterminate");
		CHECK_STR("no socket", got->answer->why, str_of(cases[i].why));
		bed_close(&b);
	}
}

/* The copies of one answer tell nothing against those that come behind them. */
static void test_copies(void)
{
	enum bad bad = TWICE;
	struct bed_got got[100] = { 0 };
	struct bed b;
	char name[16];

	bed_open(&b, 1, bad_then_good, &bad);
	for (size_t i = 0; i < COUNT_OF(got); i++) {
		(void)snprintf(name, sizeof(name), "n%zu.", i);
		bed_send(&b, name, A, AD, &got[i]);
	}
	for (size_t i = 0; i < COUNT_OF(got); i++) {
		loop_until(&b.loop, &got[i].done, 20000);
		CHECK_INT("copies", got[i].answer->outcome, DNS_DATA);
		dns_answer_free(&got[i].answer);
	}
	CHECK_INT("copies", b.fake[0].udp_queries, COUNT_OF(got));
	CHECK_INT("copies", b.fake[0].tcp_queries, 0);
	bed_close(&b);
}

/* The first answer of all shows a wrong ID; ports are those of the questions. */
struct guessed {
	unsigned queries;
	uint16_t port[2];
};

static void wrong_then_right(const struct fake_query *q, void *arg)
{
	static struct craft c;
	struct guessed *g = arg;

	fake_begin(&c, q, 0x20);
	craft_line(&c, DNS_SECTION_ANSWER, STR(GOOD));
	if (g->queries == 0)
		c.p[0] ^= 1;
	if (g->queries < 2)
		g->port[g->queries] = q->from.sin_port;
	g->queries++;
	fake_send(q, craft_str(&c));
}

/* IDs are guessed, and there is no TCP: by UDP from another port. */
static void test_no_tcp(void)
{
	struct guessed g = { 0 };
	struct bed b;

	bed_open(&b, 1, wrong_then_right, &g);
	fake_close_tcp(&b.fake[0]);
	bed_check("T1: wrong ID, no TCP", bed_ask(&b, "a.", A, AD),
		  "data secure udp: a. 60 A 192.0.2.1");
	CHECK_INT("T1: wrong ID, no TCP", g.queries, 2);
	CHECK_INT("T1: wrong ID, no TCP", g.port[0] != g.port[1], true);
	bed_close(&b);
}

int main(void)
{
	test_trace();
	test_copies();
	test_no_tcp();
	test_ipv6();
	test_no_socket();
	return TEST_EXIT();
}
