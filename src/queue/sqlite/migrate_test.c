/* A queue that an older version of the store left behind, killed at work: all of it is kept. */
#include "queue/testing_priv.h"

#include <sqlite3.h>

#define T0 INT64_C(1795000000000)
#define NO_SERVER "x'342e342e33', x'6e6f20736572766572', x'', 0"
#define TO_TWO                                                                                     \
	"x'0c6d6540782e6578616d706c6500020d61406f6e652e6578616d706c6500000d624074776f2e6578616d"   \
	"706c65087266633832323b6202'"
#define TO_ONE "x'0c6d6540782e6578616d706c6500010d61406f6e652e6578616d706c650000'"

/* As it was dumped. */
static const char version_1[] =
	"PRAGMA page_size = 16384; PRAGMA journal_mode = WAL; BEGIN;"
	"CREATE TABLE message("
	" id INTEGER PRIMARY KEY, next INTEGER, flags INTEGER NOT NULL, attempts INTEGER NOT NULL,"
	" waiting INTEGER NOT NULL, failed INTEGER NOT NULL, n_rcpt INTEGER NOT NULL,"
	" arrived INTEGER NOT NULL, size INTEGER NOT NULL) STRICT;"
	"INSERT INTO message VALUES"
	" (1839084570902528, NULL, 2147483648, 0, 2, 0, 2, 1795000000000, 11),"
	" (1839084570914816, 1795000060000, 5, 1, 1, 0, 1, 1795000000001, 11),"
	" (1839084570918912, 1795000300000, 34, 1, 2, 0, 2, 1795000000002, 11),"
	" (1839084570926080, 1795000001000, 80, 1, 0, 1, 1, 1795000000003, 11),"
	" (1839084570930176, 1795000060000, 24, 1, 2, 0, 2, 1795000000004, 11),"
	" (1839084570930177, NULL, 1073741952, 0, 1, 0, 1, 1795000000005, 11);"
	"CREATE TABLE body("
	" id INTEGER PRIMARY KEY, envelope BLOB NOT NULL, content BLOB NOT NULL) STRICT;"
	"INSERT INTO body VALUES"
	" (1839084570902528, " TO_TWO ", x'6d65737361676520300d0a'),"
	" (1839084570914816, " TO_ONE ", x'6d65737361676520310d0a'),"
	" (1839084570918912, " TO_TWO ", x'6d65737361676520320d0a'),"
	" (1839084570926080, x'0000010d61406f6e652e6578616d706c650000', x'6d65737361676520330d0a'),"
	" (1839084570930176, " TO_TWO ", x'6d65737361676520340d0a'),"
	" (1839084570930177, " TO_ONE ", x'6d65737361676520350d0a');"
	"CREATE TABLE tried("
	" id INTEGER NOT NULL, n INTEGER NOT NULL, state INTEGER NOT NULL,"
	" attempts INTEGER NOT NULL, status BLOB NOT NULL, text BLOB NOT NULL,"
	" remote BLOB NOT NULL, secure_failed INTEGER NOT NULL,"
	" PRIMARY KEY(id, n)) STRICT, WITHOUT ROWID;"
	"INSERT INTO tried VALUES"
	" (1839084570902528, 0, 0, 1, " NO_SERVER "),"
	" (1839084570914816, 0, 0, 1, " NO_SERVER "),"
	" (1839084570918912, 0, 0, 1, " NO_SERVER "),"
	" (1839084570926080, 0, 2, 1, x'352e312e31', x'77686f3f', x'6d782e6578616d706c65', 0),"
	" (1839084570930176, 0, 0, 1, " NO_SERVER ");"
	"CREATE TABLE meta(name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
	"INSERT INTO meta VALUES('mark', 1839084632339456);"
	"CREATE INDEX due ON message(next) WHERE next IS NOT NULL AND flags & 16 = 0;"
	"PRAGMA application_id = 1399287889; PRAGMA user_version = 1; COMMIT";

