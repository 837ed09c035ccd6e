/*
 * The index of a compressed file: which of its frames may have what is asked for.  Pure.
 *
 * It stands in the file itself, in skippable frames, so that it cannot be of another file, and
 * zstdcat passes over it.  Each is of the frames of text since the one before it.
 *
 * Shape   "SPIX", then numbers of 32 bits, the least octet first: the version, a key that is always
 *         the same, how many frames, how many keys; of each frame the latest time in it (64 bits,
 *         milliseconds) and flags; each key and the frame that may have it, in order.
 *
 * What it leaves out is not there; what it names is looked at.
 */
#ifndef JOURNAL_INDEX_H
#define JOURNAL_INDEX_H

#include "base/buf.h"

#define JOURNAL_INDEX_KEYS (256u << 10) /* with so many it is written, and another one begun */
#define JOURNAL_INDEX_MAX (32u << 20)   /* octets of one that is read */

#define JOURNAL_INDEX_ALWAYS UINT64_MAX /* a time that cannot be told */

/* What is asked for: the frame has all keys, something of that time or later, and the service. */
struct journal_index_want {
	uint32_t key[2];
	size_t n_key;
	uint64_t since_ms; /* 0: of any time */
	bool dnssec;       /* something with the service on */
};

struct journal_index_key {
	uint32_t key, frame;
};

/* One that is being made. */
struct journal_index_making {
	struct journal_index_key *key;
	size_t n, room;
	size_t n_before; /* keys of the frames before the one that is being filled */
	struct buf frames;
	uint32_t n_frame;
	uint64_t latest_ms;
	bool dnssec;
	enum err err; /* the first failure */
};

void journal_index_making_clear(struct journal_index_making *m);

/* Something of the frame that is being filled. */
void journal_index_key(struct journal_index_making *m, uint32_t key);
void journal_index_time(struct journal_index_making *m, uint64_t wall_ms);

/* That frame is full; the next is begun. */
void journal_index_frame(struct journal_index_making *m);

/* Append the index of all full frames, and begin anew.  ERR_NOMEM. */
enum err journal_index_write(struct journal_index_making *m, struct buf *out) MUST_USE;

/* One that is read.  Borrows the octets. */
struct journal_index {
	const char *frames, *keys;
	uint32_t n_frame, n_key;
};

/* ERR_SYNTAX: it is none, it is not whole, or another version's. */
enum err journal_index_read(struct str octets, struct journal_index *out) MUST_USE;

/* Whether the frame may have it. */
bool journal_index_has(const struct journal_index *ix, uint32_t frame,
		       const struct journal_index_want *want);

/* A key of a word; kinds keep words apart that mean different things. */
uint32_t journal_index_hash(uint64_t kind, struct str word);

#endif
