/*
 * The table at the end of a compressed file: where each frame begins.  Pure.
 *
 * It is the seekable format of zstd (contrib/seekable_format in its source): a skippable frame of
 * sizes, which zstdcat passes over.  A frame without any text is one of our indexes.
 */
#ifndef JOURNAL_SEEK_H
#define JOURNAL_SEEK_H

#include "base/buf.h"

#define JOURNAL_SEEK_FOOT 9u            /* octets at the end that say how long it is */
#define JOURNAL_SEEK_MAX (64u << 20)    /* octets of a table that is read */
#define JOURNAL_FRAME_TEXT (512u << 10) /* octets of text with which a frame ends, at least */
#define JOURNAL_FRAME_MAX (16u << 20)   /* octets of a frame that is read whole */

/*
 * With these octets, which zstdcat passes over, a file of ours begins: it must have a table.  It is
 * a skippable frame with a number of ours, as indexes are.
 */
#define JOURNAL_SEEK_HEAD 12u
#define JOURNAL_SEEK_OURS 0x184d2a5bu
void journal_seek_head(struct buf *out);
bool journal_seek_is_head(struct str octets);

struct journal_frame {
	uint64_t at;           /* in the file */
	uint32_t packed, text; /* octets, compressed and not */
};

struct journal_seek {
	struct journal_frame *frame;
	size_t n;
	uint64_t text; /* octets, of all */
};

/* How long the table is whose last octets are these, its frame's head included; 0: it is none. */
size_t journal_seek_size(struct str foot);

/*
 * Read a whole table of a file of so many octets.  ERR_SYNTAX: it is none, or not of this file;
 * ERR_LIMIT: a frame is too large to be read whole; ERR_NOMEM.
 */
enum err journal_seek_read(struct str table, uint64_t file_size, struct journal_seek *out) MUST_USE;
void journal_seek_clear(struct journal_seek *s);

/* Append the table of n frames. */
void journal_seek_write(struct buf *out, const struct journal_frame *frame, size_t n);

#endif
