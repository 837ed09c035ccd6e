/* The store "sqlite:FILE": one database file, and what lies beside it. */
#ifndef QUEUE_SQLITE_STORE_H
#define QUEUE_SQLITE_STORE_H

#include "queue/store.h"

extern const struct queue_store_ops queue_sqlite_store;

#endif
