/*
 * For tests: what is said on standard error, the log above all, is caught.
 */
#ifndef RELAY_CAUGHT_PRIV_H
#define RELAY_CAUGHT_PRIV_H

#include "base/str.h"

#include <stdlib.h>
#include <unistd.h>

static int caught_saved, caught_pipe[2];

static inline void caught_begin(void)
{
	caught_saved = dup(STDERR_FILENO);
	if (caught_saved < 0 || pipe(caught_pipe) < 0 || dup2(caught_pipe[1], STDERR_FILENO) < 0)
		exit(1);
}

/* What was said since; standard error is as it was. */
static inline struct str caught_end(void)
{
	static char said[4096];

	(void)dup2(caught_saved, STDERR_FILENO);
	(void)close(caught_saved);
	(void)close(caught_pipe[1]);
	ssize_t n = read(caught_pipe[0], said, sizeof(said));
	(void)close(caught_pipe[0]);
	return (struct str){ said, n > 0 ? (size_t)n : 0 };
}

static inline size_t caught_lines(struct str s)
{
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++)
		n += s.p[i] == '\n';
	return n;
}

#endif
