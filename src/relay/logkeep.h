/* Log files that are too old go, when the daemon starts, at a reload, and once a day (log-keep). */
#ifndef RELAY_LOGKEEP_H
#define RELAY_LOGKEEP_H

#include "base/err.h"
#include "loop/loop.h"
#include "routing/settings.h"

struct relay_logkeep;

/* *settings are those in force, at any time; the first look is at once.  NULL: out of memory. */
struct relay_logkeep *relay_logkeep_new(struct loop *loop, struct routing_settings *const *settings)
	MUST_USE;

/* The settings are others: look at once. */
void relay_logkeep_again(struct relay_logkeep *k);

/* Free and set to NULL; NULL is fine. */
void relay_logkeep_free(struct relay_logkeep **k);

#endif
