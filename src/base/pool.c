#include "base/pool.h"

#include <stdlib.h>
#include <string.h>

/* kept_most: as many as a turn of an event loop is likely to end and begin anew. */
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(SANITIZED)
static const unsigned kept_most = 0;
#else
static const unsigned kept_most = 256;
#endif

struct pool_idle {
	struct pool_idle *next;
};

void pool_init(struct pool *p, size_t octets)
{
	*p = (struct pool){ .octets = octets };
}

void *pool_get(struct pool *p, size_t n)
{
	struct pool_idle *thing = p->idle;

	if (n > p->octets || !thing)
		return calloc(1, kept_most > 0 && n < p->octets ? p->octets : n);
	p->idle = thing->next;
	p->n_idle--;
	memset(thing, 0, n);
	return thing;
}

void pool_put(struct pool *p, void *thing, size_t n)
{
	struct pool_idle *idle = thing;

	if (!thing || n > p->octets || p->n_idle >= kept_most) {
		free(thing);
		return;
	}
	idle->next = p->idle;
	p->idle = idle;
	p->n_idle++;
}

void pool_clear(struct pool *p)
{
	while (p->idle) {
		struct pool_idle *next = p->idle->next;
		free(p->idle);
		p->idle = next;
	}
	p->n_idle = 0;
}
