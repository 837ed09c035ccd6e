#include "queue/queue.h"

#include "queue/sqlite/row_priv.h"

#include <errno.h>
#include <stdlib.h>

struct queue_reader {
	struct queue_db db;
};

enum err queue_reader_open(const char *path, struct queue_reader **out, struct buf *why)
{
	struct queue_reader *r = calloc(1, sizeof(*r));

	if (!r)
		return ERR_NOMEM;
	enum err e = queue_db_open(&r->db, path, QUEUE_DB_READ, why);
	if (e != ERR_OK) {
		int saved = errno;
		free(r);
		errno = saved;
		return e;
	}
	*out = r;
	return ERR_OK;
}

void queue_reader_close(struct queue_reader **r)
{
	if (!*r)
		return;
	queue_db_close(&(*r)->db);
	free(*r);
	*r = NULL;
}

/* End the snapshot: the log may be written from its start again. */
static enum err end(struct queue_reader *r)
{
	enum err e = queue_db_commit(&r->db);

	/* The other answers of a writer do not occur. */
	if (e == ERR_OK || e == ERR_NOMEM)
		return e;
	errno = r->db.os_errno;
	return ERR_IO;
}

enum err queue_reader_next(struct queue_reader *r, queue_id after, struct queue_message **out)
{
	struct queue_message *m = NULL;
	struct queue_row row;

	queue_db_begin(&r->db, QUEUE_SQL_SNAPSHOT);
	if (queue_row_next(&r->db, after, QUEUE_ANY, &row))
		m = queue_row_load(&r->db, &row, QUEUE_ENVELOPE);
	enum err e = end(r);
	if (e == ERR_OK)
		*out = m;
	else
		queue_message_free(&m);
	return e;
}

enum err queue_reader_get(struct queue_reader *r, queue_id id, struct queue_message **out)
{
	struct queue_message *m = NULL;
	struct queue_row row;

	queue_db_begin(&r->db, QUEUE_SQL_SNAPSHOT);
	if (queue_row_get(&r->db, id, &row))
		m = queue_row_load(&r->db, &row, QUEUE_CONTENT_TOO);
	enum err e = end(r);
	if (e != ERR_OK) {
		queue_message_free(&m);
		return e;
	}
	if (!m)
		return ERR_SYNTAX;
	*out = m;
	return ERR_OK;
}

enum err queue_reader_counts(struct queue_reader *r, struct queue_counts *out)
{
	struct queue_counts counts;

	queue_db_begin(&r->db, QUEUE_SQL_SNAPSHOT);
	queue_row_counts(&r->db, &counts);
	enum err e = end(r);
	if (e == ERR_OK)
		*out = counts;
	return e;
}
