/*
 * What every part of the resolver stands on: the bracket around a handler, its
 * clocks, random numbers, and the list of jobs that are served.
 */
#include "resolve/core_priv.h"

#include "os/clock.h"
#include "os/random.h"

#include <string.h>

void resolve_core_clock(struct resolve *r)
{
	r->now = r->reactor.now(r->reactor.loop);
	r->now_us = os_clock_mono_us();
}

void resolve_core_enter(struct resolve *r)
{
	r->inside++;
	resolve_core_clock(r);
}

void resolve_core_leave(struct resolve *r)
{
	if (!r->dead)
		r->turn(r);
	r->inside--;
	if (r->dead && r->inside == 0)
		r->bury(r);
}

uint64_t resolve_core_moment(struct resolve *r)
{
	return ++r->moment;
}

uint16_t resolve_core_random(struct resolve *r)
{
	uint16_t v;

	if (r->random_left < sizeof(v)) {
		os_random(r->random, sizeof(r->random));
		r->random_left = sizeof(r->random);
	}
	r->random_left -= (unsigned)sizeof(v);
	memcpy(&v, r->random + r->random_left, sizeof(v));
	return v;
}

void resolve_core_serve(struct resolve *r, struct resolve_job *job, struct resolve_entry *found,
			struct str why)
{
	job->state = RESOLVE_JOB_SERVED;
	job->link = NULL;
	job->found = found;
	job->why = why;
	list_add(&r->served, &job->at);
}
