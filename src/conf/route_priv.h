/* route "DOMAIN" { }: the keys of a static route, and which of them go together. */
#ifndef CONF_ROUTE_PRIV_H
#define CONF_ROUTE_PRIV_H

#include "conf/value_priv.h"

extern const struct conf_key conf_route_keys[];

/* What was read makes one more; what leads nowhere is refused. */
bool conf_route_end(struct conf_reading *r, struct str title);

#endif
