/*
 * The server of bench/lossy: answers questions for MX as the reflector does, behind a network
 * that loses, copies, delays and reorders datagrams.
 *
 *	lossy [-s SEED] [-l LOST] [-d COPIED] [-o LATE] [-t SPREAD_MS] [-x]
 *
 * LOST of a thousand datagrams are lost, each way; COPIED of a thousand answers come twice; LATE
 * of a thousand come up to SPREAD_MS later; with -x TCP is refused.  What becomes of a datagram
 * hangs on the seed, the name asked for, and how often that name has come: so two clients that
 * ask for the same names meet with the same.  It prints the port that it took on 127.0.0.1 and,
 * when it is ended by SIGTERM, how many questions came by UDP and by TCP.
 */
#include "ask.h"
#include "reflect.h"
#include "tool.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { NAMES = 10000000, STREAMS = 32, NAME_AT = REFLECT_HEADER + 2, DIGITS = 7 };

static struct weather {
	uint64_t seed;
	unsigned lost, copied, late;
	unsigned spread_ms;
} weather;

/* An answer that is late. */
struct parcel {
	double due;
	struct sockaddr_in to;
	size_t n;
	uint8_t octets[128];
};

struct stream {
	int fd; /* < 0: none */
	size_t n;
	uint8_t octets[4 * REFLECT_MAX];
};

static int udp, tcp = -1;
static uint8_t *came; /* how often each name has */
static struct parcel *way;
static size_t way_n, way_room;
static struct stream streams[STREAMS];
static uint64_t by_udp, by_tcp;
static volatile sig_atomic_t ended;

enum use { LOST_OUT, LOST_BACK, COPIED, LATE, COPY_LATE };

/* 0 to 999: splitmix64 of all that it hangs on. */
static unsigned draw(uint64_t name, uint64_t nth, enum use use)
{
	uint64_t h = (weather.seed << 40) + (name << 16 | nth << 8 | use);

	h += UINT64_C(0x9e3779b97f4a7c15);
	h = (h ^ h >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	h = (h ^ h >> 27) * UINT64_C(0x94d049bb133111eb);
	return (unsigned)((h ^ h >> 31) % 1000);
}

static void put(const struct sockaddr_in *to, const uint8_t *octets, size_t n)
{
	(void)sendto(udp, octets, n, 0, (const struct sockaddr *)to, sizeof(*to));
}

/* Send it, or have it wait as the draw says. */
static void post(const struct sockaddr_in *to, const uint8_t *octets, size_t n, unsigned draw)
{
	if (draw >= weather.late || n > sizeof(way->octets)) {
		put(to, octets, n);
		return;
	}
	if (way_n == way_room) {
		way_room = way_room ? 2 * way_room : 1024;
		way = realloc(way, way_room * sizeof(*way));
		if (!way)
			tool_die("memory");
	}
	struct parcel *p = &way[way_n++];
	p->due = tool_now() + weather.spread_ms * (draw + 1.0) / weather.late / 1000;
	p->to = *to;
	p->n = n;
	memcpy(p->octets, octets, n);
}

static void deliver(void)
{
	double now = way_n ? tool_now() : 0;

	for (size_t i = 0; i < way_n;) {
		if (way[i].due > now) {
			i++;
			continue;
		}
		put(&way[i].to, way[i].octets, way[i].n);
		way[i] = way[--way_n];
	}
}

/* The number in a name of ours, in any letters. */
static uint64_t number_of(const uint8_t *query)
{
	uint64_t n = 0;

	for (int i = 0; i < DIGITS; i++)
		n = n * 10 + (query[NAME_AT + i] - '0') % 10u;
	return n % NAMES;
}

static void datagram(const struct sockaddr_in *from, uint8_t *octets, size_t n)
{
	if (n < ASK_QUERY_OCTETS - 11)
		return;
	uint64_t name = number_of(octets);
	unsigned nth = came[name]++;

	by_udp++;
	n = reflect(octets, n);
	if (draw(name, nth, LOST_OUT) < weather.lost || draw(name, nth, LOST_BACK) < weather.lost)
		return;
	post(from, octets, n, draw(name, nth, LATE));
	if (draw(name, nth, COPIED) < weather.copied)
		post(from, octets, n, draw(name, nth, COPY_LATE));
}

static void read_udp(void)
{
	uint8_t octets[REFLECT_MAX];

	for (;;) {
		struct sockaddr_in from;
		socklen_t from_n = sizeof(from);
		ssize_t n = recvfrom(udp, octets, sizeof(octets), MSG_DONTWAIT,
				     (struct sockaddr *)&from, &from_n);
		if (n < 0)
			return;
		datagram(&from, octets, (size_t)n);
	}
}

static void accept_one(void)
{
	int fd = accept(tcp, NULL, NULL);

	for (int i = 0; fd >= 0 && i < STREAMS; i++) {
		if (streams[i].fd >= 0)
			continue;
		streams[i] = (struct stream){ .fd = fd };
		return;
	}
	if (fd >= 0)
		close(fd);
}

/* Answer each whole message; what is left of one waits. */
static void answer_stream(struct stream *s)
{
	size_t at = 0, n;
	uint8_t out[2 + REFLECT_MAX];

	for (; s->n - at >= 2; at += 2 + n) {
		n = (size_t)s->octets[at] << 8 | s->octets[at + 1];
		if (n > REFLECT_MAX || s->n - at < 2 + n)
			break;
		memcpy(out + 2, s->octets + at + 2, n);
		size_t answer = reflect(out + 2, n);
		out[0] = (uint8_t)(answer >> 8);
		out[1] = (uint8_t)answer;
		by_tcp++;
		if (send(s->fd, out, 2 + answer, MSG_NOSIGNAL) < 0)
			break;
	}
	s->n -= at;
	memmove(s->octets, s->octets + at, s->n);
}

static void read_stream(struct stream *s)
{
	ssize_t n = recv(s->fd, s->octets + s->n, sizeof(s->octets) - s->n, 0);

	if (n <= 0) {
		close(s->fd);
		s->fd = -1;
		return;
	}
	s->n += (size_t)n;
	answer_stream(s);
}

static void turn(void)
{
	struct pollfd fds[2 + STREAMS] = { { .fd = udp, .events = POLLIN },
					   { .fd = tcp, .events = POLLIN } };

	for (int i = 0; i < STREAMS; i++)
		fds[2 + i] = (struct pollfd){ .fd = streams[i].fd, .events = POLLIN };
	(void)poll(fds, 2 + STREAMS, way_n ? 1 : 100);
	deliver();
	if (fds[0].revents)
		read_udp();
	for (int i = 0; i < STREAMS; i++)
		if (fds[2 + i].revents)
			read_stream(&streams[i]);
	if (fds[1].revents)
		accept_one();
}

static void end(int number)
{
	(void)number;
	ended = 1;
}

/* -1: that port is not to be had. */
static int bound(int type, struct sockaddr_in *a)
{
	socklen_t n = sizeof(*a);
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);

	if (fd < 0)
		tool_die("socket");
	if (bind(fd, (struct sockaddr *)a, n) == 0 &&
	    getsockname(fd, (struct sockaddr *)a, &n) == 0)
		return fd;
	close(fd);
	return -1;
}

