#include "queue/row_priv.h"

#include "queue/record_priv.h"

#define OURS (QUEUE_AGAIN | QUEUE_ROUND)
#define ENVELOPE_MAX ((size_t)64 << 20) /* octets: thousands of recipients */

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

static unsigned count(const struct queue_message *m, enum schedule_rcpt_state state)
{
	unsigned n = 0;

	for (size_t i = 0; i < m->n_rcpt; i++)
		n += m->rcpt[i].state == state;
	return n;
}

bool queue_row_valid(const struct queue_message *m)
{
	return m->id > 0 && m->id <= INT64_MAX && m->n_rcpt <= INT32_MAX &&
	       count(m, SCHEDULE_WAITING) + count(m, SCHEDULE_FAILED) > 0;
}

/* keep: what was said before stays, as nothing new was. */
static void put_tried(struct queue_db *db, queue_id id, size_t n, const struct schedule_rcpt *r,
		      bool keep)
{
	sqlite3_stmt *s = queue_db_stmt(db, QUEUE_SQL_TRIED_PUT, (int64_t)id);

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
	queue_db_run(db, s);
}

void queue_row_tried(struct queue_db *db, queue_id id, const struct schedule_change *c)
{
	struct schedule_rcpt r = {
		.state = c->state,
		.attempts = c->tried,
		.status = c->status,
		.text = c->text,
		.remote = c->remote,
		.secure_failed = c->secure_failed,
	};

	put_tried(db, id, c->rcpt, &r, !c->tried && c->status.n == 0);
}

static void add_body(struct queue_db *db, const struct queue_message *m)
{
	CLEANUP(buf_free) struct buf envelope = BUF_MAX(ENVELOPE_MAX);
	sqlite3_stmt *s = queue_db_stmt(db, QUEUE_SQL_BODY_ADD, (int64_t)m->id);

	if (!s)
		return;
	queue_record_write(&envelope, m);
	if (buf_err(&envelope) != ERR_OK) {
		db->rc = SQLITE_NOMEM;
		return;
	}
	bind(s, 2, buf_str(&envelope));
	bind(s, 3, buf_str(&m->content));
	queue_db_run(db, s);
}

void queue_row_add(struct queue_db *db, const struct queue_message *m)
{
	sqlite3_stmt *s = queue_db_stmt(db, QUEUE_SQL_MESSAGE_ADD, (int64_t)m->id);

	if (!s)
		return;
	(void)sqlite3_bind_int64(s, 2, m->flags & ~OURS);
	(void)sqlite3_bind_int64(s, 3, m->attempts);
	(void)sqlite3_bind_int64(s, 4, count(m, SCHEDULE_WAITING));
	(void)sqlite3_bind_int64(s, 5, count(m, SCHEDULE_FAILED));
	(void)sqlite3_bind_int64(s, 6, (int64_t)m->n_rcpt);
	(void)sqlite3_bind_int64(s, 7, m->arrived_wall_ms);
	(void)sqlite3_bind_int64(s, 8, (int64_t)m->content.n);
	queue_db_run(db, s);
	add_body(db, m);
	for (size_t i = 0; i < m->n_rcpt; i++) {
		const struct schedule_rcpt *r = &m->rcpt[i];
		if (r->state != SCHEDULE_WAITING || r->attempts || r->status.n || r->text.n)
			put_tried(db, m->id, i, r, false);
	}
}

bool queue_row_get(struct queue_db *db, queue_id id, struct queue_row *out)
{
	sqlite3_stmt *s = queue_db_stmt(db, QUEUE_SQL_MESSAGE_GET, (int64_t)id);

	if (id > INT64_MAX || !queue_db_row(db, s))
		return false;
	*out = (struct queue_row){
		.id = id,
		.next_wall_ms = sqlite3_column_type(s, 0) == SQLITE_NULL
					? QUEUE_OUT
					: sqlite3_column_int64(s, 0),
		.flags = (unsigned)sqlite3_column_int64(s, 1),
		.attempts = (unsigned)sqlite3_column_int64(s, 2),
		.waiting = (unsigned)sqlite3_column_int64(s, 3),
		.failed = (unsigned)sqlite3_column_int64(s, 4),
		.n_rcpt = (unsigned)sqlite3_column_int64(s, 5),
		.arrived_wall_ms = sqlite3_column_int64(s, 6),
		.size = (uint64_t)sqlite3_column_int64(s, 7),
	};
	queue_db_run(db, s);
	return db->rc == SQLITE_OK;
}

