#include "queue/reader.h"

#include "queue/stores.h"

#include <errno.h>
#include <stdlib.h>

struct queue_reader {
	struct queue_store *store;
};

enum err queue_reader_open(const char *store, struct queue_reader **out, struct buf *why)
{
	struct queue_reader *r = calloc(1, sizeof(*r));

	if (!r)
		return ERR_NOMEM;
	enum err e = queue_stores_open(store, 0, QUEUE_READ, &r->store, why);
	if (e != ERR_OK) {
		int saved = errno;
		free(r);
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
	(*r)->store->ops->close(&(*r)->store);
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
