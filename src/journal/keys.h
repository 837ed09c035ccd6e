/*
 * By which keys sessions and records are found in the index of a compressed file.  Pure.
 *
 * What passes a filter of the reader, or of records, has the keys of that filter; the rest is
 * theirs to tell.
 */
#ifndef JOURNAL_KEYS_H
#define JOURNAL_KEYS_H

#include "journal/index.h"
#include "journal/journal.h"
#include "journal/record.h"

/* All of a block, as it stands in the log. */
void journal_keys_session(struct journal_index_making *m, enum journal_way way, struct str block);

/* A delivery record. */
void journal_keys_record(struct journal_index_making *m, const struct journal_record *r);

/*
 * What is asked for.  message: of the form that queue IDs have; another is no key, and is looked
 * for in all frames.  to: as in the log, or in records.  What is empty asks for nothing.
 */
void journal_keys_want(struct journal_index_want *w, struct str message, struct str to);

#endif
