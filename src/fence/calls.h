/*
 * System calls that a process does not make: a filter in the kernel (seccomp(2), by libseccomp)
 * that knows those of a list and answers any other with ENOSYS, as an older kernel would.
 * Nothing is executed, no memory becomes code, and no socket is of a family that is
 * not in the list.
 */
#ifndef FENCE_CALLS_H
#define FENCE_CALLS_H

#include "base/err.h"

#include <stddef.h>

/* Whose list. */
enum fence_who {
	FENCE_DAEMON,  /* calls.def */
	FENCE_CONSOLE, /* console.def: what speaks HTTP */
};

enum fence_calls {
	FENCE_CALLS_CLOSED,
	FENCE_CALLS_NO_KERNEL,  /* the kernel has no filter */
	FENCE_CALLS_NO_LIBRARY, /* it was built without libseccomp */
};

/* What has become of it. */
struct fence_calls_result {
	enum fence_calls kind;
	size_t n; /* calls that are left; 0 where nothing is closed */
};

/*
 * For all threads that there are, and those to come.  After os_confine().  ERR_IO:
 * errno; ERR_NOMEM.
 */
enum err fence_calls_close(enum fence_who who, struct fence_calls_result *out) MUST_USE;

#endif
