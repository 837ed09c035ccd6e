#include "os/random.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/types.h>

void os_random(void *p, size_t n)
{
	char *at = p;

	while (n) {
		ssize_t got = getrandom(at, n, 0);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0) /* no kernel that we run on lacks it; without it nothing is safe */
			abort();
		at += got;
		n -= (size_t)got;
	}
}

uint64_t os_random_u64(void)
{
	uint64_t v;

	os_random(&v, sizeof(v));
	return v;
}
