/*
 * The pace of deliveries on one worker: who may begin, and when.
 *
 * A delivery is a turn; it waits in its destination's lane, the first come first,
 * until it gets a permit.  The permit is taken when it begins, lookups
 * included, and given back when it has ended.  No lane holds more than
 * per_destination permits, nor more than it has shown that it bears (window.h); all lanes together
 * no more than total.  The last of these, schedule_pace_reserve(), are for lanes that hold none: so
 * one that holds none waits only while more than so many others hold permits, and a slow one alone
 * stops nobody.
 *
 * The caller asks again and again, SCHEDULE_PACE_BEGINS times at most before its loop has come
 * round, so that a message to 10,000 domains stops nobody:
 *
 *	while (n-- && (turn = schedule_pace_next(p, now, &fate)))
 *		begin it, put it off, or send it back, as fate says;
 *	call again when schedule_pace_deadline() is there
 *
 * and tells what came of it: schedule_pace_reached() as soon as a host has
 * greeted, schedule_pace_unreached() where none could be reached, and then
 * schedule_pace_done().  A lane whose back-off (backoff.h) is closed begins
 * none: its turns are put off, without a permit.  While a trial is under way
 * they wait for what becomes of it.  That is for turns of a kind that has met it closed: another
 * kind may be told something else of the same destination, and the first of it begins all the same.
 *
 * Lanes that are held to a rate together (rate.h) have one turnstile.  One of them at a time stands
 * where it may begin; the others wait at the turnstile, the first come first, until it has begun
 * and the rate has a place for another one.
 *
 * Nobody starves, and nobody waits for long.  Lanes that may begin are served in the order in which
 * they came to that, and stand last again then; those that hold permits have a ring of their own,
 * which waits while few are left.  So a lane that holds none is served after at most as many begins
 * as there are lanes before it, schedule_pace_ready().  Turns that are put off are
 * another ring, and turns that have waited for SCHEDULE_WAIT_MS, for whatever reason,
 * are sent back to the store; the three take turns.  So with L lanes before it, a lane
 * is served by the time that schedule_pace_next() has given 3 (L + 1) turns.  A lane is
 * in a ring whenever it could be served but for the total.
 *
 * Lanes and turns are embedded in the caller's things; nothing is allocated, all takes constant
 * time but for schedule_pace_limit().  now: milliseconds, monotonic.  Pure.
 */
#ifndef SCHEDULE_PACE_H
#define SCHEDULE_PACE_H

#include "base/err.h"
#include "base/list.h"
#include "schedule/backoff.h"
#include "schedule/window.h"

/* Permits that are for lanes that hold none: as many, or half of the total where that is less. */
#define SCHEDULE_PACE_RESERVE 32

/* Of the total no more than its part by this is lent for second connections: mail has the rest. */
#define SCHEDULE_PACE_LENT 4

/* As many are begun before others are heard, who have their say in each turn of the loop. */
#define SCHEDULE_PACE_BEGINS 16

/* What has waited for so long is not kept in memory any longer. */
#define SCHEDULE_WAIT_MS INT64_C(60000)

struct schedule_pace_limits {
	unsigned total;           /* permits of this worker, schedule_pace_share(); at least 1 */
	unsigned per_destination; /* at least 1 */
	struct schedule_backoff_limits backoff;
};

struct schedule_pace {
	struct schedule_pace_limits limits;
	unsigned used; /* permits, */
	unsigned lent; /* of them for second connections */
	unsigned open; /* connections, idle ones too */
	size_t n_ready;
	uint64_t came;          /* of the lane that came last */
	struct list ready;      /* lanes that hold none: something waits that may begin */
	struct list more;       /* lanes that hold permits: the same */
	struct list closed;     /* lanes: something waits that is to be put off */
	struct list blocked;    /* lanes: something waits for an end, or for a trial */
	struct list turnstiles; /* those at which lanes wait */
	struct list trials;     /* lanes by trial: one is under way, the oldest first */
	struct list ages;       /* turns by age: all that wait, the oldest first */
	unsigned first;         /* which of the three is next */
};

/* The rate behind the turnstile: schedule_rate_take() and schedule_rate_give(), by its owner. */
struct schedule_turnstile_ops {
	bool (*take)(void *arg, int64_t now, int64_t *next_ms);
	void (*give)(void *arg, bool sent);
};

/* One worker's way to a rate; whoever has it keeps it for as long as lanes and turns name it. */
struct schedule_turnstile {
	struct list link;          /* in turnstiles, while lanes wait */
	struct list lanes;         /* that wait; they could begin but for the rate */
	struct schedule_lane *let; /* of its lanes, the one that is in ready or more; NULL: none */
	int64_t until_ms;          /* before that there is no place */
	const struct schedule_turnstile_ops *ops;
	void *arg;
};

/* What holds for a lane in the place of the pace's own; all zeros: nothing does. */
struct schedule_lane_limits {
	unsigned per_destination; /* 0: as the pace has it, and the back-off, too */
	struct schedule_backoff_limits backoff;
	struct schedule_turnstile *stile; /* NULL: no rate */
};

