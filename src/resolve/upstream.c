/* What belongs to the servers of a configuration, as a whole: made, and ended. */
#include "resolve/core_priv.h"

enum err resolve_upstream_open(struct resolve *r)
{
	enum err e = ERR_OK;

	for (unsigned i = 0; i < r->conf.n_servers && i < RESOLVE_SERVERS_MAX; i++) {
		struct resolve_upstream *up = &r->up[r->n_up++];
		*up = (struct resolve_upstream){ 0 };
		resolve_server_init(&up->info, &r->conf.servers[i], &r->peers[i]);
		list_init(&up->queue);
		list_init(&up->all_sockets);
		resolve_probe_init(r, i);
		enum err its = resolve_tcp_init(r, i);
		if (its != ERR_OK)
			e = its;
		if (r->peers[i].trust != DNS_TRUST_NONE)
			r->trusted_only = true;
		if (up->info.conf.channel == RESOLVE_EMBEDDED)
			resolve_embedded_new(r, i);
	}
	return e == ERR_OK ? resolve_udp_init(r) : e;
}

void resolve_upstream_close(struct resolve *r)
{
	resolve_job_reset_all(r);
	resolve_link_free_all(r);
	for (unsigned i = 0; i < r->n_up; i++)
		resolve_embedded_clear(r, i);
	for (unsigned i = 0; i < r->n_up; i++)
		resolve_probe_clear(r, i);
	resolve_flight_free_all(r);
	resolve_tcp_clear(r);
	resolve_udp_clear(r);
	r->n_up = 0;
	r->failing = 0;
	r->trusted_only = false;
}
