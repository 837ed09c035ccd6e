/*
 * A store in memory, for tests of what jobs decide: it keeps messages in a list and looks
 * through all of it for everything.  It has no disk; the room that it tells of is what
 * the test says, and it can fail at any of its functions.
 */
#ifndef QUEUE_TESTING_MEMORY_PRIV_H
#define QUEUE_TESTING_MEMORY_PRIV_H

#include "queue/spool.h"
#include "queue/store.h"

#include <stdlib.h>
#include <string.h>

#define MEMORY_MAX 64

/* One kept message: its row, and what was added, with what became of its recipients. */
struct memory_kept {
	struct queue_row row;
	struct queue_message *m;
	bool damaged; /* its envelope does not read back */
	bool hollow;  /* its content does not */
};

struct memory_store {
	struct queue_store store;
	struct memory_kept kept[MEMORY_MAX];
	size_t n;
	uint64_t number[3];
	enum err err;     /* since begin */
	long fails_after; /* so many calls that write or read; negative: never */
};

static inline struct memory_store *memory_of(struct queue_store *s)
{
	return (struct memory_store *)(void *)s;
}

/* Whether it goes on: a failure is kept. */
static inline bool memory_goes(struct queue_store *s)
{
	struct memory_store *m = memory_of(s);

	if (m->err == ERR_OK && m->fails_after >= 0 && m->fails_after-- == 0)
		m->err = ERR_IO;
	return m->err == ERR_OK;
}

static inline struct memory_kept *memory_find(struct queue_store *s, queue_id id)
{
	struct memory_store *m = memory_of(s);

	for (size_t i = 0; i < m->n; i++)
		if (m->kept[i].row.id == id)
			return &m->kept[i];
	return NULL;
}

static inline void memory_begin(struct queue_store *s, enum queue_access access)
{
	(void)access;
	memory_of(s)->err = ERR_OK;
}

/* What was done stays: no test looks at it after a failure. */
static inline enum err memory_commit(struct queue_store *s)
{
	return memory_of(s)->err;
}

static inline enum err memory_err(const struct queue_store *s, const char **why)
{
	if (why)
		*why = "as asked";
	return ((const struct memory_store *)(const void *)s)->err;
}

static inline struct queue_spooled *memory_spool(const struct queue_spooled *s)
{
	struct queue_spooled *copy = s ? queue_spooled_new(s->id, s->n) : NULL;

	if (copy) {
		copy->has = s->has;
		memcpy(copy->sum, s->sum, s->n * sizeof(s->sum[0]));
	}
	return copy;
}

static inline void memory_add(struct queue_store *s, const struct queue_row *row,
			      const struct queue_message *m)
{
	struct memory_store *store = memory_of(s);
	CLEANUP(buf_free) struct buf content = BUF_MAX(m->content.n);

	if (!memory_goes(s))
		return;
	if (memory_find(s, row->id) || store->n == MEMORY_MAX) {
		store->err = ERR_SYNTAX;
		return;
	}
	buf_add(&content, buf_str(&m->content));
	struct queue_message like = *m;
	like.spool = memory_spool(m->spool);
	store->kept[store->n++] =
		(struct memory_kept){ .row = *row, .m = queue_message_new(&like, &content) };
}

