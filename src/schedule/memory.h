/*
 * What was last known of domains (SPEC section 3, Memory): whether their MX was secure, since
 * when, and when it was secure last.
 *
 * Bounded: the domain that was heard of longest ago is forgotten for a new one.  What changed is
 * handed out in batches, to be kept by whoever has a disk; that a domain is as it was is
 * noted no oftener than once in SCHEDULE_MEMORY_FRESH_MS, so that mail to known domains costs
 * a look and nothing else.  Times are of the wall clock.  Pure; no lock.
 */
#ifndef SCHEDULE_MEMORY_H
#define SCHEDULE_MEMORY_H

#include "base/err.h"
#include "base/str.h"

#define SCHEDULE_MEMORY_DOMAINS 100000
#define SCHEDULE_MEMORY_FRESH_MS INT64_C(3600000)
#define SCHEDULE_MEMORY_TELL_MS (90 * 24 * INT64_C(3600000)) /* after that nobody is told */

struct schedule_memory;

struct schedule_memory_row {
	struct str domain; /* A-labels, lower case, as the DNS was asked */
	bool secure;
	int64_t since_wall_ms;  /* it is so */
	int64_t secure_wall_ms; /* when it was secure last; 0: it never was */
	int64_t seen_wall_ms;
};

/* Some rows, in one allocation, to free(). */
struct schedule_memory_batch {
	size_t n;
	struct schedule_memory_row row[];
};

/* seed: random.  NULL: out of memory. */
struct schedule_memory *schedule_memory_new(const uint64_t seed[static 2], size_t max) MUST_USE;
void schedule_memory_free(struct schedule_memory **m);

/* What was kept of it; no memory: it is not known. */
void schedule_memory_load(struct schedule_memory *m, const struct schedule_memory_row *row);

/*
 * An answer says so of a domain.  Until when it was secure, where it is not now and was within
 * SCHEDULE_MEMORY_TELL_MS; else 0.
 */
int64_t schedule_memory_learn(struct schedule_memory *m, struct str domain, bool secure,
			      int64_t now_wall_ms);

/* At most max rows that changed, each once for each change; NULL: none, or out of memory. */
struct schedule_memory_batch *schedule_memory_take(struct schedule_memory *m, size_t max);

#endif
