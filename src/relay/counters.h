/* What `signpost status` tells, kept by all threads with relaxed atomics. */
#ifndef RELAY_COUNTERS_H
#define RELAY_COUNTERS_H

#include "relay/histogram.h"
#include "route/verdict.h"
#include "smtp/refusal.h"

#include <stdatomic.h>

#define RELAY_STATUSES (DNS_STATUSES + 1) /* the last is none: no DNS was asked */

/* How mail went that was handed to a mail host. */
enum relay_tls { RELAY_TLS_CLEAR, RELAY_TLS_ENCRYPTED, RELAY_TLS_VERIFIED, RELAY_TLS_DANE };

#define RELAY_TLS_RESULTS 4

struct relay_counters {
	/* Recipients and attempts: by service, outcome (enum route_action), status of MX. */
	atomic_ullong deliveries[ROUTE_SERVICES][ROUTE_ACTIONS][RELAY_STATUSES];
	atomic_ullong tls[RELAY_TLS_RESULTS]; /* sessions that had a host, by the last of them */
	atomic_ullong accepted;               /* messages, stored */
	atomic_ullong refused[SMTP_REFUSALS]; /* replies to clients that refuse, by reason */
	atomic_llong connections_in, connections_out; /* open now */
	struct relay_histogram delivery; /* from arrival until delivered, of each recipient */
	struct relay_histogram dns;      /* until the way was known, of each attempt */
};

#endif
