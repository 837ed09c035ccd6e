/*
 * Reading session logs back, block by block: for `signpost log`.
 */
#ifndef JOURNAL_READER_H
#define JOURNAL_READER_H

#include "base/buf.h"

struct journal_filter {
	struct str message;    /* queue ID, or empty */
	struct str to;         /* a recipient, any case, or empty */
	bool dnssec;           /* only sessions with the service on */
	int64_t since_wall_ms; /* 0: all */
};

struct journal_reader;

/* Reads smtp-out-*.log in dir, oldest first, from the day of since on.  ERR_IO, ERR_NOMEM. */
enum err journal_reader_open(const char *dir, const struct journal_filter *filter,
			     struct journal_reader **out) MUST_USE;
void journal_reader_close(struct journal_reader **r);

/*
 * The next whole block that passes the filter, as it stands in the file; empty
 * when there is none for now (call again later to follow, across midnight too).
 * Valid until the next call.  ERR_IO.
 */
enum err journal_reader_next(struct journal_reader *r, struct str *block) MUST_USE;

#endif
