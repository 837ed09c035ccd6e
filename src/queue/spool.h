/*
 * The content of a large message, in a file of its own beside the store.
 *
 * A spool is a directory; a file in it is named by the ID of its message.  It is written while the
 * message comes in, and is on stable storage before the message is added; whoever
 * records that the message is gone removes it after that.  So every message that is stored has
 * its file, and a file without a message is left over, and removed when the queue is next opened.
 *
 * It is written and read by blocks, with a sum for each, so that an octet that has changed is seen
 * before it goes out, and no more of a message need be in memory than one block.
 *
 * A spool may be used by any thread, a file or a reader by one at a time.
 */
#ifndef QUEUE_SPOOL_H
#define QUEUE_SPOOL_H

#include "base/buf.h"
#include "queue/id.h"

#define QUEUE_SPOOL_BLOCK                                                                          \
	((size_t)65536) /* octets; it is kept with the message by number of blocks */

#define QUEUE_SPOOL_FROM ((size_t)256 << 10) /* octets: what is larger is spooled */

/* Octets in memory of a message that is spooled, beside its head: a block, and what is said. */
#define QUEUE_SPOOL_HELD ((uint64_t)2 * QUEUE_SPOOL_BLOCK)
#define QUEUE_SPOOL_HEAD ((uint64_t)16 << 10) /* and its head, where that is not known yet */

struct queue_spool;

/* What is kept of a spooled message beside its file. */
struct queue_spooled {
	struct queue_spool *unstored; /* it was not added yet: who frees this removes the file */
	queue_id id;
	unsigned has; /* what SMTP found of the content: its own flags, but kept here */
	size_t n;     /* blocks */
	uint64_t sum[];
};

/* Zeroed, for n blocks.  NULL: out of memory. */
struct queue_spooled *queue_spooled_new(queue_id id, size_t n) MUST_USE;

/* Free and set to NULL, with the file where nothing was added yet; NULL is fine. */
void queue_spooled_free(struct queue_spooled **s);

/* How many blocks that many octets are. */
size_t queue_spool_blocks(uint64_t octets);

enum queue_spool_access {
	QUEUE_SPOOL_READ, /* beside who writes; it need not be there */
	QUEUE_SPOOL_WRITE /* the only one; made where it is not there */
};

/*
 * The directory path; of its disk reserve octets are to stay free.  ERR_IO: *why is a line;
 * ERR_NOMEM.
 */
enum err queue_spool_open(const char *path, uint64_t reserve, enum queue_spool_access access,
			  struct queue_spool **out, struct buf *why) MUST_USE;
/* Files and readers of it are to be freed before.  Sets to NULL; NULL is fine. */
void queue_spool_close(struct queue_spool **s);

/* Remove the file of a message that is gone, if there is one. */
void queue_spool_remove(struct queue_spool *s, queue_id id);

/*
 * Remove all of which keeps() says no; what is no file of ours stays.  ERR_IO: errno, the directory
 * cannot be read to its end; ERR_NOMEM.
 */
enum err queue_spool_sweep(struct queue_spool *s, bool (*keeps)(void *arg, queue_id id), void *arg)
	MUST_USE;

/* Whether there is a file of just that many octets. */
bool queue_spool_has(const struct queue_spool *s, queue_id id, uint64_t octets);

/* A file that is being written. */
struct queue_spool_file;

/* What for: that decides how much of the disk it may have. */
enum queue_spool_use {
	QUEUE_SPOOL_COMES, /* the reserve stays free */
	/* Helps mail to leave, and goes with it: half of the reserve, too, one file at a time. */
	QUEUE_SPOOL_LEAVES
};

/* Nothing is done on disk yet.  NULL: out of memory. */
struct queue_spool_file *queue_spool_file_new(struct queue_spool *s, queue_id id,
					      enum queue_spool_use use) MUST_USE;

/* With all that was written. */
void queue_spool_file_free(struct queue_spool_file **f);

/* As much of octets as fits into its block; how much that was. */
size_t queue_spool_file_add(struct queue_spool_file *f, struct str octets);

/* The block is full: write it before more is added. */
bool queue_spool_file_full(const struct queue_spool_file *f);

/* Octets so far. */
uint64_t queue_spool_file_size(const struct queue_spool_file *f);

/* The block goes to disk.  ERR_LIMIT: that is short; ERR_IO, ERR_NOMEM.  The first one stays. */
enum err queue_spool_file_write(struct queue_spool_file *f) MUST_USE;

/*
 * What is left goes to disk, and all of it to stable storage: *out is what a message keeps of it,
 * and removes the file until it was added.  Free the file then; it is the message's.
 */
enum err queue_spool_file_finish(struct queue_spool_file *f, struct queue_spooled **out) MUST_USE;

/*
 * The same of a file that no message will have, and that need not be there after a crash: it is
 * read meanwhile, and goes with *out.
 */
enum err queue_spool_file_end(struct queue_spool_file *f, struct queue_spooled **out) MUST_USE;

/* A file that is read. */
struct queue_spool_reader;

/*
 * Of a content of that many octets.  spooled is borrowed as long as the reader is there.  Nothing
 * is done on disk yet.  NULL: out of memory.
 */
struct queue_spool_reader *queue_spool_reader_new(const struct queue_spool *s,
						  const struct queue_spooled *spooled,
						  uint64_t octets) MUST_USE;
void queue_spool_reader_free(struct queue_spool_reader **r);

/*
 * Some of the content from octet at on, one at least, until the next call.  ERR_SYNTAX: it is
 * damaged, or does not go so far; ERR_IO, ERR_NOMEM.
 */
enum err queue_spool_reader_read(struct queue_spool_reader *r, uint64_t at, struct str *out)
	MUST_USE;

#endif
