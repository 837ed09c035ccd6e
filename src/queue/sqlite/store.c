/* What the database, the lanes and the disk beside it are as a store. */
#include "queue/sqlite/store.h"

#include "queue/sqlite/check_priv.h"
#include "queue/sqlite/disk_priv.h"
#include "queue/sqlite/lane_priv.h"
#include "queue/sqlite/log_priv.h"
#include "queue/sqlite/row_priv.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define WAL_PAGES 1024 /* 16 MiB: more is checkpointed */
#define FOUND_MAX 16384
#define AT_ONCE_OCTETS ((uint64_t)64 << 20) /* more than any transaction adds */

struct queue_sqlite {
	struct queue_sqlite_db db; /* first: of the functions in the table some see this alone */
	struct queue_sqlite_disk disk; /* of a reader: nothing */
};

static struct queue_sqlite *sqlite_of(struct queue_store *s)
{
	return (struct queue_sqlite *)(void *)s;
}

static void store_close(struct queue_store **s)
{
	if (!*s)
		return;
	struct queue_sqlite *q = sqlite_of(*s);
	int saved = errno;
	queue_sqlite_db_close(&q->db);
	queue_sqlite_disk_close(&q->disk);
	free(q);
	*s = NULL;
	errno = saved;
}

/* What SQLite drops without a word is told, and kept as it was. */
static void examine_log(const char *where, struct buf *why)
{
	struct queue_sqlite_log found;

	if (queue_sqlite_log_look(where, &found) != ERR_OK || found.frames == 0)
		return;
	buf_addf(why,
		 "%s-wal: damaged at octet %llu: %u transaction%s behind that not read, and mail "
		 "that was taken then may be lost; ",
		 where, (unsigned long long)found.at, found.commits,
		 found.commits == 1 ? " is" : "s are");
	if (queue_sqlite_log_keep(where) == ERR_OK)
		buf_addf(why, "a copy is kept: %s-wal-damaged\n", where);
	else if (errno == EEXIST)
		buf_addf(why, "no copy is kept: that of an earlier time is there: %s-wal-damaged\n",
			 where);
	else
		buf_addf(why, "no copy could be kept: %s\n", strerror(errno));
}

static enum err store_open(const char *where, uint64_t reserve, enum queue_access access,
			   struct queue_store **out, struct buf *why)
{
	struct queue_sqlite *q = calloc(1, sizeof(*q));

	if (!q)
		return ERR_NOMEM;
	q->db.store.ops = &queue_sqlite_store;
	q->disk = (struct queue_sqlite_disk){ .dir = -1, .lock = -1, .reserve = -1 };
	struct queue_store *s = &q->db.store;
	enum err e = ERR_OK;
	if (access == QUEUE_WRITE)
		e = queue_sqlite_disk_open(&q->disk, where, reserve, why);
	CLEANUP(buf_free) struct buf found = BUF_MAX(FOUND_MAX);
	if (e == ERR_OK && access == QUEUE_WRITE)
		examine_log(where, &found);
	if (e == ERR_OK)
		e = queue_sqlite_db_open(&q->db, where, access, why);
	if (e == ERR_OK)
		buf_add(why, buf_str(&found));
	if (e != ERR_OK) {
		store_close(&s);
		return e;
	}
	if (access == QUEUE_WRITE)
		queue_sqlite_disk_keep(&q->disk);
	*out = s;
	return ERR_OK;
}

static void begin(struct queue_store *s, enum queue_access access)
{
	queue_sqlite_db_begin(queue_sqlite_db_of(s),
			      access == QUEUE_WRITE ? QUEUE_SQL_BEGIN : QUEUE_SQL_SNAPSHOT);
}

static enum err commit(struct queue_store *s)
{
	struct queue_sqlite_db *db = queue_sqlite_db_of(s);
	enum err e = queue_sqlite_db_commit(db);

	if (e != ERR_OK)
		errno = db->os_errno;
	return e;
}

static enum err failure(const struct queue_store *s, const char **why)
{
	const struct queue_sqlite_db *db = (const struct queue_sqlite_db *)(const void *)s;

	if (why)
		*why = queue_sqlite_db_why(db);
	return queue_sqlite_db_err(db);
}

