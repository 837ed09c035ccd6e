/*
 * What becomes of logs of days that are over (SPEC section 6): fields that records keep go after
 * `keep-headers`, and files are compressed after `log-compress`.  When the daemon has started, at a
 * reload, and once an hour.
 *
 * On a thread of its own, as a day's files may be large.  The day up to which fields are
 * gone stands in the file `headers-removed` of the state directory, so that no day is looked
 * through twice.
 */
#ifndef RELAY_OLDLOGS_H
#define RELAY_OLDLOGS_H

#include "loop/loop.h"
#include "routing/settings.h"

struct relay_oldlogs;

/* *settings are those in force, at any time; the first look is in loop.  NULL: out of memory. */
struct relay_oldlogs *relay_oldlogs_new(struct loop *loop, struct routing_settings *const *settings)
	MUST_USE;

/* The settings are others: look soon. */
void relay_oldlogs_again(struct relay_oldlogs *k);

/*
 * Waits for a day's records that lose their fields; what is being compressed is left as it was.
 * Sets to NULL; NULL is fine.
 */
void relay_oldlogs_free(struct relay_oldlogs **k);

#endif
