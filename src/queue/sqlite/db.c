/*
 * The schema is explained in README.md.  Statements are prepared once and
 * kept; everything that SQLite is told beside them is in settings[].
 */
#include "queue/sqlite/db_priv.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <string.h>
#include <sys/stat.h>

#define APPLICATION_ID 0x53677051
#define VERSION 5
#define BUSY_MS 10000                     /* somebody looks at it with a tool */
#define QUICK_CHECK_MAX ((off_t)64 << 20) /* octets: some 0.2 s */

/* 272 is QUEUE_HELD and QUEUE_FAILED: what waits is neither, and is not out. */
#define WAITS "next IS NOT NULL AND flags & 272 = 0"

/*
 * What waits and what has failed, the latter in lane 0, share one index: each more would cost
 * every message half a microsecond, though it is in none until it was put off.
 */
#define KEPT "next IS NOT NULL AND flags & 16 = 0"
#define IN_LANE "flags & 256 = 0 AND lane = ?1 AND " KEPT
#define HAS_FAILED "flags & 256 = 256 AND lane = 0 AND " KEPT

static const char schema_1[] =
	"CREATE TABLE message("
	" id INTEGER PRIMARY KEY, next INTEGER, flags INTEGER NOT NULL, attempts INTEGER NOT NULL,"
	" waiting INTEGER NOT NULL, failed INTEGER NOT NULL, n_rcpt INTEGER NOT NULL,"
	" arrived INTEGER NOT NULL, size INTEGER NOT NULL) STRICT;"
	"CREATE INDEX due ON message(next) WHERE next IS NOT NULL AND flags & 16 = 0;"
	"CREATE TABLE body("
	" id INTEGER PRIMARY KEY, envelope BLOB NOT NULL, content BLOB NOT NULL) STRICT;"
	"CREATE TABLE tried("
	" id INTEGER NOT NULL, n INTEGER NOT NULL, state INTEGER NOT NULL,"
	" attempts INTEGER NOT NULL, status BLOB NOT NULL, text BLOB NOT NULL,"
	" remote BLOB NOT NULL, secure_failed INTEGER NOT NULL,"
	" PRIMARY KEY(id, n)) STRICT, WITHOUT ROWID;"
	"CREATE TABLE meta(name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
	"INSERT INTO meta VALUES('mark', 0);"
	"PRAGMA application_id = 1399287889;";
_Static_assert(APPLICATION_ID == 1399287889, "as the schema says");

/*
 * Version 1 had SMTP's flags, 1 to 8, among the store's; it held for ever what had failed
 * and had nobody to be told, a null sender being an empty string, so that an envelope
 * that has it begins with a zero; and it knew no lanes: what waits is in none (0,
 * which is never closed) until it is next recorded.  A new database goes this way, too.
 */
static const char schema_2[] =
	"DROP INDEX due;"
	"ALTER TABLE message ADD COLUMN smtp INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE message ADD COLUMN lane INTEGER NOT NULL DEFAULT 0;"
	"UPDATE message SET smtp = flags & 15, flags = flags & ~15;"
	"UPDATE message SET flags = flags & ~16 | 256"
	" WHERE flags & 16 != 0 AND waiting = 0 AND next IS NOT NULL AND x'00' ="
	" (SELECT substr(envelope, 1, 1) FROM body WHERE body.id = message.id);"
	"CREATE INDEX due ON message(next) WHERE " WAITS ";"
	"CREATE INDEX lane_due ON message(flags & 256, lane, next) WHERE " KEPT ";"
	"CREATE TABLE lane(lane INTEGER PRIMARY KEY, next INTEGER NOT NULL) STRICT;"
	"CREATE INDEX lane_next ON lane(next);"
	"INSERT INTO lane SELECT lane, min(next) FROM message WHERE " WAITS " GROUP BY lane;";

/* Version 2 had no sums of bodies: 0 is none. */
static const char schema_3[] = "ALTER TABLE body ADD COLUMN sum INTEGER NOT NULL DEFAULT 0;";

