/* The two clocks, in milliseconds. */
#ifndef OS_CLOCK_H
#define OS_CLOCK_H

#include <stdint.h>

/*
 * Never goes back; counts from an arbitrary moment, and on while the machine is
 * suspended: what was kept to a TTL has not become younger in its sleep.
 */
int64_t os_clock_mono(void);

/* The same clock in microseconds, for what is quicker than a millisecond. */
int64_t os_clock_mono_us(void);

/* Since 1970-01-01 UTC. */
int64_t os_clock_wall(void);

#endif
