/*
 * The account of memory: one for all threads, with one limit, for mail in memory.
 *
 * A message is charged on one of three sides at a time, for what it costs
 * (schedule_budget_cost), and moves from one to the next:
 *
 *	IN    it is coming in: DATA, and while the store takes it
 *	LOOK  it was loaded since it is due: its destinations are looked at
 *	KEPT  it is under way to them, or waits for a turn in their lanes
 *
 *	DATA ->  IN  -keep-> KEPT -> released
 *	load -> LOOK -keep-> KEPT -> released
 *	IN, LOOK -> released: broken off, refused, back to the store
 *
 * With largest the cost of the most that is held of a message (of a large one most is on disk), and
 * a limit of at least four of it (schedule_budget_limit sees to that), what is true of all that is
 * asked for:
 *
 *	IN + KEPT <= limit - largest      so that LOOK always has room for one
 *	KEPT <= limit - 2 largest         so that IN always has room for one
 *	IN <= limit - 2 largest           so that KEPT always has room for one
 *	LOOK <= largest
 *
 * So what comes in cannot stop what is due, nor the other way round.  Nothing is loaded while
 * KEPT has no room for a small message (SCHEDULE_BUDGET_SMALL).
 *
 * Lanes share KEPT by a dynamic threshold (Choudhury and Hahne, 1998): a destination
 * holds at most as much as is then free for all, or one message.  One that takes no mail away
 * has half, a second one half of what is left, and so on; there is always something left.  And no
 * lane holds more than it can begin in good time: what waits for a minute goes back to the
 * store (pace.h), and then what the lane still holds is its cap, to which two messages are
 * added for each that has its turn before half of that minute is over.  So a slow destination soon
 * holds what is under way to it, and not much more; nothing is loaded again and again to
 * wait in vain.  A message of several destinations counts whole in the lane of each, as it is
 * the slowest that keeps it.
 *
 * Any thread may call anything.  What decides is schedule_budget_fits(), and pure; around it are
 * counters in atomics.  One thread waits: the one that loads.  It is told by
 * the return value of whatever makes room for it.
 */
#ifndef SCHEDULE_BUDGET_H
#define SCHEDULE_BUDGET_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Lanes are told apart by two cells of so many, which their hash names: who shares one with a
 * lane that is slow rarely shares the other, and the better of the two counts.
 */
#define SCHEDULE_BUDGET_CELLS 32768

/* KiB, without which it is not worth while to load anything. */
#define SCHEDULE_BUDGET_SMALL 64

enum schedule_side { SCHEDULE_IN, SCHEDULE_LOOK, SCHEDULE_KEPT };

/* KiB, all of them. */
struct schedule_usage {
	uint32_t in, look, kept, limit, largest;
};

struct schedule_budget {
	_Atomic uint64_t used; /* in, and kept in the upper half: they are judged together */
	_Atomic uint32_t look, limit, largest;
	_Atomic bool waits; /* the loader does */
	struct schedule_budget_cell {
		_Atomic uint32_t held;
		_Atomic uint32_t cap; /* and one; 0: none */
		_Atomic bool wanted;  /* somebody was turned away, and waits until it is empty */
	} cell[SCHEDULE_BUDGET_CELLS];
};

enum schedule_wake { SCHEDULE_SLEEP, SCHEDULE_WAKE }; /* WAKE: the loader, once */

/* What a message has been charged.  Zeros: nothing, coming in. */
struct schedule_charge {
	enum schedule_side side;
	uint32_t kib;
};

/* What a message costs: its content, and what goes with it and its recipients.  KiB. */
uint32_t schedule_budget_cost(uint64_t octets, size_t n_rcpt);

/* Whether that much more may be charged to that side. */
bool schedule_budget_fits(const struct schedule_usage *u, enum schedule_side side, uint32_t kib);

/* What a lane holds, and its cap. */
struct schedule_share {
	uint32_t held, cap; /* cap UINT32_MAX: none */
};

/* How much more a lane may hold: another message of that size at most. */
uint32_t schedule_budget_lane_room(const struct schedule_usage *u, const struct schedule_share *s);

/*
 * When a message is due again that had no room, or waited for too long, and so was not
 * tried: in an eighth of its age, but 10 seconds to 10 minutes, and by noise up to twice that.
 */
int64_t schedule_budget_again(int64_t arrived_wall_ms, int64_t now_wall_ms, uint32_t noise);

/* An account in which nothing is; as static, or zeroed memory, before. */
void schedule_budget_init(struct schedule_budget *b, uint64_t limit, uint64_t size_limit);

/*
 * New limits: octets of memory, raised to four of the largest message, and the most of a message's
 * content that is held.  What is charged stays, and comes down by itself.
 */
enum schedule_wake schedule_budget_limit(struct schedule_budget *b, uint64_t limit,
					 uint64_t size_limit);

/* What is charged by now, side by side; other threads may charge meanwhile. */
struct schedule_usage schedule_budget_usage(const struct schedule_budget *b);

/* The same of a lane: the less of what its two cells hold, and the larger cap. */
struct schedule_share schedule_budget_share(const struct schedule_budget *b, uint64_t lane);

/* Nothing is charged, in no lane either. */
bool schedule_budget_zero(const struct schedule_budget *b);

/* c, which comes in, is to be at least kib.  False: there is no room, and c is what it was. */
bool schedule_budget_grow(struct schedule_budget *b, struct schedule_charge *c, uint32_t kib);

/* c, which comes in, is no more than kib from now on. */
enum schedule_wake schedule_budget_shrink(struct schedule_budget *b, struct schedule_charge *c,
					  uint32_t kib);

/* c, which is nothing, is kib on that side, room or not: that memory is used already. */
void schedule_budget_force(struct schedule_budget *b, struct schedule_charge *c,
			   enum schedule_side side, uint32_t kib);

/*
 * The loader's: c, which is nothing, is all of LOOK, enough for the largest message.  False:
 * wait until a call returns WAKE, to whatever thread.
 */
bool schedule_budget_look(struct schedule_budget *b, struct schedule_charge *c);

/*
 * kib of what the loader holds are now m's, which is nothing: a message that was loaded.
 * One that is larger than what would be accepted today gets all that is left.
 */
void schedule_budget_loaded(struct schedule_charge *c, struct schedule_charge *m, uint32_t kib);

/*
 * A place in the lane of that hash (64 bits that nobody outside can choose), for what c is.
 * False: it holds its share; not to be left then.
 */
bool schedule_budget_enter(struct schedule_budget *b, uint64_t lane,
			   const struct schedule_charge *c);
/* WAKE: the lane is empty, and there is somebody who wants that. */
enum schedule_wake schedule_budget_leave(struct schedule_budget *b, uint64_t lane,
					 const struct schedule_charge *c);

/* Somebody was turned away in that lane: who empties it tells, once. */
void schedule_budget_want(struct schedule_budget *b, uint64_t lane);

/* What costs so much waited in that lane for too long, and is about to leave it. */
void schedule_budget_sent_back(struct schedule_budget *b, uint64_t lane, uint32_t kib);

/* What costs so much has its turn in that lane: begins, or is put off.  It waited for so long. */
void schedule_budget_served(struct schedule_budget *b, uint64_t lane, uint32_t kib,
			    int64_t waited_ms);

/* c comes to KEPT; once it has entered a lane.  False: there is no room, c is what it was. */
bool schedule_budget_keep(struct schedule_budget *b, struct schedule_charge *c,
			  enum schedule_wake *wake);

/* c is nothing. */
enum schedule_wake schedule_budget_release(struct schedule_budget *b, struct schedule_charge *c);

#endif
