/* The resolver as people see it: its servers, and what it has done. */
#include "resolve/core_priv.h"

struct str resolve_core_channel(enum resolve_channel channel)
{
	static const struct str channels[] = {
		[RESOLVE_UDP] = STR_INIT("udp"),
		[RESOLVE_TCP] = STR_INIT("tcp"),
		[RESOLVE_TLS] = STR_INIT("tls"),
		[RESOLVE_EMBEDDED] = STR_INIT("embedded"),
	};

	return channels[channel];
}

struct dns_source resolve_core_source(const struct resolve *r, const struct resolve_job *job,
				      const struct dns_answer *a)
{
	struct dns_source s = { .probe = DNS_PROBE_UNKNOWN };

	if (job->server < 0)
		return s;
	const struct resolve_server_info *info = &r->up[job->server].info;
	s.server = info->name;
	s.channel = info->conf.channel == RESOLVE_UDP && job->over_tcp
			    ? resolve_core_channel(RESOLVE_TCP)
			    : resolve_core_channel(info->conf.channel);
	s.trust = info->peer->trust;
	s.trust_reason = a->aa && a->status != DNS_SECURE ? info->reason_aa : info->reason;
	s.probe = resolve_probe_state(r, (unsigned)job->server, r->now);
	for (unsigned i = 0; i < r->n_up; i++) {
		if (!(job->servers & 1u << i) ||
		    resolve_probe_state(r, i, r->now) == DNS_PROBE_VALIDATES)
			continue;
		if (s.probe == DNS_PROBE_VALIDATES ||
		    resolve_probe_state(r, i, r->now) == DNS_PROBE_FAILS)
			s.probe = resolve_probe_state(r, i, r->now);
		if (s.probe == DNS_PROBE_FAILS)
			s.probe_reason = r->up[i].probe_reason;
	}
	return s;
}

bool resolve_server_at(const struct resolve *r, size_t i, struct resolve_server_state *out)
{
	if (i >= r->n_up)
		return false;
	const struct resolve_upstream *up = &r->up[i];
	const struct resolve_server_info *info = &up->info;
	int64_t now = r->reactor.now(r->reactor.loop);

	*out = (struct resolve_server_state){
		.source = {
			.server = info->name,
			.channel = resolve_core_channel(info->conf.channel),
			.trust = info->peer->trust,
			.trust_reason = info->reason,
			.probe = resolve_probe_state(r, (unsigned)i, now),
		},
		.answering = now >= info->down_until,
		.rtt_us = info->rtt_us,
		.questions = info->questions,
		.answers = info->answers,
		.dropped = info->dropped,
		.timeouts = info->timeouts,
	};
	if (out->source.probe == DNS_PROBE_FAILS)
		out->source.probe_reason = up->probe_reason;
	return true;
}

struct resolve_counters resolve_counters(const struct resolve *r)
{
	struct resolve_counters c = r->counters;

	c.cache_octets = r->cache.octets;
	c.cache_entries = r->cache.n;
	c.evictions = r->cache.evictions;
	return c;
}
