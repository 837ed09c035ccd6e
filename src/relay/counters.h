/* What `signpost status` counts, kept by all threads with relaxed atomics. */
#ifndef RELAY_COUNTERS_H
#define RELAY_COUNTERS_H

#include "route/verdict.h"

#include <stdatomic.h>

#define RELAY_SERVICES 3
#define RELAY_OUTCOMES 3
#define RELAY_STATUSES 5 /* the four of enum dns_status, and none */

struct relay_counters {
	/* Recipients and attempts: by service, outcome (enum route_action), status of MX. */
	atomic_ullong deliveries[RELAY_SERVICES][RELAY_OUTCOMES][RELAY_STATUSES];
	atomic_llong connections_in, connections_out; /* open now */
};

#endif
