#include "queue/check.h"

#include "queue/sqlite/row_priv.h"

#include <string.h>

/* Each yields what violates it: an ID, or a text. */
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
	{ "2: size is the length of the content",
	  "SELECT id FROM message JOIN body USING (id) WHERE size != length(content)" },
	{ "3: what was tried is a recipient",
	  "SELECT tried.id FROM tried LEFT JOIN message USING (id)"
	  " WHERE message.id IS NULL OR n < 0 OR n >= n_rcpt OR state NOT BETWEEN 0 AND 3" },
	{ "4: the counts are right, and not all nothing",
	  "SELECT id FROM message WHERE waiting + failed < 1 OR"
	  " waiting != n_rcpt - (SELECT count(*) FROM tried"
	  "  WHERE tried.id = message.id AND state != 0) OR"
	  " failed != (SELECT count(*) FROM tried WHERE tried.id = message.id AND state = 2)" },
	{ "5: IDs are below the mark", "SELECT id FROM message WHERE id < 1 OR"
				       " id >= (SELECT value FROM meta WHERE name = 'mark')" },
	{ "6: flags are known", "SELECT id FROM message WHERE flags & ~0xc00001f0" },
	{ "7: what has failed does not wait",
	  "SELECT id FROM message WHERE flags & 256 != 0 AND"
	  " (waiting > 0 OR failed = 0 OR next IS NULL OR flags & 16 != 0)" },
	{ "8: a lane has the earliest time of its messages",
	  "SELECT m.lane FROM (SELECT lane, min(next) AS next FROM message"
	  "  WHERE next IS NOT NULL AND flags & 272 = 0 GROUP BY lane) AS m"
	  " FULL JOIN lane USING (lane) WHERE m.next IS NOT lane.next" },
	{ "9: the counts are those of the messages",
	  "SELECT 'so' FROM counts WHERE (active, deferred, held, failed, waiting, octets) !="
	  " (SELECT ifnull(sum(next IS NULL), 0),"
	  "  ifnull(sum(next IS NOT NULL AND flags & 272 = 0), 0),"
	  "  ifnull(sum(next IS NOT NULL AND flags & 16 != 0), 0),"
	  "  ifnull(sum(flags & 256 != 0), 0), ifnull(sum(waiting), 0), ifnull(sum(size), 0)"
	  "  FROM message)" },
};

static void violated(struct buf *why, const char *says, const char *by)
{
	buf_add(why, str_of(says));
	buf_add(why, STR(": not "));
	buf_add(why, str_of(by));
	buf_add(why, STR("\n"));
}

/* ERR_OK also where it is violated; *why says so. */
static enum err ask(struct queue_db *db, const char *says, const char *sql, struct buf *why)
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

/* Invariant 2, the part that SQL cannot see. */
static void read_envelopes(struct queue_db *db, struct buf *why)
{
	char text[24];
	struct queue_row row = { .id = 0 };

	while (queue_row_next(db, row.id, QUEUE_ANY, &row)) {
		struct queue_message *m = queue_row_load(db, &row, QUEUE_ENVELOPE);
		bool bad = m && (m->n_rcpt != row.n_rcpt || m->n_rcpt == 0);
		queue_message_free(&m);
		if (!bad)
			continue;
		(void)sqlite3_snprintf(sizeof(text), text, "%llu", (unsigned long long)row.id);
		violated(why, "2: the envelope reads back", text);
		break;
	}
}

enum err queue_check(const char *path, struct buf *why)
{
	size_t before = why->n;
	struct queue_db db;
	enum err e = queue_db_open(&db, path, QUEUE_DB_READ, why);

	if (e != ERR_OK)
		return e;
	queue_db_begin(&db, QUEUE_SQL_SNAPSHOT);
	for (size_t i = 0; e == ERR_OK && i < sizeof(invariants) / sizeof(invariants[0]); i++)
		e = ask(&db, invariants[i].says, invariants[i].sql, why);
	if (e == ERR_OK)
		read_envelopes(&db, why);
	enum err end = queue_db_commit(&db);
	queue_db_close(&db);
	if (e != ERR_OK || (end != ERR_OK && why->n == before))
		return end == ERR_NOMEM ? ERR_NOMEM : ERR_IO;
	return why->n == before ? ERR_OK : ERR_SYNTAX;
}
