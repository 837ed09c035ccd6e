/*
 * The files of one kind in a directory, one day after another, while they grow.
 *
 * At midnight one thread may open the new file while another still writes to the old one; therefore
 * the old one is looked at for as long as the new one is read.  Where another directory has taken
 * the place of theirs, as who rotates logs may make it, what is left is read, and then
 * what is there.
 */
#ifndef JOURNAL_DAYS_H
#define JOURNAL_DAYS_H

#include "journal/tail.h"

struct journal_days {
	char *path;
	int dir; /* that of path, or the one that was there before; -1: not open */
	const struct journal_day_kind *kind;
	struct journal_tail now, before;
	char from[JOURNAL_DATE + 1];    /* the first day; "": of all */
	struct journal_index_want want; /* of what is compressed: frames without it are left out */
	struct buf notes;               /* of files that are damaged, a line each */
	const char *noted;              /* of the file that is read now */
};

void journal_days_init(struct journal_days *d);

/* from: a date, or empty.  ERR_IO, and errno says how; clear it all the same. */
enum err journal_days_open(struct journal_days *d, const char *path,
			   const struct journal_day_kind *kind, struct str from) MUST_USE;
void journal_days_clear(struct journal_days *d);

/* What is wrong with files, a line each, as long as it was not asked for; until the next call. */
struct str journal_days_notes(struct journal_days *d);

/* The next piece of any file, oldest first; empty where there is none yet.  ERR_IO, ERR_NOMEM. */
enum err journal_days_next(struct journal_days *d, journal_tail_size *size, const void *arg,
			   struct str *piece) MUST_USE;

#endif
