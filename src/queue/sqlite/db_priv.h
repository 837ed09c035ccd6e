/*
 * One connection to the database: schema, statements, transactions.
 *
 * A connection remembers the first failure of a transaction: after it, every
 * statement does nothing and yields no row, so that a job reads straight
 * through, and whoever began the transaction asks queue_sqlite_db_err() once.
 */
#ifndef QUEUE_SQLITE_DB_PRIV_H
#define QUEUE_SQLITE_DB_PRIV_H

#include "base/buf.h"
#include "queue/store.h"

#include <sqlite3.h>

#define QUEUE_PAGE 16384      /* octets */
#define QUEUE_DAMAGED_MAX 256 /* more than the messages of one TAKE */

/* The statements; ?1 is an ID in all that have one.  Their text is in db.c. */
enum queue_sqlite_stmt {
	QUEUE_SQL_BEGIN,
	QUEUE_SQL_COMMIT,
	QUEUE_SQL_ROLLBACK,
	QUEUE_SQL_SNAPSHOT, /* begin, for reading */
	QUEUE_SQL_MESSAGE_ADD,
	QUEUE_SQL_MESSAGE_PUT,
	QUEUE_SQL_MESSAGE_DROP,
	QUEUE_SQL_FIND_ID, /* as enum queue_find, in its order */
	QUEUE_SQL_FIND_AFTER,
	QUEUE_SQL_FIND_OUT,
	QUEUE_SQL_FIND_HELD,
	QUEUE_SQL_FIND_KEPT,
	QUEUE_SQL_FIND_LAST,
	QUEUE_SQL_FIND_OLDEST,
	QUEUE_SQL_FIND_LANE,
	QUEUE_SQL_FIND_FAILED,
	QUEUE_SQL_BODY_ADD,
	QUEUE_SQL_BODY_GET,
	QUEUE_SQL_ENVELOPE_GET,
	QUEUE_SQL_BODY_DROP,
	QUEUE_SQL_SPOOL_ADD,
	QUEUE_SQL_SPOOL_GET,
	QUEUE_SQL_SPOOL_DROP,
	QUEUE_SQL_TRIED_GET,
	QUEUE_SQL_TRIED_STATE,
	QUEUE_SQL_TRIED_PUT,
	QUEUE_SQL_TRIED_DROP,
	QUEUE_SQL_LANES,
	QUEUE_SQL_LANE_EARLIER,
	QUEUE_SQL_LANE_PUT,
	QUEUE_SQL_LANE_DROP,
	QUEUE_SQL_LANES_DROP,
	QUEUE_SQL_LANES_MAKE,
	QUEUE_SQL_LANES_LATEST,
	QUEUE_SQL_SOME,
	QUEUE_SQL_ALL_RETRY, /* as enum queue_all, in its order */
	QUEUE_SQL_ALL_HOLD,
	QUEUE_SQL_ALL_RELEASE,
	QUEUE_SQL_ALL_LATEST,
	QUEUE_SQL_ALL_HASTEN,
	QUEUE_SQL_ALL_FAILED,
	QUEUE_SQL_COUNTS,
	QUEUE_SQL_META_GET,
	QUEUE_SQL_META_PUT,
	QUEUE_SQL_DOMAIN_PUT, /* ?1: whether it is secure */
	QUEUE_SQL_DOMAINS,
	QUEUE_SQL_DOMAIN_GET,
	QUEUE_SQL_DOMAINS_FORGET, /* ?1: how many are kept */
	QUEUE_SQL_FREE_PAGES,
	QUEUE_SQL_N,
};

struct queue_sqlite_db {
	struct queue_store store;
	sqlite3 *sql;
	sqlite3_stmt *stmt[QUEUE_SQL_N]; /* prepared when first used, then kept */
	int rc;                          /* first failure since the last begin */
	int os_errno;                    /* what the system said to it */
	int wal_pages;                   /* in the log, as of the last commit */
	bool reads;                      /* what was begun is a SNAPSHOT */
	/*
	 * Messages of which a page cannot be read.  SQLite commits nothing of a transaction that
	 * has come upon one: it fails once, and finds them damaged when it is run again.
	 */
	queue_id damaged[QUEUE_DAMAGED_MAX];
	size_t n_damaged; /* of all that were noted, the last are known */
};

static inline struct queue_sqlite_db *queue_sqlite_db_of(struct queue_store *s)
{
	return (struct queue_sqlite_db *)(void *)s;
}

/*
 * Open, and refuse what is not ours, or damaged as far as a quick look shows.
 * ERR_IO, ERR_NOMEM, ERR_SYNTAX as queue_open() says; *why is a line.
 */
enum err queue_sqlite_db_open(struct queue_sqlite_db *db, const char *path, enum queue_access mode,
			      struct buf *why) MUST_USE;

/* Also of one that was not opened, if it is all zero.  errno is kept. */
void queue_sqlite_db_close(struct queue_sqlite_db *db);

/* The statement, reset and with id as ?1; NULL after a failure. */
sqlite3_stmt *queue_sqlite_db_stmt(struct queue_sqlite_db *db, enum queue_sqlite_stmt which,
				   int64_t id);

/* Step to a row.  At the end, or on a failure, false and the statement is reset. */
bool queue_sqlite_db_row(struct queue_sqlite_db *db, sqlite3_stmt *s);

/* Run to the end a statement that yields no row, and reset it. */
void queue_sqlite_db_run(struct queue_sqlite_db *db, sqlite3_stmt *s);

/* Forget the failure before, and begin with BEGIN or SNAPSHOT. */
void queue_sqlite_db_begin(struct queue_sqlite_db *db, enum queue_sqlite_stmt how);

/*
 * Commit; after a failure, or when it fails itself, roll back.  As queue_sqlite_db_err().  Of a
 * SNAPSHOT there is nothing to commit: it ends, whatever was found in it.
 */
enum err queue_sqlite_db_commit(struct queue_sqlite_db *db) MUST_USE;
void queue_sqlite_db_rollback(struct queue_sqlite_db *db);

/* ERR_LIMIT: the disk is full; ERR_SYNTAX: a constraint; ERR_NOMEM; ERR_IO: all else. */
enum err queue_sqlite_db_err(const struct queue_sqlite_db *db) MUST_USE;

/* What the failure is called: static text. */
const char *queue_sqlite_db_why(const struct queue_sqlite_db *db);

/* Move the log into the database, as far as no reader forbids. */
void queue_sqlite_db_checkpoint(struct queue_sqlite_db *db);

/*
 * The same, and the log is empty after it.  False: somebody reads, so that it is not; else it is
 * not worth trying again.
 */
bool queue_sqlite_db_empty_log(struct queue_sqlite_db *db);

#endif
