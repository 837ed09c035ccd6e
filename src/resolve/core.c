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

static uint64_t mix(uint64_t h, const char *p, size_t n)
{
	uint64_t word = 0;

	memcpy(&word, p, n);
	h = (h ^ word) * UINT64_C(0x9e3779b97f4a7c15);
	return h ^ h >> 32;
}

/* Word by word; the last one overlaps the one before. */
uint32_t resolve_core_hash(const struct resolve *r, struct str octets)
{
	uint64_t h = r->seed[0] ^ octets.n;
	size_t at = 0;

	if (octets.n < sizeof(h))
		return (uint32_t)(octets.n > 0 ? mix(h, octets.p, octets.n) : h);
	for (; at < octets.n - sizeof(h); at += sizeof(h))
		h = mix(h, octets.p + at, sizeof(h));
	return (uint32_t)mix(h, octets.p + octets.n - sizeof(h), sizeof(h));
}
