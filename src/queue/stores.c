#include "queue/stores.h"

#include "queue/sqlite/store.h"

#include <limits.h>

/* The word before the colon: src/conf/section.c refuses others, and says what may be written. */
static const struct {
	struct str word;
	const struct queue_store_ops *ops;
} stores[] = {
	{ STR_INIT("sqlite"), &queue_sqlite_store },
};

enum err queue_stores_open(const char *store, uint64_t reserve, enum queue_access access,
			   struct queue_store **out, struct buf *why)
{
	struct str where = str_of(store), word;

	if (str_cut(&where, ':', &word))
		for (size_t i = 0; i < sizeof(stores) / sizeof(stores[0]); i++)
			if (str_eq(word, stores[i].word))
				return stores[i].ops->open(where.p, reserve, access, out, why);
	buf_add(why, str_of(store));
	buf_add(why, STR(": there is no such store"));
	return ERR_SYNTAX;
}

enum err queue_stores_spool(const char *store, uint64_t reserve, enum queue_spool_access access,
			    struct queue_spool **out, struct buf *why)
{
	CLEANUP(buf_free) struct buf path = BUF_MAX(PATH_MAX);
	struct str where = str_of(store), word;

	(void)str_cut(&where, ':', &word);
	buf_add(&path, where);
	buf_add(&path, STR("-spool"));
	buf_addc(&path, '\0');
	if (buf_err(&path) != ERR_OK) {
		buf_addf(why, "%s: a path too long", store);
		return buf_err(&path);
	}
	return queue_spool_open(path.p, reserve, access, out, why);
}
