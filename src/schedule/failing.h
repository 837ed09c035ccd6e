/*
 * Those that failed, by key: any octets, as a domain folded, or an address and
 * its port.  Who works is not here.
 *
 * At most max are remembered; beyond that, the one that was looked up by
 * schedule_failing_at() longest ago is forgotten, which costs it no more than a
 * trial.  One table belongs to one thread.  Pure.
 */
#ifndef SCHEDULE_FAILING_H
#define SCHEDULE_FAILING_H

#include "base/err.h"
#include "base/str.h"
#include "schedule/backoff.h"

struct schedule_failing;

#define SCHEDULE_FAILING_MAX 20000 /* some 3 MiB */

/* NULL: out of memory.  seed is random, max at least 1. */
struct schedule_failing *schedule_failing_new(const uint64_t seed[static 2], size_t max) MUST_USE;
void schedule_failing_free(struct schedule_failing **t);

/* NULL: not here, so open.  Valid until the next at or drop. */
struct schedule_backoff *schedule_failing_find(const struct schedule_failing *t, struct str key);

/* The same, put in as open where it is not here: it failed.  NULL: out of memory. */
struct schedule_backoff *schedule_failing_at(struct schedule_failing *t, struct str key);

/* It works.  Nothing where it is not here. */
void schedule_failing_drop(struct schedule_failing *t, struct str key);

/* Nobody failed. */
void schedule_failing_clear(struct schedule_failing *t);

size_t schedule_failing_count(const struct schedule_failing *t);

#endif