/* Version 3 knew nothing of domains. */
static const char schema_4[] =
	"CREATE TABLE domain("
	" name BLOB PRIMARY KEY, secure INTEGER NOT NULL, since INTEGER NOT NULL,"
	" secured INTEGER NOT NULL, seen INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
	"CREATE INDEX domain_seen ON domain(seen);";

/* Version 4 had all mail in itself.  What is small has no row here. */
static const char schema_5[] = "CREATE TABLE spool(id INTEGER PRIMARY KEY, has INTEGER NOT NULL, "
			       "sums BLOB NOT NULL) STRICT;";

/*
 * The log is synced at each commit (FULL) and checkpointed by the store itself.
 * Debian's SQLite would overwrite what is deleted; that costs a write for
 * each page of a large message, and mail passes through many disks.
 */
static const char settings[] = "PRAGMA synchronous = FULL;"
			       "PRAGMA wal_autocheckpoint = 0;"
			       "PRAGMA journal_size_limit = 33554432;"
			       "PRAGMA cache_size = -16384;"
			       "PRAGMA mmap_size = 0;"
			       "PRAGMA temp_store = MEMORY;"
			       "PRAGMA secure_delete = OFF;"
			       "PRAGMA trusted_schema = OFF;";

#define ROW "id, next, flags, smtp, lane, attempts, waiting, failed, n_rcpt, arrived, size"
#define FIND "SELECT " ROW " FROM message "

