/*
 * What the service manager hears of the daemon (os/service.h): that it is ready, reloads, stops,
 * how its queue is; and that it is alive, which all its threads have said before.
 */
#ifndef RELAY_HERALD_H
#define RELAY_HERALD_H

#include "loop/loop.h"
#include "queue/counts.h"

#include <stdbool.h>
#include <stdint.h>

struct relay_herald;

struct relay_herald_conf {
	struct loop *loop;
	int fd;              /* of os_service_open(); becomes the herald's */
	int64_t watchdog_ms; /* of os_service_watchdog() */
	/* Ask all threads; relay_herald_alive() when they have answered.  False: not now. */
	bool (*ask)(void *arg);
	void *arg;
};

/* NULL: out of memory.  Without a manager it does nothing. */
struct relay_herald *relay_herald_new(const struct relay_herald_conf *conf) MUST_USE;
void relay_herald_free(struct relay_herald **h);

void relay_herald_ready(struct relay_herald *h); /* at first, and when a reload is over */
void relay_herald_reloading(struct relay_herald *h);
void relay_herald_stopping(struct relay_herald *h);

/* All threads have answered. */
void relay_herald_alive(struct relay_herald *h, const struct queue_counts *queue,
			uint64_t accepted);

#endif