/* A destination's. */
struct schedule_lane {
	struct list
		link; /* in one of ready, more, closed, blocked, in its turnstile's, or in none */
	struct list trial; /* in trials, or in none */
	enum schedule_place {
		SCHEDULE_NOWHERE,
		SCHEDULE_READY,
		SCHEDULE_MORE,
		SCHEDULE_SHUT,
		SCHEDULE_BLOCKED,
		SCHEDULE_HELD
	} place;
	uint64_t came;       /* to its place: who came before is served before */
	struct list waiting; /* struct schedule_turn, by link */
	unsigned busy;       /* permits */
	struct schedule_lane_limits own;
	struct schedule_backoff backoff;
	uint64_t met; /* the kinds that have met it closed as it is now */
	struct schedule_window window;
};

/* A delivery's, while it waits. */
struct schedule_turn {
	struct list link; /* in its lane */
	struct list age;
	struct schedule_lane *lane;
	int64_t since_ms;
	uint64_t kind; /* one bit, the caller's; 0: it is never put off for what others were told */
	struct schedule_turnstile *stile; /* whose place it has taken, once it began; NULL: none */
};

enum schedule_fate {
	SCHEDULE_BEGIN,   /* it has a permit now */
	SCHEDULE_PUT_OFF, /* nobody was reached just now, or yet: told so, without one */
	SCHEDULE_GO_BACK, /* it waited for too long: back to the store, untried */
};

/*
 * One worker's permits of all of them: they add up to total.  Where there are
 * fewer permits than workers each still has one: start no more workers than permits.
 */
unsigned schedule_pace_share(unsigned total, unsigned n_workers, unsigned number);

/* Permits that nobody gets who holds one. */
unsigned schedule_pace_reserve(unsigned total);

/* No lanes, and all permits are there.  limits are copied.  Nothing is to be freed. */
void schedule_pace_init(struct schedule_pace *p, const struct schedule_pace_limits *limits);

/* New limits.  Fewer permits than are used is no error: ends bring it down.  It visits lanes. */
void schedule_pace_limit(struct schedule_pace *p, const struct schedule_pace_limits *limits,
			 int64_t now);

/* Limits of its own from now on, in the place of those that it had. */
void schedule_pace_limit_lane(struct schedule_pace *p, struct schedule_lane *lane,
			      const struct schedule_lane_limits *own, int64_t now);

/* By which limits it backs off; until the next call. */
const struct schedule_backoff_limits *schedule_pace_backoff(const struct schedule_pace *p,
							    const struct schedule_lane *lane);

/* Nobody waits at it, and the rate has not been asked; ops and arg are borrowed. */
void schedule_turnstile_init(struct schedule_turnstile *stile,
			     const struct schedule_turnstile_ops *ops, void *arg);

/* Its rate has changed: it is asked anew, whatever it said. */
void schedule_turnstile_ask(struct schedule_turnstile *stile);

/* A turn that began has ended: the place comes back that it took, if it took one. */
void schedule_turnstile_give(struct schedule_turn *turn, bool sent);

/* known: what is remembered of its back-off, which every kind has met; NULL: nothing. */
void schedule_pace_open(struct schedule_lane *lane, const struct schedule_backoff *known);

/* Nothing waits and nothing is under way: the lane may go, if its back-off is remembered. */
bool schedule_pace_idle(const struct schedule_lane *lane);

/* turn, which waits nowhere, is last in its lane. */
void schedule_pace_wait(struct schedule_pace *p, struct schedule_lane *lane,
			struct schedule_turn *turn, int64_t now);

/* turn no longer waits. */
void schedule_pace_leave(struct schedule_pace *p, struct schedule_turn *turn, int64_t now);

/* The next one, and what becomes of it; NULL: none now. */
struct schedule_turn *schedule_pace_next(struct schedule_pace *p, int64_t now,
					 enum schedule_fate *fate);

/*
 * When to call schedule_pace_next(), whatever else happens: INT64_MIN: at once;
 * INT64_MAX: not before another call made a difference.
 */
int64_t schedule_pace_deadline(const struct schedule_pace *p);

/* Lanes that may begin. */
size_t schedule_pace_ready(const struct schedule_pace *p);

/* One of its hosts has greeted a delivery of this lane. */
void schedule_pace_reached(struct schedule_pace *p, struct schedule_lane *lane, int64_t now);

/* None of its hosts could be reached by a turn of that kind.  noise: random. */
void schedule_pace_unreached(struct schedule_pace *p, struct schedule_lane *lane, uint64_t kind,
			     int64_t now, uint32_t noise);

/*
 * None of its hosts was even tried, as all are closed (failing.h), the first for wait_ms
 * more: so is the lane.
 */
void schedule_pace_shut(struct schedule_pace *p, struct schedule_lane *lane, uint64_t kind,
			int64_t now, int64_t wait_ms);

/* A delivery of this lane that had begun has ended, and says that: its permit comes back. */
void schedule_pace_done(struct schedule_pace *p, struct schedule_lane *lane,
			enum schedule_echo echo, int64_t now);

/*
 * For as long as a delivery has two connections (race.h) it holds a second permit, not of its
 * lane's.  False: too few are left for lanes that hold none, or too many are lent.
 */
bool schedule_pace_lend(struct schedule_pace *p) MUST_USE;

/* It has one again. */
void schedule_pace_returned(struct schedule_pace *p);

/*
 * Connections, idle ones too, are at most total as well: before another one is
 * opened, so many of the idle are to be closed, those first that were idle longest.
 * Where none has more connections than permits, there are enough of them.
 */
unsigned schedule_pace_crowd(const struct schedule_pace *p);
void schedule_pace_connected(struct schedule_pace *p);
void schedule_pace_closed(struct schedule_pace *p);

#endif
