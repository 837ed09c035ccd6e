/*
 * The limits of a configuration held against the descriptors there are: what the
 * daemon does at its start, and what `signpost doctor` tells of.
 */
#ifndef ROUTING_DESCRIPTORS_H
#define ROUTING_DESCRIPTORS_H

#include "conf/conf.h"
#include "schedule/descriptors.h"

#define ROUTING_DESCRIPTORS_WORKERS_MAX 256

/* Event loops that the configuration asks for: workers, else one a core; delivery.total at most. */
size_t routing_descriptors_workers(const struct conf *conf);

/* What its limits ask for. */
struct schedule_descriptors_wish routing_descriptors_wish(const struct conf *conf);

/*
 * Raise this process's limit as far as needed, or as far as it goes, and lower
 * limits.connections and delivery.total of conf to what it is enough for.  *have: the
 * limit now.  Where it cannot be read: as if it were enough.
 */
struct schedule_descriptors routing_descriptors_hold(struct conf *conf, uint64_t *have);

#endif