void queue_row_put(struct queue_db *db, const struct queue_row *row)
{
	sqlite3_stmt *s = queue_db_stmt(db, QUEUE_SQL_MESSAGE_PUT, (int64_t)row->id);

	if (!s)
		return;
	if (row->next_wall_ms == QUEUE_OUT)
		(void)sqlite3_bind_null(s, 2);
	else
		(void)sqlite3_bind_int64(s, 2, row->next_wall_ms);
	(void)sqlite3_bind_int64(s, 3, row->flags);
	(void)sqlite3_bind_int64(s, 4, row->attempts);
	(void)sqlite3_bind_int64(s, 5, row->waiting);
	(void)sqlite3_bind_int64(s, 6, row->failed);
	queue_db_run(db, s);
}

void queue_row_drop(struct queue_db *db, queue_id id)
{
	queue_db_run(db, queue_db_stmt(db, QUEUE_SQL_TRIED_DROP, (int64_t)id));
	queue_db_run(db, queue_db_stmt(db, QUEUE_SQL_BODY_DROP, (int64_t)id));
	queue_db_run(db, queue_db_stmt(db, QUEUE_SQL_MESSAGE_DROP, (int64_t)id));
}

/* ERR_NOMEM, or the connection's failure. */
static enum err load_tried(struct queue_db *db, struct arena *a, struct queue_message *m)
{
	sqlite3_stmt *s = queue_db_stmt(db, QUEUE_SQL_TRIED_GET, (int64_t)m->id);

	while (queue_db_row(db, s)) {
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
	return queue_db_err(db);
}

/* The envelope into *m, with strings in the row of s or in the arena, and the content. */
static enum err load_body(struct queue_db *db, sqlite3_stmt *s, enum queue_part part,
			  struct arena *a, struct queue_message *m, struct buf *content)
{
	enum err e = queue_record_read(column(s, 0), a, m);

	if (e == ERR_SYNTAX)
		return ERR_OK;
	if (e == ERR_OK)
		e = load_tried(db, a, m);
	if (e == ERR_OK && part == QUEUE_CONTENT_TOO) {
		struct str octets = column(s, 1);
		*content = BUF_MAX(octets.n);
		buf_add(content, octets);
		e = buf_err(content);
	}
	return e;
}

struct queue_message *queue_row_load(struct queue_db *db, const struct queue_row *row,
				     enum queue_part part)
{
	CLEANUP(arena_clear) struct arena a = ARENA_MAX(4 * ENVELOPE_MAX);
	CLEANUP(buf_free) struct buf content = BUF_MAX(0);
	struct queue_message like = {
		.id = row->id,
		.arrived_wall_ms = row->arrived_wall_ms,
		.next_wall_ms = row->next_wall_ms,
		.flags = row->flags & ~OURS,
		.attempts = row->attempts,
		.size = row->size,
	};
	sqlite3_stmt *s = queue_db_stmt(
		db, part == QUEUE_CONTENT_TOO ? QUEUE_SQL_BODY_GET : QUEUE_SQL_ENVELOPE_GET,
		(int64_t)row->id);
	enum err e = ERR_OK;

	bool there = queue_db_row(db, s);
	if (there)
		e = load_body(db, s, part, &a, &like, &content);
	if ((db->rc & 0xff) == SQLITE_CORRUPT)
		db->rc = SQLITE_OK; /* nothing was written: others can go on */
	struct queue_message *m = NULL;
	if (e == ERR_OK && db->rc == SQLITE_OK)
		m = queue_message_new(&like, part == QUEUE_CONTENT_TOO ? &content : NULL);
	if (!m && db->rc == SQLITE_OK)
		db->rc = SQLITE_NOMEM;
	if (there)
		(void)sqlite3_reset(s);
	return m;
}
