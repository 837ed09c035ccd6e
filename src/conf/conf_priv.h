/*
 * What the sections of a configuration hold, freed: also by who has read but half of it.
 */
#ifndef CONF_CONF_PRIV_H
#define CONF_CONF_PRIV_H

#include "conf/conf.h"

/* Free what *l, *t, *e, *s and *o hold, secrets overwritten. */
void conf_listen_clear(struct conf_listen *l);
void conf_route_clear(struct conf_route *t);
void conf_exempt_clear(struct conf_exempt *e);
void conf_resolver_clear(struct conf_resolver *s);
void conf_console_clear(struct conf_console *o);

#endif
