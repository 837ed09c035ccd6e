/* Where libunbound was not there when this was built: see embedded.c. */
#include "resolve/core_priv.h"

static enum err open_server(struct resolve *r, unsigned server)
{
	resolve_server_unusable(&r->up[server].info, STR("not built in: libunbound"));
	return ERR_OK;
}

static bool send_one(struct resolve_link *link)
{
	unsigned server = link->query.server;

	resolve_query_lost(&link->query, server, link->r->up[server].info.reason);
	return true;
}

static bool flush(struct resolve *r, unsigned server, int64_t *when)
{
	(void)r;
	(void)server;
	(void)when;
	return false;
}

static void clear(struct resolve *r, unsigned server)
{
	(void)r;
	(void)server;
}

const struct resolve_channel resolve_embedded_channel = {
	.kind = DNS_CHANNEL_EMBEDDED,
	.whole = &resolve_embedded_channel,
	.trusted_by = resolve_server_by_being_here,
	.open = open_server,
	.send = send_one,
	.flush = flush,
	.clear = clear,
};
