/*
 * Connections that were answered before the whole request was there (RFC 9112 section 9.6): whoever
 * still sends is read from, and what comes is dropped, until he has read the answer and goes.
 * Closed at once, the connection would be reset, and the answer with it.
 */
#ifndef CONSOLE_LINGER_H
#define CONSOLE_LINGER_H

#include "loop/loop.h"

#include <stdint.h>

#define CONSOLE_LINGER_MAX                                                                         \
	(128u << 20) /* octets that are dropped: twice what any request may have */

struct console_lingers;

/* patience_ms: for each of them, in all.  NULL: out of memory. */
struct console_lingers *console_lingers_new(struct loop *loop, int64_t patience_ms) MUST_USE;

/*
 * fd, a socket that does not block and that nothing more is written to, stays open that long by
 * another descriptor; the caller closes his own.  Where that cannot be, it is as if not asked.
 */
void console_linger(struct console_lingers *all, int fd);

/* All are closed. */
void console_lingers_free(struct console_lingers **all);

#endif
