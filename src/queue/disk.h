/*
 * The disk that a store is on, as those are told of it who administer it.
 */
#ifndef QUEUE_DISK_H
#define QUEUE_DISK_H

#include "base/buf.h"

#define QUEUE_DISK_RESERVE ((uint64_t)64 << 20) /* octets that are left free, for delivery */

struct queue_disk {
	const char *path; /* of the store: a part of the word that named it */
	uint64_t free;    /* octets, for us */
};

/* That of a store, "sqlite:/path/queue.db", which need not be there yet.  ERR_IO: errno. */
enum err queue_disk_read(const char *store, struct queue_disk *out) MUST_USE;

/* Less is free than is left free: what comes in is refused. */
bool queue_disk_short(const struct queue_disk *d);

/* Append one line: the path, the numbers, what comes of it, and what is to be done. */
void queue_disk_words(struct buf *out, const struct queue_disk *d);

#endif
