/* route "DOMAIN" { }: the keys of a static route, and which of them go together. */
#ifndef CONF_ROUTE_PRIV_H
#define CONF_ROUTE_PRIV_H

#include "conf/value_priv.h"

extern const struct conf_key conf_route_keys[];

/* What was read makes one more; what leads nowhere, or does not go together, is refused. */
bool conf_route_end(struct conf_reading *r, struct str title);

/* All is read: routes take from the section delivery what they do not say, and are sorted. */
bool conf_route_finish(struct conf_reading *r);

#endif
