/* exempt "DOMAIN" { }: the keys of an exemption, both of which are a must. */
#ifndef CONF_EXEMPT_PRIV_H
#define CONF_EXEMPT_PRIV_H

#include "conf/value_priv.h"

extern const struct conf_key conf_exempt_keys[];

/* What was read makes one more; one without a reason, or without an end, is refused. */
bool conf_exempt_end(struct conf_reading *r, struct str title);

#endif
