/*
 * A DNS server in a thread of its own, for tests of what blocks: UDP on a port of
 * loopback, and TCP, one connection at a time.  What it answers is a function of what is asked, and
 * so needs no lock.
 */
#ifndef LIBRARY_FAKE_PRIV_H
#define LIBRARY_FAKE_PRIV_H

#include "dns/craft.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

/* A row for each name: AD is set where the query has it.  rcode 15: no answer at all. */
struct fake_row {
	const char *first; /* label */
	unsigned flags;    /* AD 0x20, rcode */
	const char *answer, *authority;
	unsigned ede; /* 0: none */
};

struct fake {
	const struct fake_row *rows;
	size_t n;
	int udp, tcp, stop[2];
	int client; /* TCP; < 0: none */
	pthread_t thread;
	char at[64]; /* "127.0.0.1:5353" */
};

enum { FAKE_SILENT = 15 };

static inline const struct fake_row *fake_find(const struct fake *f, const struct dns_message *m)
{
	struct str first = { (const char *)m->name.wire + 1, m->name.wire[0] };

	for (size_t i = 0; i < f->n; i++)
		if (str_eq_nocase(first, str_of(f->rows[i].first)))
			return &f->rows[i];
	return NULL;
}

/* False where it says nothing. */
static inline bool fake_answer(const struct fake *f, struct str octets, struct craft *c)
{
	struct dns_message m;

	if (dns_message_read(octets, &m) != ERR_OK)
		abort();
	const struct fake_row *row = fake_find(f, &m);
	unsigned flags = row ? row->flags : 3;
	if ((flags & 15) == FAKE_SILENT)
		return false;
	c->n = 0;
	craft_u16(c, m.id);
	craft_u16(c, DNS_FLAG_QR | DNS_FLAG_RD | DNS_FLAG_RA |
			     (m.flags & 0x20 ? flags : flags & ~0x20u));
	craft_u16(c, 1);
	craft_u32(c, 0);
	craft_u16(c, 0);
	craft_add(c, dns_name_wire(&m.name));
	craft_u16(c, m.type);
	craft_u16(c, DNS_CLASS_IN);
	craft_lines(c, DNS_SECTION_ANSWER, row ? row->answer : "");
	craft_lines(c, DNS_SECTION_AUTHORITY, row ? row->authority : "");
	if (row && row->ede)
		craft_ede(c, row->ede, "tested \"here\"\n");
	return true;
}

static inline void fake_on_udp(const struct fake *f, struct craft *c)
{
	char octets[512];
	struct sockaddr_in from;
	socklen_t len = sizeof(from);
	ssize_t n = recvfrom(f->udp, octets, sizeof(octets), MSG_DONTWAIT, (struct sockaddr *)&from,
			     &len);

	if (n >= 0 && fake_answer(f, (struct str){ octets, (size_t)n }, c))
		(void)sendto(f->udp, c->p, c->n, 0, (const struct sockaddr *)&from, len);
}

/* A message comes in one piece here: what asks is ours, and the way is short. */
static inline void fake_on_client(struct fake *f, struct craft *c)
{
	unsigned char head[2];
	char octets[512];

	if (recv(f->client, head, 2, MSG_WAITALL) != 2) {
		(void)close(f->client);
		f->client = -1;
		return;
	}
	size_t n = (size_t)head[0] << 8 | head[1];
	if (n > sizeof(octets) || recv(f->client, octets, n, MSG_WAITALL) != (ssize_t)n)
		abort();
	if (!fake_answer(f, (struct str){ octets, n }, c))
		return;
	unsigned char out[2] = { (unsigned char)(c->n >> 8), (unsigned char)c->n };
	(void)send(f->client, out, 2, MSG_NOSIGNAL | MSG_MORE);
	(void)send(f->client, c->p, c->n, MSG_NOSIGNAL);
}

static inline void *fake_run(void *arg)
{
	struct fake *f = arg;
	struct craft *c = malloc(sizeof(*c));

	if (!c)
		abort();
	for (;;) {
		struct pollfd fds[4] = { { .fd = f->stop[0], .events = POLLIN },
					 { .fd = f->udp, .events = POLLIN },
					 { .fd = f->client < 0 ? f->tcp : -1, .events = POLLIN },
					 { .fd = f->client, .events = POLLIN } };
		if (poll(fds, 4, -1) < 0 && errno == EINTR)
			continue; /* a test's signals may be delivered here */
		if (fds[0].revents)
			break;
		if (fds[1].revents)
			fake_on_udp(f, c);
		if (fds[2].revents)
			f->client = accept(f->tcp, NULL, NULL);
		if (fds[3].revents)
			fake_on_client(f, c);
	}
	free(c);
	return NULL;
}

/* Both sockets at one port that the kernel picks for the first; false when the other is taken. */
static inline bool fake_bind(struct fake *f)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr = { htonl(0x7f000001u) } };
	socklen_t len = sizeof(at);

	f->udp = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	f->tcp = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (bind(f->tcp, (struct sockaddr *)&at, len) == 0 &&
	    getsockname(f->tcp, (struct sockaddr *)&at, &len) == 0 && listen(f->tcp, 8) == 0 &&
	    bind(f->udp, (struct sockaddr *)&at, len) == 0) {
		(void)snprintf(f->at, sizeof(f->at), "127.0.0.1:%u", ntohs(at.sin_port));
		return true;
	}
	(void)close(f->udp);
	(void)close(f->tcp);
	return false;
}

static inline void fake_start(struct fake *f, const struct fake_row *rows, size_t n)
{
	int tries = 0;

	*f = (struct fake){ .rows = rows, .n = n, .client = -1 };
	while (!fake_bind(f))
		if (++tries == 100)
			abort();
	if (pipe(f->stop) != 0 || pthread_create(&f->thread, NULL, fake_run, f) != 0)
		abort();
}

static inline void fake_stop(struct fake *f)
{
	(void)close(f->stop[1]);
	(void)pthread_join(f->thread, NULL);
	(void)close(f->stop[0]);
	(void)close(f->udp);
	(void)close(f->tcp);
	if (f->client >= 0)
		(void)close(f->client);
}

#endif
