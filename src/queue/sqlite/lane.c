#include "queue/sqlite/lane_priv.h"

#include "queue/sqlite/row_priv.h"

static void run_two(struct queue_sqlite_db *db, enum queue_sqlite_stmt which, int64_t first,
		    int64_t second)
{
	sqlite3_stmt *s = queue_sqlite_db_stmt(db, which, first);

	if (s)
		(void)sqlite3_bind_int64(s, 2, second);
	queue_sqlite_db_run(db, s);
}

/* Something of that lane, perhaps its first, waits no more, or later. */
static void mend_lane(struct queue_store *store, uint64_t lane)
{
	struct queue_sqlite_db *db = queue_sqlite_db_of(store);
	struct queue_row first;

	if (queue_sqlite_row_get(store, QUEUE_FIND_LANE, lane, &first))
		run_two(db, QUEUE_SQL_LANE_PUT, (int64_t)lane, first.next_wall_ms);
	else
		queue_sqlite_db_run(db,
				    queue_sqlite_db_stmt(db, QUEUE_SQL_LANE_DROP, (int64_t)lane));
}

void queue_sqlite_lane_put(struct queue_store *store, const struct queue_row *was,
			   const struct queue_row *is)
{
	struct queue_sqlite_db *db = queue_sqlite_db_of(store);
	bool same_lane = queue_row_waits(is) && is->lane == was->lane;

	queue_sqlite_row_put(db, is);
	if (queue_row_waits(was) && (!same_lane || is->next_wall_ms > was->next_wall_ms))
		mend_lane(store, was->lane);
	if (queue_row_waits(is))
		run_two(db, QUEUE_SQL_LANE_EARLIER, (int64_t)is->lane, is->next_wall_ms);
}

void queue_sqlite_lane_drop(struct queue_store *store, const struct queue_row *row)
{
	queue_sqlite_row_drop(queue_sqlite_db_of(store), row);
	if (queue_row_waits(row))
		mend_lane(store, row->lane);
}

size_t queue_sqlite_lane_due(struct queue_store *store, const struct queue_look *look,
			     struct queue_lane *out, size_t max)
{
	struct queue_sqlite_db *db = queue_sqlite_db_of(store);
	sqlite3_stmt *s = queue_sqlite_db_stmt(db, QUEUE_SQL_LANES, 0);
	size_t found = 0;

	while (found < max && queue_sqlite_db_row(db, s)) {
		struct queue_lane lane = { .lane = (uint64_t)sqlite3_column_int64(s, 0),
					   .next_wall_ms = sqlite3_column_int64(s, 1) };
		if (!queue_store_closed(look, lane.lane))
			out[found++] = lane;
	}
	(void)sqlite3_reset(s);
	return found;
}

/* Up to which time, where it is only some that wait until later than that. */
static int64_t some(struct queue_sqlite_db *db, int64_t wall_ms)
{
	sqlite3_stmt *s = queue_sqlite_db_stmt(db, QUEUE_SQL_SOME, wall_ms);
	int64_t until = INT64_MAX;

	if (s)
		(void)sqlite3_bind_int64(s, 2, QUEUE_SOME - 1);
	while (queue_sqlite_db_row(db, s))
		until = sqlite3_column_int64(s, 0);
	return until;
}

size_t queue_sqlite_lane_all(struct queue_store *store, enum queue_all what, int64_t wall_ms)
{
	struct queue_sqlite_db *db = queue_sqlite_db_of(store);
	int64_t until = what == QUEUE_ALL_LATEST ? some(db, wall_ms) : INT64_MAX;

	run_two(db, QUEUE_SQL_ALL_RETRY + (unsigned)what, wall_ms, until);
	size_t n = db->rc == SQLITE_OK ? (size_t)sqlite3_changes64(db->sql) : 0;
	if (n == 0)
		return 0; /* nothing is written where nothing changes: the disk may be full */
	switch (what) {
	case QUEUE_ALL_RETRY:
	case QUEUE_ALL_LATEST:
		run_two(db, QUEUE_SQL_LANES_LATEST, wall_ms, until);
		break;
	case QUEUE_ALL_HOLD:
		queue_sqlite_db_run(db, queue_sqlite_db_stmt(db, QUEUE_SQL_LANES_DROP, 0));
		break;
	case QUEUE_ALL_HASTEN:
	case QUEUE_ALL_RELEASE:
		queue_sqlite_db_run(db, queue_sqlite_db_stmt(db, QUEUE_SQL_LANES_DROP, 0));
		queue_sqlite_db_run(db, queue_sqlite_db_stmt(db, QUEUE_SQL_LANES_MAKE, 0));
		break;
	case QUEUE_ALL_FAILED:
		break;
	}
	return n;
}