/* 16 is QUEUE_HELD, 256 QUEUE_FAILED.  The condition of an index is repeated, or it is not used. */
static const char *const text[QUEUE_SQL_N] = {
	[QUEUE_SQL_BEGIN] = "BEGIN IMMEDIATE",
	[QUEUE_SQL_COMMIT] = "COMMIT",
	[QUEUE_SQL_ROLLBACK] = "ROLLBACK",
	[QUEUE_SQL_SNAPSHOT] = "BEGIN",
	[QUEUE_SQL_MESSAGE_ADD] = "INSERT INTO message(" ROW ")"
				  " VALUES(?1, NULL, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
	[QUEUE_SQL_MESSAGE_PUT] = "UPDATE message SET next = ?2, flags = ?3, lane = ?4,"
				  " attempts = ?5, waiting = ?6, failed = ?7 WHERE id = ?1",
	[QUEUE_SQL_MESSAGE_DROP] = "DELETE FROM message WHERE id = ?1",
	[QUEUE_SQL_FIND_ID] = FIND "WHERE id = ?1",
	[QUEUE_SQL_FIND_AFTER] = FIND "WHERE id > ?1 ORDER BY id LIMIT 1",
	[QUEUE_SQL_FIND_OUT] = FIND "WHERE id > ?1 AND next IS NULL ORDER BY id LIMIT 1",
	[QUEUE_SQL_FIND_HELD] = FIND "WHERE id > ?1 AND flags & 272 = 16 AND next IS NOT NULL"
				     " ORDER BY id LIMIT 1",
	[QUEUE_SQL_FIND_KEPT] = FIND "WHERE id > ?1 AND flags & 256 != 0 AND next IS NOT NULL"
				     " ORDER BY id LIMIT 1",
	[QUEUE_SQL_FIND_LAST] = FIND "ORDER BY id DESC LIMIT 1",
	[QUEUE_SQL_FIND_OLDEST] = FIND "WHERE flags & 256 = 0 ORDER BY id LIMIT 1",
	[QUEUE_SQL_FIND_LANE] = FIND "INDEXED BY lane_due WHERE " IN_LANE " ORDER BY next LIMIT 1",
	[QUEUE_SQL_FIND_FAILED] =
		FIND "INDEXED BY lane_due WHERE " HAS_FAILED " ORDER BY next LIMIT 1",
	[QUEUE_SQL_BODY_ADD] = "INSERT INTO body VALUES(?1, ?2, ?3, ?4)",
	[QUEUE_SQL_BODY_GET] = "SELECT envelope, content, sum FROM body WHERE id = ?1",
	[QUEUE_SQL_ENVELOPE_GET] = "SELECT envelope FROM body WHERE id = ?1",
	[QUEUE_SQL_BODY_DROP] = "DELETE FROM body WHERE id = ?1",
	[QUEUE_SQL_SPOOL_ADD] = "INSERT INTO spool VALUES(?1, ?2, ?3)",
	[QUEUE_SQL_SPOOL_GET] = "SELECT has, sums FROM spool WHERE id = ?1",
	[QUEUE_SQL_SPOOL_DROP] = "DELETE FROM spool WHERE id = ?1",
	[QUEUE_SQL_TRIED_GET] = "SELECT n, state, attempts, status, text, remote, secure_failed"
				" FROM tried WHERE id = ?1 ORDER BY n",
	[QUEUE_SQL_TRIED_STATE] = "SELECT state FROM tried WHERE id = ?1 AND n = ?2",
	[QUEUE_SQL_TRIED_PUT] = "INSERT INTO tried VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"
				" ON CONFLICT(id, n) DO UPDATE SET"
				" state = excluded.state, attempts = attempts + excluded.attempts,"
				" status = iif(?9, status, excluded.status),"
				" text = iif(?9, text, excluded.text),"
				" remote = iif(?9, remote, excluded.remote),"
				" secure_failed = iif(?9, secure_failed, excluded.secure_failed)",
	[QUEUE_SQL_TRIED_DROP] = "DELETE FROM tried WHERE id = ?1",
	[QUEUE_SQL_LANES] = "SELECT lane, next FROM lane ORDER BY next",
	[QUEUE_SQL_LANE_EARLIER] = "INSERT INTO lane VALUES(?1, ?2) ON CONFLICT(lane) DO UPDATE"
				   " SET next = excluded.next WHERE excluded.next < next",
	[QUEUE_SQL_LANE_PUT] = "INSERT INTO lane VALUES(?1, ?2)"
			       " ON CONFLICT(lane) DO UPDATE SET next = excluded.next"
			       " WHERE next != excluded.next",
	[QUEUE_SQL_LANE_DROP] = "DELETE FROM lane WHERE lane = ?1",
	[QUEUE_SQL_LANES_DROP] = "DELETE FROM lane",
	[QUEUE_SQL_LANES_MAKE] = "INSERT INTO lane SELECT lane, min(next)"
				 " FROM message WHERE " WAITS " GROUP BY lane",
	[QUEUE_SQL_LANES_LATEST] = "UPDATE lane SET next = ?1 WHERE next > ?1 AND next <= ?2",
	[QUEUE_SQL_SOME] = "SELECT next FROM message INDEXED BY due WHERE next > ?1 AND " WAITS
			   " ORDER BY next LIMIT 1 OFFSET ?2",
	[QUEUE_SQL_ALL_RETRY] =
		"UPDATE message SET next = CASE WHEN next IS NULL THEN NULL ELSE ?1 END,"
		" flags = CASE WHEN next IS NULL THEN flags | 1073741824 ELSE flags END"
		" WHERE (next > ?1 OR (next IS NULL AND flags & 1073741824 = 0))"
		" AND flags & 272 = 0",
	[QUEUE_SQL_ALL_HOLD] = "UPDATE message SET flags = flags | 16 WHERE flags & 272 = 0",
	[QUEUE_SQL_ALL_RELEASE] = "UPDATE message SET flags = flags & ~16, next = min(next, ?1)"
				  " WHERE flags & 16 != 0",
	[QUEUE_SQL_ALL_LATEST] = "UPDATE message INDEXED BY due SET next = ?1"
				 " WHERE next > ?1 AND next <= ?2 AND " WAITS,
	[QUEUE_SQL_ALL_HASTEN] = "UPDATE message INDEXED BY due SET next = ?1"
				 " WHERE next > ?1 AND flags & 512 != 0 AND " WAITS,
	[QUEUE_SQL_ALL_FAILED] =
		"UPDATE message INDEXED BY lane_due SET next = ?1 WHERE " HAS_FAILED
		" AND next > ?1",
	[QUEUE_SQL_COUNTS] = "SELECT next, flags, waiting, size, arrived FROM message",
	[QUEUE_SQL_META_GET] = "SELECT value FROM meta WHERE name = ?2",
	[QUEUE_SQL_META_PUT] = "INSERT INTO meta VALUES(?2, ?1)"
			       " ON CONFLICT(name) DO UPDATE SET value = excluded.value",
	[QUEUE_SQL_DOMAIN_PUT] = "INSERT INTO domain VALUES(?2, ?1, ?3, ?4, ?5)"
				 " ON CONFLICT(name) DO UPDATE SET secure = excluded.secure,"
				 " since = excluded.since, secured = excluded.secured,"
				 " seen = excluded.seen",
	[QUEUE_SQL_DOMAINS] = "SELECT name, secure, since, secured, seen FROM domain"
			      " ORDER BY seen",
	[QUEUE_SQL_DOMAIN_GET] = "SELECT name, secure, since, secured, seen FROM domain"
				 " WHERE name = ?2",
	[QUEUE_SQL_DOMAINS_FORGET] =
		"DELETE FROM domain WHERE name IN (SELECT name FROM domain INDEXED BY domain_seen"
		" ORDER BY seen DESC LIMIT -1 OFFSET ?1)",
	[QUEUE_SQL_FREE_PAGES] = "PRAGMA freelist_count",
};

