/*
 * The resolver that a configuration describes, and one that can be replaced
 * while questions are under way: each of its users holds it.
 */
#ifndef ROUTING_RESOLVER_H
#define ROUTING_RESOLVER_H

#include "conf/conf.h"
#include "resolve/resolve.h"

#define ROUTING_RESOLV_CONF "/etc/resolv.conf"

/*
 * The resolver's configuration out of ours: servers given, else those of
 * resolv.conf, which is then followed.  Its strings are conf's.  With ERR_OK *why has
 * the lines of resolv.conf that cannot be read.
 * ERR_SYNTAX, ERR_IO: *why; ERR_NOMEM.
 */
enum err routing_resolver_conf(const struct conf *conf, struct resolve_conf *out, struct buf *why)
	MUST_USE;

/* A resolver and how many hold it, all on the thread of its reactor. */
struct routing_resolver {
	struct resolve *resolve;
	unsigned holders;
};

/* Whose resolver it is. */
struct routing_resolver_host {
	const struct os_reactor *reactor;
	unsigned sharers; /* resolvers of this process with the same servers; 0: it alone */
	/* NULL, or who hears of each change of a server's probe: see resolve/config.h. */
	void (*probed)(void *arg, const struct resolve_probed *event);
	void *arg;
};

/*
 * The resolver of conf, held once.  ERR_SYNTAX, ERR_IO: *why; ERR_NOMEM.
 */
enum err routing_resolver_new(const struct routing_resolver_host *host, const struct conf *conf,
			      struct routing_resolver **out, struct buf *why) MUST_USE;

/*
 * Whether a resolver of before is as good as one of conf, so that it may stay, with all that it
 * knows: the same servers, channels, trust and probes, and none that was made of a file which
 * may say something else by now (certificates, a trust anchor).  resolv.conf is no such file:
 * resolve_reread().
 */
bool routing_resolver_same(const struct conf *before, const struct conf *conf);

/* renewed, held, takes the place of *r, which is let go; its counters go on from those. */
void routing_resolver_replace(struct routing_resolver **r, struct routing_resolver *renewed);

struct routing_resolver *routing_resolver_hold(struct routing_resolver *r);

/* Also frees, when it was the last holder. */
void routing_resolver_drop(struct routing_resolver **r);

#endif
