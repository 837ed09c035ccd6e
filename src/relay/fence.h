/* What the daemon shuts itself out of, once it has its sockets and has read its files. */
#ifndef RELAY_FENCE_H
#define RELAY_FENCE_H

#include "conf/conf.h"
#include "fence/calls.h"

struct relay_fence {
	unsigned landlock; /* the kernel's version of it; 0: none */
	struct fence_calls_result calls;
};

/*
 * Before there are threads, and after relay_rights_drop().  In reach stay state, log, the files
 * that conf names, those beside them, and what is everybody's to read: a reload may change any
 * of these.  ERR_IO: *why; ERR_NOMEM.
 */
enum err relay_fence_close(const struct conf *conf, struct relay_fence *out, struct buf *why)
	MUST_USE;

/* Say it in the log. */
void relay_fence_tell(const struct relay_fence *f);

#endif
