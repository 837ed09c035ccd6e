#ifndef QUEUE_SQLITE_CHECK_PRIV_H
#define QUEUE_SQLITE_CHECK_PRIV_H

#include "queue/sqlite/db_priv.h"

/* As check in store.h. */
enum err queue_sqlite_check(struct queue_store *s, struct buf *why);

#endif
