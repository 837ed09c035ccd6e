/* What `signpost status` counts, kept by all threads with relaxed atomics. */
#ifndef RELAY_COUNTERS_H
#define RELAY_COUNTERS_H

#include "route/verdict.h"
#include "smtp/refusal.h"

#include <stdatomic.h>

#define RELAY_STATUSES (DNS_STATUSES + 1) /* the last is none: no DNS was asked */

struct relay_counters {
	/* Recipients and attempts: by service, outcome (enum route_action), status of MX. */
	atomic_ullong deliveries[ROUTE_SERVICES][ROUTE_ACTIONS][RELAY_STATUSES];
	atomic_ullong accepted;               /* messages, stored */
	atomic_ullong refused[SMTP_REFUSALS]; /* replies to clients that refuse, by reason */
	atomic_llong connections_in, connections_out; /* open now */
};

#endif
