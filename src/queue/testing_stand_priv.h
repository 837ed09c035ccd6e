/* For the tests of jobs: how one message stands in a store, put there and looked at. */
#ifndef QUEUE_TESTING_STAND_PRIV_H
#define QUEUE_TESTING_STAND_PRIV_H

#include "queue/job_priv.h"
#include "queue/testing_memory_priv.h"
#include "queue/testing_priv.h"

#define ID 1000
#define LAST 2000
#define OUT QUEUE_OUT
#define ROOM 100000
#define SIZE 10

/* A message of two recipients: how it stands. */
struct stand {
	int64_t next;
	unsigned flags, attempts;
	enum schedule_rcpt_state rcpt[2];
	uint64_t lane;
};

#define W SCHEDULE_WAITING
#define D SCHEDULE_DELIVERED
#define F SCHEDULE_FAILED
#define T SCHEDULE_TOLD
#define WAITS(then)                                                                                \
	{                                                                                          \
		(then), 0, 1, { W, W }, 7                                                          \
	}
#define IS_HELD                                                                                    \
	{                                                                                          \
		9, QUEUE_HELD, 1, { W, W }, 7                                                      \
	}
#define IS_OUT                                                                                     \
	{                                                                                          \
		OUT, 0, 1, { W, W }, 7                                                             \
	}
#define FAILED_SINCE(then)                                                                         \
	{                                                                                          \
		(then), QUEUE_FAILED, 1, { F, D }, 0                                               \
	}
#define GONE                                                                                       \
	{                                                                                          \
		-1, 0, 0, { W, W }, 0                                                              \
	}

/* Put a message there as it is to stand. */
static inline void place(struct queue_turn *turn, const struct stand *stand)
{
	const struct queue_store_ops *ops = turn->store->ops;
	struct queue_message *m = testing_message(ID, SIZE, 2);

	m->attempts = stand->attempts;
	for (size_t i = 0; i < 2; i++)
		m->rcpt[i].state = stand->rcpt[i];
	struct queue_row out = queue_store_row(m), row = out;
	row.next_wall_ms = stand->next;
	row.flags = stand->flags;
	row.lane = stand->lane;
	ops->add(turn->store, &out, m);
	ops->put(turn->store, &out, &row);
	ops->counts(turn->store, &turn->counts);
	queue_message_free(&m);
}

static inline void check_stand(const char *label, struct queue_turn *turn, const struct stand *want)
{
	const struct queue_store_ops *ops = turn->store->ops;
	struct queue_row row;
	bool there = ops->get(turn->store, QUEUE_FIND_ID, ID, &row);

	CHECK_INT(label, there, want->next != -1);
	if (!there || want->next == -1)
		return;
	CHECK_INT(label, row.next_wall_ms, want->next);
	CHECK_INT(label, row.flags, want->flags);
	CHECK_INT(label, row.attempts, want->attempts);
	CHECK_INT(label, (long long)row.lane, (long long)want->lane);
	CHECK_INT(label, row.waiting, (want->rcpt[0] == W) + (want->rcpt[1] == W));
	CHECK_INT(label, row.failed, (want->rcpt[0] == F) + (want->rcpt[1] == F));
	for (size_t i = 0; i < 2; i++)
		CHECK_INT(label, ops->rcpt(turn->store, ID, i), want->rcpt[i]);
}

/* What it counts is what there is. */
static inline void check_counts(const char *label, struct queue_turn *turn)
{
	struct queue_counts counted;

	turn->store->ops->counts(turn->store, &counted);
	CHECK_INT(label, queue_counts_eq(&counted, &turn->counts), true);
}

#endif
