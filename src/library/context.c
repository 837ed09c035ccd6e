/* The context: made, looked at, freed, and what turns its own loop. */
#include "library/context_priv.h"

#include "os/clock.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum signpost_dns_error library_context_fail(struct signpost_dns *d, enum signpost_dns_error error,
					     const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	if (vsnprintf(d->reason, sizeof(d->reason), fmt, args) < 0)
		d->reason[0] = '\0';
	va_end(args);
	return error;
}

static int64_t own_now(void *loop)
{
	(void)loop;
	return os_clock_mono();
}

int64_t signpost_dns_now(void)
{
	KEEP_ERRNO;

	return os_clock_mono();
}

/* False where the table is not whole. */
static bool take_loop(struct signpost_dns *d, const struct signpost_dns_loop *from)
{
	struct signpost_dns_loop loop;

	if (library_door_take(&loop, sizeof(loop), from) != ERR_OK || !loop.watch ||
	    !loop.rewatch || !loop.unwatch || !loop.timer || !loop.set || !loop.unset ||
	    !loop.untimer)
		return false;
	d->reactor = (struct os_reactor){
		.loop = loop.loop,
		.now = loop.now ? loop.now : own_now,
		.watch = loop.watch,
		.rewatch = loop.rewatch,
		.unwatch = loop.unwatch,
		.timer = loop.timer,
		.set = loop.set,
		.unset = loop.unset,
		.untimer = loop.untimer,
	};
	return true;
}

static void free_rest(struct signpost_dns *d)
{
	library_poll_free(&d->own);
	arena_clear(&d->strings);
	buf_free(&d->state_text);
	explicit_bzero(&d->conf, sizeof(d->conf));
	free(d);
}

struct signpost_dns *signpost_dns_new(const struct signpost_dns_loop *loop)
{
	KEEP_ERRNO;
	struct signpost_dns *d = calloc(1, sizeof(*d));

	if (!d)
		return NULL;
	d->strings = ARENA_MAX(LIBRARY_STRINGS_MAX);
	d->state_text = BUF_MAX(LIBRARY_STRINGS_MAX);
	if (hash_init(&d->asks) != ERR_OK) {
		free_rest(d);
		return NULL;
	}
	if (!loop && (d->own = library_poll_new()) != NULL)
		d->reactor = library_poll_reactor(d->own);
	if (loop ? !take_loop(d, loop) : !d->own)
		signpost_dns_free(&d);
	return d;
}

static void forget(struct hash_node *node, void *arg)
{
	struct hash *asks = arg;

	hash_drop(asks, node);
	free(CONTAINER_OF(node, struct library_ask, node));
}

void signpost_dns_free(struct signpost_dns **dp)
{
	KEEP_ERRNO;
	struct signpost_dns *d = *dp;

	*dp = NULL;
	if (!d)
		return;
	d->dead = true;
	resolve_free(&d->resolve);
	hash_each(&d->asks, forget, &d->asks);
	hash_clear(&d->asks);
	if (d->inside == 0)
		free_rest(d);
}

void library_context_enter(struct signpost_dns *d)
{
	d->inside++;
}

bool library_context_leave(struct signpost_dns *d)
{
	bool dead = d->dead;

	if (--d->inside == 0 && dead)
		free_rest(d);
	return !dead;
}

const char *signpost_dns_reason(const struct signpost_dns *d)
{
	return d->reason;
}

size_t signpost_dns_poll_fds(struct signpost_dns *d, struct pollfd *fds, size_t room,
			     int *timeout_ms)
{
	KEEP_ERRNO;

	*timeout_ms = -1;
	return d->own ? library_poll_fds(d->own, fds, room, timeout_ms) : 0;
}

void signpost_dns_poll_done(struct signpost_dns *d, const struct pollfd *fds, size_t n)
{
	KEEP_ERRNO;

	if (!d->own || d->calling > 0)
		return;
	library_context_enter(d);
	library_poll_done(d->own, fds, n);
	(void)library_context_leave(d);
}

size_t signpost_dns_wait(struct signpost_dns *d, int timeout_ms)
{
	KEEP_ERRNO;

	if (!d->own || d->calling > 0 || d->asks.n == 0)
		return 0;
	library_context_enter(d);
	library_poll_turn(d->own, timeout_ms);
	return library_context_leave(d) ? d->asks.n : 0;
}
