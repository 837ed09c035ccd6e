/* A kernel that has no seccomp(2), as the library believes once it was told so. */
#include "fence/calls.h"

#include "base/test.h"

#include <seccomp.h>

#define BARE 1 /* prctl() alone: Linux before 3.17, and what runs under valgrind */

int main(void)
{
	enum fence_calls kind = FENCE_CALLS_CLOSED;
	size_t n = 1;

	CHECK_INT("told", seccomp_api_set(BARE), 0);
	CHECK_INT("that is no failure", fence_calls_close(&kind, &n), ERR_OK);
	CHECK_INT("but it is known", kind, FENCE_CALLS_NO_KERNEL);
	CHECK_INT("nothing is closed", (long long)n, 0);
	return TEST_EXIT();
}
