#include "os/clock.h"

#include <time.h>

static int64_t us_of(clockid_t clock)
{
	struct timespec t;

	(void)clock_gettime(clock, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

int64_t os_clock_mono(void)
{
	return us_of(CLOCK_BOOTTIME) / 1000;
}

int64_t os_clock_mono_us(void)
{
	return us_of(CLOCK_BOOTTIME);
}

int64_t os_clock_wall(void)
{
	return us_of(CLOCK_REALTIME) / 1000;
}
