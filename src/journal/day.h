/*
 * The files of the journal by their days: smtp-out-DATE.log and the like.
 */
#ifndef JOURNAL_DAY_H
#define JOURNAL_DAY_H

#include "base/err.h"
#include "base/str.h"

#define JOURNAL_DATE 10 /* characters of "2026-11-24" */
#define JOURNAL_NAME 64 /* room for a name and its end */

/* Which files: what stands before the date, and after it. */
struct journal_day_kind {
	struct str prefix, suffix;
};

extern const struct journal_day_kind journal_day_out, journal_day_in, journal_day_records;

/* The date in the name of such a file; empty where it is another file. */
struct str journal_day_of(const struct journal_day_kind *kind, struct str name);

/* The name of the file of that date, with an end. */
void journal_day_name(const struct journal_day_kind *kind, struct str date,
		      char name[static JOURNAL_NAME]);

/*
 * What stands behind the name of a file that is compressed; the date in a name of either form, and
 * the name of that form.
 */
#define JOURNAL_DAY_PACKED ".zst"
struct str journal_day_of_any(const struct journal_day_kind *kind, struct str name);
void journal_day_packed(const struct journal_day_kind *kind, struct str date,
			char name[static JOURNAL_NAME]);

/* Whether the day of that date ended long before now, an hour at least: late threads are done. */
bool journal_day_is_over(struct str date, int64_t since_ms, int64_t now_wall_ms);

enum journal_day_bound { JOURNAL_DAY_AFTER, JOURNAL_DAY_FROM };

/*
 * The earliest date in dir after the given one, or from it on ("": of all); "" in found where
 * there is none.  ERR_IO.
 */
enum err journal_day_find(int dir, const struct journal_day_kind *kind, struct str date,
			  enum journal_day_bound bound, char found[static JOURNAL_DATE + 1])
	MUST_USE;

#endif
