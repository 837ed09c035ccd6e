/*
 * Early refusal: the ways of required mail are found before it is taken (SPEC section 3).
 *
 * No later than reject-within the message goes on to the store, unless it would bounce for every
 * recipient.  Bounded: of one message RELAY_EARLY_AT_ONCE ways are looked for at a time, on one
 * worker RELAY_EARLY_MOST; what comes beyond is taken as it is.
 */
#ifndef RELAY_EARLY_H
#define RELAY_EARLY_H

#include "relay/intake.h"
#include "relay/worker.h"

#define RELAY_EARLY_AT_ONCE 8
#define RELAY_EARLY_MOST 64

/* NULL: the message is taken; else what its client hears.  The job is the callee's again. */
typedef void relay_early_done(struct relay_worker *w, struct relay_job *job,
			      const struct relay_answer *refusal);

/*
 * The job that would store a message.  True: done will be called, never from inside.  False: it is
 * taken as it is, the job stays.
 */
bool relay_early_begin(struct relay_worker *w, struct relay_job *job, relay_early_done *done)
	MUST_USE;

#endif
