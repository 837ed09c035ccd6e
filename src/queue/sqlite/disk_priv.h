/*
 * The files beside the database: the lock that keeps a second daemon out, and
 * the disk that is kept in reserve.
 */
#ifndef QUEUE_SQLITE_DISK_PRIV_H
#define QUEUE_SQLITE_DISK_PRIV_H

#include "base/buf.h"

struct queue_sqlite_disk {
	int dir;         /* where the database is */
	int lock;        /* locked as long as it is open */
	int reserve;     /* the reserve's file; -1: none is wanted */
	uint64_t wanted; /* its octets */
	uint64_t kept;   /* octets of free disk below which nothing new is taken */
	bool whole;      /* the file has all its octets */
};

/*
 * Lock, and make an empty database where there is none, so that its name is on
 * stable storage and nobody else can read it.  ERR_IO, ERR_LIMIT (a path too
 * long); *why is a line.
 */
enum err queue_sqlite_disk_open(struct queue_sqlite_disk *d, const char *path, uint64_t kept,
				struct buf *why) MUST_USE;

/* Unlock.  Also of one that is all zero but for descriptors of -1. */
void queue_sqlite_disk_close(struct queue_sqlite_disk *d);

/* Octets free to us on that disk; UINT64_MAX where it does not tell. */
uint64_t queue_sqlite_disk_free(const struct queue_sqlite_disk *d);

/* Make the reserve whole if there is room for it. */
void queue_sqlite_disk_keep(struct queue_sqlite_disk *d);

/* Give the reserve up; false when there was none left. */
bool queue_sqlite_disk_give(struct queue_sqlite_disk *d);

#endif
