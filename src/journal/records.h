/*
 * The delivery records of a directory, oldest first, filtered and followed: for reports, and for
 * whoever shows them live.
 */
#ifndef JOURNAL_RECORDS_H
#define JOURNAL_RECORDS_H

#include "journal/record.h"

struct journal_records;

/*
 * Reads deliveries-*.jsonl in dir from the day of since on.  filter is copied.  ERR_IO, and errno
 * says how; ERR_NOMEM.
 */
enum err journal_records_open(const char *dir, const struct journal_record_filter *filter,
			      struct journal_records **out) MUST_USE;

/* Close and set to NULL.  Also the CLEANUP() handler; NULL is fine. */
void journal_records_close(struct journal_records **r);

/*
 * The next record that passes, and the line that it stands in; an empty line where there is none
 * for now (call again later to follow, across midnight too).  Lines that are no records are passed
 * over.  Valid until the next call.  ERR_IO, ERR_NOMEM.
 */
enum err journal_records_next(struct journal_records *r, struct str *line,
			      struct journal_record *record) MUST_USE;

/* What is wrong with files that were read, "NAME WORDS", a line each, once; until the next call. */
struct str journal_records_notes(struct journal_records *r);

#endif