/* false: TCP is refused.  A port that is free for UDP need not be so for TCP. */
static void open_sockets(bool with_tcp)
{
	struct sockaddr_in a;

	for (int tries = 0;; tries++) {
		a = tool_address("127.0.0.1", 0);
		udp = bound(SOCK_DGRAM, &a);
		if (udp >= 0 && (!with_tcp || (tcp = bound(SOCK_STREAM, &a)) >= 0))
			break;
		if (udp < 0 || tries == 100)
			tool_die("no port");
		close(udp);
	}
	ask_room(udp);
	if (with_tcp && listen(tcp, 16) < 0)
		tool_die("listen");
	printf("%d\n", ntohs(a.sin_port));
	fflush(stdout);
}

int main(int argc, char **argv)
{
	bool with_tcp = true;
	int c;

	while ((c = getopt(argc, argv, "s:l:d:o:t:x")) != -1) {
		if (c == 's')
			weather.seed = tool_number(optarg, 0, 1u << 24);
		else if (c == 'l')
			weather.lost = (unsigned)tool_number(optarg, 0, 1000);
		else if (c == 'd')
			weather.copied = (unsigned)tool_number(optarg, 0, 1000);
		else if (c == 'o')
			weather.late = (unsigned)tool_number(optarg, 0, 1000);
		else if (c == 't')
			weather.spread_ms = (unsigned)tool_number(optarg, 0, 60000);
		else if (c == 'x')
			with_tcp = false;
		else
			tool_die("see lossy.c for the options");
	}
	came = tool_alloc(NAMES);
	for (int i = 0; i < STREAMS; i++)
		streams[i].fd = -1;
	signal(SIGTERM, end);
	open_sockets(with_tcp);
	while (!ended)
		turn();
	printf("udp=%llu tcp=%llu\n", (unsigned long long)by_udp, (unsigned long long)by_tcp);
	return 0;
}