static void fail(struct queue_sqlite_db *db, int rc)
{
	if (db->rc != SQLITE_OK)
		return;
	db->rc = rc;
	db->os_errno = sqlite3_system_errno(db->sql);
}

sqlite3_stmt *queue_sqlite_db_stmt(struct queue_sqlite_db *db, enum queue_sqlite_stmt which,
				   int64_t id)
{
	if (db->rc != SQLITE_OK)
		return NULL;
	sqlite3_stmt **s = &db->stmt[which];
	if (!*s) {
		int rc = sqlite3_prepare_v3(db->sql, text[which], -1, SQLITE_PREPARE_PERSISTENT, s,
					    NULL);
		if (rc != SQLITE_OK)
			fail(db, rc);
	}
	if (*s && sqlite3_bind_parameter_count(*s) > 0)
		(void)sqlite3_bind_int64(*s, 1, id);
	return *s;
}

bool queue_sqlite_db_row(struct queue_sqlite_db *db, sqlite3_stmt *s)
{
	if (!s)
		return false;
	if (db->rc == SQLITE_OK) {
		int rc = sqlite3_step(s);
		if (rc == SQLITE_ROW)
			return true;
		if (rc != SQLITE_DONE)
			fail(db, rc);
	}
	(void)sqlite3_reset(s);
	return false;
}

void queue_sqlite_db_run(struct queue_sqlite_db *db, sqlite3_stmt *s)
{
	while (queue_sqlite_db_row(db, s))
		;
}

void queue_sqlite_db_begin(struct queue_sqlite_db *db, enum queue_sqlite_stmt how)
{
	db->rc = SQLITE_OK;
	db->os_errno = 0;
	db->reads = how == QUEUE_SQL_SNAPSHOT;
	queue_sqlite_db_run(db, queue_sqlite_db_stmt(db, how, 0));
}

void queue_sqlite_db_rollback(struct queue_sqlite_db *db)
{
	int rc = db->rc;
	int os_errno = db->os_errno;

	db->rc = SQLITE_OK;
	for (size_t i = 0; i < QUEUE_SQL_N; i++)
		(void)sqlite3_reset(db->stmt[i]);
	/* SQLite has rolled back by itself after some failures. */
	if (!sqlite3_get_autocommit(db->sql))
		queue_sqlite_db_run(db, queue_sqlite_db_stmt(db, QUEUE_SQL_ROLLBACK, 0));
	db->rc = rc;
	db->os_errno = os_errno;
}

enum err queue_sqlite_db_commit(struct queue_sqlite_db *db)
{
	enum queue_sqlite_stmt end = db->reads ? QUEUE_SQL_ROLLBACK : QUEUE_SQL_COMMIT;

