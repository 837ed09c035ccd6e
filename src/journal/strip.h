/*
 * Fields of the header taken out of delivery records that are old enough (SPEC section 6,
 * keep-headers).
 */
#ifndef JOURNAL_STRIP_H
#define JOURNAL_STRIP_H

#include "base/buf.h"
#include "journal/day.h"

/*
 * Append a record's line without the fields that it keeps.  Whether it had any; a line that is no
 * record of ours is appended as it is.  room is as for journal_record_read().
 */
bool journal_strip_line(struct str line, struct buf *room, struct buf *out);

/*
 * Rewrite the records of the first day after done ("2026-11-24"; "": of all) that ended more than
 * keep_ms before now, an hour at least: whole or not at all, and not where nothing is kept in them.
 * done: that day; "" where there is no other.  *any: something was.  ERR_IO: errno; ERR_NOMEM.
 */
enum err journal_strip(const char *dir, int64_t keep_ms, int64_t now_wall_ms,
		       char done[static JOURNAL_DATE + 1], bool *any) MUST_USE;

#endif
