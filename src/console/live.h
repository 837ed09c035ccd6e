/*
 * Sessions as they end: delivery records, followed in their files and told by Server-Sent Events.
 *
 * The daemon knows nothing of it, and is not slowed by it.  Who listens is told so many records a
 * second; beyond that they are counted, and the number is told.
 */
#ifndef CONSOLE_LIVE_H
#define CONSOLE_LIVE_H

#include "console/request.h"

#define CONSOLE_LIVE_RATE 50 /* records a second, to each who listens */
#define CONSOLE_LIVE_MAX 64  /* who listen */

/* dir, which outlives it: where the records are.  NULL: out of memory. */
struct console_live *console_live_new(struct loop *loop, const char *dir) MUST_USE;

/* Who listens has gone by then. */
void console_live_free(struct console_live **l);

/* GET /api/sessions/live */
void console_live_open(struct console_request *r);

#endif
