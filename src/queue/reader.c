#include "queue/reader.h"

#include "queue/stores.h"

#include <errno.h>
#include <stdlib.h>

struct queue_reader {
	struct queue_store *store;
	struct queue_spool *spool;
	struct queue_spool_reader *file; /* of the message of which the last piece was read */
	const struct queue_message *of;
};

enum err queue_reader_open(const char *store, struct queue_reader **out, struct buf *why)
{
	struct queue_reader *r = calloc(1, sizeof(*r));

	if (!r)
		return ERR_NOMEM;
	enum err e = queue_stores_open(store, 0, QUEUE_READ, &r->store, why);
	if (e == ERR_OK)
		e = queue_stores_spool(store, 0, QUEUE_SPOOL_READ, &r->spool, why);
	if (e != ERR_OK) {
		int saved = errno;
		queue_reader_close(&r);
		errno = saved;
		return e;
	}
	*out = r;
	return ERR_OK;
}

enum err queue_reader_look(const char *store, struct buf *why)
{
	struct queue_store *looked = NULL;
	enum err e = queue_stores_open(store, 0, QUEUE_LOOK, &looked, why);

	if (looked)
		looked->ops->close(&looked);
	return e;
}

void queue_reader_close(struct queue_reader **r)
{
	if (!*r)
		return;
	if ((*r)->store)
		(*r)->store->ops->close(&(*r)->store);
	queue_spool_reader_free(&(*r)->file);
	queue_spool_close(&(*r)->spool);
	free(*r);
	*r = NULL;
}

/* End the snapshot.  The other answers of a writer do not occur. */
static enum err end(struct queue_reader *r)
{
	enum err e = r->store->ops->commit(r->store);

	return e == ERR_OK || e == ERR_NOMEM ? e : ERR_IO;
}

/* The message that is found so; NULL: there is none. */
static enum err read_one(struct queue_reader *r, enum queue_find how, queue_id id,
			 enum queue_part part, struct queue_message **out)
{
	const struct queue_store_ops *ops = r->store->ops;
	struct queue_message *m = NULL;
	struct queue_row row;

	ops->begin(r->store, QUEUE_READ);
	if (ops->get(r->store, how, id, &row))
		m = ops->load(r->store, &row, part);
	enum err e = end(r);
	if (e == ERR_OK)
		*out = m;
	else
		queue_message_free(&m);
	return e;
}

enum err queue_reader_next(struct queue_reader *r, queue_id after, struct queue_message **out)
{
	return read_one(r, QUEUE_FIND_AFTER, after, QUEUE_ENVELOPE, out);
}

enum err queue_reader_next_of(struct queue_reader *r, enum queue_state state, queue_id after,
			      struct queue_message **out)
{
	static const enum queue_find how[] = {
		[QUEUE_STATE_WAITING] = QUEUE_FIND_AFTER,
		[QUEUE_STATE_HELD] = QUEUE_FIND_HELD,
		[QUEUE_STATE_FAILED] = QUEUE_FIND_KEPT,
		[QUEUE_STATE_ACTIVE] = QUEUE_FIND_OUT,
	};

	return read_one(r, how[state], after, QUEUE_ENVELOPE, out);
}

enum err queue_reader_get(struct queue_reader *r, queue_id id, struct queue_message **out)
{
	struct queue_message *m = NULL;
	enum err e = read_one(r, QUEUE_FIND_ID, id, QUEUE_CONTENT_TOO, &m);

	if (e != ERR_OK)
		return e;
	if (!m)
		return ERR_SYNTAX;
	*out = m;
	return ERR_OK;
}

enum err queue_reader_piece(struct queue_reader *r, const struct queue_message *m, uint64_t at,
			    struct str *out)
{
	if (!m->spool) {
		*out = at < m->content.n ? str_skip(buf_str(&m->content), (size_t)at) : STR_NONE;
		return out->n > 0 ? ERR_OK : ERR_SYNTAX;
	}
	if (at == 0 || !r->file || r->of != m) {
		queue_spool_reader_free(&r->file);
		r->file = queue_spool_reader_new(r->spool, m->spool, m->size);
		r->of = m;
	}
	return r->file ? queue_spool_reader_read(r->file, at, out) : ERR_NOMEM;
}

enum err queue_reader_oldest(struct queue_reader *r, int64_t *wall_ms)
{
	const struct queue_store_ops *ops = r->store->ops;
	struct queue_row row = { .arrived_wall_ms = 0 };

	ops->begin(r->store, QUEUE_READ);
	bool found = ops->get(r->store, QUEUE_FIND_OLDEST, 0, &row);
	enum err e = end(r);
	if (e == ERR_OK)
		*wall_ms = found ? row.arrived_wall_ms : 0;
	return e;
}

enum err queue_reader_known(struct queue_reader *r, struct str domain, bool *found,
			    struct schedule_memory_row *out)
{
	const struct queue_store_ops *ops = r->store->ops;
	struct schedule_memory_row row = { .secure = false };

	ops->begin(r->store, QUEUE_READ);
	bool there = ops->known(r->store, domain, &row);
	enum err e = end(r);
	if (e != ERR_OK)
		return e;
	*found = there;
	if (there)
		*out = row;
	return ERR_OK;
}
