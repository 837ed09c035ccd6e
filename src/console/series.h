/*
 * What the daemon counted over time: it is asked for its state every few seconds.
 */
#ifndef CONSOLE_SERIES_H
#define CONSOLE_SERIES_H

#include "console/request.h"

/* asks outlives it.  NULL: out of memory. */
struct console_series *console_series_new(struct loop *loop, struct console_asks *asks) MUST_USE;

/* Before asks. */
void console_series_free(struct console_series **s);

/* GET /api/series */
void console_series_get(struct console_request *r);

#endif
