#include "queue/sqlite/row_priv.h"

#include "base/hash.h"
#include "queue/record_priv.h"
#include "queue/spool.h"

#define ENVELOPE_MAX ((size_t)64 << 20) /* octets: thousands of recipients */

#define SUM_OCTETS 8 /* of a block that is spooled */

/* Strings may hold any octets; none may be NULL, which SQLite would take for its own. */
static void bind(sqlite3_stmt *s, int at, struct str octets)
{
	(void)sqlite3_bind_blob64(s, at, octets.n ? octets.p : "", octets.n, SQLITE_STATIC);
}

static struct str column(sqlite3_stmt *s, int at)
{
	const char *p = sqlite3_column_blob(s, at);
	int n = sqlite3_column_bytes(s, at);

	return (struct str){ p, p && n > 0 ? (size_t)n : 0 };
}

/* keep: what was said before stays, as nothing new was. */
static void put_tried(struct queue_sqlite_db *db, queue_id id, size_t n,
		      const struct schedule_rcpt *r, bool keep)
{
	sqlite3_stmt *s = queue_sqlite_db_stmt(db, QUEUE_SQL_TRIED_PUT, (int64_t)id);

	if (!s)
		return;
	(void)sqlite3_bind_int64(s, 2, (int64_t)n);
	(void)sqlite3_bind_int64(s, 3, r->state);
	(void)sqlite3_bind_int64(s, 4, r->attempts);
	bind(s, 5, r->status);
	bind(s, 6, r->text);
	bind(s, 7, r->remote);
	(void)sqlite3_bind_int64(s, 8, r->secure_failed);
	(void)sqlite3_bind_int64(s, 9, keep);
	queue_sqlite_db_run(db, s);
}

void queue_sqlite_row_put_rcpt(struct queue_store *store, queue_id id,
			       const struct schedule_change *c)
{
	struct schedule_rcpt r = {
		.state = c->state,
		.attempts = c->tried,
		.status = c->status,
		.text = c->text,
		.remote = c->remote,
		.secure_failed = c->secure_failed,
	};

	put_tried(queue_sqlite_db_of(store), id, c->rcpt, &r, !c->tried && c->status.n == 0);
}

enum schedule_rcpt_state queue_sqlite_row_rcpt(struct queue_store *store, queue_id id, size_t rcpt)
{
	struct queue_sqlite_db *db = queue_sqlite_db_of(store);
	sqlite3_stmt *s = queue_sqlite_db_stmt(db, QUEUE_SQL_TRIED_STATE, (int64_t)id);
	enum schedule_rcpt_state state = SCHEDULE_WAITING;

	if (!s)
		return state;
	(void)sqlite3_bind_int64(s, 2, (int64_t)rcpt);
	if (queue_sqlite_db_row(db, s)) {
		state = (enum schedule_rcpt_state)sqlite3_column_int64(s, 0);
		queue_sqlite_db_run(db, s);
	}
	return state;
}

/* Of what never changes of a message, so that an octet that does is seen; never 0. */
static int64_t sum_of(queue_id id, struct str envelope, struct str content)
{
	const uint64_t first[2] = { id, envelope.n };
	const uint64_t second[2] = { hash_octets(first, envelope), content.n };
	uint64_t sum = hash_octets(second, content);

	return sum ? (int64_t)sum : 1;
}

static void add_body(struct queue_sqlite_db *db, const struct queue_message *m)
{
	CLEANUP(buf_free) struct buf envelope = BUF_MAX(ENVELOPE_MAX);
	sqlite3_stmt *s = queue_sqlite_db_stmt(db, QUEUE_SQL_BODY_ADD, (int64_t)m->id);

	if (!s)
		return;
	queue_record_write(&envelope, m);
	if (buf_err(&envelope) != ERR_OK) {
		db->rc = SQLITE_NOMEM;
		return;
	}
	bind(s, 2, buf_str(&envelope));
	bind(s, 3, buf_str(&m->content));
	(void)sqlite3_bind_int64(s, 4, sum_of(m->id, buf_str(&envelope), buf_str(&m->content)));
	queue_sqlite_db_run(db, s);
}

/* Sums are eight octets each, the lowest first. */
static void add_spool(struct queue_sqlite_db *db, const struct queue_spooled *spool)
{
	CLEANUP(buf_free) struct buf sums = BUF_MAX(spool->n * SUM_OCTETS);
	sqlite3_stmt *s = queue_sqlite_db_stmt(db, QUEUE_SQL_SPOOL_ADD, (int64_t)spool->id);

	if (!s)
		return;
	for (size_t i = 0; i < spool->n; i++)
		for (unsigned k = 0; k < SUM_OCTETS; k++)
			buf_addc(&sums, (char)(spool->sum[i] >> 8 * k));
	if (buf_err(&sums) != ERR_OK) {
		db->rc = SQLITE_NOMEM;
		return;
	}
	(void)sqlite3_bind_int64(s, 2, spool->has);
	bind(s, 3, buf_str(&sums));
	queue_sqlite_db_run(db, s);
}

