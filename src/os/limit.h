/* How many descriptors this process may have open. */
#ifndef OS_LIMIT_H
#define OS_LIMIT_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

/* In force, and as far as the process may raise it by itself.  UINT64_MAX: without bound. */
struct os_limit {
	uint64_t now, most;
};

/* ERR_IO. */
enum err os_limit_read(struct os_limit *out) MUST_USE;

/*
 * What the limit should be for want descriptors to be open.  It never sinks; past
 * .most it is raised only where super, which may also be refused.  Pure.
 */
struct os_limit os_limit_for(struct os_limit l, uint64_t want, bool super);

/*
 * Raise the limit so that want descriptors may be open, or as far as it goes.
 * *have: what is in force then, which may be fewer.  ERR_IO: it cannot even be read.
 */
enum err os_limit_raise(uint64_t want, uint64_t *have) MUST_USE;

#endif
