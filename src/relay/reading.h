/*
 * The configuration as the daemon reads it: by whoever it is, more than once.
 */
#ifndef RELAY_READING_H
#define RELAY_READING_H

#include "conf/conf.h"

#define RELAY_READING_REFUSED 2 /* the exit status */

/* Name its file absolutely: from where we are, which changes.  ERR_NOMEM. */
enum err relay_reading_absolutely(struct conf *conf) MUST_USE;

/*
 * Read it once more, as whoever we are now: what a reload could not read is found out at
 * start, and nothing of it is known that only root may know.  Nothing where there is no file.
 * As conf_read(); ERR_SYNTAX also where what a daemon cannot change has changed meanwhile.
 */
enum err relay_reading_again(struct conf **conf, struct buf *why) MUST_USE;

/*
 * Whether something that a running daemon cannot change is another in b than in a.  *why: the first
 * such, "FILE:LINE: KEY has changed", by b; "FILE: ..." where that says nothing of it any more.
 */
bool relay_reading_fixed(const struct conf *a, const struct conf *b, struct buf *why);

/*
 * Of lines, joined by '\n', that say why a configuration does not do, the first that tells
 * of a file that may not be read says behind it that a daemon that is confined reaches no new
 * directory.  No '\n' is at their end any more.
 */
void relay_reading_reach(struct buf *why);

/* Say on standard error lines, joined by '\n'; "signpost: " before those without "FILE:LINE: ". */
void relay_reading_say(struct str lines);

/* Say on standard error, line by line, what is wrong with what does nevertheless; empties *why. */
void relay_reading_tell(struct buf *why);

/* Say on standard error, line by line, why it does not do.  The exit status. */
int relay_reading_refuse(enum err e, const struct buf *why);

#endif
