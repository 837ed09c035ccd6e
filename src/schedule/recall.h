/*
 * Mail that waits in the workers' memory for its turn is called back before an order about
 * it (hold, remove, bounce) is carried out: what no attempt has begun for goes to the store,
 * which obeys at once.
 *
 * The call goes from worker to worker, three times round, as one letter:
 *
 *	PASS    nothing: what was on its way to this worker is here, and what it parted is on
 *		its way to those who own the destinations
 *	GIVE    what waits here, and is called, goes home
 *	PASS    nothing: what went home is here, and its record is with the store
 *
 * So whatever was out when the call began, and is still out in the store after what was
 * recorded before its end, is under way.  That holds as every mailbox, and the store's list of
 * jobs, keeps the order in which it was posted to, whoever posts; and as nobody takes from the
 * store meanwhile.
 *
 * A plain value, on one thread at a time.  Pure.
 */
#ifndef SCHEDULE_RECALL_H
#define SCHEDULE_RECALL_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Zeros: nobody is called. */
struct schedule_recall {
	uint64_t *id; /* of messages; sorted once it has begun */
	size_t n;
	bool all;   /* whatever its ID */
	size_t hop; /* workers that it was sent to */
};

void schedule_recall_clear(struct schedule_recall *r);

/* Message id is called, 0: all are.  Before it begins.  ERR_NOMEM: it is not. */
enum err schedule_recall_add(struct schedule_recall *r, uint64_t id) MUST_USE;

/* Whom to send it to next, and what is to be done there. */
enum schedule_recall_step {
	SCHEDULE_RECALL_PASS,
	SCHEDULE_RECALL_GIVE,
	SCHEDULE_RECALL_OVER, /* back to who began it */
};

/* The next step; *worker is written but for OVER, and below n_workers, which is at least 1. */
enum schedule_recall_step schedule_recall_next(struct schedule_recall *r, size_t n_workers,
					       size_t *worker);

/* Whether that message is called; once it has begun. */
bool schedule_recall_has(const struct schedule_recall *r, uint64_t id);

#endif
