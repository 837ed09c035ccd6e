/*
 * The resolver that a configuration describes.
 */
#ifndef ROUTING_RESOLVER_H
#define ROUTING_RESOLVER_H

#include "conf/conf.h"
#include "resolve/resolve.h"

/*
 * The resolver's configuration out of ours: servers given, else those of
 * resolv.conf, which is then followed.  Its strings are conf's.
 * ERR_SYNTAX, ERR_IO: *why; ERR_NOMEM.
 */
enum err routing_resolver_conf(const struct conf *conf, struct resolve_conf *out, struct buf *why)
	MUST_USE;

#endif
