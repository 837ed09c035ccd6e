/*
 * A worker put together, and what its letters do: above everything that a worker
 * has, so that none of it knows the others through it.
 */
#ifndef RELAY_DISPATCH_H
#define RELAY_DISPATCH_H

#include "relay/worker.h"

/*
 * A worker ready to run, its listeners not yet added.  ERR_NOMEM, ERR_IO: *why.
 */
enum err relay_dispatch_new(struct relay_shared *shared, unsigned number,
			    struct routing_settings *settings, struct relay_worker **out,
			    struct buf *why) MUST_USE;
/* Its guests go: what they have in the spool is the queue's, which is closed next. */
void relay_dispatch_empty(struct relay_worker *w);
void relay_dispatch_free(struct relay_worker **w);

/* Accept on fd, which becomes the worker's; before its thread runs.  ERR_NOMEM: fd stays. */
enum err relay_dispatch_listen(struct relay_worker *w, int fd, size_t index) MUST_USE;

/* The thread's function; arg is the worker. */
void *relay_dispatch_run(void *arg);

#endif
