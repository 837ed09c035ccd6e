/* The context: made, filled with servers, started, looked at, freed. */
#include "library/context_priv.h"

#include "os/clock.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void library_context_errno(const int *kept)
{
	errno = *kept;
}

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

enum signpost_dns_error library_context_error(enum err e)
{
	switch (e) {
	case ERR_OK:
		return SIGNPOST_DNS_OK;
	case ERR_SYNTAX:
		return SIGNPOST_DNS_ERR_SYNTAX;
	case ERR_LIMIT:
		return SIGNPOST_DNS_ERR_LIMIT;
	case ERR_NOMEM:
		return SIGNPOST_DNS_ERR_MEMORY;
	case ERR_IO:
		break;
	}
	return SIGNPOST_DNS_ERR_SYSTEM;
}

enum err library_context_take(void *to, size_t size, const void *from)
{
	const char *octets = from;
	size_t given;

	memcpy(&given, from, sizeof(given));
	if (given < sizeof(given))
		return ERR_SYNTAX;
	for (size_t i = size; i < given; i++)
		if (octets[i] != 0)
			return ERR_LIMIT;
	memset(to, 0, size);
	memcpy(to, from, given < size ? given : size);
	return ERR_OK;
}

void library_context_give(void *to, const void *from, size_t size)
{
	size_t given;

	memcpy(&given, to, sizeof(given));
	if (given <= sizeof(given))
		return;
	if (size > given)
		size = given;
	memcpy((char *)to + sizeof(given), (const char *)from + sizeof(given),
	       size - sizeof(given));
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

	if (library_context_take(&loop, sizeof(loop), from) != ERR_OK || !loop.watch ||
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

void signpost_dns_free(struct signpost_dns **dp)
{
	KEEP_ERRNO;
	struct signpost_dns *d = *dp;

	*dp = NULL;
	if (!d)
		return;
	d->dead = true;
	resolve_free(&d->resolve);
	library_ask_forget(d);
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

static void on_event(void *arg, const struct resolve_event *from)
{
	struct signpost_dns *d = arg;
	char server[128], channel[16], why[512];
	struct signpost_dns_name name;
	struct signpost_dns_event event = {
		.size = sizeof(event),
		.fate = SIGNPOST_DNS_BROKEN,
		.server = server,
		.channel = channel,
		.why = why,
		.octets = (const uint8_t *)from->octets.p,
		.octet_count = from->octets.n,
		.type = from->type,
	};

	switch (from->fate) {
	case RESOLVE_SENT:
		event.fate = SIGNPOST_DNS_SENT;
		break;
	case RESOLVE_ACCEPTED:
		event.fate = SIGNPOST_DNS_ACCEPTED;
		break;
	case RESOLVE_IGNORED:
		event.fate = SIGNPOST_DNS_IGNORED;
		break;
	case RESOLVE_BROKEN:
		break;
	}
	(void)str_copy(server, sizeof(server), from->server);
	(void)str_copy(channel, sizeof(channel), from->channel);
	(void)str_copy(why, sizeof(why), from->why);
	if (from->name) {
		name.octets = from->name->len;
		memcpy(name.wire, from->name->wire, sizeof(name.wire));
		event.name = &name;
	}
	d->trace(d->trace_arg, &event);
}

enum signpost_dns_error signpost_dns_start(struct signpost_dns *d)
{
	KEEP_ERRNO;

	if (d->resolve)
		return SIGNPOST_DNS_OK;
	if (d->conf.n_servers == 0) {
		enum signpost_dns_error e = signpost_dns_add_system(d, NULL);
		if (e != SIGNPOST_DNS_OK)
			return e;
	}
	if (d->trace) {
		d->conf.trace = on_event;
		d->conf.trace_arg = d;
	}
	errno = 0;
	d->resolve = resolve_new(&d->reactor, &d->conf);
	if (!d->resolve)
		return errno == ENOMEM || errno == 0
			       ? library_context_fail(d, SIGNPOST_DNS_ERR_MEMORY, "out of memory")
			       : library_context_fail(d, SIGNPOST_DNS_ERR_SYSTEM,
						      "no socket can be had: %s", strerror(errno));
	return SIGNPOST_DNS_OK;
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
