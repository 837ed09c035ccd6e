/* What belongs to the servers of a configuration, as a whole: made, and ended. */
#include "os/address.h"
#include "resolve/core_priv.h"

#include <string.h>

static enum err open_one(struct resolve *r, unsigned server)
{
	struct resolve_upstream *up = &r->up[server];
	const struct dns_server *conf = &r->conf.servers[server];

	*up = (struct resolve_upstream){ 0 };
	list_init(&up->connections); /* before anything can fail: clear goes through them */
	list_init(&up->stream_queue);
	resolve_server_init(&up->info, conf, resolve_channels[conf->channel], &r->peers[server]);
	up->address_n = os_address_of(&conf->at, conf->scope, &up->address);
	resolve_probe_init(r, server);
	if (r->peers[server].trust != DNS_TRUST_NONE)
		r->trusted_only = true;
	return up->info.channel->open(r, server);
}

enum err resolve_upstream_open(struct resolve *r)
{
	enum err e = ERR_OK;

	for (unsigned i = 0; i < r->conf.n_servers && i < RESOLVE_SERVERS_MAX; i++) {
		enum err its = open_one(r, r->n_up++);
		if (its != ERR_OK)
			e = its;
	}
	return e;
}

bool resolve_upstream_flush(struct resolve *r, int64_t *when)
{
	bool any = false;

	for (unsigned i = 0; i < r->n_up; i++)
		any = r->up[i].info.channel->flush(r, i, when) || any;
	return any;
}

void resolve_upstream_outdate(struct resolve *r)
{
	for (unsigned i = 0; i < r->n_up; i++)
		if (r->up[i].info.channel->outdate)
			r->up[i].info.channel->outdate(r, i);
}

void resolve_upstream_close(struct resolve *r)
{
	resolve_job_reset_all(r);
	resolve_link_free_all(r);
	resolve_flight_free_all(r);
	for (unsigned i = 0; i < r->n_up; i++) {
		r->up[i].info.channel->clear(r, i);
		resolve_server_clear(&r->up[i].info);
		resolve_probe_clear(r, i);
	}
	r->n_up = 0;
	r->failing = 0;
	r->trusted_only = false;
}
