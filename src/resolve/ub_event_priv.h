/* What libunbound takes for an event base: its events are ours. */
#ifndef RESOLVE_UB_EVENT_PRIV_H
#define RESOLVE_UB_EVENT_PRIV_H

#include "resolve/core_priv.h"

#include <unbound-event.h>

struct resolve_ub_base {
	struct ub_event_base super; /* first: libunbound's pointer to it is one to us */
	struct resolve *r;
};

/*
 * base serves one context of libunbound, and outlives it.  Each call into that
 * context is made between resolve_core_enter() and resolve_core_leave(), and
 * the functions of its events are.
 */
void resolve_ub_base_init(struct resolve_ub_base *base, struct resolve *r);

#endif
