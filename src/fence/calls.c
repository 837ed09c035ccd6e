/*
 * The kernel looks a call up in a tree (OPTIMIZE 2), and from Linux 5.11 on it remembers which
 * calls are allowed whatever their arguments: those cost nothing.
 *
 * clone3() takes its flags in memory, where no filter sees them: it is not there, and the C library
 * then uses clone(), of which only threads are made.
 */
#include "fence/calls.h"

#include "fence/sanitizer_priv.h"

#include <errno.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>

enum { TREE = 2 };

/* It is allowed where (argument & mask) == value; mask 0: always. */
struct call {
	int number;
	unsigned argument;
	uint32_t mask, value;
};

#define FENCE_CALL(name) { SCMP_SYS(name), 0, 0, 0 },
#define FENCE_CALL_IF(name, argument, mask, value) { SCMP_SYS(name), argument, mask, value },
#define FENCE_SELDOM(name, why) { SCMP_SYS(name), 0, 0, 0 },
#define FENCE_SELDOM_IF(name, argument, mask, value, why) { SCMP_SYS(name), argument, mask, value },

static const struct call daemon_calls[] = {
#include "fence/calls.def"
};

static const struct call console_calls[] = {
#include "fence/console.def"
};

/* Of either, in no program that is installed.  The last row is none. */
static const struct call sanitizer_calls[] = {
#if FENCE_SANITIZER
#include "fence/sanitizer.def"
#endif
	{ 0 },
};

#undef FENCE_SELDOM
#undef FENCE_SELDOM_IF
#undef FENCE_CALL
#undef FENCE_CALL_IF

#define LIST(calls)                                                                                \
	{                                                                                          \
		calls, sizeof(calls) / sizeof((calls)[0])                                          \
	}

struct list {
	const struct call *call;
	size_t n;
};

static const struct list lists[] = {
	[FENCE_DAEMON] = LIST(daemon_calls),
	[FENCE_CONSOLE] = LIST(console_calls),
};

static const struct list sanitizer = { sanitizer_calls,
				       sizeof(sanitizer_calls) / sizeof(sanitizer_calls[0]) - 1 };

static enum err fail(int error)
{
	errno = -error;
	return error == -ENOMEM ? ERR_NOMEM : ERR_IO;
}

static int allow(scmp_filter_ctx filter, const struct call *c)
{
	struct scmp_arg_cmp is = SCMP_CMP32(c->argument, SCMP_CMP_MASKED_EQ, c->mask, c->value);

	return seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, c->number, c->mask ? 1 : 0, &is);
}

static int allow_all(scmp_filter_ctx filter, const struct list *list)
{
	int error = 0;

	for (size_t i = 0; error == 0 && i < list->n; i++)
		error = allow(filter, &list->call[i]);
	return error;
}

static int fill(scmp_filter_ctx filter, enum fence_who who)
{
	int error = seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1);

	if (error == 0)
		error = seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, TREE);
	if (error == 0) /* what the kernel says, as it says it */
		error = seccomp_attr_set(filter, SCMP_FLTATR_API_SYSRAWRC, 1);
	if (error == 0)
		error = allow_all(filter, &lists[who]);
	return error ? error : allow_all(filter, &sanitizer);
}

/* Whether a kernel says by that that it has no such thing. */
static bool absent(int error)
{
	return error == -EINVAL || error == -ENOSYS || error == -EOPNOTSUPP;
}

/* The same of the library, which asks the kernel: without seccomp(2) it cannot do as it is told. */
static bool unsupported(int error)
{
	return error == -EOPNOTSUPP;
}

enum err fence_calls_close(enum fence_who who, struct fence_calls_result *out)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(ENOSYS));

	if (!filter)
		return ERR_NOMEM;
	int error = fill(filter, who);
	int loaded = error == 0 ? seccomp_load(filter) : 0;
	seccomp_release(filter);
	if (error && !unsupported(error))
		return fail(error);
	if (loaded && !absent(loaded))
		return fail(loaded);
	*out = error || loaded ? (struct fence_calls_result){ FENCE_CALLS_NO_KERNEL, 0 }
			       : (struct fence_calls_result){ FENCE_CALLS_CLOSED,
							      lists[who].n + sanitizer.n };
	return ERR_OK;
}
