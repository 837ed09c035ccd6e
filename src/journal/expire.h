/*
 * Log files that are too old (SPEC section 6, log-keep): which they are, and away with them.
 */
#ifndef JOURNAL_EXPIRE_H
#define JOURNAL_EXPIRE_H

#include "base/err.h"
#include "base/str.h"

/*
 * The day of a file of the journal (smtp-out-DATE.log, smtp-in-DATE.log, deliveries-DATE.jsonl;
 * compressed, or begun to be), in its name, as "2026-11-24"; empty: it is none.
 */
struct str journal_expire_day(struct str name);

/*
 * Remove from dir what is older than keep_ms: each file whose day, in UTC, ended so long before
 * now, and before something was last written there: a clock that starts years ahead removes
 * nothing.  *n: so many are gone.  ERR_IO: one could not be, or dir not be read, and errno says
 * why; the others are gone all the same.
 */
enum err journal_expire(const char *dir, int64_t keep_ms, int64_t now_wall_ms, size_t *n) MUST_USE;

#endif
