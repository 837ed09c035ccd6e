/* Where libunbound was not there when this was built: see embedded.c. */
#include "resolve/core_priv.h"

void resolve_embedded_new(struct resolve *r, unsigned server)
{
	resolve_server_unusable(&r->up[server].info, STR("not built in: libunbound"));
}

void resolve_embedded_send(struct resolve_link *link)
{
	unsigned server = link->query.server;

	resolve_query_lost(&link->query, server, link->r->up[server].info.reason);
}

void resolve_embedded_forget(struct resolve_link *link)
{
	link->ask = NULL;
}

bool resolve_embedded_flush(struct resolve *r)
{
	(void)r;
	return false;
}

void resolve_embedded_outdate(struct resolve *r)
{
	(void)r;
}

void resolve_embedded_clear(struct resolve *r, unsigned server)
{
	r->up[server].embedded = NULL;
}
