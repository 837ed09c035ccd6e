/*
 * Messages that are out in the store and that nobody has any more, as there was no memory to go
 * on with them.  Their IDs are kept, which takes none, until the scheduler can have the store
 * take them back.  Any thread.
 */
#ifndef RELAY_STRAYS_H
#define RELAY_STRAYS_H

#include "queue/id.h"

#include <pthread.h>

#define RELAY_STRAYS_MAX 1000 /* what is more waits for the next start */

struct relay_strays {
	pthread_mutex_t lock;
	bool told; /* that there are some, and it was not heard yet */
	size_t n;
	queue_id id[RELAY_STRAYS_MAX];
};

void relay_strays_init(struct relay_strays *s);
void relay_strays_clear(struct relay_strays *s);

/*
 * Keep id, and log that.  True: the scheduler is to be told, which it is once until it has heard
 * that, whatever it takes meanwhile.
 */
bool relay_strays_add(struct relay_strays *s, queue_id id);

/* The scheduler has been told, and takes those that there are: of the next it is told again. */
void relay_strays_heard(struct relay_strays *s);

/* max of them at most, which are no more. */
size_t relay_strays_take(struct relay_strays *s, queue_id *out, size_t max);

#endif
