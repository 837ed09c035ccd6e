/*
 * What to do while descriptors or memory are short: wait, look again now and then,
 * say so once, and once when it has been over for a while.
 *
 * Pure: errors and the time come in, what is to be done comes out.
 */
#ifndef LOOP_SHORTAGE_H
#define LOOP_SHORTAGE_H

#include <stdbool.h>
#include <stdint.h>

#define LOOP_SHORTAGE_RETRY_MS 500
#define LOOP_SHORTAGE_CALM_MS 10000

/* What an errno of accept() asks for. */
enum loop_accept {
	LOOP_ACCEPT_NONE, /* nobody waits */
	LOOP_ACCEPT_NEXT, /* one came to nothing: the next one */
	LOOP_ACCEPT_WAIT, /* none can be taken for the moment */
};
enum loop_accept loop_shortage_judge(int error);

/* Zero-initialised, there is none. */
struct loop_shortage {
	bool said;       /* it has been said, and not yet that it is over */
	int64_t look_at; /* when to look again; while said */
	bool calm;       /* since the last look nothing was short */
};

/* Something was short.  True: that is to be said. */
bool loop_shortage_met(struct loop_shortage *s, int64_t now);

/* look_at has come, or something went well, which alone ends nothing.  True: it is over, say so. */
bool loop_shortage_passed(struct loop_shortage *s, int64_t now);

#endif
