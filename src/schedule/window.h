/*
 * How many deliveries to one destination are under way: as many as it has shown that it bears.
 *
 * A value; all zeros is one of whom nothing is known.  It begins with SCHEDULE_WINDOW_FIRST.  Each
 * delivery that went well while the window held others back widens it by one, so that it doubles
 * with each round of them: a host that is fast is at its ceiling after a few.  One that found
 * nobody, or was turned away at the door (421 there or later, 4yz or a lost connection before a
 * transaction), halves what was under way, at least one; from then on the window widens by one only
 * with each round that went well.  Of the deliveries that were under way when it shrank none says
 * more: a host that turns ten away at once is one event, as is its being slow to do so.
 *
 * That is how TCP finds what a path bears (RFC 5681 section 3.1), and Postfix what a
 * destination does (SCHEDULER_README), whose growth it has beyond the point at which a host once
 * said enough.  Pure.
 */
#ifndef SCHEDULE_WINDOW_H
#define SCHEDULE_WINDOW_H

#include <stdbool.h>

#define SCHEDULE_WINDOW_FIRST 5

struct schedule_window {
	unsigned size;  /* 0: SCHEDULE_WINDOW_FIRST */
	unsigned knee;  /* from there on it widens once a round; 0: nobody was ever turned away */
	unsigned good;  /* that went well in this round */
	unsigned stale; /* under way since before it shrank */
};

/* What a delivery that has ended says of how many its destination bears. */
enum schedule_echo {
	SCHEDULE_ECHO_NONE, /* nothing: no host was asked, or for a reason of ours */
	SCHEDULE_ECHO_GOOD, /* a host took it in, whatever it said of the mail */
	SCHEDULE_ECHO_BAD,  /* none was there, or it was turned away */
};

/* So many at a time; ceiling, at least 1, is what the configuration allows. */
unsigned schedule_window_size(const struct schedule_window *w, unsigned ceiling);

/* One of busy that are under way, itself included, has ended. */
void schedule_window_ended(struct schedule_window *w, enum schedule_echo echo, unsigned busy,
			   unsigned ceiling);

/* It was turned away with fewer than the first: worth remembering while it has no mail. */
bool schedule_window_narrow(const struct schedule_window *w);

#endif
