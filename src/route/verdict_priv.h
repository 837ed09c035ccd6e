/*
 * For what judges beside the table: how a verdict says that nothing is delivered.
 */
#ifndef ROUTE_VERDICT_PRIV_H
#define ROUTE_VERDICT_PRIV_H

#include "route/verdict.h"
#include "route/words_priv.h"

/* Sets action, statuses and culprit by the reason, and adds the words. */
void route_verdict_refuse(struct route_verdict *out, const struct route_case *c);

#endif
