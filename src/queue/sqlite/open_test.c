/* A database file: what is refused, the lock, the reserve, the mark, what is damaged. */
#include "queue/testing_priv.h"

#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/wait.h>

static const struct schedule_change deferred = { .state = SCHEDULE_WAITING, .tried = true };

static char store[200]; /* the one at path: one test goes on at a time */

/* Run SQL on the database from outside. */
static void sql(const char *path, const char *text)
{
	sqlite3 *db = NULL;

	CHECK_INT("sqlite", sqlite3_open(path, &db), SQLITE_OK);
	CHECK_INT(text, sqlite3_exec(db, text, NULL, NULL, NULL), SQLITE_OK);
	(void)sqlite3_close(db);
}

static void put(const char *path, struct str octets)
{
	FILE *f = fopen(path, "wb");

	if (!f || fwrite(octets.p, 1, octets.n, f) != octets.n || fclose(f) != 0)
		abort();
}

/* *why begins with the path and has the words. */
static void check_why(const char *label, struct str why, const char *path, const char *words)
{
	bool found = false;

	CHECK_INT(label, str_starts(why, str_of(path)), 1);
	for (size_t i = 0; i < why.n; i++)
		found |= str_starts(str_skip(why, i), str_of(words));
	if (!found)
		CHECK_STR(label, why, str_of(words));
}

static void refused(const char *label, const char *path, enum err e, const char *words)
{
	char name[200];
	struct queue_conf conf = { .store = name };
	struct buf why = BUF_MAX(10000);
	struct queue *q = NULL;

	(void)snprintf(name, sizeof(name), "sqlite:%s", path);
	CHECK_INT(label, queue_open(&conf, &q, &why), e);
	CHECK_INT(label, q == NULL, 1);
	queue_close(&q);
	check_why(label, buf_str(&why), path, words);
	buf_free(&why);
}

static void test_refused(const char *path)
{
	char text[200];

	refused("no directory", "/tmp/queue_test.none/queue.db", ERR_IO, "directory");
	(void)memset(text, 'x', sizeof(text));
	put(path, (struct str){ text, sizeof(text) });
	refused("no database", path, ERR_SYNTAX, "not a queue");
	(void)unlink(path);
	sql(path, "CREATE TABLE bookmarks(url)");
	refused("a browser's", path, ERR_SYNTAX, "another program");
	(void)unlink(path);
	sql(path, "PRAGMA application_id = 77");
	refused("with its number", path, ERR_SYNTAX, "another program");
	(void)unlink(path);

	struct queue *q = testing_open("new", store);
	queue_close(&q);
	sql(path, "PRAGMA user_version = 6");
	refused("newer", path, ERR_SYNTAX, "a newer version");
	sql(path, "PRAGMA user_version = 5; DROP TABLE tried");
	refused("without a table", path, ERR_SYNTAX, "no such table");
}

static void test_damaged(const char *path)
{
	struct queue *q = testing_open("new", store);
	char junk[1000];

	for (size_t i = 0; i < 20; i++)
		(void)testing_add(q, 30000, 1);
	queue_close(&q);
	(void)memset(junk, 0xa5, sizeof(junk));
	int fd = open(path, O_RDWR | O_CLOEXEC);
	for (off_t at = 16384; at < 30 * 16384; at += 16384)
		CHECK_INT("junk", pwrite(fd, junk, sizeof(junk), at), sizeof(junk));
	(void)close(fd);
	refused("damaged", path, ERR_SYNTAX, "damaged");
}

/* Settings and files are as the README says. */
static void test_files(const char *path)
{
	struct queue *q = testing_open("new", store);
	struct stat st;

	CHECK_INT("stat", stat(path, &st), 0);
	CHECK_INT("for nobody else", st.st_mode & 0777, 0600);
	queue_close(&q);
	sql(path, "CREATE TABLE t AS SELECT 1 / (page_size = 16384) AS ok FROM pragma_page_size;"
		  "CREATE TABLE u(x NOT NULL); INSERT INTO u SELECT ok FROM t; DROP TABLE t;"
		  "DROP TABLE u");
	q = testing_open("again", store);
	queue_close(&q);
}

/* A second process, and a second time in one. */
static void test_lock(const char *path)
{
	char words[40];
	struct queue *q = testing_open("first", store);

	(void)snprintf(words, sizeof(words), "process %ld:", (long)getpid());
	refused("second", path, ERR_IO, words);
	pid_t pid = fork();
	if (pid == 0) {
		refused("from another process", path, ERR_IO, words);
		_exit(TEST_EXIT());
	}
	int status = -1;
	CHECK_INT("wait", waitpid(pid, &status, 0), pid);
	CHECK_INT("child", status, 0);
	queue_close(&q);
	q = testing_open("after", store);
	queue_close(&q);
}

