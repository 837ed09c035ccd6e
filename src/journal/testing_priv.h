/* Session logs for tests of compressed files: many sessions, each told by its number. */
#ifndef JOURNAL_TESTING_PRIV_H
#define JOURNAL_TESTING_PRIV_H

#include "base/buf.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/*
 * Session i: its message is 1T and nine digits, as queue IDs look; it is of minute i of the day;
 * with the service on where i is a multiple of 1000.
 */
static inline void testing_session(struct buf *b, size_t i)
{
	char head[64];

	(void)snprintf(head, sizeof(head), "2026-11-24T%02zu:%02zu:05.678Z [S%zu]", i / 60 % 24,
		       i % 60, i);
	if (i % 1000 == 0)
		buf_addf(b, "%s DNSSEC service requested (criterion \"To *\", c:2)\n", head);
	buf_addf(b, "%s message 1T%09zu sender <me@a.example> size 12\n", head, i);
	buf_addf(b, "%s recipient <user%zu@d%zu.example>\n", head, i, i / 1000);
	for (size_t k = 0; k < 20; k++)
		buf_addf(b, "%s <-- 250 line %zu of what a host said %zu\n", head, k, i * 7919 + k);
	buf_addf(b, "%s outcome: delivered\n", head);
}

static inline void testing_sessions(struct buf *b, size_t from, size_t n)
{
	for (size_t i = from; i < from + n; i++)
		testing_session(b, i);
}

static inline void testing_write(int fd, struct str s)
{
	if (ftruncate(fd, 0) < 0 || lseek(fd, 0, SEEK_SET) < 0)
		abort();
	while (s.n) {
		ssize_t n = write(fd, s.p, s.n);
		if (n <= 0)
			abort();
		s = str_skip(s, (size_t)n);
	}
}

#endif
