/*
 * A file that is written beside another, and takes its place when it is whole and on the disk.
 */
#ifndef JOURNAL_BESIDE_H
#define JOURNAL_BESIDE_H

#include "journal/day.h"

#include <sys/types.h>

#define JOURNAL_BESIDE ".new" /* behind its name, as long as it is written */

struct journal_beside {
	int dir, fd; /* fd -1: not open */
	const char *name;
};

/* name: whose place it will take; it stays the caller's.  ERR_IO: errno. */
enum err journal_beside_open(int dir, const char *name, struct journal_beside *out) MUST_USE;

/*
 * Mode, owner and times are those of the file `from`, as it holds what that one held; all is on
 * the disk; and it stands in its place.  ERR_IO: errno, and what was there is there.
 *
 * was: the file in whose place it comes, of so many octets when it was read, or -1.  Where it has
 * grown, as the clock was set back, it stays: ERR_IO, EAGAIN.
 */
enum err journal_beside_ready(struct journal_beside *b, int from) MUST_USE;
enum err journal_beside_put(struct journal_beside *b, int was, off_t octets) MUST_USE;

/* What a crash left of one, where nobody writes it now. */
void journal_beside_drop(int dir, const char *name);

/* Close it; what was not put is gone.  Also the CLEANUP() handler. */
void journal_beside_clear(struct journal_beside *b);

#endif
