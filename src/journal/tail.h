/*
 * One file of the journal, read from the front through a window, while others write to it.
 */
#ifndef JOURNAL_TAIL_H
#define JOURNAL_TAIL_H

#include "base/buf.h"
#include "journal/day.h"
#include "journal/unpack.h"

#include <sys/types.h>

#define JOURNAL_TAIL_WINDOW (4u << 20) /* a larger block, which we never write, comes in pieces */
#define JOURNAL_TAIL_CHUNK 65536u

/* What is read of it lies in .window from .used on. */
struct journal_tail {
	int fd; /* -1: none */
	char date[JOURNAL_DATE + 1];
	off_t at; /* where in the file the window begins */
	struct buf window;
	size_t used;                   /* of the window: octets that were given out */
	struct journal_unpack *packed; /* what is read before fd, or NULL */
	bool passed;                   /* it was read */
	bool ends;                     /* what the window has ends there, whatever comes next */
};

/* No file; journal_tail_clear() closes what was opened, and it is so again. */
void journal_tail_init(struct journal_tail *t);
void journal_tail_clear(struct journal_tail *t);

/*
 * The file of a date in dir, compressed or not; where it is gone, journal_tail_none().  Where both
 * are there, the one that is not compressed follows, unless the other holds it already.  ERR_IO.
 */
enum err journal_tail_open(int dir, const struct journal_day_kind *kind, struct str date,
			   struct journal_tail *out) MUST_USE;

/* The same of one form alone. */
enum journal_tail_form { JOURNAL_TAIL_PLAIN, JOURNAL_TAIL_PACKED };
enum err journal_tail_open_form(int dir, const struct journal_day_kind *kind, struct str date,
				enum journal_tail_form form, struct journal_tail *out) MUST_USE;
bool journal_tail_none(const struct journal_tail *t);

/* Whether another file stands in its place in dir. */
bool journal_tail_replaced(const struct journal_tail *t, int dir,
			   const struct journal_day_kind *kind);

enum journal_ending {
	JOURNAL_BY_OUTCOME, /* more may come: the last piece must show that it is whole */
	JOURNAL_BY_FILE,    /* nothing comes any more: the last piece is what there is */
};

/*
 * The octets of the first piece in *s, 0 when more must be read to tell.  What is of no use before
 * it may be cut off *s.
 */
typedef size_t journal_tail_size(const void *arg, struct str *s, bool at_end,
				 enum journal_ending ending);

/* A line with its end; at the end of a file whatever is left. */
size_t journal_tail_line(const void *arg, struct str *s, bool at_end, enum journal_ending ending);

/* The next piece; empty when there is none for now.  ERR_IO, ERR_NOMEM. */
enum err journal_tail_take(struct journal_tail *t, journal_tail_size *size, const void *arg,
			   enum journal_ending ending, struct str *piece) MUST_USE;

#endif