/* Whether a is what is asked for, and rather than b, which may be NULL. */
static inline bool memory_better(enum queue_find how, uint64_t key, const struct queue_row *a,
				 const struct queue_row *b)
{
	switch (how) {
	case QUEUE_FIND_ID:
		return a->id == key;
	case QUEUE_FIND_AFTER:
		return a->id > key && (!b || a->id < b->id);
	case QUEUE_FIND_OUT:
		return a->id > key && a->next_wall_ms == QUEUE_OUT && (!b || a->id < b->id);
	case QUEUE_FIND_HELD:
		return a->id > key && a->next_wall_ms != QUEUE_OUT && a->flags & QUEUE_HELD &&
		       !(a->flags & QUEUE_FAILED) && (!b || a->id < b->id);
	case QUEUE_FIND_KEPT:
		return a->id > key && a->next_wall_ms != QUEUE_OUT && a->flags & QUEUE_FAILED &&
		       (!b || a->id < b->id);
	case QUEUE_FIND_LAST:
		return !b || a->id > b->id;
	case QUEUE_FIND_OLDEST:
		return !(a->flags & QUEUE_FAILED) && (!b || a->id < b->id);
	case QUEUE_FIND_LANE:
		return queue_row_waits(a) && a->lane == key &&
		       (!b || a->next_wall_ms < b->next_wall_ms);
	case QUEUE_FIND_FAILED:
		return a->flags & QUEUE_FAILED && (!b || a->next_wall_ms < b->next_wall_ms);
	}
	abort();
}

static inline bool memory_get(struct queue_store *s, enum queue_find how, uint64_t key,
			      struct queue_row *out)
{
	struct memory_store *m = memory_of(s);
	const struct queue_row *best = NULL;

	if (!memory_goes(s))
		return false;
	for (size_t i = 0; i < m->n; i++)
		if (memory_better(how, key, &m->kept[i].row, best))
			best = &m->kept[i].row;
	if (best)
		*out = *best;
	return best != NULL;
}

static inline struct queue_message *memory_load(struct queue_store *s, const struct queue_row *row,
						enum queue_part part)
{
	struct memory_kept *k = memory_find(s, row->id);
	struct queue_message like = queue_store_message(row);

	if (!memory_goes(s) || !k)
		return NULL;
	CLEANUP(buf_free) struct buf content = BUF_MAX(k->m->content.n);
	if (!k->damaged) {
		like.from = k->m->from;
		like.rcpt = k->m->rcpt;
		like.n_rcpt = k->m->n_rcpt;
	}
	if (!k->hollow)
		buf_add(&content, buf_str(&k->m->content));
	if (!k->hollow && part == QUEUE_CONTENT_TOO)
		like.spool = memory_spool(k->m->spool);
	struct queue_message *m =
		queue_message_new(&like, part == QUEUE_CONTENT_TOO ? &content : NULL);
	if (m)
		m->size = row->size;
	return m;
}

static inline void memory_put(struct queue_store *s, const struct queue_row *was,
			      const struct queue_row *is)
{
	struct memory_kept *k = memory_find(s, is->id);

	if (!memory_goes(s))
		return;
	/* Whoever puts it knows how it was. */
	if (!k || memcmp(&k->row, was, sizeof(*was)) != 0)
		abort();
	k->row = *is;
}

static inline struct schedule_rcpt *memory_rcpt_of(struct queue_store *s, queue_id id, size_t rcpt)
{
	struct memory_kept *k = memory_find(s, id);

	if (!k || rcpt >= k->m->n_rcpt)
		abort();
	return &k->m->rcpt[rcpt];
}

static inline enum schedule_rcpt_state memory_rcpt(struct queue_store *s, queue_id id, size_t rcpt)
{
	return memory_goes(s) ? memory_rcpt_of(s, id, rcpt)->state : SCHEDULE_WAITING;
}

static inline void memory_put_rcpt(struct queue_store *s, queue_id id,
				   const struct schedule_change *c)
{
	if (memory_goes(s))
		memory_rcpt_of(s, id, c->rcpt)->state = c->state;
}

static inline void memory_drop(struct queue_store *s, const struct queue_row *row)
{
	struct memory_store *m = memory_of(s);
	struct memory_kept *k = memory_find(s, row->id);

	if (!memory_goes(s) || !k)
		return;
	queue_message_free(&k->m);
	*k = m->kept[--m->n];
}

/* The lane that comes next after those of out. */
static inline bool memory_next_lane(struct memory_store *m, const struct queue_look *look,
				    const struct queue_lane *out, size_t found,
				    struct queue_lane *next)
{
	bool any = false;

