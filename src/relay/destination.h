/*
 * A destination: a mail domain, on the one worker that owns it.  Its deliveries
 * wait here for their turn, whatever is demanded of each.
 *
 * One that could not be reached is remembered while it is closed, with what was
 * said of it, and at most RELAY_DESTINATION_DEAD_MAX of them.
 */
#ifndef RELAY_DESTINATION_H
#define RELAY_DESTINATION_H

#include "relay/worker.h"
#include "schedule/recall.h"

#define RELAY_DESTINATION_DEAD_MAX 20000

/* A part for a destination of this worker. */
void relay_destination_add(struct relay_worker *w, struct relay_part *part);

/*
 * What may begin begins, whenever something has changed: SCHEDULE_PACE_BEGINS of all, and then
 * as many again whenever the worker's pacer has come round.
 */
void relay_destination_pace(struct relay_worker *w);

/* The pacer's: others were heard. */
void relay_destination_turn(struct relay_worker *w);

/* The pace of a worker that begins. */
void relay_destination_init(struct relay_worker *w);

/* Permits and back-off as the worker's settings have them, after a reload. */
void relay_destination_limit(struct relay_worker *w);

/* The administrator wants everything tried: nobody is closed any more, no host either. */
void relay_destination_forgive(struct relay_worker *w);

/* Give back what waits, untried, of the messages that are called. */
void relay_destination_recall(struct relay_worker *w, const struct schedule_recall *called);

/* Give back what waits, untried. */
void relay_destination_stop(struct relay_worker *w);

/* Free all, without a word to anybody: the thread has ended. */
void relay_destination_clear(struct relay_worker *w);

#endif
