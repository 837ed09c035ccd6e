/*
 * OBSERVE: what SECURE would have come to (SPEC section 12), by what the DNS says and what became
 * of those who were dialled.
 *
 * SECURE would have tried its own targets alone.  Where all of them were tried in vain, and another
 * one took the mail or refused it, SECURE would have waited; where one was not tried, as another
 * came first, nobody knows, and it is taken to be well.  Pure.
 */
#ifndef SCHEDULE_OBSERVE_H
#define SCHEDULE_OBSERVE_H

#include "schedule/part.h"
#include "schedule/race.h"

/* An attempt that is over. */
struct schedule_seen {
	const struct route_verdict *secure; /* that of SECURE, on the same facts */
	const struct route_verdict *used;   /* the one that was gone by */
	const struct schedule_race *race;
	const struct schedule_part *part; /* with its outcomes, before its life is looked at */
};

struct schedule_observed {
	enum route_action action;
	char status[SCHEDULE_STATUS_MAX]; /* DELIVER: "" */
	struct str text; /* why, in words; DELIVER: none.  Of the verdict, or lasting */
};

/* Of the part's recipient i: what a host said of others is not its own. */
struct schedule_observed schedule_observe(const struct schedule_seen *seen, size_t i);

#endif
