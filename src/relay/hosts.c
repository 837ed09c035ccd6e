#include "relay/hosts.h"

#include "os/random.h"

#include <string.h>

struct key {
	uint8_t octets[sizeof(((struct ip *)0)->octets) + 2];
};

static struct str key_of(const struct ip_port *at, struct key *k)
{
	memset(k, 0, sizeof(*k));
	memcpy(k->octets, at->ip.octets, at->ip.family == 4 ? 4 : 16);
	k->octets[sizeof(k->octets) - 2] = (uint8_t)(at->port >> 8);
	k->octets[sizeof(k->octets) - 1] = (uint8_t)at->port;
	return (struct str){ (const char *)k->octets, sizeof(k->octets) };
}

int64_t relay_hosts_wait(struct relay_worker *w, const struct ip_port *at)
{
	struct key k;
	struct schedule_backoff *b = schedule_failing_find(w->hosts, key_of(at, &k));
	const struct schedule_backoff_limits *limits = &w->pace.limits.backoff;
	int64_t now = loop_now(w->loop), wait;

	if (!b)
		return 0;
	switch (schedule_backoff_look(b, limits, now)) {
	case SCHEDULE_OPEN:
		return 0;
	case SCHEDULE_TRIAL:
		schedule_backoff_try(b, now);
		return 0;
	case SCHEDULE_CLOSED:
	case SCHEDULE_BUSY:
		break;
	}
	wait = schedule_backoff_wait(b, limits, now, (uint32_t)os_random_u64());
	return wait > 0 ? wait : 1; /* while somebody else tries it, not for long */
}

void relay_hosts_worked(struct relay_worker *w, const struct ip_port *at)
{
	struct key k;

	schedule_failing_drop(w->hosts, key_of(at, &k));
}

void relay_hosts_failed(struct relay_worker *w, const struct ip_port *at)
{
	struct key k;
	struct schedule_backoff *b = schedule_failing_at(w->hosts, key_of(at, &k));

	if (b) /* no memory: it is tried again the sooner */
		schedule_backoff_failed(b, &w->pace.limits.backoff, loop_now(w->loop),
					(uint32_t)os_random_u64());
}

void relay_hosts_unknown(struct relay_worker *w, const struct ip_port *at)
{
	struct key k;
	struct schedule_backoff *b = schedule_failing_find(w->hosts, key_of(at, &k));

	if (b)
		schedule_backoff_unknown(b);
}
