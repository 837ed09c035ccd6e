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
	bool told; /* since the last take: there are some */
	size_t n;
	queue_id id[RELAY_STRAYS_MAX];
};

void relay_strays_init(struct relay_strays *s);
void relay_strays_clear(struct relay_strays *s);

/*
 * Keep id, and log that.  Whether the scheduler is to be told, as it has not been since it took
 * some last.
 */
bool relay_strays_add(struct relay_strays *s, queue_id id);

/* max of them at most, which are no more. */
size_t relay_strays_take(struct relay_strays *s, queue_id *out, size_t max);

#endif
