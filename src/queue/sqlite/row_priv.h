/*
 * Messages in the database: rows, bodies, and what is known of recipients.  As the
 * functions of the same names in store.h say.
 */
#ifndef QUEUE_SQLITE_ROW_PRIV_H
#define QUEUE_SQLITE_ROW_PRIV_H

#include "queue/sqlite/db_priv.h"

void queue_sqlite_row_add(struct queue_store *s, const struct queue_row *row,
			  const struct queue_message *m);
bool queue_sqlite_row_get(struct queue_store *s, enum queue_find how, uint64_t key,
			  struct queue_row *out);
struct queue_message *queue_sqlite_row_load(struct queue_store *s, const struct queue_row *row,
					    enum queue_part part);
enum schedule_rcpt_state queue_sqlite_row_rcpt(struct queue_store *s, queue_id id, size_t rcpt);
void queue_sqlite_row_put_rcpt(struct queue_store *s, queue_id id, const struct schedule_change *c);

/* Without the lanes. */
void queue_sqlite_row_put(struct queue_sqlite_db *db, const struct queue_row *row);
void queue_sqlite_row_drop(struct queue_sqlite_db *db, const struct queue_row *row);

#endif
