/*
 * Which delivery records somebody asks for: the parameters of /api/sessions.  Pure.
 */
#ifndef CONSOLE_FILTER_H
#define CONSOLE_FILTER_H

#include "console/target.h"
#include "journal/record.h"

struct console_filter {
	struct journal_record_filter record; /* its texts lie in the parameters */
	struct str domain;
	bool was_secure;            /* those alone whose domain was secure before */
	struct str session;         /* no parameter asks for one */
	char since[32], before[32]; /* as the records write times, which sort so; "" none */
	uint32_t limit;
};

#define CONSOLE_FILTER_USUAL 100 /* records */
#define CONSOLE_FILTER_MAX 1000

/* ERR_SYNTAX: *why says what is no such parameter, or has no such value. */
enum err console_filter_read(const struct console_parameters *p, int64_t now_wall_ms,
			     struct console_filter *out, struct buf *why) MUST_USE;

/* Whether a record passes, the limit and since aside. */
bool console_filter_passes(const struct console_filter *f, const struct journal_record *r);

/* Whether it is older than since: then so are all before it. */
bool console_filter_over(const struct console_filter *f, const struct journal_record *r);

#endif
