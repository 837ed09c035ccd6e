/* A kernel that has no seccomp(2), as the library believes once it was told so. */
#include "fence/calls.h"

#include "base/test.h"

#include <seccomp.h>

#define BARE 1 /* prctl() alone: Linux before 3.17, and what runs under valgrind */

int main(void)
{
	struct fence_calls_result out = { FENCE_CALLS_CLOSED, 1 };

	CHECK_INT("told", seccomp_api_set(BARE), 0);
	CHECK_INT("that is no failure", fence_calls_close(FENCE_DAEMON, &out), ERR_OK);
	CHECK_INT("but it is known", out.kind, FENCE_CALLS_NO_KERNEL);
	CHECK_INT("nothing is closed", (long long)out.n, 0);
	return TEST_EXIT();
}
