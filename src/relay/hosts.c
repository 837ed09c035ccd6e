#include "relay/hosts.h"

#include "os/random.h"

#include <string.h>

struct key {
	uint8_t octets[1 + sizeof(((struct ip *)0)->octets) + 2];
};

static struct str key_of(const struct ip_port *at, struct key *k)
{
	memset(k, 0, sizeof(*k));
	k->octets[0] = (uint8_t)at->ip.family;
	memcpy(k->octets + 1, at->ip.octets, at->ip.family == 4 ? 4 : 16);
	k->octets[sizeof(k->octets) - 2] = (uint8_t)(at->port >> 8);
	k->octets[sizeof(k->octets) - 1] = (uint8_t)at->port;
	return (struct str){ (const char *)k->octets, sizeof(k->octets) };
}

int64_t relay_hosts_wait(struct relay_worker *w, const struct ip_port *at,
			 const struct schedule_retry *retry)
{
	const struct schedule_backoff_limits limits = schedule_backoff_limits(retry);
	struct key k;
	struct schedule_backoff *b = schedule_failing_find(w->hosts, key_of(at, &k));
	int64_t now = loop_now(w->loop);
	int64_t wait_ms = b ? schedule_backoff_closed(b, &limits, now) : 0;

	if (b && schedule_backoff_look(b, &limits, now) == SCHEDULE_TRIAL)
		schedule_backoff_try(b, now);
	return wait_ms;
}

void relay_hosts_worked(struct relay_worker *w, const struct ip_port *at)
{
	struct key k;

	schedule_failing_drop(w->hosts, key_of(at, &k));
}

void relay_hosts_failed(struct relay_worker *w, const struct ip_port *at,
			const struct schedule_retry *retry)
{
	const struct schedule_backoff_limits limits = schedule_backoff_limits(retry);
	struct key k;
	struct schedule_backoff *b = schedule_failing_at(w->hosts, key_of(at, &k));

	if (b) /* no memory: it is tried again the sooner */
		schedule_backoff_failed(b, &limits, loop_now(w->loop), (uint32_t)os_random_u64());
}

void relay_hosts_unknown(struct relay_worker *w, const struct ip_port *at)
{
	struct key k;
	struct schedule_backoff *b = schedule_failing_find(w->hosts, key_of(at, &k));

	if (b)
		schedule_backoff_unknown(b);
}
