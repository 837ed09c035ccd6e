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

bool relay_hosts_open(struct relay_worker *w, const struct ip_port *at, struct buf *why)
{
	struct key k;
	struct schedule_backoff *b = schedule_failing_find(w->hosts, key_of(at, &k));
	int64_t now = loop_now(w->loop);

	if (!b)
		return true;
	switch (schedule_backoff_look(b, &w->pace.limits.backoff, now)) {
	case SCHEDULE_OPEN:
		return true;
	case SCHEDULE_TRIAL:
		schedule_backoff_try(b, now);
		return true;
	case SCHEDULE_CLOSED:
	case SCHEDULE_BUSY:
		break;
	}
	buf_add(why, STR("it could not be reached a moment ago"));
	return false;
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
