/*
 * The log (WAL) of a database, looked at before SQLite reads it: SQLite reads up to the first
 * frame that does not fit its checksum, and drops what follows without a word.  That is right after
 * a crash, which leaves half a transaction at the end, and silence where an octet has changed.
 */
#ifndef QUEUE_SQLITE_LOG_PRIV_H
#define QUEUE_SQLITE_LOG_PRIV_H

#include "base/buf.h"

/* What is not read of a log. */
struct queue_sqlite_log {
	uint64_t at;      /* octets into it: where what is read ends */
	unsigned frames;  /* beyond that, which are whole in themselves */
	unsigned commits; /* transactions there, without the rest of the damaged one */
};

/*
 * Of the file beside the database path.  ERR_OK with no frames: there is none, or all of it is
 * read but for what was being written when it was left.  ERR_IO, ERR_NOMEM.
 */
enum err queue_sqlite_log_look(const char *path, struct queue_sqlite_log *out) MUST_USE;

/*
 * Keep a copy of it beside it, under path and "-wal-damaged", whole or not at all.  ERR_IO; errno
 * EEXIST: one of an earlier time is there, and stays.
 */
enum err queue_sqlite_log_keep(const char *path) MUST_USE;

#endif
