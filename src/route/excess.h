/*
 * What is known to be there and is not looked at, as it is too much.
 */
#ifndef ROUTE_EXCESS_H
#define ROUTE_EXCESS_H

#include "base/buf.h"
#include "route/route.h"

/* Mail hosts beyond ROUTE_HOSTS_MAX, addresses beyond ROUTE_ADDRESSES_MAX: appended, by line. */
void route_excess_text(struct buf *out, const struct route_facts *f);

#endif
