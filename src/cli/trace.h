/*
 * What became of each message on the wire, for people who look for a fault.
 */
#ifndef CLI_TRACE_H
#define CLI_TRACE_H

#include "base/jsonw.h"
#include "resolve/resolve.h"

#define CLI_TRACE_MAX 4096 /* events that are kept; of more, only their number */

struct cli_trace {
	struct cli_trace_event *all;
	size_t n;
	size_t lost; /* more than that, or no memory */
	int64_t began_us;
};

/* Have conf tell everything to t, which outlives the resolver. */
void cli_trace_follow(struct cli_trace *t, struct resolve_conf *conf);
void cli_trace_clear(struct cli_trace *t);

/* A line each. */
void cli_trace_text(struct buf *out, const struct cli_trace *t);

/* An array of objects. */
void cli_trace_json(struct jsonw *j, const char *key, const struct cli_trace *t);

#endif
