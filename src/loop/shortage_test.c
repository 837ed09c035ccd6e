#include "loop/shortage.h"

#include "base/test.h"

#include <errno.h>

static const struct {
	const char *label;
	int error;
	enum loop_accept want;
} errors[] = {
	{ "nobody waits", EAGAIN, LOOP_ACCEPT_NONE },
	{ "a signal", EINTR, LOOP_ACCEPT_NEXT },
	{ "gone already", ECONNABORTED, LOOP_ACCEPT_NEXT },
	{ "an error of the network", ENETUNREACH, LOOP_ACCEPT_NEXT },
	{ "the firewall", EPERM, LOOP_ACCEPT_NEXT },
	{ "no descriptor of ours", EMFILE, LOOP_ACCEPT_WAIT },
	{ "no descriptor of the system", ENFILE, LOOP_ACCEPT_WAIT },
	{ "no memory", ENOMEM, LOOP_ACCEPT_WAIT },
	{ "no buffer", ENOBUFS, LOOP_ACCEPT_WAIT },
	{ "what should never be", EBADF, LOOP_ACCEPT_WAIT },
	{ "what nobody knows", 0, LOOP_ACCEPT_WAIT },
};

#define RETRY LOOP_SHORTAGE_RETRY_MS
#define CALM LOOP_SHORTAGE_CALM_MS

/* What happens when, whether that is to be said, and when to look again. */
static const struct {
	const char *label;
	enum { MET, PASSED } what;
	int64_t now;
	bool said;
	int64_t look_at;
} steps[] = {
	{ "none: nothing to be over", PASSED, 0, false, 0 },
	{ "met: said", MET, 1000, true, 1000 + RETRY },
	{ "met again: once is enough", MET, 1500, false, 1500 + RETRY },
	{ "one went well", PASSED, 2000, false, 2000 + CALM },
	{ "another, the calm goes on", PASSED, 3000, false, 2000 + CALM },
	{ "met in the calm: not said again", MET, 4000, false, 4000 + RETRY },
	{ "well again", PASSED, 4500, false, 4500 + CALM },
	{ "not yet over", PASSED, 4499 + CALM, false, 4500 + CALM },
	{ "over: said", PASSED, 4500 + CALM, true, 0 },
	{ "and once", PASSED, 4600 + CALM, false, 0 },
	{ "the next is said anew", MET, 60000, true, 60000 + RETRY },
};

int main(void)
{
	struct loop_shortage s = { .said = false };

	for (size_t i = 0; i < COUNT_OF(errors); i++)
		CHECK_INT(errors[i].label, loop_shortage_judge(errors[i].error), errors[i].want);
	for (size_t i = 0; i < COUNT_OF(steps); i++) {
		bool said = steps[i].what == MET ? loop_shortage_met(&s, steps[i].now)
						 : loop_shortage_passed(&s, steps[i].now);
		CHECK_INT(steps[i].label, said, steps[i].said);
		CHECK_INT(steps[i].label, s.look_at, steps[i].look_at);
	}
	return TEST_EXIT();
}
