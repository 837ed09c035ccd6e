/*
 * Orders about messages, which the store carries out: those that act on what it has alone
 * (hold, remove, bounce) go there once the workers have given back what is meant and no attempt
 * has begun for (schedule/recall.h).  On the daemon's thread, but for the letter, which goes
 * round the workers.
 */
#ifndef RELAY_RECALL_H
#define RELAY_RECALL_H

#include "relay/scheduler.h"
#include "schedule/recall.h"

struct relay_recall; /* the letter */

struct relay_recalls {
	struct relay_shared *shared;
	struct relay_scheduler *scheduler;
	struct list waiting; /* struct relay_job, by letter.link: for the next call; */
	struct list meant;   /* for the one that is under way */
	struct relay_recall *under_way;
	bool sweep; /* one of all is wanted, for which no job waits */
};

void relay_recalls_init(struct relay_recalls *r, struct relay_shared *shared,
			struct relay_scheduler *scheduler);

/*
 * As relay_post_job(), but what the job means is called back before where its kind wants that.
 * Without memory for that it is carried out on what the store has.
 */
void relay_recalls_post(struct relay_recalls *r, struct relay_job *job);

/* All are held: what came in since they were called back goes back as well. */
void relay_recalls_sweep(struct relay_recalls *r);

/* The letter, RELAY_LETTER_RECALL, has come back to the daemon. */
void relay_recalls_back(struct relay_recalls *r, struct relay_letter *letter);

/* No letter is under way. */
bool relay_recalls_quiet(const struct relay_recalls *r);

/* A worker has the letter: whom it is to give back now; NULL: nobody. */
const struct schedule_recall *relay_recall_called(const struct relay_letter *letter);

/* That is done: it goes on. */
void relay_recall_forward(const struct relay_shared *shared, struct relay_letter *letter);

#endif
