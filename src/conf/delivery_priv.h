/*
 * How mail is delivered: the keys of `delivery`, each of which a route may say anew for its
 * own destinations.
 */
#ifndef CONF_DELIVERY_PRIV_H
#define CONF_DELIVERY_PRIV_H

#include "conf/value_priv.h"

extern const struct conf_key conf_delivery_keys[];

#endif
