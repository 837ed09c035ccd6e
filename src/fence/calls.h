/*
 * System calls that the daemon does not make: a filter in the kernel (seccomp(2), by libseccomp)
 * that knows those of calls.def and answers any other with ENOSYS, as an older kernel would.
 * Nothing is executed, no memory becomes code, and no socket is of another family than IPv4 and
 * IPv6.
 */
#ifndef FENCE_CALLS_H
#define FENCE_CALLS_H

#include "base/err.h"

#include <stddef.h>

enum fence_calls {
	FENCE_CALLS_CLOSED,
	FENCE_CALLS_NO_KERNEL,  /* the kernel has no filter */
	FENCE_CALLS_NO_LIBRARY, /* it was built without libseccomp */
};

/*
 * For all threads that there are, and those to come.  After os_confine().  *n is the number of
 * calls that are left.  ERR_IO: errno; ERR_NOMEM.
 */
enum err fence_calls_close(enum fence_calls *out, size_t *n) MUST_USE;

#endif
