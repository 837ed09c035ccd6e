/*
 * Back-off: for how long nobody is tried who could not be reached.
 *
 * A value, for a destination or for a host (its address and port, whatever
 * domains use it).  All zeros is open.  A failure closes it for a time that
 * doubles from one failure to the next; when that has passed, one delivery is
 * let through, and the others wait until it is known what became of that:
 *
 *	OPEN    it was reached last, or never tried: go
 *	CLOSED  it failed, and its time has not passed: nobody goes
 *	TRIAL   its time has passed: one may go, which is then the trial
 *	BUSY    the trial is under way: wait, SCHEDULE_TRIAL_MS at most
 *
 *	OPEN -failed-> CLOSED -time-> TRIAL -try-> BUSY -worked-> OPEN
 *	                  ^                         |  |
 *	                  +---------failed----------+  +-unknown, time-> TRIAL
 *
 * It failed where nobody was reached: no connection, no greeting, or 421 for
 * one; of a destination, of none of its hosts.
 * Mail that is refused is not a failure: somebody was reached who said so.
 * Neither is trouble of ours (4.3.5, no server of the resolver answers, no memory): that
 * says nothing of the destination, it is unknown, and nothing needs to be undone
 * when our resolver is well again.
 *
 * Times.  RFC 5321 section 4.5.4.1: the sender MUST delay a destination, not a
 * message, after one attempt has failed, and SHOULD keep a list of hosts that it
 * cannot reach rather than just retry queued mail.  So the first failure
 * closes, as Exim's retry hints and Postfix's dead destinations do, but for 30
 * seconds only (theirs: 15 and 5 minutes), less than the first wait of a
 * message: a host that restarts costs nobody more than the schedule does.
 * Doubled, it comes in eight failures to an hour, and stays there: what is up
 * again is found within the hour, and a day of trying costs 24 connections.
 *
 * now is in milliseconds of a clock that should not jump; if it does, nothing
 * is closed for longer than most_ms from the next look on.  Pure.
 */
#ifndef SCHEDULE_BACKOFF_H
#define SCHEDULE_BACKOFF_H

#include "schedule/retry.h"

#include <stdbool.h>

/* A trial that has no outcome for so long is given company by another. */
#define SCHEDULE_TRIAL_MS INT64_C(300000)

struct schedule_backoff {
	unsigned failures; /* in a row; 0: open */
	int64_t until_ms;  /* closed before */
	bool trying;       /* a trial is under way, */
	int64_t tried_ms;  /* which began then */
};

struct schedule_backoff_limits {
	int64_t first_ms, most_ms; /* 1 or more; first is at most most */
};

/*
 * 30 s and an hour, or less where the schedule itself is quicker: no more than
 * its first and its longest wait, and a part of the lifetime, so that in it a message of a
 * dead destination still finds as many trials as are fair.
 */
struct schedule_backoff_limits schedule_backoff_limits(const struct schedule_retry *s);

enum schedule_gate { SCHEDULE_OPEN, SCHEDULE_CLOSED, SCHEDULE_TRIAL, SCHEDULE_BUSY };

enum schedule_gate schedule_backoff_look(struct schedule_backoff *b,
					 const struct schedule_backoff_limits *limits, int64_t now);

/* Whoever was told TRIAL goes. */
void schedule_backoff_try(struct schedule_backoff *b, int64_t now);

/*
 * Nobody was reached.  Closed from now on: for at most its time, and, by noise, a quarter
 * less, so that what failed together does not open together.  One that is
 * closed stays so for as long as it was to be: those under way when it
 * closed say nothing new.
 */
void schedule_backoff_failed(struct schedule_backoff *b,
			     const struct schedule_backoff_limits *limits, int64_t now,
			     uint32_t noise);

/*
 * Nobody was even tried, as all that could be are closed themselves: closed for ms, when
 * the first of them opens.  It is no failure more.
 */
void schedule_backoff_shut(struct schedule_backoff *b, const struct schedule_backoff_limits *limits,
			   int64_t now, int64_t ms);

/* Somebody was reached: open. */
void schedule_backoff_worked(struct schedule_backoff *b);

/* The trial ended without a word about that: the next one may try. */
void schedule_backoff_unknown(struct schedule_backoff *b);

/*
 * How long a message waits at least: until it opens, and, by noise, up to half
 * of its time more, so that not all come at one instant; at most 1.5 times
 * most_ms.  0: it is not closed.
 */
int64_t schedule_backoff_wait(struct schedule_backoff *b,
			      const struct schedule_backoff_limits *limits, int64_t now,
			      uint32_t noise);

/*
 * How long whoever would go is turned away: until it opens; where a trial is under way,
 * as long as a first failure closes.  0: one may go.
 */
int64_t schedule_backoff_closed(struct schedule_backoff *b,
				const struct schedule_backoff_limits *limits, int64_t now);

#endif
