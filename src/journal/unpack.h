/*
 * A compressed day's file, read: from the front, or the frames that the index names alone.
 *
 * Files of other hands (zstd, as anybody calls it) are read as well, from the front.  What is
 * damaged is left out, as far as the next frame, and told.
 */
#ifndef JOURNAL_UNPACK_H
#define JOURNAL_UNPACK_H

#include "base/buf.h"
#include "journal/index.h"

struct journal_unpack;

/* fd is the unpack's from now on, whatever comes of it.  ERR_IO, ERR_NOMEM. */
enum err journal_unpack_new(int fd, struct journal_unpack **out) MUST_USE;

/* Free and set to NULL.  Also the CLEANUP() handler; NULL is fine. */
void journal_unpack_free(struct journal_unpack **u);

int journal_unpack_fd(const struct journal_unpack *u);

/* Frames that cannot have it are left out.  Before anything is read.  ERR_IO, ERR_NOMEM. */
enum err journal_unpack_narrow(struct journal_unpack *u, const struct journal_index_want *want)
	MUST_USE;

/*
 * Append more of the text.  *got: octets; 0 where what was read before ends there, as something is
 * left out, or all is read: then journal_unpack_over().  ERR_IO, ERR_NOMEM.
 */
enum err journal_unpack_read(struct journal_unpack *u, struct buf *out, size_t *got) MUST_USE;
bool journal_unpack_over(const struct journal_unpack *u);

/*
 * How many frames can be read one by one; 0 in a file of another hand.  The text of one, appended;
 * of an index, nothing.  ERR_SYNTAX: it is damaged, and journal_unpack_wrong() says so.
 */
size_t journal_unpack_frames(const struct journal_unpack *u);
enum err journal_unpack_frame(struct journal_unpack *u, size_t i, struct buf *out) MUST_USE;

/* Whether a frame may have what the unpack was narrowed to. */
bool journal_unpack_wants(const struct journal_unpack *u, size_t i);

/* Octets of text in a frame; in all frames: 0 where that is not known. */
size_t journal_unpack_size(const struct journal_unpack *u, size_t i);
uint64_t journal_unpack_text(const struct journal_unpack *u);

/* What is wrong with the file, in words that follow its name; NULL: nothing so far. */
const char *journal_unpack_wrong(const struct journal_unpack *u);

#endif