/* What they are from then on. */
static const struct {
	const char *label;
	queue_id id;
	int64_t next_wall_ms;
	unsigned flags, smtp, attempts, notify;
	size_t n_rcpt;
	enum schedule_rcpt_state state;
	struct str status;
} messages[] = {
	{ "out, and tried", 1839084570902528, 0, 0, 0, 1, 2, 2, SCHEDULE_WAITING,
	  STR_INIT("4.4.3") },
	{ "waits", 1839084570914816, T0 + 60000, 0, 5, 1, 0, 1, SCHEDULE_WAITING,
	  STR_INIT("4.4.3") },
	{ "waits, warned", 1839084570918912, T0 + 300000, QUEUE_WARNED, 2, 1, 2, 2,
	  SCHEDULE_WAITING, STR_INIT("4.4.3") },
	{ "a failed report, was held", 1839084570926080, T0 + 1000, QUEUE_REPORT | QUEUE_FAILED, 0,
	  1, 0, 1, SCHEDULE_FAILED, STR_INIT("5.1.1") },
	{ "held", 1839084570930176, T0 + 60000, QUEUE_HELD, 8, 1, 2, 2, SCHEDULE_WAITING,
	  STR_INIT("4.4.3") },
	{ "out, expired", 1839084570930177, 0, QUEUE_ENDING, 0, 0, 0, 1, SCHEDULE_WAITING,
	  STR_INIT("") },
};

static void make(const char *path)
{
	sqlite3 *db = NULL;

	CHECK_INT("sqlite", sqlite3_open(path, &db), SQLITE_OK);
	CHECK_INT("version 1", sqlite3_exec(db, version_1, NULL, NULL, NULL), SQLITE_OK);
	(void)sqlite3_close(db);
}

/* What version 2 had not. */
static void make_2(const char *path)
{
	sqlite3 *db = NULL;

	CHECK_INT("sqlite", sqlite3_open(path, &db), SQLITE_OK);
	CHECK_INT("version 2",
		  sqlite3_exec(db,
			       "BEGIN; ALTER TABLE body DROP COLUMN sum; DROP TABLE domain;"
			       "DROP TABLE spool;"
			       "PRAGMA user_version = 2; COMMIT",
			       NULL, NULL, NULL),
		  SQLITE_OK);
	(void)sqlite3_close(db);
}

static void check_message(size_t i, const char *store)
{
	struct queue_message *m = testing_look(store, messages[i].id);
	const char *label = messages[i].label;
	char content[20];

	CHECK_INT(label, m != NULL, 1);
	if (!m)
		return;
	(void)snprintf(content, sizeof(content), "message %zu\r\n", i);
	CHECK_INT(label, m->next_wall_ms, messages[i].next_wall_ms);
	CHECK_INT(label, m->flags, messages[i].flags);
	CHECK_INT(label, m->smtp, messages[i].smtp);
	CHECK_INT(label, m->attempts, messages[i].attempts);
	CHECK_INT(label, m->arrived_wall_ms, T0 + (int64_t)i);
	CHECK_STR(label, buf_str(&m->content), str_of(content));
	CHECK_STR(label, m->from, i == 3 ? STR("") : STR("me@x.example"));
	CHECK_INT(label, (long long)m->n_rcpt, (long long)messages[i].n_rcpt);
	CHECK_STR(label, m->rcpt[0].to, STR("a@one.example"));
	CHECK_INT(label, m->rcpt[0].state, messages[i].state);
	CHECK_STR(label, m->rcpt[0].status, messages[i].status);
	CHECK_INT(label, m->rcpt[m->n_rcpt - 1].notify, messages[i].notify);
	queue_message_free(&m);
}

int main(void)
{
	struct testing_dir dir = testing_dir_new(&testing_stores[0], "/dev/shm");
	struct queue_reader *r = NULL;
	struct buf why = BUF_MAX(1000);

	make(dir.where);
	CHECK_INT("not for a reader", queue_reader_open(dir.store, &r, &why), ERR_SYNTAX);
	CHECK_INT("for who looks", queue_reader_look(dir.store, &why), ERR_OK);
	for (int times = 0; times < 3; times++) { /* made new, from 2 as well, and as it is then */
		if (times == 1)
			make_2(dir.where);
		struct queue *q = testing_open("open", dir.store);
		testing_check_open("made new", q, dir.store);
		for (size_t i = 0; i < COUNT_OF(messages); i++)
			check_message(i, dir.store);
		CHECK_INT("IDs go on", queue_next_id(q) >= 1839084632339456, 1);
		CHECK_INT("with lanes", queue_lane(q, STR("a")) != queue_lane(q, STR("b")), 1);
		queue_close(&q);
	}
	buf_free(&why);
	testing_dir_clear(&dir);
	return TEST_EXIT();
}