/* NULL: it has none, or a failure; ERR_NOMEM then. */
static enum err load_spool(struct queue_sqlite_db *db, queue_id id, struct queue_spooled **out)
{
	sqlite3_stmt *s = queue_sqlite_db_stmt(db, QUEUE_SQL_SPOOL_GET, (int64_t)id);

	if (!queue_sqlite_db_row(db, s))
		return queue_sqlite_db_err(db);
	struct str sums = column(s, 1);
	struct queue_spooled *spool = queue_spooled_new(id, sums.n / SUM_OCTETS);
	for (size_t i = 0; spool && i < spool->n * SUM_OCTETS; i++)
		spool->sum[i / SUM_OCTETS] |= (uint64_t)(unsigned char)sums.p[i]
					      << 8 * (i % SUM_OCTETS);
	if (spool)
		spool->has = (unsigned)sqlite3_column_int64(s, 0);
	(void)sqlite3_reset(s);
	*out = spool;
	return spool ? ERR_OK : ERR_NOMEM;
}

void queue_sqlite_row_add(struct queue_store *store, const struct queue_row *row,
			  const struct queue_message *m)
{
	struct queue_sqlite_db *db = queue_sqlite_db_of(store);
	sqlite3_stmt *s = queue_sqlite_db_stmt(db, QUEUE_SQL_MESSAGE_ADD, (int64_t)row->id);

	if (!s)
		return;
	(void)sqlite3_bind_int64(s, 2, row->flags);
	(void)sqlite3_bind_int64(s, 3, row->smtp);
	(void)sqlite3_bind_int64(s, 4, (int64_t)row->lane);
	(void)sqlite3_bind_int64(s, 5, row->attempts);
	(void)sqlite3_bind_int64(s, 6, row->waiting);
	(void)sqlite3_bind_int64(s, 7, row->failed);
	(void)sqlite3_bind_int64(s, 8, row->n_rcpt);
	(void)sqlite3_bind_int64(s, 9, row->arrived_wall_ms);
	(void)sqlite3_bind_int64(s, 10, (int64_t)row->size);
	queue_sqlite_db_run(db, s);
	add_body(db, m);
	if (m->spool)
		add_spool(db, m->spool);
	for (size_t i = 0; i < m->n_rcpt; i++) {
		const struct schedule_rcpt *r = &m->rcpt[i];
		if (r->state != SCHEDULE_WAITING || r->attempts || r->status.n || r->text.n)
			put_tried(db, m->id, i, r, false);
	}
}

/* The row that the statement, whose columns are ROW of db.c, yields; then it is reset. */
static bool one_row(struct queue_sqlite_db *db, sqlite3_stmt *s, struct queue_row *out)
{
	if (!queue_sqlite_db_row(db, s))
		return false;
	*out = (struct queue_row){
		.id = (queue_id)sqlite3_column_int64(s, 0),
		.next_wall_ms = sqlite3_column_type(s, 1) == SQLITE_NULL
					? QUEUE_OUT
					: sqlite3_column_int64(s, 1),
		.flags = (unsigned)sqlite3_column_int64(s, 2),
		.smtp = (unsigned)sqlite3_column_int64(s, 3),
		.lane = (uint64_t)sqlite3_column_int64(s, 4),
		.attempts = (unsigned)sqlite3_column_int64(s, 5),
		.waiting = (unsigned)sqlite3_column_int64(s, 6),
		.failed = (unsigned)sqlite3_column_int64(s, 7),
		.n_rcpt = (unsigned)sqlite3_column_int64(s, 8),
		.arrived_wall_ms = sqlite3_column_int64(s, 9),
		.size = (uint64_t)sqlite3_column_int64(s, 10),
	};
	queue_sqlite_db_run(db, s);
	return db->rc == SQLITE_OK;
}

bool queue_sqlite_row_get(struct queue_store *store, enum queue_find how, uint64_t key,
			  struct queue_row *out)
{
	struct queue_sqlite_db *db = queue_sqlite_db_of(store);
	enum queue_sqlite_stmt which = QUEUE_SQL_FIND_ID + (unsigned)how;

	/* A lane may be any number; an ID above this is none. */
	if (how != QUEUE_FIND_LANE && key > INT64_MAX)
		return false;
	return one_row(db, queue_sqlite_db_stmt(db, which, (int64_t)key), out);
}

void queue_sqlite_row_put(struct queue_sqlite_db *db, const struct queue_row *row)
{
	sqlite3_stmt *s = queue_sqlite_db_stmt(db, QUEUE_SQL_MESSAGE_PUT, (int64_t)row->id);

	if (!s)
		return;
	if (row->next_wall_ms == QUEUE_OUT)
		(void)sqlite3_bind_null(s, 2);
	else
		(void)sqlite3_bind_int64(s, 2, row->next_wall_ms);
	(void)sqlite3_bind_int64(s, 3, row->flags);
	(void)sqlite3_bind_int64(s, 4, (int64_t)row->lane);
	(void)sqlite3_bind_int64(s, 5, row->attempts);
	(void)sqlite3_bind_int64(s, 6, row->waiting);
	(void)sqlite3_bind_int64(s, 7, row->failed);
	queue_sqlite_db_run(db, s);
}

