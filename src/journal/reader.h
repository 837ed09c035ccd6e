/*
 * Reading session logs back, block by block: for `signpost log`.
 *
 * A block is a run of lines of one session.  A message's ID is a word of a line that
 * Signpost wrote of itself, not of the dialogue.  A recipient is what stands between the
 * brackets of "recipient <...>", or of RCPT in the dialogue, whole; no sender, no criterion
 * and no reply is one.  The first line of a session with the service on begins with
 * "DNSSEC service ".
 */
#ifndef JOURNAL_READER_H
#define JOURNAL_READER_H

#include "journal/journal.h"

struct journal_filter {
	enum journal_way way; /* of which sessions */
	struct str message;   /* queue ID, or empty */
	struct str to;        /* a recipient, any case, or empty; "@domain" is any of that domain */
	bool dnssec;          /* only sessions with the service on */
	int64_t since_wall_ms; /* sessions that ended then or later; 0: all */
};

struct journal_reader;

/*
 * Reads smtp-out-*.log or smtp-in-*.log in dir, oldest first, from the day of since on.  filter is
 * copied.  ERR_IO, ERR_NOMEM.
 */
enum err journal_reader_open(const char *dir, const struct journal_filter *filter,
			     struct journal_reader **out) MUST_USE;

/* Close and set to NULL.  Also the CLEANUP() handler; NULL is fine. */
void journal_reader_close(struct journal_reader **r);

/*
 * The next whole block that passes the filter, as it stands in the file; empty
 * when there is none for now (call again later to follow, across midnight and
 * when the file was opened anew too).  The last block of the newest file is whole
 * once its outcome is there.  Valid until the next call.  ERR_IO, ERR_NOMEM.
 */
enum err journal_reader_next(struct journal_reader *r, struct str *block) MUST_USE;

/* What is wrong with files that were read, "NAME WORDS", a line each, once; until the next call. */
struct str journal_reader_notes(struct journal_reader *r);

#endif
