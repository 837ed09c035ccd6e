/*
 * Something that goes wrong again and again, as a full disk does: said once when it
 * begins, and once when it has been over for a while.
 */
#ifndef RELAY_TROUBLE_H
#define RELAY_TROUBLE_H

#include "base/err.h"
#include "loop/shortage.h"

#include <pthread.h>
#include <stdatomic.h>

/* Of one thing, for all threads. */
struct relay_trouble {
	pthread_mutex_t lock;
	struct loop_shortage shortage;
	atomic_bool said;  /* as it is in shortage: no lock while all is well */
	const char *event; /* what the log calls it */
	const char *over;  /* in words */
};

/* All is well.  event and over are lasting text. */
void relay_trouble_init(struct relay_trouble *t, const char *event, const char *over);
void relay_trouble_clear(struct relay_trouble *t);

/* It went wrong; the log's line about it, if there is to be one; NULL: it was said.  Any thread. */
void relay_trouble_met(struct relay_trouble *t, int64_t now, const char *what);

/* It went well: once it has for a while the log is told so.  Any thread; cheap if all is well. */
void relay_trouble_passed(struct relay_trouble *t, int64_t now);

#endif
