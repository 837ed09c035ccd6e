/*
 * What each job does, over any store, inside a transaction that somebody else begins and
 * commits.  Nothing here reads a clock or a disk: what it decides follows from the
 * job, the turn, and what the store gives.
 */
#ifndef QUEUE_JOB_PRIV_H
#define QUEUE_JOB_PRIV_H

#include "queue/job.h"
#include "queue/store.h"

/* A transaction: what it has to give, and what there is by now. */
struct queue_turn {
	struct queue_store *store;
	uint64_t room; /* octets that may still be added */
	queue_id last; /* the last ID given out: no message has a higher one */
	struct queue_counts counts;
	/*
	 * IDs of spooled messages that are gone once it is committed, as far as there is room;
	 * NULL: nobody asks.
	 */
	struct buf *spent;
};

/* What was out when the last process ended is due again. */
void queue_job_recover(struct queue_turn *turn);

/* Set the results to those of a job that was not run. */
void queue_job_start(struct queue_job *job);

/*
 * Run a job that was started, and fill in its results.  An answer such as "no such ID" is
 * in job->err and changed nothing; a failure of the store spoils the transaction and is not in
 * job->err.
 */
void queue_job_run(struct queue_turn *turn, struct queue_job *job);

/* The transaction was rolled back: the job is as it was when it was started. */
void queue_job_undo(struct queue_job *job);

/* Octets that the job adds, about; and those that it reads. */
uint64_t queue_job_weight(const struct queue_job *job);
uint64_t queue_job_reads(const struct queue_job *job);

#endif
