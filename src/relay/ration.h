/*
 * So many of a kind are told in a second, and the rest is counted: what anybody can make happen as
 * often as he likes fills no disk.  Pure: the time comes in.
 */
#ifndef RELAY_RATION_H
#define RELAY_RATION_H

#include <stdbool.h>
#include <stdint.h>

#define RELAY_RATION_MS 1000
#define RELAY_RATION_MOST 10

/* Zeros: nothing yet. */
struct relay_ration {
	int64_t began; /* of the second in which one was told, monotonic milliseconds */
	unsigned told; /* in it */
};

/* One more at now.  True: it is told; else it is to be counted, until relay_ration_ends(). */
bool relay_ration_take(struct relay_ration *r, int64_t now);

/* When what is counted is to be told: the end of its second. */
int64_t relay_ration_ends(const struct relay_ration *r);

#endif
