/*
 * The context and what its files share.
 *
 * A context may be freed inside a callback.  It is then dead: its resolver is
 * gone, and its memory goes when the last of our own frames on the stack is left.
 */
#ifndef LIBRARY_CONTEXT_PRIV_H
#define LIBRARY_CONTEXT_PRIV_H

#include "base/arena.h"
#include "base/hash.h"
#include "library/door_priv.h"
#include "library/poll_priv.h"
#include "resolve/resolve.h"

#include <signpost/dns.h>

enum { LIBRARY_REASON_ROOM = 512, LIBRARY_STRINGS_MAX = 1 << 18 };

/* A question that waits for its answer. */
struct library_ask {
	struct hash_node node; /* in the context's asks, by id */
	struct signpost_dns *d;
	signpost_dns_done *done;
	void *arg;
};

struct signpost_dns {
	struct os_reactor reactor;
	struct library_poll *own; /* NULL: the loop is the caller's */
	struct resolve_conf conf;
	struct arena strings;    /* what conf points to */
	struct resolve *resolve; /* NULL until it has started */
	struct hash asks;        /* struct library_ask by id */
	int64_t deadline_ms;
	void (*trace)(void *arg, const struct signpost_dns_event *event);
	void *trace_arg;
	unsigned inside;  /* our own frames on the stack that need it */
	unsigned calling; /* callbacks among them */
	bool dead;
	char reason[LIBRARY_REASON_ROOM];
	struct buf state_text; /* of signpost_dns_get_server_state() */
};

/* Keep the reason, a printf format, and return error. */
enum signpost_dns_error library_context_fail(struct signpost_dns *d, enum signpost_dns_error error,
					     const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Around whatever may call back.  After leave, d may be gone; it says whether it still lives. */
void library_context_enter(struct signpost_dns *d);
bool library_context_leave(struct signpost_dns *d);

#endif
