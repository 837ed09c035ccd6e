/*
 * A report that returns a spooled message whole: it is written to a file of its own, on a thread
 * that may wait for a disk (relay/chore).  Where the message cannot be returned, its header alone
 * is; so it is where the disk has no more room than is kept for mail that is to leave.
 *
 * The message is read to find a boundary that it does not hold, and then once more; each time it is
 * held against its sums.  A chore does a stretch and comes back, so that no other waits for the
 * whole of a large one; and where the worker stops meanwhile, what there is of it is dropped.  A
 * crash leaves a file of which no message knows, which the next start removes.
 */
#ifndef RELAY_REPORTING_H
#define RELAY_REPORTING_H

#include "relay/report.h"
#include "relay/worker.h"

struct relay_reporting;

/*
 * Begin with r, which relay_report_is_far(), and which lasts, with all that it points to, until it
 * is taken.  done(arg) is called once, on the worker's thread, and never from within.  ERR_NOMEM,
 * ERR_LIMIT: there is no room for it in memory.
 */
enum err relay_reporting_new(struct relay_worker *w, const struct relay_report *r,
			     void (*done)(void *arg), void *arg, struct relay_reporting **out)
	MUST_USE;

/* Once done was called: whether the worker stopped first.  The next start makes the report then. */
bool relay_reporting_dropped(const struct relay_reporting *x);

/*
 * Once done was called: the report, which is stored before its file counts.  Damage and what the
 * disk refused are told to the log.  NULL: out of memory, or it was dropped.  Sets NULL.
 */
struct queue_message *relay_reporting_take(struct relay_reporting **p) MUST_USE;

#endif