	for (size_t i = 0; i < m->n; i++) {
		const struct queue_row *row = &m->kept[i].row;
		bool known = !queue_row_waits(row) || queue_store_closed(look, row->lane);
		for (size_t j = 0; j < found; j++)
			known |= out[j].lane == row->lane;
		if (known || (any && row->next_wall_ms >= next->next_wall_ms))
			continue;
		*next = (struct queue_lane){ row->lane, row->next_wall_ms };
		any = true;
	}
	return any;
}

static inline size_t memory_due(struct queue_store *s, const struct queue_look *look,
				struct queue_lane *out, size_t max)
{
	size_t found = 0;

	if (!memory_goes(s))
		return 0;
	while (found < max && memory_next_lane(memory_of(s), look, out, found, &out[found]))
		found++;
	return found;
}

/* Whether that changes the row. */
static inline bool memory_change(struct queue_row *row, enum queue_all what, int64_t wall_ms)
{
	struct queue_row was = *row;
	bool later = row->next_wall_ms > wall_ms;
	bool failed = row->flags & QUEUE_FAILED;

	switch (what) {
	case QUEUE_ALL_RETRY:
		if (row->flags & QUEUE_HELD)
			break;
		if (row->next_wall_ms == QUEUE_OUT)
			row->flags |= QUEUE_AGAIN;
		else if (later && !failed)
			row->next_wall_ms = wall_ms;
		break;
	case QUEUE_ALL_HOLD:
		if (!failed)
			row->flags |= QUEUE_HELD;
		break;
	case QUEUE_ALL_RELEASE:
		if (row->flags & QUEUE_HELD && later)
			row->next_wall_ms = wall_ms;
		row->flags &= ~QUEUE_HELD;
		break;
	case QUEUE_ALL_LATEST:
		if (later && queue_row_waits(row))
			row->next_wall_ms = wall_ms;
		break;
	case QUEUE_ALL_HASTEN:
		if (later && queue_row_waits(row) && row->flags & QUEUE_RESOLVER)
			row->next_wall_ms = wall_ms;
		break;
	case QUEUE_ALL_FAILED:
		if (later && failed)
			row->next_wall_ms = wall_ms;
		break;
	}
	return memcmp(&was, row, sizeof(was)) != 0;
}

static inline size_t memory_all(struct queue_store *s, enum queue_all what, int64_t wall_ms)
{
	struct memory_store *m = memory_of(s);
	size_t n = 0;

	if (!memory_goes(s))
		return 0;
	for (size_t i = 0; i < m->n; i++)
		n += memory_change(&m->kept[i].row, what, wall_ms);
	return n;
}

static inline void memory_counts(struct queue_store *s, struct queue_counts *out)
{
	struct memory_store *m = memory_of(s);

	*out = (struct queue_counts){ 0 };
	for (size_t i = 0; i < m->n; i++)
		queue_store_count(out, &m->kept[i].row, 1);
}

static inline uint64_t memory_number(struct queue_store *s, enum queue_number which)
{
	return memory_of(s)->number[which];
}

static inline void memory_set_number(struct queue_store *s, enum queue_number which, uint64_t value)
{
	memory_of(s)->number[which] = value;
}

static inline void memory_clear(struct memory_store *m)
{
	for (size_t i = 0; i < m->n; i++)
		queue_message_free(&m->kept[i].m);
	m->n = 0;
}

/* What is not here is not for jobs: opening, disk, check. */
static const struct queue_store_ops memory_ops = {
	.begin = memory_begin,
	.commit = memory_commit,
	.err = memory_err,
	.add = memory_add,
	.get = memory_get,
	.load = memory_load,
	.put = memory_put,
	.rcpt = memory_rcpt,
	.put_rcpt = memory_put_rcpt,
	.drop = memory_drop,
	.due = memory_due,
	.all = memory_all,
	.counts = memory_counts,
	.number = memory_number,
	.set_number = memory_set_number,
};

#endif