void queue_sqlite_row_drop(struct queue_sqlite_db *db, const struct queue_row *row)
{
	int64_t id = (int64_t)row->id;

	queue_sqlite_db_run(db, queue_sqlite_db_stmt(db, QUEUE_SQL_TRIED_DROP, id));
	queue_sqlite_db_run(db, queue_sqlite_db_stmt(db, QUEUE_SQL_BODY_DROP, id));
	queue_sqlite_db_run(db, queue_sqlite_db_stmt(db, QUEUE_SQL_MESSAGE_DROP, id));
	if (row->flags & QUEUE_SPOOLED)
		queue_sqlite_db_run(db, queue_sqlite_db_stmt(db, QUEUE_SQL_SPOOL_DROP, id));
}

/* ERR_NOMEM, or the connection's failure. */
static enum err load_tried(struct queue_sqlite_db *db, struct arena *a, struct queue_message *m)
{
	sqlite3_stmt *s = queue_sqlite_db_stmt(db, QUEUE_SQL_TRIED_GET, (int64_t)m->id);

	while (queue_sqlite_db_row(db, s)) {
		uint64_t n = (uint64_t)sqlite3_column_int64(s, 0);
		if (n >= m->n_rcpt)
			continue;
		struct schedule_rcpt *r = &m->rcpt[n];
		r->state = (enum schedule_rcpt_state)sqlite3_column_int64(s, 1);
		r->attempts = (unsigned)sqlite3_column_int64(s, 2);
		r->secure_failed = sqlite3_column_int64(s, 6) != 0;
		if (arena_str(a, column(s, 3), &r->status) != ERR_OK ||
		    arena_str(a, column(s, 4), &r->text) != ERR_OK ||
		    arena_str(a, column(s, 5), &r->remote) != ERR_OK) {
			(void)sqlite3_reset(s);
			return ERR_NOMEM;
		}
	}
	return queue_sqlite_db_err(db);
}

/* The envelope into *m, with strings in the row of s or in the arena, and the content. */
static enum err load_body(struct queue_sqlite_db *db, sqlite3_stmt *s, enum queue_part part,
			  struct arena *a, struct queue_message *m, struct buf *content)
{
	enum err e = queue_record_read(column(s, 0), a, m);

	if (e == ERR_SYNTAX)
		return ERR_OK;
	if (e == ERR_OK)
		e = load_tried(db, a, m);
	if (e == ERR_OK && part == QUEUE_CONTENT_TOO) {
		struct str octets = column(s, 1);
		int64_t sum = sqlite3_column_int64(s, 2);
		if (sum && sum != sum_of(m->id, column(s, 0), octets))
			return ERR_OK; /* without content: damaged */
		*content = BUF_MAX(octets.n);
		buf_add(content, octets);
		e = buf_err(content);
		if (e == ERR_OK && m->flags & QUEUE_SPOOLED)
			e = load_spool(db, m->id, &m->spool);
	}
	return e;
}

static bool is_damaged(const struct queue_sqlite_db *db, queue_id id)
{
	for (size_t i = 0; i < QUEUE_DAMAGED_MAX && i < db->n_damaged; i++)
		if (db->damaged[i] == id)
			return true;
	return false;
}

/* A page of it cannot be read.  True: who only reads goes on, and finds it without recipients. */
static bool note_damaged(struct queue_sqlite_db *db, queue_id id)
{
	db->damaged[db->n_damaged++ % QUEUE_DAMAGED_MAX] = id;
	if (db->reads)
		db->rc = SQLITE_OK;
	return db->reads;
}

struct queue_message *queue_sqlite_row_load(struct queue_store *store, const struct queue_row *row,
					    enum queue_part part)
{
	struct queue_sqlite_db *db = queue_sqlite_db_of(store);
	CLEANUP(arena_clear) struct arena a = ARENA_MAX(4 * ENVELOPE_MAX);
	CLEANUP(buf_free) struct buf content = BUF_MAX(0);
	struct queue_message like = queue_store_message(row);
	sqlite3_stmt *s = queue_sqlite_db_stmt(
		db, part == QUEUE_CONTENT_TOO ? QUEUE_SQL_BODY_GET : QUEUE_SQL_ENVELOPE_GET,
		(int64_t)row->id);
	enum err e = ERR_OK;

	if (db->rc != SQLITE_OK) /* of another: this one may be whole */
		return NULL;
	bool there = !is_damaged(db, row->id) && queue_sqlite_db_row(db, s);
	if (there)
		e = load_body(db, s, part, &a, &like, &content);
	if ((db->rc & 0xff) == SQLITE_CORRUPT && note_damaged(db, row->id)) {
		e = ERR_OK;
		like.n_rcpt = 0;
	}
	struct queue_message *m = NULL;
	if (e == ERR_OK && db->rc == SQLITE_OK)
		m = queue_message_new(&like, part == QUEUE_CONTENT_TOO ? &content : NULL);
	if (!m) {
		queue_spooled_free(&like.spool);
		db->rc = db->rc == SQLITE_OK ? SQLITE_NOMEM : db->rc;
	}
	if (there)
		(void)sqlite3_reset(s);
	return m;
}
