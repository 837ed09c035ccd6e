/*
 * Takes messages from the store when they are due, as far as memory has room
 * for them and somebody may be there to have them, and gives each to its home.  On the
 * daemon's thread.
 */
#ifndef RELAY_SCHEDULER_H
#define RELAY_SCHEDULER_H

#include "relay/transit.h"

struct relay_scheduler;

/* Looks at once.  settings: those in force, whenever it looks.  NULL: out of memory. */
struct relay_scheduler *relay_scheduler_new(struct relay_shared *shared, struct loop *loop,
					    struct routing_settings *const *settings) MUST_USE;
void relay_scheduler_free(struct relay_scheduler **s);

/* A transit has ended: takes it. */
void relay_scheduler_ended(struct relay_scheduler *s, struct relay_transit *t);

/* Something may be due now. */
void relay_scheduler_look(struct relay_scheduler *s);

/* Messages have gone astray: they are due again as soon as the store has them back. */
void relay_scheduler_strays(struct relay_scheduler *s);

/* There is room in memory, for which it waited. */
void relay_scheduler_woken(struct relay_scheduler *s);

/* The administrator wants everything tried: nobody counts as unreachable any more. */
void relay_scheduler_forgive(struct relay_scheduler *s);

/* Our resolver is well again: what waited for nothing else is due at once. */
void relay_scheduler_hasten(struct relay_scheduler *s);

/*
 * Take nothing until resumed.  still is called, once and perhaps within, when nothing that was
 * taken before is on its way any more: it has been posted to its home, or is being written down.
 */
void relay_scheduler_pause(struct relay_scheduler *s, void (*still)(void *arg), void *arg);

/* After still was called. */
void relay_scheduler_resume(struct relay_scheduler *s);

/* Take no more. */
void relay_scheduler_stop(struct relay_scheduler *s);

/* No job of ours is at the store. */
bool relay_scheduler_quiet(const struct relay_scheduler *s);

#endif
