/*
 * Files of days that are over, compressed (SPEC section 6, log-compress).
 */
#ifndef JOURNAL_SHRINK_H
#define JOURNAL_SHRINK_H

#include "journal/day.h"

#include <stdatomic.h>

#define JOURNAL_SHRINK_LEAST (256u << 10) /* octets: a smaller file stays as it is */

struct journal_shrunk {
	/* Of the file that was looked at, as it is not compressed; "": no more. */
	char name[JOURNAL_NAME];
	uint64_t before, after; /* octets of it, and of the one in its place; after 0: it stayed */
};

/*
 * Compress the next file after out->name, in order of names, whose day ended more than after_ms
 * before now, an hour at least: whole or not at all.  A crash leaves the one, the other,
 * or both, of which readers take one.  *stop: set by another thread, it is left as it was:
 * ERR_IO, ECANCELED.
 *
 * ERR_IO     errno; ENOSPC also where the disk has not half its size left
 * ERR_SYNTAX there is another in its place, which is damaged: both stay
 * ERR_NOMEM
 */
enum err journal_shrink(const char *dir, int64_t after_ms, int64_t now_wall_ms,
			const atomic_bool *stop, struct journal_shrunk *out) MUST_USE;

#endif
