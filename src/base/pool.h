/*
 * Things of one size that come and go by the thousand: a few that are put back
 * are kept for the next, warm in the processor's cache.
 *
 * Under the address sanitizer nothing is kept, so that it sees each use after
 * the end.
 */
#ifndef BASE_POOL_H
#define BASE_POOL_H

#include <stddef.h>

struct pool_idle;

struct pool {
	size_t octets; /* of a thing; one that is larger is not kept */
	struct pool_idle *idle;
	unsigned n_idle;
};

/* octets: at least a pointer's. */
void pool_init(struct pool *p, size_t octets);

/* n octets, zeroed; NULL without memory.  Ends with pool_put(), which is told the same n. */
void *pool_get(struct pool *p, size_t n);
void pool_put(struct pool *p, void *thing, size_t n); /* thing may be NULL */

/* Frees what is kept.  What is out may still be put back, and is kept again. */
void pool_clear(struct pool *p);

#endif
