/*
 * Memory that lives and dies together: what belongs to one query, one route,
 * one transaction.  A pointer into an arena is kept only in what lives in the
 * same arena; results leave by copy.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "base/err.h"
#include "base/str.h"

struct arena_block;

struct arena {
	struct arena_block *blocks; /* newest first */
	size_t used;                /* octets handed out */
	size_t max;                 /* used never exceeds this */
};

#define ARENA_MAX(limit) ((struct arena){ .max = (limit) })

/* n zeroed octets, aligned for anything; NULL past the limit or out of memory. */
void *arena_alloc(struct arena *a, size_t n) MUST_USE;

/* A copy of s in the arena.  ERR_NOMEM. */
enum err arena_str(struct arena *a, struct str s, struct str *out) MUST_USE;

/* Free all; the arena may be used again.  Also the CLEANUP() handler. */
void arena_clear(struct arena *a);

#endif
