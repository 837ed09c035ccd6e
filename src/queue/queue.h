/*
 * The durable store of accepted mail, on a thread of its own.
 *
 * Whoever wants something done hands over a job; all jobs that arrived since the
 * last commit go to disk in one transaction (group commit), and then each is told by
 * its done function, on the store's thread: it posts the job back to where it came
 * from.  A job that was told ERR_OK is on stable storage.
 *
 * README.md in this folder is the proof that nothing accepted is lost.
 */
#ifndef QUEUE_QUEUE_H
#define QUEUE_QUEUE_H

#include "queue/counts.h"
#include "queue/job.h"
#include "queue/spool.h"

struct queue;

struct queue_conf {
	const char *store; /* "sqlite:/path/queue.db" */
	uint64_t reserve;  /* octets of free disk below which nothing new is taken; 0: none */
	size_t batch_max;  /* jobs in one transaction; 0: 512 */
	/* On the store's thread, when all of a batch were told; NULL: nothing. */
	void (*told)(void *arg);
	void *arg;
};

/*
 * Open, create where missing, check, recover: whatever was out when the last
 * process ended is due again.  *why says in one line what is wrong, with the
 * path and what can be done.  ERR_IO, ERR_NOMEM; ERR_SYNTAX: not our file.
 * Also on success it may have lines, of what is damaged and was lost or is held.
 */
enum err queue_open(const struct queue_conf *conf, struct queue **out, struct buf *why) MUST_USE;

/*
 * Commit what has been handed over, and what done functions hand over
 * meanwhile; stop the thread, close.  What is out is due again when it is opened.
 */
void queue_close(struct queue **q);

/* Where large messages are kept; as long as it is open.  Any thread. */
struct queue_spool *queue_spool(const struct queue *q);

/* A new ID; any thread; never waits. */
queue_id queue_next_id(struct queue *q);

/*
 * The lane of a domain, in either form and any case: a hash under a seed that the store keeps, so
 * the same over restarts, and unknown to others.  Never 0, which is the lane of what has
 * several domains.  Any thread.
 */
uint64_t queue_lane(const struct queue *q, struct str domain);

/* The lane of m: that of the one domain of all its recipients that wait, or 0. */
uint64_t queue_message_lane(const struct queue *q, const struct queue_message *m);

/* Hand a job over; any thread.  It is the store's until done is called. */
void queue_submit(struct queue *q, struct queue_job *job);

/*
 * What there is, as of the last commit; any thread.  Kept with every job, and counted
 * anew at queue_open() alone.
 */
void queue_counts(struct queue *q, struct queue_counts *out);

#endif
