/* console "ADDRESS:PORT" { }: where the web console listens, and who may use it. */
#ifndef CONF_CONSOLE_PRIV_H
#define CONF_CONSOLE_PRIV_H

#include "conf/value_priv.h"

extern const struct conf_key conf_console_keys[];

/* There is one, or none; off loopback, one with TLS. */
bool conf_console_end(struct conf_reading *r, struct str title);

#endif