	queue_sqlite_db_run(db, queue_sqlite_db_stmt(db, end, 0));
	if (db->rc != SQLITE_OK)
		queue_sqlite_db_rollback(db);
	return queue_sqlite_db_err(db);
}

enum err queue_sqlite_db_err(const struct queue_sqlite_db *db)
{
	switch (db->rc & 0xff) {
	case SQLITE_OK:
		return ERR_OK;
	case SQLITE_NOMEM:
		return ERR_NOMEM;
	case SQLITE_FULL:
		return ERR_LIMIT;
	case SQLITE_CONSTRAINT:
		return ERR_SYNTAX;
	default: /* SQLite's numbers, not an enum of ours */
		return db->os_errno == ENOSPC || db->os_errno == EDQUOT ? ERR_LIMIT : ERR_IO;
	}
}

const char *queue_sqlite_db_why(const struct queue_sqlite_db *db)
{
	return sqlite3_errstr(db->rc);
}

void queue_sqlite_db_checkpoint(struct queue_sqlite_db *db)
{
	int pages = 0;

	if (sqlite3_wal_checkpoint_v2(db->sql, NULL, SQLITE_CHECKPOINT_PASSIVE, &pages, NULL) ==
	    SQLITE_OK)
		db->wal_pages = 0;
}