/* The mark is what the IDs go by, and not lost with it. */
static void test_far(const char *path)
{
	struct queue *q = testing_open("new", store);
	queue_id last = queue_next_id(q);

	queue_close(&q);
	/* As if the clock had been ten years ahead when it was last used. */
	char text[100];
	queue_id far = last + ((queue_id)315360000000 << 10);
	(void)snprintf(text, sizeof(text), "UPDATE meta SET value = %llu WHERE name = 'mark'",
		       (unsigned long long)far);
	sql(path, text);
	q = testing_open("clock set back", store);
	queue_id id = queue_next_id(q);
	CHECK_INT("above the mark", id >= far, 1);
	CHECK_INT("added", testing_add(q, 10, 1) == id + 1, 1);
	queue_close(&q);
	(void)testing_check("clock set back", store);

	/* The mark is lost, as in a database that was repaired by hand. */
	sql(path, "UPDATE meta SET value = 0 WHERE name = 'mark'");
	q = testing_open("mark lost", store);
	CHECK_INT("above what is there", queue_next_id(q) == id + 2, 1);
	queue_close(&q);
}

static void test_reserve(const char *path)
{
	char reserve[100];
	struct stat st;
	struct buf why = BUF_MAX(1000);
	struct queue *q = testing_open("new", store);
	queue_id id = testing_add(q, 10, 1);

	(void)snprintf(reserve, sizeof(reserve), "%s-reserve", path);
	CHECK_INT("none wanted", stat(reserve, &st), -1);
	queue_close(&q);
	struct queue_conf conf = { .store = store, .reserve = 1000000 };
	CHECK_INT("with a reserve", queue_open(&conf, &q, &why), ERR_OK);
	CHECK_INT("made", stat(reserve, &st), 0);
	CHECK_INT("as large", st.st_size, 1000000);
	CHECK_INT("of real disk", st.st_blocks * 512 >= 1000000, 1);
	(void)testing_add(q, 10, 1);
	queue_close(&q);

	conf.reserve = UINT64_MAX;
	(void)unlink(reserve);
	CHECK_INT("more than there is", queue_open(&conf, &q, &why), ERR_OK);
	struct queue_message *m = testing_message(queue_next_id(q), 10, 1);
	struct queue_job job = { .kind = QUEUE_ADD, .message = m };
	CHECK_INT("refused", testing_run(q, &job), ERR_LIMIT);
	CHECK_STR("why", str_of(job.why), STR("less disk is free than is kept in reserve"));
	queue_message_free(&m);
	(void)testing_record(q, id, &deferred, QUEUE_WAITS, 10);
	struct schedule_change done = { .state = SCHEDULE_DELIVERED };
	(void)testing_record(q, id, &done, QUEUE_WAITS, 10);
	queue_close(&q);
	CHECK_INT("no room for one", stat(reserve, &st), 0);
	CHECK_INT("so there is none", st.st_size, 0);
	buf_free(&why);
}

/* A damaged message is held, and others pass; a reader passes it too. */
static void test_poison(const char *path)
{
	struct queue *q = testing_open("new", store);
	queue_id id[3];

	for (size_t i = 0; i < 3; i++)
		id[i] = testing_add(q, 100, 1);
	queue_close(&q);
	sql(path, "UPDATE body SET envelope = x'ff' WHERE rowid = (SELECT min(id) FROM body)");
	sql(path, "DELETE FROM body WHERE id = (SELECT max(id) FROM body)");
	sql(path, "INSERT INTO tried SELECT id, 1 << 40, 1, 1, x'', x'', x'', 0 FROM message");
	q = testing_open("damaged", store);
	struct queue_job take = { .kind = QUEUE_TAKE, .take = { .max = 10 }, .now_wall_ms = 0 };
	CHECK_INT("take", testing_run(q, &take), ERR_OK);
	CHECK_INT("one", (long long)take.n, 1);
	struct queue_message *m = CONTAINER_OF(take.taken.next, struct queue_message, link);
	CHECK_INT("the good one", m->id == id[1], 1);
	list_drop(&m->link);
	queue_message_free(&m);

	struct buf why = BUF_MAX(10000);
	struct queue_reader *r = NULL;
	struct queue_counts counts;
	CHECK_INT("reader", queue_reader_open(store, &r, &why), ERR_OK);
	for (size_t i = 0; r && i < 3; i++) {
		m = NULL;
		CHECK_INT("next", queue_reader_next(r, i ? id[i - 1] : 0, &m), ERR_OK);
		CHECK_INT("which", m && m->id == id[i], 1);
		CHECK_INT("recipients", m && m->n_rcpt == (i == 1), 1);
		CHECK_INT("held", m && !(m->flags & QUEUE_HELD) == (i == 1), 1);
		queue_message_free(&m);
	}
	queue_counts(q, &counts);
	CHECK_INT("held", (long long)counts.held, 2);
	queue_reader_close(&r);
	CHECK_INT("check", queue_check(store, NULL, &why), ERR_SYNTAX);
	CHECK_INT("names it", str_starts(buf_str(&why), STR("1: every message has a body")), 1);
	buf_free(&why);
	queue_close(&q);
}

