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
#include "library/poll_priv.h"
#include "resolve/resolve.h"

#include <errno.h>
#include <signpost/dns.h>

enum { LIBRARY_REASON_ROOM = 512, LIBRARY_STRINGS_MAX = 1 << 18 };

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

/* The errno of the caller is put back at the end of the scope. */
void library_context_errno(const int *kept);
#define KEEP_ERRNO __attribute__((unused)) CLEANUP(library_context_errno) int kept_errno = errno

/* Keep the reason, a printf format, and return error. */
enum signpost_dns_error library_context_fail(struct signpost_dns *d, enum signpost_dns_error error,
					     const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* The same error in the words of the header. */
enum signpost_dns_error library_context_error(enum err e);

/*
 * The fields of a struct from the caller, which begins with its size, into ours of
 * size octets.  ERR_SYNTAX: no size; ERR_LIMIT: fields that are not known here.
 */
enum err library_context_take(void *to, size_t size, const void *from) MUST_USE;

/* Ours into the caller's, as much as its size says. */
void library_context_give(void *to, const void *from, size_t size);

/* Around whatever may call back.  After leave, d may be gone; it says whether it still lives. */
void library_context_enter(struct signpost_dns *d);
bool library_context_leave(struct signpost_dns *d);

/* Forget all questions. */
void library_ask_forget(struct signpost_dns *d);

#endif
