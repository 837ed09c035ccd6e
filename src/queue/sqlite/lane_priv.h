/*
 * Lanes in the database: the table lane has the earliest time of each in which something
 * waits, exact at every commit.  As the functions of the same names in store.h say.
 */
#ifndef QUEUE_SQLITE_LANE_PRIV_H
#define QUEUE_SQLITE_LANE_PRIV_H

#include "queue/sqlite/db_priv.h"

void queue_sqlite_lane_put(struct queue_store *s, const struct queue_row *was,
			   const struct queue_row *is);
void queue_sqlite_lane_drop(struct queue_store *s, const struct queue_row *row);
size_t queue_sqlite_lane_due(struct queue_store *s, const struct queue_look *look,
			     struct queue_lane *out, size_t max);
size_t queue_sqlite_lane_all(struct queue_store *s, enum queue_all what, int64_t wall_ms);

#endif