/* Where the table begins in the file. */
static off_t place_of(const char *path, const char *table)
{
	sqlite3 *db = NULL;
	sqlite3_stmt *s = NULL;
	off_t page = 0;

	CHECK_INT("sqlite", sqlite3_open(path, &db), SQLITE_OK);
	if (sqlite3_prepare_v2(db, "SELECT rootpage FROM sqlite_schema WHERE name = ?1", -1, &s,
			       NULL) == SQLITE_OK) {
		(void)sqlite3_bind_text(s, 1, table, -1, SQLITE_STATIC);
		if (sqlite3_step(s) == SQLITE_ROW)
			page = sqlite3_column_int(s, 0);
	}
	(void)sqlite3_finalize(s);
	(void)sqlite3_close(db);
	CHECK_INT(table, page > 1, true);
	return (page - 1) * 16384;
}

/*
 * A page cannot be read, of which a large database is not asked at its start: whoever reads passes
 * those whose it is, and TAKE, which SQLite does not let go on, holds them, one after the other.
 */
static void test_page_damaged(const char *path)
{
	enum { MESSAGES = 2, LARGE = 65 << 20 };
	static const char junk[] = "this is no page of a database";
	struct queue *q = testing_open("new", store);
	queue_id id[MESSAGES];
	CLEANUP(buf_free) struct buf why = BUF_MAX(10000);
	struct queue_reader *r = NULL;
	struct queue_message *m = NULL;
	struct queue_counts counts;

	for (size_t i = 0; i < MESSAGES; i++)
		id[i] = testing_add(q, 100, 1);
	queue_close(&q);
	off_t at = place_of(path, "tried");
	int fd = open(path, O_RDWR | O_CLOEXEC);
	CHECK_INT("junk", pwrite(fd, junk, sizeof(junk), at), sizeof(junk));
	CHECK_INT("large", ftruncate(fd, LARGE), 0);
	(void)close(fd);
	CHECK_INT("reader", queue_reader_open(store, &r, &why), ERR_OK);
	for (size_t i = 0; i < MESSAGES; i++) {
		CHECK_INT("next", queue_reader_next(r, i ? id[i - 1] : 0, &m), ERR_OK);
		CHECK_INT("it is told of", m && m->id == id[i], true);
		CHECK_INT("as damaged", m && m->n_rcpt == 0, true);
		queue_message_free(&m);
	}
	queue_reader_close(&r);

	const struct queue_conf conf = { .store = store };
	CHECK_INT("open", queue_open(&conf, &q, &why), ERR_OK);
	for (size_t i = 0, done = 0; q && !done && i < MESSAGES; i++) {
		struct queue_job take = { .kind = QUEUE_TAKE, .take = { .max = 10 } };
		done = testing_run(q, &take) == ERR_OK;
		CHECK_INT("nothing is given", (long long)take.n, 0);
	}
	queue_counts(q, &counts);
	CHECK_INT("held", (long long)counts.held, MESSAGES);
	queue_close(&q);
}

/* More damaged ones than there is room to name: all are counted, and the last line is whole. */
static void test_many_damaged(const char *path)
{
	const struct queue_conf conf = { .store = store };
	CLEANUP(buf_free) struct buf why = BUF_MAX(2000);
	struct queue *q = testing_open("new", store);
	unsigned named = 0, more = 0;
	struct str line;

	for (size_t i = 0; i < 40; i++)
		(void)testing_add(q, 100, 1);
	queue_close(&q);
	sql(path, "UPDATE body SET envelope = x'ff'");
	CHECK_INT("open", queue_open(&conf, &q, &why), ERR_OK);
	CHECK_INT("had room", buf_err(&why), ERR_OK);
	for (struct str lines = buf_str(&why); str_line(&lines, &line);) {
		struct str number = str_skip(line, strlen(store) + sizeof(": and ") - 1);
		if (str_ends(line, STR(" more messages are damaged")))
			more = (unsigned)strtoul(number.p, NULL, 10);
		else
			named++;
	}
	CHECK_INT("some are named", named > 1, 1);
	CHECK_INT("all are counted", named + more, 40);
	queue_close(&q);
}

