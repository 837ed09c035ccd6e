/*
 * Whether it is time to say how far a long work is, and in which words.  Pure: the caller has
 * the clock and the terminal.
 */
#ifndef TERM_PROGRESS_H
#define TERM_PROGRESS_H

#include "term/text.h"

enum { TERM_PROGRESS_AFTER_MS = 1000, TERM_PROGRESS_EVERY_MS = 1000 };

/* What is under way; monotonic milliseconds.  Zero-initialised: nothing was ever shown. */
struct term_progress {
	int64_t began_ms;
	int64_t wrote_ms; /* when it was shown or taken away last; 0: never */
	bool shown;       /* that stands on the terminal now */
};

/* It begins, or something else does: the time counts from here on.  What is shown stays. */
void term_progress_begin(struct term_progress *p, int64_t now_ms);

/*
 * How long until it is to be said, or said anew; 0: now.  Where other output took it away it
 * does not come back at once.
 */
int64_t term_progress_due(const struct term_progress *p, int64_t now_ms);

/*
 * "waiting for 127.0.0.1:53, 3 s" over what stood in the line, cut to the terminal.  And what
 * takes it away; nothing where nothing is shown.
 */
void term_progress_show(struct buf *out, struct term_progress *p, struct str what,
			const struct term_style *style, int64_t now_ms);
void term_progress_erase(struct buf *out, struct term_progress *p, int64_t now_ms);

#endif
