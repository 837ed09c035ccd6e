/*
 * One connection to the database: schema, statements, transactions.
 *
 * A connection remembers the first failure of a transaction: after it, every
 * statement does nothing and yields no row, so that a job reads straight
 * through, and whoever began the transaction asks queue_db_err() once.
 */
#ifndef QUEUE_DB_PRIV_H
#define QUEUE_DB_PRIV_H

#include "base/buf.h"

#include <sqlite3.h>

#define QUEUE_PAGE 16384 /* octets */

/* The statements; ?1 is an ID in all that have one.  Their text is in db.c. */
enum queue_stmt {
	QUEUE_SQL_BEGIN,
	QUEUE_SQL_COMMIT,
	QUEUE_SQL_ROLLBACK,
	QUEUE_SQL_SNAPSHOT, /* begin, for reading */
	QUEUE_SQL_MESSAGE_ADD,
	QUEUE_SQL_MESSAGE_GET,
	QUEUE_SQL_MESSAGE_PUT,
	QUEUE_SQL_MESSAGE_DROP,
	QUEUE_SQL_MESSAGE_NEXT,
	QUEUE_SQL_MESSAGE_OUT, /* likewise, of those that are out */
	QUEUE_SQL_BODY_ADD,
	QUEUE_SQL_BODY_GET,
	QUEUE_SQL_ENVELOPE_GET,
	QUEUE_SQL_CONTENT_GET,
	QUEUE_SQL_BODY_DROP,
	QUEUE_SQL_TRIED_GET,
	QUEUE_SQL_TRIED_STATE,
	QUEUE_SQL_TRIED_PUT,
	QUEUE_SQL_TRIED_AGAIN,
	QUEUE_SQL_TRIED_DROP,
	QUEUE_SQL_LANES,
	QUEUE_SQL_LANE_EARLIER,
	QUEUE_SQL_LANE_PUT,
	QUEUE_SQL_LANE_DROP,
	QUEUE_SQL_LANE_FIRST,
	QUEUE_SQL_LANES_DROP,
	QUEUE_SQL_LANES_MAKE,
	QUEUE_SQL_LANES_CLAMP,
	QUEUE_SQL_CLAMP_UPTO,
	QUEUE_SQL_CLAMP,
	QUEUE_SQL_CLAMP_FAILED,
	QUEUE_SQL_FIRST_FAILED,
	QUEUE_SQL_RETRY_ALL,
	QUEUE_SQL_HOLD_ALL,
	QUEUE_SQL_RELEASE_ALL,
	QUEUE_SQL_COUNTS_GET,
	QUEUE_SQL_COUNTS_ADD,
	QUEUE_SQL_OLDEST,
	QUEUE_SQL_MAX_ID,
	QUEUE_SQL_META_GET,
	QUEUE_SQL_META_PUT,
	QUEUE_SQL_FREE_PAGES,
	QUEUE_SQL_N,
};

struct queue_db {
	sqlite3 *sql;
	sqlite3_stmt *stmt[QUEUE_SQL_N]; /* prepared when first used, then kept */
	int rc;                          /* first failure since the last begin */
	int os_errno;                    /* what the system said to it */
	int wal_pages;                   /* in the log, as of the last commit */
};

/* WRITE creates what is not there. */
enum queue_db_mode { QUEUE_DB_READ, QUEUE_DB_WRITE };

/*
 * Open, and refuse what is not ours, or damaged as far as a quick look shows.
 * ERR_IO, ERR_NOMEM, ERR_SYNTAX as queue_open() says; *why is a line.
 */
enum err queue_db_open(struct queue_db *db, const char *path, enum queue_db_mode mode,
		       struct buf *why) MUST_USE;

/* Also of one that was not opened, if it is all zero. */
void queue_db_close(struct queue_db *db);

/* The statement, reset and with id as ?1; NULL after a failure. */
sqlite3_stmt *queue_db_stmt(struct queue_db *db, enum queue_stmt which, int64_t id);

/* Step to a row.  At the end, or on a failure, false and the statement is reset. */
bool queue_db_row(struct queue_db *db, sqlite3_stmt *s);

/* Run to the end a statement that yields no row, and reset it. */
void queue_db_run(struct queue_db *db, sqlite3_stmt *s);

/* Forget the failure before, and begin with BEGIN or SNAPSHOT. */
void queue_db_begin(struct queue_db *db, enum queue_stmt how);

/* Commit; after a failure, or when it fails itself, roll back.  As queue_db_err(). */
enum err queue_db_commit(struct queue_db *db) MUST_USE;
void queue_db_rollback(struct queue_db *db);

/* ERR_LIMIT: the disk is full; ERR_SYNTAX: a constraint; ERR_NOMEM; ERR_IO: all else. */
enum err queue_db_err(const struct queue_db *db) MUST_USE;

/* What the failure is called: static text. */
const char *queue_db_why(const struct queue_db *db);

/* Move the log into the database, as far as no reader forbids. */
void queue_db_checkpoint(struct queue_db *db);

#endif