/* More that wait for too long than one transaction bears: lanes are right in between. */
static void test_some(const char *path)
{
	struct queue *q = testing_open("new", store);
	struct queue_job take = { .kind = QUEUE_TAKE, .now_wall_ms = 5 };

	queue_close(&q);
	sql(path, "WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 25000)"
		  " INSERT INTO message SELECT i, 1000 + i / 2, 0, 0, 1, 0, 1, 1, 0, 0, i % 300"
		  " FROM c;"
		  "INSERT INTO body SELECT id, x'000001036140620000', x'', 0 FROM message;"
		  "INSERT INTO lane SELECT lane, min(next) FROM message GROUP BY lane");
	q = testing_open("many", store);
	take.take.latest_wall_ms = 1000;
	for (size_t i = 0; i < 4; i++) {
		CHECK_INT("take", testing_run(q, &take), ERR_OK);
		CHECK_INT("look again", take.due_wall_ms, i < 2 ? 5 : 1000);
		if (i == 0)
			testing_check_open("some", q, store);
	}
	testing_check_open("all", q, store);
	queue_close(&q);
}

static void test_reader(const char *path)
{
	struct buf why = BUF_MAX(1000);
	struct queue_reader *r = NULL;

	CHECK_INT("no file", queue_reader_open(store, &r, &why), ERR_IO);
	put(path, STR(""));
	CHECK_INT("empty", queue_reader_open(store, &r, &why), ERR_SYNTAX);
	buf_free(&why);
}

/* queue_check() sees each violation. */
static void test_check(const char *path)
{
	static const struct {
		const char *sql;
		const char *says;
	} cases[] = {
		{ "DELETE FROM body", "1: every message" },
		{ "DELETE FROM message", "1: every body" },
		{ "UPDATE message SET size = 11", "2: size" },
		{ "UPDATE body SET envelope = x'0000'", "2: the envelope" },
		{ "UPDATE body SET envelope = x'000000'", "2: the envelope" },
		{ "UPDATE tried SET n = 2", "3: " },
		{ "UPDATE tried SET state = 4", "3: " },
		{ "UPDATE message SET waiting = 1", "4: " },
		{ "UPDATE message SET failed = 1", "4: " },
		{ "UPDATE message SET n_rcpt = 3", "2: the envelope" },
		{ "UPDATE message SET waiting = 0; UPDATE tried SET state = 1;"
		  "INSERT INTO tried SELECT id, 1, 1, 1, x'', x'', x'', 0 FROM message",
		  "4: " },
		{ "UPDATE meta SET value = (SELECT max(id) FROM message) WHERE name = 'mark'",
		  "5: " },
		{ "UPDATE message SET flags = 2048", "6: " },
		{ "UPDATE message SET flags = 1024", "1: what is spooled" },
		{ "INSERT INTO spool SELECT id, 0, x'' FROM message", "1: sums" },
		{ "UPDATE message SET flags = 1", "6: " },
		{ "UPDATE message SET flags = 256, next = 0; DELETE FROM lane", "7: " },
		{ "DELETE FROM lane; INSERT INTO lane VALUES(0, 0)", "8: " },
		{ "UPDATE message SET next = 1", "8: " },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct buf why = BUF_MAX(10000);
		struct queue *q = testing_open("new", store);
		queue_id id = testing_add(q, 10, 2);
		(void)testing_record(q, id, &deferred, QUEUE_STAYS_OUT, 0);
		queue_close(&q);
		sql(path, cases[i].sql);
		CHECK_INT(cases[i].sql, queue_check(store, NULL, &why), ERR_SYNTAX);
		CHECK_INT(cases[i].sql, str_starts(buf_str(&why), str_of(cases[i].says)), 1);
		buf_free(&why);
		(void)unlink(path);
	}
}

int main(void)
{
	static void (*const tests[])(const char *) = {
		test_refused, test_damaged, test_many_damaged, test_files,
		test_lock,    test_far,     test_reserve,      test_poison,
		test_some,    test_reader,  test_check,        test_page_damaged,
	};

	for (size_t i = 0; i < COUNT_OF(tests); i++) {
		struct testing_dir dir = testing_dir_new(&testing_stores[0], "/tmp");
		(void)snprintf(store, sizeof(store), "%s", dir.store);
		tests[i](dir.where);
		testing_dir_clear(&dir);
	}
	return TEST_EXIT();
}
