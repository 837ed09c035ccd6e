/*
 * A day's file, compressed: frames of zstd that can each be read alone, the index of what is in
 * them, and the table of where they begin.
 *
 * `zstdcat` gives the text as it was.  A frame holds whole blocks, or whole records, so that none
 * is cut where others are left out.
 */
#ifndef JOURNAL_PACK_H
#define JOURNAL_PACK_H

#include "journal/day.h"

struct journal_pack;

/* Writes to fd, which stays the caller's.  ERR_NOMEM. */
enum err journal_pack_new(int fd, const struct journal_day_kind *kind, struct journal_pack **out)
	MUST_USE;

/* Free and set to NULL.  Also the CLEANUP() handler; NULL is fine. */
void journal_pack_free(struct journal_pack **p);

/* One block, or one line.  ERR_IO, and errno says how; ERR_NOMEM. */
enum err journal_pack_add(struct journal_pack *p, struct str piece) MUST_USE;

/* What is left, and all that makes the file whole; it is on the disk then. */
enum err journal_pack_end(struct journal_pack *p) MUST_USE;

#endif
