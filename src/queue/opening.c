#include "queue/opening_priv.h"

#include "queue/stores.h"

#include <errno.h>
#include <string.h>

#define MESSAGES_AT_START 10000
#define TOLD_LAST 512 /* octets, and the store's name: how many more, and why it fails after all */
#define READ_AT_START ((uint64_t)64 << 20) /* octets of content: some 0.1 s */

/* One more line, unless it leaves no room for what else there may be to say of the store. */
static bool tell_line(struct buf *why, const char *store, struct str line)
{
	size_t room = why->max - why->n, last = strlen(store) + TOLD_LAST;

	if (buf_err(why) != ERR_OK || room < line.n || room - line.n < last)
		return false;
	buf_add(why, line);
	return true;
}

static bool is_whole(const struct queue_spool *spool, const struct queue_row *row,
		     const struct queue_message *m)
{
	return queue_store_whole(row, m) &&
	       (!(row->flags & QUEUE_SPOOLED) || queue_spool_has(spool, row->id, row->size));
}

void queue_opening_tell(struct queue_store *s, const struct queue_spool *spool,
			const struct queue_counts *counts, const char *store, struct buf *why)
{
	const struct queue_store_ops *ops = s->ops;
	struct queue_row row = { .id = 0 };
	CLEANUP(buf_free) struct buf line = BUF_MAX(why->max);
	size_t more = 0;

	if (counts->octets > READ_AT_START || counts->messages > MESSAGES_AT_START)
		return;
	ops->begin(s, QUEUE_READ);
	while (ops->get(s, QUEUE_FIND_AFTER, row.id, &row)) {
		char id[QUEUE_ID_MAX];
		struct queue_message *m = ops->load(s, &row, QUEUE_CONTENT_TOO);
		buf_clear(&line);
		if (m && !is_whole(spool, &row, m))
			buf_addf(&line,
				 "%s: message %.*s: its %s is damaged: it is held, and not "
				 "delivered\n",
				 store, STR_ARG(queue_id_text(row.id, id)),
				 m->n_rcpt == 0 ? "envelope" : "content");
		more += line.n > 0 && !tell_line(why, store, buf_str(&line));
		queue_message_free(&m);
	}
	if (more > 0)
		buf_addf(why, "%s: and %zu more messages are damaged\n", store, more);
	(void)ops->commit(s);
}

struct keeper {
	struct queue_store *store;
	bool failed; /* so that nothing is known, and all is kept */
};

static bool is_kept(void *arg, queue_id id)
{
	struct keeper *k = arg;
	struct queue_row row;
	bool found = k->store->ops->get(k->store, QUEUE_FIND_ID, id, &row);

	k->failed |= k->store->ops->err(k->store, NULL) != ERR_OK;
	return k->failed || (found && row.flags & QUEUE_SPOOLED);
}

enum err queue_opening_spool(struct queue_store *s, const char *store, uint64_t reserve,
			     struct queue_spool **out, struct buf *why)
{
	enum err e = queue_stores_spool(store, reserve, QUEUE_SPOOL_WRITE, out, why);

	if (e != ERR_OK)
		return e;
	struct keeper k = { .store = s };
	k.store->ops->begin(k.store, QUEUE_READ);
	e = queue_spool_sweep(*out, is_kept, &k);
	int error = errno;
	(void)k.store->ops->commit(k.store);
	if (e == ERR_OK)
		return ERR_OK;
	buf_addf(why, "the spool of %s cannot be read: %s", store,
		 e == ERR_IO ? strerror(error) : err_text(e));
	queue_spool_close(out);
	return e;
}
