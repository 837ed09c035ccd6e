#include "queue/job_priv.h"

#include "base/hash.h"

#define TAKE_OCTETS ((uint64_t)64 << 20)
#define ROW_OCTETS 512 /* about what a message costs beside its content */

static void answer(struct queue_job *job, enum err e, const char *why)
{
	job->err = e;
	job->why = why;
}

static void no_such_id(struct queue_job *job)
{
	answer(job, ERR_SYNTAX, "no such ID");
}

static bool valid(const struct queue_message *m, const struct queue_limits *limits)
{
	return m->id <= limits->last && queue_row_valid(m);
}

static void run_add(struct queue_db *db, struct queue_job *job, struct queue_limits *limits)
{
	uint64_t weight = queue_job_weight(job);

	if (!valid(job->message, limits)) {
		answer(job, ERR_SYNTAX, "a message without ID, or with nobody to deliver it to");
	} else if (2 * weight > limits->room) { /* in the log, then in the database */
		answer(job, ERR_LIMIT, "less disk is free than is kept in reserve");
	} else {
		limits->room -= 2 * weight;
		queue_row_add(db, job->message);
	}
}

/* What is counted of a recipient in that state; NULL: nothing. */
static unsigned *counter(struct queue_row *row, enum schedule_rcpt_state state)
{
	switch (state) {
	case SCHEDULE_WAITING:
		return &row->waiting;
	case SCHEDULE_FAILED:
		return &row->failed;
	case SCHEDULE_DELIVERED:
	case SCHEDULE_TOLD:
		break;
	}
	return NULL;
}

static enum schedule_rcpt_state state_of(struct queue_db *db, queue_id id, size_t rcpt)
{
	sqlite3_stmt *s = queue_db_stmt(db, QUEUE_SQL_TRIED_STATE, (int64_t)id);
	enum schedule_rcpt_state state = SCHEDULE_WAITING;

	if (!s)
		return state;
	(void)sqlite3_bind_int64(s, 2, (int64_t)rcpt);
	if (queue_db_row(db, s)) {
		state = (enum schedule_rcpt_state)sqlite3_column_int64(s, 0);
		queue_db_run(db, s);
	}
	return state;
}

/*
 * Whether these changes end the message: then nothing but its deletion need be
 * written.  Only the common form is seen here, one change for each recipient
 * that is open, in their order; what else ends it is seen when the changes are counted.
 */
static bool ends(struct queue_db *db, const struct queue_row *row, const struct queue_update *u)
{
	if (u->n_change != row->waiting + row->failed)
		return false;
	for (size_t i = 0; i < u->n_change; i++) {
		const struct schedule_change *c = &u->change[i];
		if (c->state != SCHEDULE_DELIVERED && c->state != SCHEDULE_TOLD)
			return false;
		if (i > 0 && c->rcpt <= u->change[i - 1].rcpt)
			return false;
		if (row->waiting + row->failed == row->n_rcpt)
			continue;
		enum schedule_rcpt_state was = state_of(db, row->id, c->rcpt);
		if (was != SCHEDULE_WAITING && was != SCHEDULE_FAILED)
			return false;
	}
	return true;
}

static void change(struct queue_db *db, struct queue_row *row, const struct schedule_change *c)
{
	unsigned *from = counter(row, state_of(db, row->id, c->rcpt));
	unsigned *to = counter(row, c->state);

	if (from)
		--*from;
	if (to)
		++*to;
	if (c->tried)
		row->flags |= QUEUE_ROUND;
	queue_row_tried(db, row->id, c);
}

/* Its round is over: back to those who wait. */
static void back(struct queue_row *row, int64_t next_wall_ms)
{
	row->next_wall_ms = row->flags & QUEUE_AGAIN || next_wall_ms < 0 ? 0 : next_wall_ms;
	if (row->flags & QUEUE_ROUND)
		row->attempts++;
	row->flags &= ~(QUEUE_AGAIN | QUEUE_ROUND);
}

static void apply(struct queue_db *db, struct queue_row *row, struct queue_job *job)
{
	const struct queue_update *u = &job->update;

	job->gone = ends(db, row, u);
	if (!job->gone) {
		for (size_t i = 0; i < u->n_change; i++)
			change(db, row, &u->change[i]);
		job->gone = row->waiting + row->failed == 0;
	}
	if (job->gone) {
		queue_row_drop(db, row->id);
		return;
	}
	row->flags |= u->set_flags & ~(QUEUE_AGAIN | QUEUE_ROUND);
	if (u->then == QUEUE_WAITS)
		back(row, u->next_wall_ms);
	queue_row_put(db, row);
}

/* Not held to the room: what was accepted is recorded while there is any disk at all. */
static void run_record(struct queue_db *db, struct queue_job *job,
		       const struct queue_limits *limits)
{
	const struct queue_update *u = &job->update;
	struct queue_row row;

	if (u->report && !valid(u->report, limits)) {
		answer(job, ERR_SYNTAX, "a report without ID, or to nobody");
		return;
	}
	if (!queue_row_get(db, u->id, &row)) {
		no_such_id(job);
		return;
	}
	for (size_t i = 0; i < u->n_change; i++) {
		if (u->change[i].rcpt >= row.n_rcpt) {
			answer(job, ERR_SYNTAX, "no such recipient");
			return;
		}
	}
	apply(db, &row, job);
	if (u->report)
		queue_row_add(db, u->report);
}

