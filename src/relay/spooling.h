/*
 * A message that comes in and is too large to be held: what has come goes to disk, block by block.
 *
 * Here it is only sorted into blocks.  Once one is full the file is handed to who writes it
 * (relay/chore), and nothing more is added until it is back; so two blocks are held at most.
 */
#ifndef RELAY_SPOOLING_H
#define RELAY_SPOOLING_H

#include "queue/queue.h"
#include "smtp/text.h"

/* Zeros: nothing is spooled. */
struct relay_spooling {
	bool begun;
	bool failed;                   /* no memory: not all that came is here */
	struct queue_spool_file *file; /* NULL: it is away, or all of it has come */
	struct queue_spooled
		*whole;  /* what the message keeps, once all of it is on stable storage */
	struct buf rest; /* what does not fit into the block before that is written */
	struct smtp_text text;
	uint64_t octets; /* of all that has come */
};

/* The most octets of a message that are held at once, by the limits of its size and of its head. */
uint64_t relay_spooling_held(uint64_t size_limit, uint64_t header_size);

/*
 * The message so far, of which the first head octets are its head, and all that is left in
 * *content.  False: out of memory, and nothing has changed.
 */
bool relay_spooling_begin(struct relay_spooling *s, struct queue_spool *spool, queue_id id,
			  struct buf *content, size_t head) MUST_USE;

/* More of its body.  Only while no block is full, and the file is here. */
void relay_spooling_add(struct relay_spooling *s, struct str piece);

/* The block is full: the file is to be written. */
bool relay_spooling_full(const struct relay_spooling *s);

/* The file, which is the caller's until it is back; NULL: all has been written. */
struct queue_spool_file *relay_spooling_take(struct relay_spooling *s);

/* It was written; whole: to its end, and this is what a message keeps of it (else NULL). */
void relay_spooling_back(struct relay_spooling *s, struct queue_spool_file *file,
			 struct queue_spooled *whole);

/* Out of memory: not all that came is here, and it must not pass for whole. */
bool relay_spooling_failed(const struct relay_spooling *s);

/* Nothing is spooled; what was goes, but for what was taken. */
void relay_spooling_clear(struct relay_spooling *s);

#endif
