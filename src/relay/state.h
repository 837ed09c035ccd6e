/*
 * What a worker tells of itself when it is asked: values, which another thread
 * may keep.
 */
#ifndef RELAY_STATE_H
#define RELAY_STATE_H

#include "resolve/resolve.h"

struct relay_state_server {
	char server[IP_TEXT_MAX], channel[16];
	char trust_reason[256], probe_reason[256];
	enum dns_trust trust;
	enum dns_probe probe;
	bool answering;     /* it has not failed to since it did, or was never asked */
	int64_t probed_ago; /* since the last probe ended; -1: none did */
	int64_t rtt_us;
	uint64_t questions, answers, dropped, timeouts;
	uint64_t statuses[DNS_STATUSES]; /* answers, by what they are worth */
};

struct relay_state {
	struct relay_state_server server[RESOLVE_SERVERS_MAX];
	size_t n_server;
	struct resolve_counters cache;
};

/* On the resolver's thread. */
void relay_state_read(const struct resolve *resolver, struct relay_state *out);

#endif