/* The first that waits and is not held: its row; false when none does. */
static bool first(struct queue_db *db, struct queue_row *row, int64_t *next_wall_ms)
{
	sqlite3_stmt *s = queue_db_stmt(db, QUEUE_SQL_FIRST_DUE, 0);

	*next_wall_ms = INT64_MAX;
	if (!queue_db_row(db, s))
		return false;
	queue_id id = (queue_id)sqlite3_column_int64(s, 0);
	int64_t next = sqlite3_column_int64(s, 1);
	queue_db_run(db, s);
	if (!queue_row_get(db, id, row))
		return false;
	*next_wall_ms = next;
	return true;
}

static void run_take(struct queue_db *db, struct queue_job *job)
{
	uint64_t octets = 0;
	struct queue_row row;

	while (first(db, &row, &job->due_wall_ms) && job->due_wall_ms <= job->now_wall_ms &&
	       job->n < job->max && octets < TAKE_OCTETS) {
		row.next_wall_ms = QUEUE_OUT;
		struct queue_message *m = queue_row_load(db, &row, QUEUE_CONTENT_TOO);
		if (!m)
			return;
		if (m->n_rcpt) {
			list_add(&job->taken, &m->link);
			job->n++;
			octets += m->content.n;
		} else {
			queue_message_free(&m);
			row.next_wall_ms = job->due_wall_ms;
			row.flags |= QUEUE_HELD;
		}
		queue_row_put(db, &row);
	}
}

static void all(struct queue_db *db, struct queue_job *job, enum queue_stmt which, int64_t arg)
{
	sqlite3_stmt *s = queue_db_stmt(db, which, arg);

	queue_db_run(db, s);
	job->n = s ? (size_t)sqlite3_changes64(db->sql) : 0;
}

/* Due at that time, or, where it is out, at once when it is back. */
static void hasten(struct queue_row *row, int64_t next_wall_ms)
{
	if (row->next_wall_ms == QUEUE_OUT)
		row->flags |= QUEUE_AGAIN;
	else if (row->next_wall_ms > next_wall_ms)
		row->next_wall_ms = next_wall_ms;
}

static void run_remove(struct queue_db *db, struct queue_job *job, const struct queue_row *row)
{
	if (row->next_wall_ms == QUEUE_OUT) {
		job->n = 0;
		answer(job, ERR_LIMIT, "its delivery is being tried");
		return;
	}
	queue_row_drop(db, row->id);
}

static void run_one(struct queue_db *db, struct queue_job *job)
{
	struct queue_row row;

	if (!queue_row_get(db, job->id, &row)) {
		no_such_id(job);
		return;
	}
	job->n = 1;
	switch (job->kind) {
	case QUEUE_RETRY:
		hasten(&row, job->now_wall_ms);
		break;
	case QUEUE_HOLD:
		row.flags |= QUEUE_HELD;
		break;
	case QUEUE_RELEASE:
		row.flags &= ~QUEUE_HELD;
		break;
	case QUEUE_EXPIRE:
		row.flags = (row.flags | QUEUE_ENDING) & ~QUEUE_HELD;
		hasten(&row, 0);
		break;
	case QUEUE_REMOVE:
		run_remove(db, job, &row);
		return;
	case QUEUE_ADD:
	case QUEUE_RECORD:
	case QUEUE_TAKE:
		return;
	}
	queue_row_put(db, &row);
}

void queue_job_run(struct queue_db *db, struct queue_job *job, struct queue_limits *limits)
{
	static const enum queue_stmt for_all[] = {
		[QUEUE_RETRY] = QUEUE_SQL_RETRY_ALL,
		[QUEUE_HOLD] = QUEUE_SQL_HOLD_ALL,
		[QUEUE_RELEASE] = QUEUE_SQL_RELEASE_ALL,
	};

	switch (job->kind) {
	case QUEUE_ADD:
		run_add(db, job, limits);
		break;
	case QUEUE_RECORD:
		run_record(db, job, limits);
		break;
	case QUEUE_TAKE:
		run_take(db, job);
		break;
	case QUEUE_RETRY:
	case QUEUE_HOLD:
	case QUEUE_RELEASE:
		if (job->id == 0)
			all(db, job, for_all[job->kind], job->now_wall_ms);
		else
			run_one(db, job);
		break;
	case QUEUE_REMOVE:
	case QUEUE_EXPIRE:
		run_one(db, job);
		break;
	}
}

void queue_job_start(struct queue_job *job)
{
	list_init(&job->taken);
	job->n = 0;
	job->gone = false;
	job->due_wall_ms = INT64_MAX;
	answer(job, ERR_OK, NULL);
}

void queue_job_undo(struct queue_job *job)
{
	for (struct list *l; (l = list_shift(&job->taken));) {
		struct queue_message *m = CONTAINER_OF(l, struct queue_message, link);
		queue_message_free(&m);
	}
	queue_job_start(job);
}

uint64_t queue_job_weight(const struct queue_job *job)
{
	const struct queue_message *m = NULL;

	if (job->kind == QUEUE_ADD)
		m = job->message;
	else if (job->kind == QUEUE_RECORD)
		m = job->update.report;
	return m ? m->content.n + ROW_OCTETS * (1 + (uint64_t)m->n_rcpt) : 0;
}