/* Row by row: sums by SQLite over so many columns take three times as long. */
static void counts(struct queue_store *store, struct queue_counts *out)
{
	struct queue_sqlite_db *db = queue_sqlite_db_of(store);
	sqlite3_stmt *s = queue_sqlite_db_stmt(db, QUEUE_SQL_COUNTS, 0);

	*out = (struct queue_counts){ 0 };
	while (queue_sqlite_db_row(db, s)) {
		const struct queue_row row = {
			.next_wall_ms = sqlite3_column_type(s, 0) == SQLITE_NULL
						? QUEUE_OUT
						: sqlite3_column_int64(s, 0),
			.flags = (unsigned)sqlite3_column_int64(s, 1),
			.waiting = (unsigned)sqlite3_column_int64(s, 2),
			.size = (uint64_t)sqlite3_column_int64(s, 3),
			.arrived_wall_ms = sqlite3_column_int64(s, 4),
		};
		queue_store_count(out, &row, 1);
	}
}

static const char *const number_names[] = {
	[QUEUE_MARK] = "mark",
	[QUEUE_LANE_SEED_1] = "lane-seed-1",
	[QUEUE_LANE_SEED_2] = "lane-seed-2",
};

static uint64_t number(struct queue_store *store, enum queue_number which)
{
	struct queue_sqlite_db *db = queue_sqlite_db_of(store);
	sqlite3_stmt *s = queue_sqlite_db_stmt(db, QUEUE_SQL_META_GET, 0);
	uint64_t value = 0;

	if (s)
		(void)sqlite3_bind_text(s, 2, number_names[which], -1, SQLITE_STATIC);
	while (queue_sqlite_db_row(db, s))
		value = (uint64_t)sqlite3_column_int64(s, 0);
	return value;
}

static void set_number(struct queue_store *store, enum queue_number which, uint64_t value)
{
	struct queue_sqlite_db *db = queue_sqlite_db_of(store);
	sqlite3_stmt *s = queue_sqlite_db_stmt(db, QUEUE_SQL_META_PUT, (int64_t)value);

	if (s)
		(void)sqlite3_bind_text(s, 2, number_names[which], -1, SQLITE_STATIC);
	queue_sqlite_db_run(db, s);
}

static void remember(struct queue_store *store, const struct schedule_memory_row *row)
{
	struct queue_sqlite_db *db = queue_sqlite_db_of(store);
	sqlite3_stmt *s = queue_sqlite_db_stmt(db, QUEUE_SQL_DOMAIN_PUT, row->secure);

	if (s) {
		(void)sqlite3_bind_blob64(s, 2, row->domain.p, row->domain.n, SQLITE_STATIC);
		(void)sqlite3_bind_int64(s, 3, row->since_wall_ms);
		(void)sqlite3_bind_int64(s, 4, row->secure_wall_ms);
		(void)sqlite3_bind_int64(s, 5, row->seen_wall_ms);
	}
	queue_sqlite_db_run(db, s);
}

static void forget(struct queue_store *store, size_t max)
{
	struct queue_sqlite_db *db = queue_sqlite_db_of(store);

	queue_sqlite_db_run(db, queue_sqlite_db_stmt(db, QUEUE_SQL_DOMAINS_FORGET, (int64_t)max));
}

/* Of a statement that selects name, secure, since, secured, seen. */
static struct schedule_memory_row domain_row(sqlite3_stmt *s)
{
	return (struct schedule_memory_row){
		.domain = { sqlite3_column_blob(s, 0), (size_t)sqlite3_column_bytes(s, 0) },
		.secure = sqlite3_column_int64(s, 1) != 0,
		.since_wall_ms = sqlite3_column_int64(s, 2),
		.secure_wall_ms = sqlite3_column_int64(s, 3),
		.seen_wall_ms = sqlite3_column_int64(s, 4),
	};
}

static void recall(struct queue_store *store,
		   void (*each)(void *arg, const struct schedule_memory_row *row), void *arg)
{
	struct queue_sqlite_db *db = queue_sqlite_db_of(store);
	sqlite3_stmt *s = queue_sqlite_db_stmt(db, QUEUE_SQL_DOMAINS, 0);

	while (queue_sqlite_db_row(db, s)) {
		const struct schedule_memory_row row = domain_row(s);
		each(arg, &row);
	}
}

