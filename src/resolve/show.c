/* Servers as people see them. */
#include "resolve/core_priv.h"

#include <string.h>

static struct str name_of(const struct resolve_channel *channel)
{
	return dns_channel_kind(channel->kind)->name;
}

/* Of the servers that a question goes to all are known for what they are: untrusted or at fault. */
static bool none_believed(const struct resolve *r)
{
	for (unsigned i = 0; i < r->n_up; i++)
		if (r->peers[i].trust != DNS_TRUST_NONE && !resolve_probe_fails(r, i))
			return false;
	return r->n_up > 0;
}

/* No server answered.  The first that was asked shows why none of them is to be believed. */
static struct dns_source show_none(const struct resolve *r)
{
	struct dns_source s = { .probe = DNS_PROBE_UNKNOWN, .none_believed = none_believed(r) };
	unsigned i = 0;

	if (!s.none_believed)
		return s;
	if (!r->trusted_only) {
		s.trust_reason = r->up[0].info.reason;
		return s;
	}
	while (r->peers[i].trust == DNS_TRUST_NONE)
		i++;
	s.probe = DNS_PROBE_FAILS;
	s.probe_reason = r->up[i].probe_reason;
	return s;
}

struct dns_source resolve_show_source(const struct resolve *r, const struct resolve_job *job,
				      const struct dns_answer *a)
{
	struct dns_source s = { .probe = DNS_PROBE_UNKNOWN };

	if (job->server < 0)
		return show_none(r);
	const struct resolve_server_info *info = &r->up[job->server].info;
	s.server = info->name;
	s.channel = name_of(job->over_tcp ? info->channel->whole : info->channel);
	s.trust = info->peer->trust;
	s.trust_reason = a->aa && a->status != DNS_SECURE ? info->reason_aa : info->reason;
	s.probe = resolve_probe_state(r, (unsigned)job->server, r->now);
	for (unsigned i = 0; i < r->n_up; i++) {
		if (!(job->servers & 1u << i) ||
		    resolve_probe_state(r, i, r->now) == DNS_PROBE_VALIDATES)
			continue;
		if (s.probe == DNS_PROBE_VALIDATES ||
		    dns_probe_bad(resolve_probe_state(r, i, r->now)))
			s.probe = resolve_probe_state(r, i, r->now);
		if (dns_probe_bad(s.probe))
			s.probe_reason = r->up[i].probe_reason;
	}
	return s;
}

struct resolve_server_state resolve_show_server(const struct resolve *r, unsigned i, int64_t now)
{
	const struct resolve_upstream *up = &r->up[i];
	const struct resolve_server_info *info = &up->info;
	struct resolve_server_state s = {
		.source = {
			.server = info->name,
			.channel = name_of(info->channel),
			.trust = info->peer->trust,
			.trust_reason = info->reason,
			.probe = resolve_probe_found(r, i),
		},
		.answering = now >= info->down_until,
		.failures = info->failures,
		.rtt_us = info->rtt_us,
		.questions = info->tally.questions,
		.answers = info->tally.answers,
		.dropped = info->tally.dropped,
		.timeouts = info->tally.timeouts,
		.probed_ago = up->probed_at ? now - up->probed_at : -1,
	};

	memcpy(s.statuses, info->tally.statuses, sizeof(s.statuses));
	if (dns_probe_bad(s.source.probe))
		s.source.probe_reason = up->probe_reason;
	return s;
}
