/*
 * Whether a compressed file ends, or begins, with all that another file has: then that one is of no
 * use any more.
 */
#ifndef JOURNAL_HELD_H
#define JOURNAL_HELD_H

#include "journal/unpack.h"

/* ERR_IO, ERR_NOMEM.  What is damaged, or of another hand, holds nothing. */
enum err journal_held(struct journal_unpack *u, int fd, bool *held) MUST_USE;

/* Whether the text of u begins with all of first's.  Neither was read yet.  ERR_IO, ERR_NOMEM. */
enum err journal_begins(struct journal_unpack *u, struct journal_unpack *first, bool *does)
	MUST_USE;

#endif
