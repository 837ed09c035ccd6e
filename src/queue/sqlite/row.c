#include "queue/sqlite/row_priv.h"

#include "queue/record_priv.h"

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

void queue_row_add(struct queue_db *db, const struct queue_message *m, struct queue_row *row)
{
	sqlite3_stmt *s = queue_db_stmt(db, QUEUE_SQL_MESSAGE_ADD, (int64_t)m->id);

	*row = (struct queue_row){
		.id = m->id,
		.next_wall_ms = QUEUE_OUT,
		.flags = m->flags & ~QUEUE_OURS,
		.smtp = m->smtp,
		.lane = m->lane,
		.attempts = m->attempts,
		.waiting = count(m, SCHEDULE_WAITING),
		.failed = count(m, SCHEDULE_FAILED),
		.n_rcpt = (unsigned)m->n_rcpt,
		.arrived_wall_ms = m->arrived_wall_ms,
		.size = m->content.n,
	};
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
	queue_db_run(db, s);
	add_body(db, m);
	for (size_t i = 0; i < m->n_rcpt; i++) {
		const struct schedule_rcpt *r = &m->rcpt[i];
		if (r->state != SCHEDULE_WAITING || r->attempts || r->status.n || r->text.n)
			put_tried(db, m->id, i, r, false);
	}
}

/* The row that the statement, whose columns are ROW of db.c, yields; then it is reset. */
static bool one_row(struct queue_db *db, sqlite3_stmt *s, struct queue_row *out)
{
	if (!queue_db_row(db, s))
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
	queue_db_run(db, s);
	return db->rc == SQLITE_OK;
}

bool queue_row_get(struct queue_db *db, queue_id id, struct queue_row *out)
{
	return id <= INT64_MAX &&
	       one_row(db, queue_db_stmt(db, QUEUE_SQL_MESSAGE_GET, (int64_t)id), out);
}

bool queue_row_next(struct queue_db *db, queue_id id, enum queue_which which, struct queue_row *out)
{
	enum queue_stmt s = which == QUEUE_ANY ? QUEUE_SQL_MESSAGE_NEXT : QUEUE_SQL_MESSAGE_OUT;

	return id <= INT64_MAX && one_row(db, queue_db_stmt(db, s, (int64_t)id), out);
}

bool queue_row_first(struct queue_db *db, uint64_t lane, struct queue_row *out)
{
	return one_row(db, queue_db_stmt(db, QUEUE_SQL_LANE_FIRST, (int64_t)lane), out);
}

bool queue_row_first_failed(struct queue_db *db, struct queue_row *out)
{
	return one_row(db, queue_db_stmt(db, QUEUE_SQL_FIRST_FAILED, 0), out);
}

static bool waits(const struct queue_row *row)
{
	return row->next_wall_ms != QUEUE_OUT && !(row->flags & (QUEUE_HELD | QUEUE_FAILED));
}

static void run_two(struct queue_db *db, enum queue_stmt which, int64_t first, int64_t second)
{
	sqlite3_stmt *s = queue_db_stmt(db, which, first);

	if (s)
		(void)sqlite3_bind_int64(s, 2, second);
	queue_db_run(db, s);
}

/* Something of that lane, perhaps its first, waits no more, or later. */
static void mend_lane(struct queue_db *db, uint64_t lane)
{
	struct queue_row first;

	if (queue_row_first(db, lane, &first))
		run_two(db, QUEUE_SQL_LANE_PUT, (int64_t)lane, first.next_wall_ms);
	else
		queue_db_run(db, queue_db_stmt(db, QUEUE_SQL_LANE_DROP, (int64_t)lane));
}

void queue_row_put(struct queue_db *db, const struct queue_row *was, const struct queue_row *is)
{
	sqlite3_stmt *s = queue_db_stmt(db, QUEUE_SQL_MESSAGE_PUT, (int64_t)is->id);

	if (!s)
		return;
	if (is->next_wall_ms == QUEUE_OUT)
		(void)sqlite3_bind_null(s, 2);
	else
		(void)sqlite3_bind_int64(s, 2, is->next_wall_ms);
	(void)sqlite3_bind_int64(s, 3, is->flags);
	(void)sqlite3_bind_int64(s, 4, (int64_t)is->lane);
	(void)sqlite3_bind_int64(s, 5, is->attempts);
	(void)sqlite3_bind_int64(s, 6, is->waiting);
	(void)sqlite3_bind_int64(s, 7, is->failed);
	queue_db_run(db, s);
	bool same_lane = waits(is) && is->lane == was->lane;
	if (waits(was) && (!same_lane || is->next_wall_ms > was->next_wall_ms))
		mend_lane(db, was->lane);
	if (waits(is))
		run_two(db, QUEUE_SQL_LANE_EARLIER, (int64_t)is->lane, is->next_wall_ms);
}

void queue_row_try_again(struct queue_db *db, queue_id id)
{
	queue_db_run(db, queue_db_stmt(db, QUEUE_SQL_TRIED_AGAIN, (int64_t)id));
}

void queue_row_drop(struct queue_db *db, const struct queue_row *row)
{
	queue_db_run(db, queue_db_stmt(db, QUEUE_SQL_TRIED_DROP, (int64_t)row->id));
	queue_db_run(db, queue_db_stmt(db, QUEUE_SQL_BODY_DROP, (int64_t)row->id));
	queue_db_run(db, queue_db_stmt(db, QUEUE_SQL_MESSAGE_DROP, (int64_t)row->id));
	if (waits(row))
		mend_lane(db, row->lane);
}

