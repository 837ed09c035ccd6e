#include "admin/servers.h"

/* Of two workers' probes the one that is known, or failed; of two that agree, the later. */
static void add_probe(struct relay_state_server *sum, const struct relay_state_server *s)
{
	bool same = sum->probe == s->probe,
	     later = sum->probed_ago < 0 || (s->probed_ago >= 0 && s->probed_ago < sum->probed_ago);

	if (same ? later : sum->probe == DNS_PROBE_UNKNOWN || dns_probe_bad(s->probe)) {
		sum->probe = s->probe;
		sum->probed_ago = s->probed_ago;
		(void)str_copy(sum->probe_reason, sizeof(sum->probe_reason),
			       str_of(s->probe_reason));
	}
}

/* The same server as another worker sees it: counts are added. */
static void add_server(struct relay_state_server *sum, const struct relay_state_server *s)
{
	sum->questions += s->questions;
	sum->answers += s->answers;
	sum->dropped += s->dropped;
	sum->timeouts += s->timeouts;
	for (size_t i = 0; i < DNS_STATUSES; i++)
		sum->statuses[i] += s->statuses[i];
	sum->answering &= s->answering;
	if (sum->rtt_us == 0)
		sum->rtt_us = s->rtt_us;
	add_probe(sum, s);
}

/* Those of one worker into the list of all. */
static size_t add_worker(struct relay_state_server *all, size_t n, const struct relay_state *w)
{
	for (size_t i = 0; i < w->n_server; i++) {
		const struct relay_state_server *s = &w->server[i];
		size_t at = 0;
		while (at < n && !(str_eq(str_of(all[at].server), str_of(s->server)) &&
				   str_eq(str_of(all[at].channel), str_of(s->channel))))
			at++;
		if (at < n)
			add_server(&all[at], s);
		else if (n < ADMIN_SERVERS_MAX)
			all[n++] = *s;
	}
	return n;
}

size_t admin_servers_merge(const struct relay_state *worker, size_t n_workers,
			   struct relay_state_server all[static ADMIN_SERVERS_MAX])
{
	size_t n = 0;

	for (size_t w = 0; w < n_workers; w++)
		n = add_worker(all, n, &worker[w]);
	return n;
}