bool queue_sqlite_db_empty_log(struct queue_sqlite_db *db)
{
	/* Who reads keeps nothing between calls: it is not waited for, but tried again. */
	(void)sqlite3_busy_timeout(db->sql, 0);
	int rc = sqlite3_wal_checkpoint_v2(db->sql, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
	(void)sqlite3_busy_timeout(db->sql, BUSY_MS);
	if (rc == SQLITE_OK)
		db->wal_pages = 0;
	return rc != SQLITE_BUSY;
}

static int committed(void *arg, sqlite3 *sql, const char *name, int pages)
{
	struct queue_sqlite_db *db = arg;

	(void)sql;
	(void)name;
	db->wal_pages = pages;
	return SQLITE_OK;
}

/* One number; -1 where the statement fails. */
static int64_t ask(sqlite3 *sql, const char *question, int *rc)
{
	sqlite3_stmt *s = NULL;
	int64_t answer = -1;

	*rc = sqlite3_prepare_v2(sql, question, -1, &s, NULL);
	if (*rc == SQLITE_OK)
		*rc = sqlite3_step(s);
	if (*rc == SQLITE_ROW) {
		answer = sqlite3_column_int64(s, 0);
		*rc = SQLITE_OK;
	}
	(void)sqlite3_finalize(s);
	return answer;
}

/* Whether the one row that the statement yields is the given word. */
static bool says(sqlite3 *sql, const char *question, const char *word)
{
	sqlite3_stmt *s = NULL;
	bool same = false;

	if (sqlite3_prepare_v2(sql, question, -1, &s, NULL) == SQLITE_OK &&
	    sqlite3_step(s) == SQLITE_ROW) {
		const char *got = (const char *)sqlite3_column_text(s, 0);
		same = got && strcmp(got, word) == 0;
	}
	(void)sqlite3_finalize(s);
	return same;
}

static enum err refuse(struct buf *why, const char *path, const char *what, const char *more)
{
	buf_add(why, str_of(path));
	buf_add(why, STR(": "));
	buf_add(why, str_of(what));
	buf_add(why, str_of(more));
	return ERR_SYNTAX;
}

/* What SQLite says it is, in our words. */
static enum err refuse_rc(struct buf *why, const char *path, struct queue_sqlite_db *db, int rc)
{
	int os_errno = db->sql ? sqlite3_system_errno(db->sql) : 0;
	enum err e = (rc & 0xff) == SQLITE_NOMEM ? ERR_NOMEM : ERR_IO;

	switch (rc & 0xff) {
	case SQLITE_NOTADB:
		return refuse(why, path, "not a queue of Signpost, nor a database at all: ",
			      "move it away, or name another file");
	case SQLITE_CORRUPT:
		return refuse(why, path, "damaged: keep a copy, and recover what can be with ",
			      "sqlite3's .recover");
	case SQLITE_FULL:
		(void)refuse(why, path, "the disk is full: ", "make room");
		break;
	case SQLITE_BUSY:
		(void)refuse(why, path, "another program has it locked: ", "close that one");
		break;
	default: /* SQLite's numbers, not an enum of ours */
		(void)refuse(why, path, sqlite3_errstr(rc), os_errno ? ": " : "");
		if (os_errno)
			buf_add(why, str_of(strerror(os_errno)));
		break;
	}
	errno = os_errno;
	return e;
}

/* All these, and which version it then is, in one transaction. */
static int make(struct queue_sqlite_db *db, const char *const sql[], size_t n)
{
	char end[60];
	int rc = sqlite3_exec(db->sql, "BEGIN IMMEDIATE", NULL, NULL, NULL);

	for (size_t i = 0; i < n && rc == SQLITE_OK; i++)
		rc = sqlite3_exec(db->sql, sql[i], NULL, NULL, NULL);
	(void)sqlite3_snprintf(sizeof(end), end, "PRAGMA user_version = %d; COMMIT", VERSION);
	if (rc == SQLITE_OK)
		rc = sqlite3_exec(db->sql, end, NULL, NULL, NULL);
	return rc;
}

static enum err create(struct queue_sqlite_db *db, const char *path, struct buf *why)
{
	static const char *const whole[] = { schema_1, schema_2, schema_3, schema_4, schema_5 };
	/* EXTRA: the journal of this one step shall not come back when it was deleted. */
	int rc = sqlite3_exec(db->sql,
			      "PRAGMA page_size = 16384;"
			      "PRAGMA synchronous = EXTRA;"
			      "PRAGMA journal_mode = WAL;",
			      NULL, NULL, NULL);

	if (rc == SQLITE_OK)
		rc = make(db, whole, sizeof(whole) / sizeof(whole[0]));
	return rc == SQLITE_OK ? ERR_OK : refuse_rc(why, path, db, rc);
}

/* From an older version, by way of those between. */
static enum err migrate(struct queue_sqlite_db *db, int64_t version, const char *path,
			struct buf *why)
{
	static const char *const step[] = { schema_2, schema_3, schema_4, schema_5 };
	size_t first = (size_t)version - 1;
	int rc = make(db, step + first, sizeof(step) / sizeof(step[0]) - first);

	return rc == SQLITE_OK ? ERR_OK : refuse_rc(why, path, db, rc);
}

/* Ours, or empty and made ours. */
static enum err identify(struct queue_sqlite_db *db, const char *path, enum queue_access mode,
			 struct buf *why)
{
	int rc = SQLITE_OK;
	int64_t tables = ask(db->sql, "SELECT count(*) FROM sqlite_schema", &rc);
	int64_t id = rc == SQLITE_OK ? ask(db->sql, "PRAGMA application_id", &rc) : 0;
	int64_t version = rc == SQLITE_OK ? ask(db->sql, "PRAGMA user_version", &rc) : 0;

	if (rc != SQLITE_OK)
		return refuse_rc(why, path, db, rc);
	if (tables == 0 && id == 0 && version == 0) {
		if (mode == QUEUE_LOOK)
			return ERR_OK;
		if (mode == QUEUE_WRITE)
			return create(db, path, why);
		return refuse(why, path, "no queue is there yet: ", "start the daemon first");
	}
	if (id != APPLICATION_ID)
		return refuse(why, path,
			      "not a queue of Signpost, but another program's database: ",
			      "move it away, or name another file");
	bool older = version > 0 && version < VERSION;
	if (older && mode == QUEUE_WRITE)
		return migrate(db, version, path, why);
	if (older && mode == QUEUE_READ)
		return refuse(why, path, "a queue of an older version of Signpost: ",
			      "start the daemon first");
	if (version < 0 || version > VERSION)
		return refuse(why, path, "a queue of a newer version of Signpost: ",
			      "empty it with that one first");
	return ERR_OK;
}

/* As far as a quick look shows: of a large one only that its schema is ours. */
static enum err examine(struct queue_sqlite_db *db, const char *path, struct buf *why)
{
	struct stat st;

	for (enum queue_sqlite_stmt i = 0; i < QUEUE_SQL_N; i++) {
		db->rc = SQLITE_OK;
		if (!queue_sqlite_db_stmt(db, i, 0))
			return refuse(why, path,
				      "not as Signpost made it: ", sqlite3_errmsg(db->sql));
	}
	if (stat(path, &st) == 0 && st.st_size <= QUICK_CHECK_MAX &&
	    !says(db->sql, "PRAGMA quick_check(1)", "ok"))
		return refuse_rc(why, path, db, SQLITE_CORRUPT);
	if (!says(db->sql, "PRAGMA journal_mode = WAL", "wal"))
		return refuse(why, path, "its disk does not bear a write-ahead log ",
			      "(a network file system?): keep it on a local one");
	return ERR_OK;
}

static pthread_once_t once = PTHREAD_ONCE_INIT;

/* Statistics of its memory, which nobody reads, cost a lock around each piece of it. */
static void configure(void)
{
	(void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

/*
 * Who reads a log makes files beside it, and who may not write leaves them there; a file that
 * does not change is read without.  The log of one that runs, or has crashed, is passed over: the
 * file says whose it is.
 */
static int open_unchanged(sqlite3 **sql, const char *path)
{
	CLEANUP(buf_free) struct buf uri = BUF_MAX(4 * PATH_MAX);

	buf_add(&uri, STR("file:"));
	for (const char *p = path; *p; p++)
		buf_addf(&uri, strchr("%?#", *p) ? "%%%02x" : "%c", (unsigned char)*p);
	buf_add(&uri, STR("?immutable=1"));
	buf_addc(&uri, '\0');
	if (buf_err(&uri) != ERR_OK)
		return SQLITE_NOMEM;
	return sqlite3_open_v2(uri.p, sql,
			       SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, NULL);
}

static int open_file(sqlite3 **sql, const char *path, enum queue_access mode)
{
	switch (mode) {
	case QUEUE_LOOK:
		return open_unchanged(sql, path);
	case QUEUE_READ:
		return sqlite3_open_v2(path, sql, SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_READONLY, NULL);
	case QUEUE_WRITE:
		return sqlite3_open_v2(path, sql, SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_READWRITE,
				       NULL);
	}
	return SQLITE_MISUSE;
}

enum err queue_sqlite_db_open(struct queue_sqlite_db *db, const char *path, enum queue_access mode,
			      struct buf *why)
{
	*db = (struct queue_sqlite_db){ .store = db->store };
	(void)pthread_once(&once, configure);
	int rc = open_file(&db->sql, path, mode);
	if (rc == SQLITE_OK)
		rc = sqlite3_busy_timeout(db->sql, BUSY_MS);
	enum err e = rc == SQLITE_OK ? ERR_OK : refuse_rc(why, path, db, rc);
	if (e == ERR_OK)
		e = identify(db, path, mode, why);
	if (e == ERR_OK) {
		rc = sqlite3_exec(db->sql, settings, NULL, NULL, NULL);
		e = rc == SQLITE_OK ? ERR_OK : refuse_rc(why, path, db, rc);
	}
	if (e == ERR_OK && mode == QUEUE_WRITE)
		e = examine(db, path, why);
	if (e != ERR_OK) {
		queue_sqlite_db_close(db);
		return e;
	}
	(void)sqlite3_wal_hook(db->sql, committed, db);
	return ERR_OK;
}

void queue_sqlite_db_close(struct queue_sqlite_db *db)
{
	int saved = errno;

	for (size_t i = 0; i < QUEUE_SQL_N; i++)
		(void)sqlite3_finalize(db->stmt[i]);
	(void)sqlite3_close(db->sql);
	*db = (struct queue_sqlite_db){ .store = db->store };
	errno = saved;
}
