/*
 * Which target is dialled next, and which beside it: RFC 8305 section 5, among the addresses of one
 * mail host, that were judged and in their order.
 *
 * A target waits until it is handed out, in order: by schedule_race_next(), which begins a race,
 * or by schedule_race_rival(), which has another one dialled beside those of whom nothing has
 * been heard for SCHEDULE_RACE_MS.  A rival is an address of the same host: one beyond it is
 * dialled when its turn comes, so that no preference is raced past.
 *
 *	WAITING -next, rival-> RACING -won-> DONE
 *	   ^                    |  |
 *	   |                    |  +-failed-> ABSENT
 *	   +-- another one won -+
 *
 * The first that is connected has won.  The others did nothing wrong: they wait again, and are
 * handed out before those behind them if the winner turns out to be of no use.
 *
 * It ends: every race leaves one target more DONE or ABSENT.  now: milliseconds of
 * any clock.  Pure.
 */
#ifndef SCHEDULE_RACE_H
#define SCHEDULE_RACE_H

#include "route/verdict.h"
#include "schedule/part.h"

/* The Connection Attempt Delay of RFC 8305, sections 5 and 8. */
#define SCHEDULE_RACE_MS 250

/* Addresses side by side: more silent ones say that the host is; its name may have any number. */
#define SCHEDULE_RACE_MOST 4

struct schedule_race {
	const struct route_verdict *verdict; /* borrowed */
	uint8_t *stand;                      /* of each target */
	size_t of;                           /* one of the host at which the race is */
	size_t racing;                       /* 0: it is decided */
	int64_t next_ms;                     /* before that nobody is dialled beside */
};

/* All of them wait.  ERR_NOMEM. */
enum err schedule_race_init(struct schedule_race *r, const struct route_verdict *verdict) MUST_USE;
void schedule_race_clear(struct schedule_race *r);

/* Nobody races: the first that waits does; SCHEDULE_NOBODY: none is left. */
size_t schedule_race_next(struct schedule_race *r);

/* A connection to one that races is being made since now, or the last word is put off to then. */
void schedule_race_dialled(struct schedule_race *r, int64_t now);

/*
 * From when on there is a rival; INT64_MAX: there is none, or not before one of those that race has
 * failed.
 */
int64_t schedule_race_at(const struct schedule_race *r);

/* The one that is to be dialled beside the others, which races from now on; or SCHEDULE_NOBODY. */
size_t schedule_race_rival(struct schedule_race *r, int64_t now);

/* An open connection to target would do as well as one to those that race. */
bool schedule_race_may(const struct schedule_race *r, size_t target);

/* There is a connection to target: who else races waits again. */
void schedule_race_won(struct schedule_race *r, size_t target);

/* What became of target is known: there was a connection to it, or there was none. */
bool schedule_race_tried(const struct schedule_race *r, size_t target);

/* That there was none, which is so for all recipients. */
bool schedule_race_absent(const struct schedule_race *r, size_t target);

/* There is none to target.  True: others race on. */
bool schedule_race_failed(struct schedule_race *r, size_t target);

#endif