static bool known(struct queue_store *store, struct str domain, struct schedule_memory_row *out)
{
	struct queue_sqlite_db *db = queue_sqlite_db_of(store);
	sqlite3_stmt *s = queue_sqlite_db_stmt(db, QUEUE_SQL_DOMAIN_GET, 0);
	bool found = false;

	if (s)
		(void)sqlite3_bind_blob64(s, 2, domain.n ? domain.p : "", domain.n, SQLITE_STATIC);
	while (queue_sqlite_db_row(db, s)) {
		*out = domain_row(s);
		out->domain = domain; /* the row's own goes with it */
		found = true;
	}
	return found;
}

static uint64_t free_pages(struct queue_sqlite_db *db)
{
	sqlite3_stmt *s = queue_sqlite_db_stmt(db, QUEUE_SQL_FREE_PAGES, 0);
	uint64_t pages = 0;

	while (queue_sqlite_db_row(db, s))
		pages = (uint64_t)sqlite3_column_int64(s, 0);
	return pages;
}

/*
 * Pages that are free inside the database count, but the log is written first, so that half of
 * the reserve must be free outside.
 */
static uint64_t room(struct queue_store *s)
{
	struct queue_sqlite *q = sqlite_of(s);
	uint64_t outside = queue_sqlite_disk_free(&q->disk);
	uint64_t kept = q->disk.kept;

	if (kept == 0)
		return UINT64_MAX;
	if (outside < kept / 2)
		return 0;
	if (outside > kept && outside - kept > AT_ONCE_OCTETS)
		return (outside - kept) / 2; /* in the log, then in the database */
	uint64_t all = outside + free_pages(&q->db) * QUEUE_PAGE;
	return all > kept ? (all - kept) / 2 : 0;
}

/* Where disk is short, what the log holds takes its place before more is added. */
static void prepare(struct queue_store *s)
{
	struct queue_sqlite *q = sqlite_of(s);
	uint64_t owed = (uint64_t)q->db.wal_pages * QUEUE_PAGE;
	uint64_t enough = q->disk.kept + owed + AT_ONCE_OCTETS;

	if (q->disk.kept && owed && queue_sqlite_disk_free(&q->disk) < enough)
		queue_sqlite_db_checkpoint(&q->db);
}

/* The log, once it is in the database, is written again from its start. */
static bool relieve(struct queue_store *s, unsigned step)
{
	struct queue_sqlite *q = sqlite_of(s);

	if (step > 1 || (step == 1 && !queue_sqlite_disk_give(&q->disk)))
		return false;
	queue_sqlite_db_checkpoint(&q->db);
	return true;
}

static void tidy(struct queue_store *s)
{
	struct queue_sqlite *q = sqlite_of(s);

	if (q->db.wal_pages > WAL_PAGES)
		queue_sqlite_db_checkpoint(&q->db);
	queue_sqlite_disk_keep(&q->disk);
}

static bool rest(struct queue_store *s)
{
	return queue_sqlite_db_empty_log(queue_sqlite_db_of(s));
}

const struct queue_store_ops queue_sqlite_store = {
	.open = store_open,
	.close = store_close,
	.begin = begin,
	.commit = commit,
	.err = failure,
	.add = queue_sqlite_row_add,
	.get = queue_sqlite_row_get,
	.load = queue_sqlite_row_load,
	.put = queue_sqlite_lane_put,
	.rcpt = queue_sqlite_row_rcpt,
	.put_rcpt = queue_sqlite_row_put_rcpt,
	.drop = queue_sqlite_lane_drop,
	.due = queue_sqlite_lane_due,
	.all = queue_sqlite_lane_all,
	.counts = counts,
	.number = number,
	.set_number = set_number,
	.remember = remember,
	.forget = forget,
	.recall = recall,
	.known = known,
	.room = room,
	.prepare = prepare,
	.relieve = relieve,
	.tidy = tidy,
	.rest = rest,
	.check = queue_sqlite_check,
};