void queue_row_all_done(struct queue_db *db, enum queue_job_kind kind, int64_t arg)
{
	if (kind == QUEUE_RETRY) {
		run_two(db, QUEUE_SQL_LANES_CLAMP, arg, INT64_MAX);
		return;
	}
	queue_db_run(db, queue_db_stmt(db, QUEUE_SQL_LANES_DROP, 0));
	if (kind == QUEUE_RELEASE)
		queue_db_run(db, queue_db_stmt(db, QUEUE_SQL_LANES_MAKE, 0));
}

static bool closed(const struct queue_look *look, uint64_t lane)
{
	size_t low = 0, high = look->n_closed;

	while (low < high) {
		size_t mid = (low + high) / 2;
		if (look->closed[mid] < lane)
			low = mid + 1;
		else
			high = mid;
	}
	return low < look->n_closed && look->closed[low] == lane;
}

size_t queue_row_lanes(struct queue_db *db, const struct queue_look *look, struct queue_lane *out,
		       size_t n)
{
	sqlite3_stmt *s = queue_db_stmt(db, QUEUE_SQL_LANES, 0);
	size_t found = 0;

	while (found < n && queue_db_row(db, s)) {
		struct queue_lane lane = { .lane = (uint64_t)sqlite3_column_int64(s, 0),
					   .next_wall_ms = sqlite3_column_int64(s, 1) };
		if (!closed(look, lane.lane))
			out[found++] = lane;
	}
	(void)sqlite3_reset(s);
	return found;
}

bool queue_row_clamp(struct queue_db *db, int64_t latest_wall_ms, size_t n)
{
	sqlite3_stmt *s = queue_db_stmt(db, QUEUE_SQL_CLAMP_UPTO, latest_wall_ms);
	int64_t upto = INT64_MAX;

	if (!s)
		return false;
	(void)sqlite3_bind_int64(s, 2, (int64_t)n - 1);
	while (queue_db_row(db, s))
		upto = sqlite3_column_int64(s, 0);
	run_two(db, QUEUE_SQL_CLAMP, latest_wall_ms, upto);
	run_two(db, QUEUE_SQL_LANES_CLAMP, latest_wall_ms, upto);
	return upto != INT64_MAX;
}

void queue_row_clamp_failed(struct queue_db *db, int64_t now_wall_ms)
{
	queue_db_run(db, queue_db_stmt(db, QUEUE_SQL_CLAMP_FAILED, now_wall_ms));
}

void queue_row_count(struct queue_db *db, const struct queue_sum *sum)
{
	const int64_t add[] = { sum->active, sum->deferred, sum->held,
				sum->failed, sum->waiting,  sum->octets };
	sqlite3_stmt *s = queue_db_stmt(db, QUEUE_SQL_COUNTS_ADD, 0);

	for (int i = 0; s && i < (int)(sizeof(add) / sizeof(add[0])); i++)
		(void)sqlite3_bind_int64(s, i + 1, add[i]);
	queue_db_run(db, s);
}

void queue_row_counts(struct queue_db *db, struct queue_counts *out)
{
	sqlite3_stmt *s = queue_db_stmt(db, QUEUE_SQL_COUNTS_GET, 0);

	*out = (struct queue_counts){ 0 };
	while (queue_db_row(db, s)) {
		out->active = (uint64_t)sqlite3_column_int64(s, 0);
		out->deferred = (uint64_t)sqlite3_column_int64(s, 1);
		out->held = (uint64_t)sqlite3_column_int64(s, 2);
		out->failed = (uint64_t)sqlite3_column_int64(s, 3);
		out->recipients_waiting = (uint64_t)sqlite3_column_int64(s, 4);
		out->octets = (uint64_t)sqlite3_column_int64(s, 5);
	}
	out->messages = out->active + out->deferred + out->held + out->failed;
	s = queue_db_stmt(db, QUEUE_SQL_OLDEST, 0);
	while (queue_db_row(db, s))
		out->oldest_wall_ms = sqlite3_column_int64(s, 0);
}

uint64_t queue_row_meta(struct queue_db *db, const char *name)
{
	sqlite3_stmt *s = queue_db_stmt(db, QUEUE_SQL_META_GET, 0);
	uint64_t value = 0;

	if (s)
		(void)sqlite3_bind_text(s, 2, name, -1, SQLITE_STATIC);
	while (queue_db_row(db, s))
		value = (uint64_t)sqlite3_column_int64(s, 0);
	return value;
}

void queue_row_meta_put(struct queue_db *db, const char *name, uint64_t value)
{
	sqlite3_stmt *s = queue_db_stmt(db, QUEUE_SQL_META_PUT, (int64_t)value);

	if (s)
		(void)sqlite3_bind_text(s, 2, name, -1, SQLITE_STATIC);
	queue_db_run(db, s);
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
		.flags = row->flags & ~(QUEUE_AGAIN | QUEUE_ROUND),
		.smtp = row->smtp,
		.lane = row->lane,
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

enum err queue_row_content(struct queue_db *db, queue_id id, struct buf *out)
{
	sqlite3_stmt *s = queue_db_stmt(db, QUEUE_SQL_CONTENT_GET, (int64_t)id);
	enum err e = ERR_SYNTAX;

	if (queue_db_row(db, s)) {
		struct str octets = column(s, 0);
		*out = BUF_MAX(octets.n);
		buf_add(out, octets);
		e = buf_err(out);
		(void)sqlite3_reset(s);
	}
	if ((db->rc & 0xff) == SQLITE_CORRUPT)
		db->rc = SQLITE_OK; /* nothing was written: others can go on */
	return e;
}
