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
	resolve_server_init(&up->info, conf, resolve_channels[conf->channel], &r->peers[server],
			    r->conf.sharers);
	up->address_n = os_address_of(&up->info.conf.at, conf->scope, &up->address);
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

void resolve_upstream_tell(const struct resolve *r, struct resolve_tallies *out)
{
	for (out->n = 0; out->n < r->n_up; out->n++) {
		const struct resolve_server_info *info = &r->up[out->n].info;
		(void)str_copy(out->server[out->n].name, sizeof(out->server[out->n].name),
			       info->name);
		out->server[out->n].channel = info->channel;
		out->server[out->n].tally = info->tally;
	}
}

/* Whom people know by that name, over that channel or else over another; NULL: it is gone. */
static struct resolve_server_info *find_server(struct resolve *r, struct str name,
					       const struct resolve_channel *channel)
{
	struct resolve_server_info *found = NULL;

	for (unsigned i = 0; i < r->n_up; i++) {
		struct resolve_server_info *info = &r->up[i].info;
		if (str_eq(info->name, name) && (!found || info->channel == channel))
			found = info;
		if (found && found->channel == channel)
			break;
	}
	return found;
}

static void add_tally(struct resolve_tally *sum, const struct resolve_tally *t)
{
	sum->questions += t->questions;
	sum->answers += t->answers;
	sum->dropped += t->dropped;
	sum->timeouts += t->timeouts;
	for (size_t i = 0; i < DNS_STATUSES; i++)
		sum->statuses[i] += t->statuses[i];
}

void resolve_upstream_go_on(struct resolve *r, const struct resolve_tallies *before)
{
	for (unsigned i = 0; i < before->n; i++) {
		struct resolve_server_info *info =
			find_server(r, str_of(before->server[i].name), before->server[i].channel);
		if (info)
			add_tally(&info->tally, &before->server[i].tally);
	}
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
