#include "queue/sqlite/check_priv.h"

/* Each yields what violates it: an ID, a lane, or a text. */
static const struct {
	const char *says;
	const char *sql;
} invariants[] = {
	{ "1: the database is sound",
	  "SELECT integrity_check FROM pragma_integrity_check(1) WHERE integrity_check != 'ok'" },
	{ "1: every message has a body", "SELECT id FROM message WHERE NOT EXISTS (SELECT 1 FROM "
					 "body WHERE body.id = message.id)" },
	{ "1: every body has a message", "SELECT id FROM body WHERE NOT EXISTS (SELECT 1 FROM "
					 "message WHERE message.id = body.id)" },
	{ "1: what is spooled has sums",
	  "SELECT id FROM message WHERE flags & 1024 != 0 AND NOT EXISTS (SELECT 1 FROM"
	  " spool WHERE spool.id = message.id)" },
	{ "1: sums are of what is spooled",
	  "SELECT id FROM spool WHERE NOT EXISTS (SELECT 1 FROM message"
	  " WHERE message.id = spool.id AND flags & 1024 != 0)" },
	{ "3: what was tried is a recipient",
	  "SELECT tried.id FROM tried LEFT JOIN message USING (id)"
	  " WHERE message.id IS NULL OR n < 0 OR n >= n_rcpt OR state NOT BETWEEN 0 AND 3" },
	{ "8: a lane has the earliest time of its messages",
	  "SELECT ifnull(m.lane, lane.lane) FROM (SELECT lane, min(next) AS next FROM message"
	  "  WHERE next IS NOT NULL AND flags & 272 = 0 GROUP BY lane) AS m"
	  " FULL JOIN lane USING (lane) WHERE m.next IS NOT lane.next" },
};

static void violated(struct buf *why, const char *says, const char *by)
{
	buf_add(why, str_of(says));
	buf_add(why, STR(": not "));
	buf_add(why, str_of(by));
	buf_add(why, STR("\n"));
}

/* ERR_OK also where it is violated; *why says so. */
static enum err ask(struct queue_sqlite_db *db, const char *says, const char *sql, struct buf *why)
{
	sqlite3_stmt *s = NULL;
	int rc = sqlite3_prepare_v2(db->sql, sql, -1, &s, NULL);

	if (rc == SQLITE_OK)
		rc = sqlite3_step(s);
	if (rc == SQLITE_ROW)
		violated(why, says, (const char *)sqlite3_column_text(s, 0));
	else if (rc == SQLITE_CORRUPT)
		violated(why, says, sqlite3_errmsg(db->sql));
	(void)sqlite3_finalize(s);
	return rc == SQLITE_ROW || rc == SQLITE_DONE || rc == SQLITE_CORRUPT ? ERR_OK : ERR_IO;
}

enum err queue_sqlite_check(struct queue_store *s, struct buf *why)
{
	enum err e = ERR_OK;

	for (size_t i = 0; e == ERR_OK && i < sizeof(invariants) / sizeof(invariants[0]); i++)
		e = ask(queue_sqlite_db_of(s), invariants[i].says, invariants[i].sql, why);
	return e;
}
