/*
 * One file of the journal, read from the front through a window, while others write to it.
 */
#ifndef JOURNAL_TAIL_H
#define JOURNAL_TAIL_H

#include "base/buf.h"
#include "journal/day.h"

#include <sys/types.h>

#define JOURNAL_TAIL_WINDOW (4u << 20) /* a larger block, which we never write, comes in pieces */
#define JOURNAL_TAIL_CHUNK 65536u

/* What is read of it lies in .window from .used on. */
struct journal_tail {
	int fd; /* -1: none */
	char date[JOURNAL_DATE + 1];
	ino_t inode;
	off_t at; /* where in the file the window begins */
	struct buf window;
	size_t used; /* of the window: octets that were given out */
};

void journal_tail_init(struct journal_tail *t);
void journal_tail_clear(struct journal_tail *t);

/* The file of a date in dir; where it is gone, ERR_OK and fd is -1.  ERR_IO. */
enum err journal_tail_open(int dir, const struct journal_day_kind *kind, struct str date,
			   struct journal_tail *out) MUST_USE;

/* More of the file into the window.  *got: octets, 0 at its end.  ERR_IO, ERR_NOMEM. */
enum err journal_tail_fill(struct journal_tail *t, size_t *got) MUST_USE;

/* Nothing of the window is kept: the writer may yet take back what has not been given out. */
void journal_tail_again(struct journal_tail *t);

/* Whether another file stands in its place in dir. */
bool journal_tail_replaced(const struct journal_tail *t, int dir,
			   const struct journal_day_kind *kind);

#endif
