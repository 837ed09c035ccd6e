#include "relay/state.h"

#include <string.h>

static void read_server(const struct resolve_server_state *s, struct relay_state_server *out)
{
	*out = (struct relay_state_server){ .trust = s->source.trust,
					    .probe = s->source.probe,
					    .answering = s->failures == 0,
					    .probed_ago = s->probed_ago,
					    .rtt_us = s->rtt_us,
					    .questions = s->questions,
					    .answers = s->answers,
					    .dropped = s->dropped,
					    .timeouts = s->timeouts };
	memcpy(out->statuses, s->statuses, sizeof(out->statuses));
	(void)str_copy(out->server, sizeof(out->server), s->source.server);
	(void)str_copy(out->channel, sizeof(out->channel), s->source.channel);
	(void)str_copy(out->trust_reason, sizeof(out->trust_reason), s->source.trust_reason);
	(void)str_copy(out->probe_reason, sizeof(out->probe_reason), s->source.probe_reason);
}

void relay_state_read(const struct resolve *resolver, struct relay_state *out)
{
	struct resolve_server_state s;

	out->n_server = 0;
	while (out->n_server < RESOLVE_SERVERS_MAX &&
	       resolve_server_at(resolver, out->n_server, &s))
		read_server(&s, &out->server[out->n_server++]);
	out->cache = resolve_counters(resolver);
}
