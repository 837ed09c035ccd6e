#include "os/limit.h"

#include <sys/resource.h>
#include <unistd.h>

static uint64_t number(rlim_t r)
{
	return r == RLIM_INFINITY ? UINT64_MAX : (uint64_t)r;
}

static rlim_t limit(uint64_t n)
{
	return n == UINT64_MAX ? RLIM_INFINITY : (rlim_t)n;
}

enum err os_limit_read(struct os_limit *out)
{
	struct rlimit r;

	if (getrlimit(RLIMIT_NOFILE, &r) < 0)
		return ERR_IO;
	*out = (struct os_limit){ .now = number(r.rlim_cur), .most = number(r.rlim_max) };
	return ERR_OK;
}

struct os_limit os_limit_for(struct os_limit l, uint64_t want, bool super)
{
	if (want > l.most && super)
		l.most = want;
	if (want > l.most)
		want = l.most;
	if (want > l.now)
		l.now = want;
	return l;
}

static bool set(struct os_limit l)
{
	const struct rlimit r = { .rlim_cur = limit(l.now), .rlim_max = limit(l.most) };

	return setrlimit(RLIMIT_NOFILE, &r) == 0;
}

enum err os_limit_raise(uint64_t want, uint64_t *have)
{
	struct os_limit l;
	enum err e = os_limit_read(&l);

	if (e != ERR_OK)
		return e;
	/* Root without the capability, or past fs.nr_open: then as far as any user may. */
	if (want > l.now && !set(os_limit_for(l, want, geteuid() == 0)))
		(void)set(os_limit_for(l, want, false));
	e = os_limit_read(&l);
	if (e == ERR_OK)
		*have = l.now;
	return e;
}
