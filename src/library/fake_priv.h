/*
 * A DNS server in a thread of its own, for tests of what blocks: UDP on a port of
 * loopback.  What it answers is a function of what is asked, and so needs no lock.
 */
#ifndef LIBRARY_FAKE_PRIV_H
#define LIBRARY_FAKE_PRIV_H

#include "dns/craft.h"

#include <arpa/inet.h>
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
	int fd, stop[2];
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

static inline void fake_answer(const struct fake *f, struct str octets,
			       const struct sockaddr_in *to, struct craft *c)
{
	struct dns_message m;

	if (dns_message_read(octets, &m) != ERR_OK)
		abort();
	const struct fake_row *row = fake_find(f, &m);
	unsigned flags = row ? row->flags : 3;
	if ((flags & 15) == FAKE_SILENT)
		return;
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
	(void)sendto(f->fd, c->p, c->n, 0, (const struct sockaddr *)to, sizeof(*to));
}

static inline void *fake_run(void *arg)
{
	const struct fake *f = arg;
	struct pollfd fds[2] = { { .fd = f->fd, .events = POLLIN },
				 { .fd = f->stop[0], .events = POLLIN } };
	struct craft *c = malloc(sizeof(*c));
	char octets[512];

	if (!c)
		abort();
	while (poll(fds, 2, -1) >= 0 && fds[1].revents == 0) {
		struct sockaddr_in from;
		socklen_t len = sizeof(from);
		ssize_t n = recvfrom(f->fd, octets, sizeof(octets), MSG_DONTWAIT,
				     (struct sockaddr *)&from, &len);
		if (n >= 0)
			fake_answer(f, (struct str){ octets, (size_t)n }, &from, c);
	}
	free(c);
	return NULL;
}

static inline void fake_start(struct fake *f, const struct fake_row *rows, size_t n)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr = { htonl(0x7f000001u) } };
	socklen_t len = sizeof(at);

	*f = (struct fake){ .rows = rows, .n = n };
	f->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (bind(f->fd, (struct sockaddr *)&at, len) != 0 ||
	    getsockname(f->fd, (struct sockaddr *)&at, &len) != 0 || pipe(f->stop) != 0)
		abort();
	(void)snprintf(f->at, sizeof(f->at), "127.0.0.1:%u", ntohs(at.sin_port));
	if (pthread_create(&f->thread, NULL, fake_run, f) != 0)
		abort();
}

static inline void fake_stop(struct fake *f)
{
	(void)close(f->stop[1]);
	(void)pthread_join(f->thread, NULL);
	(void)close(f->stop[0]);
	(void)close(f->fd);
}

#endif
