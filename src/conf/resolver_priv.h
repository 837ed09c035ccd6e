/*
 * resolver "ADDRESS[:PORT]" { } and resolver "embedded" { }: the keys, and which
 * of them go together.
 */
#ifndef CONF_RESOLVER_PRIV_H
#define CONF_RESOLVER_PRIV_H

#include "conf/value_priv.h"

extern const struct conf_key conf_resolver_keys[];

/* What was read makes one more; a key that makes no sense beside the others is refused. */
bool conf_resolver_end(struct conf_reading *r, struct str title);

#endif
