/*
 * What a library needs of its caller's event loop, as a table of functions.
 *
 * The resolver library asks for nothing more; src/loop fills the table over
 * libevent, a program with a poll() loop of its own can do so in a page.  All
 * calls are made, and all callbacks come, on the loop's one thread.  A
 * callback may call anything in the table, also to drop its own watch or timer.
 */
#ifndef OS_REACTOR_H
#define OS_REACTOR_H

#include <stdint.h>

#define OS_READ 1u
#define OS_WRITE 2u

struct os_reactor {
	void *loop; /* passed back in each call */

	/* Monotonic milliseconds, as of this turn of the loop. */
	int64_t (*now)(void *loop);

	/*
	 * Call fn(arg, ready) whenever fd is ready for one of events (OS_READ,
	 * OS_WRITE; 0 is none for the moment).  NULL when out of memory.
	 */
	void *(*watch)(void *loop, int fd, unsigned events, void (*fn)(void *arg, unsigned ready),
		       void *arg);
	void (*rewatch)(void *loop, void *watch, unsigned events);
	void (*unwatch)(void *loop, void *watch); /* before the descriptor is closed */

	/* A timer, not yet set.  NULL when out of memory. */
	void *(*timer)(void *loop, void (*fn)(void *arg), void *arg);

	/* Fire once at the given time; a time that has passed: in the next turn, not now. */
	void (*set)(void *loop, void *timer, int64_t at);
	void (*unset)(void *loop, void *timer);
	void (*untimer)(void *loop, void *timer); /* unset and free */
};

#endif
