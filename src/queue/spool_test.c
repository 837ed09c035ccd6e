#include "queue/testing_priv.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#define BLOCK QUEUE_SPOOL_BLOCK

/* A message to two, spooled and added. */
static queue_id add(struct queue *q, size_t size)
{
	struct queue_message *m = testing_spooled(q, queue_next_id(q), size, 2);
	struct queue_job job = { .kind = QUEUE_ADD, .message = m };
	queue_id id = m->id;

	CHECK_INT("add", testing_run(q, &job), ERR_OK);
	queue_message_free(&m);
	return id;
}

static struct queue_job deliver(struct queue *q, queue_id id)
{
	static const struct schedule_change both[] = {
		{ .rcpt = 0, .state = SCHEDULE_DELIVERED },
		{ .rcpt = 1, .state = SCHEDULE_DELIVERED },
	};
	struct queue_job job = { .kind = QUEUE_RECORD,
				 .update = { .id = id, .change = both, .n_change = 2 } };

	CHECK_INT("deliver", testing_run(q, &job), ERR_OK);
	return job;
}

/* TAKE and LOAD of the one that is due; the caller frees. */
static struct queue_message *take(struct queue *q, enum err loads)
{
	struct queue_job job = { .kind = QUEUE_TAKE, .take = { .max = 1 }, .now_wall_ms = 2000 };

	CHECK_INT("take", testing_run(q, &job), ERR_OK);
	struct list *l = list_shift(&job.taken);
	if (!l)
		return NULL;
	struct queue_message *m = CONTAINER_OF(l, struct queue_message, link);
	CHECK_INT("without content", m->content.n == 0 && !m->spool, true);
	CHECK_INT("load", testing_load(q, m), loads);
	return m;
}

static void put_back(struct queue *q, queue_id id)
{
	(void)testing_record(q, id, NULL, QUEUE_WAITS, 0);
}

static const size_t sizes[] = { 1, TESTING_HEAD, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK + 17 };

/* It comes back as it was, and its file goes with it. */
static void test_sizes(struct queue *q, const struct testing_dir *dir)
{
	for (size_t i = 0; i < COUNT_OF(sizes); i++) {
		queue_id id = add(q, sizes[i]);
		put_back(q, id);
		struct queue_message *m = take(q, ERR_OK);
		CHECK_INT("taken", m && m->id == id, true);
		if (!m)
			continue;
		CHECK_INT("spooled", (m->flags & QUEUE_SPOOLED) != 0, true);
		CHECK_INT("size", (long long)m->size, (long long)sizes[i]);
		CHECK_INT("blocks", (long long)m->spool->n,
			  (long long)queue_spool_blocks(sizes[i]));
		CHECK_INT("whole", testing_whole_in(q, m), true);
		CHECK_INT("held", queue_message_held(m) < BLOCK * 3, true);
		queue_message_free(&m);
		CHECK_INT("a file", (long long)testing_spool_files(dir), 1);
		(void)testing_check("with a file", dir->store);
		CHECK_INT("gone", deliver(q, id).gone, true);
		testing_check_open("gone", q, dir->store);
	}
	/* The file goes once all were told: another job is told after that. */
	(void)testing_there(dir->store, testing_add(q, 10, 1));
	CHECK_INT("no file", (long long)testing_spool_files(dir), 0);
}

/* Who reads beside it reads it, too, from any octet on. */
static void test_reader(struct queue *q, const struct testing_dir *dir)
{
	queue_id id = add(q, 2 * BLOCK + 5);
	struct buf why = BUF_MAX(1000), want = testing_content(id, 2 * BLOCK + 5);
	static const uint64_t from[] = { 0, 2 * BLOCK + 4, BLOCK - 1, BLOCK, 7 };
	struct queue_reader *r = NULL;
	struct queue_message *m = NULL;
	struct str piece;

	CHECK_INT("reader", queue_reader_open(dir->store, &r, &why), ERR_OK);
	CHECK_INT("get", queue_reader_get(r, id, &m), ERR_OK);
	for (size_t i = 0; m && i < COUNT_OF(from); i++) {
		CHECK_INT("piece", queue_reader_piece(r, m, from[i], &piece), ERR_OK);
		CHECK_INT("its octets",
			  piece.n > 0 && str_starts(str_skip(buf_str(&want), from[i]), piece),
			  true);
	}
	if (m)
		CHECK_INT("beyond", queue_reader_piece(r, m, m->size, &piece), ERR_SYNTAX);
	queue_message_free(&m);
	queue_reader_close(&r);
	buf_free(&why), buf_free(&want);
	(void)deliver(q, id);
}

static int open_file(const struct testing_dir *dir, queue_id id)
{
	char path[160], text[QUEUE_ID_MAX];

	(void)snprintf(path, sizeof(path), "%s-spool/%.*s", dir->where,
		       STR_ARG(queue_id_text(id, text)));
	return open(path, O_RDWR);
}

/* An octet that has changed, or is missing, is seen before it is given out. */
static void test_damage(struct queue *q, const struct testing_dir *dir)
{
	static const struct {
		const char *label;
		off_t at;     /* of an octet that changes, */
		off_t length; /* or where the file is cut */
	} cases[] = {
		{ "the first octet", 0, -1 },
		{ "the last", 2 * (off_t)BLOCK + 4, -1 },
		{ "cut by an octet", -1, 2 * (off_t)BLOCK + 4 },
		{ "cut by blocks", -1, (off_t)BLOCK },
		{ "empty", -1, 0 },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		queue_id id = add(q, 2 * BLOCK + 5);
		int fd = open_file(dir, id);
		char octet = 0;
		if (cases[i].at >= 0) {
			CHECK_INT("read", pread(fd, &octet, 1, cases[i].at), 1);
			octet ^= 1;
			CHECK_INT("write", pwrite(fd, &octet, 1, cases[i].at), 1);
		} else {
			CHECK_INT("cut", ftruncate(fd, cases[i].length), 0);
		}
		(void)close(fd);
		put_back(q, id);
		struct queue_message *m = take(q, ERR_OK);
		CHECK_INT(cases[i].label, m && testing_whole_in(q, m), false);
		queue_message_free(&m);
		(void)deliver(q, id);
	}
}

/* What was not added has no file: neither when it is given up half-way, nor when it is refused. */
static void test_given_up(struct queue *q, const struct testing_dir *dir)
{
	queue_id id = queue_next_id(q);
	struct queue_spool_file *f = queue_spool_file_new(queue_spool(q), id, QUEUE_SPOOL_COMES);
	size_t before = testing_spool_files(dir);

	CHECK_INT("some", (long long)queue_spool_file_add(f, STR("some")), 4);
	CHECK_INT("nothing on disk", (long long)testing_spool_files(dir), (long long)before);
	CHECK_INT("written", queue_spool_file_write(f), ERR_OK);
	CHECK_INT("on disk", (long long)testing_spool_files(dir), (long long)before + 1);
	queue_spool_file_free(&f);
	CHECK_INT("given up", (long long)testing_spool_files(dir), (long long)before);

	struct queue_message *m = testing_spooled(q, id, BLOCK, 2);
	struct queue_job job = { .kind = QUEUE_ADD, .message = m };
	m->id = 0;
	CHECK_INT("refused", testing_run(q, &job), ERR_SYNTAX);
	queue_message_free(&m);
	CHECK_INT("and gone", (long long)testing_spool_files(dir), (long long)before);
}

/* A disk that is short takes no more, and what was begun on it goes. */
static void test_short(struct queue *q, const struct testing_dir *dir)
{
	struct queue_spool *s = NULL;
	struct buf why = BUF_MAX(1000);
	struct queue_spooled *spooled = NULL;
	char path[100];

	(void)snprintf(path, sizeof(path), "%s-spool", dir->where);
	CHECK_INT("open", queue_spool_open(path, UINT64_MAX / 2, QUEUE_SPOOL_WRITE, &s, &why),
		  ERR_OK);
	struct queue_spool_file *f = queue_spool_file_new(s, queue_next_id(q), QUEUE_SPOOL_COMES);
	(void)queue_spool_file_add(f, STR("some"));
	CHECK_INT("short", queue_spool_file_write(f), ERR_LIMIT);
	CHECK_INT("and stays so", queue_spool_file_finish(f, &spooled), ERR_LIMIT);
	queue_spool_file_free(&f);
	queue_spool_close(&s);
	CHECK_INT("nothing", (long long)testing_spool_files(dir), 0);
	CHECK_INT("nowhere", queue_spool_open("/nowhere/spool", 0, QUEUE_SPOOL_WRITE, &s, &why),
		  ERR_IO);
	CHECK_STR("and why", buf_str(&why), STR("/nowhere/spool: No such file or directory"));
	buf_free(&why);
}

static int unreadable; /* every directory, after its first entry: errno */

struct dirent *readdir(DIR *d)
{
	static struct dirent *(*next)(DIR * d);
	static unsigned entries;

	if (!next)
		*(void **)&next = dlsym(RTLD_NEXT, "readdir");
	if (!unreadable || ++entries % 2)
		return next(d);
	errno = unreadable;
	return NULL;
}

/* So much of the disk is to stay free that it is short by half of that. */
static uint64_t more_than_is_free(const char *path)
{
	struct statvfs st;

	if (statvfs(path, &st) < 0)
		exit(1);
	return st.f_bavail * st.f_frsize / 2 * 3;
}

static struct queue_spool_file *begin(struct queue *q, struct queue_spool *s,
				      enum queue_spool_use use, enum err want)
{
	struct queue_spool_file *f = queue_spool_file_new(s, queue_next_id(q), use);

	(void)queue_spool_file_add(f, STR("some"));
	CHECK_INT("room", queue_spool_file_write(f), want);
	return f;
}

/* What the directory had when it was removed is not said to be there; in a new one all goes on. */
static void test_made_anew(struct queue *q, const struct testing_dir *dir)
{
	queue_id id = queue_next_id(q);
	struct queue_spool_file *f = queue_spool_file_new(queue_spool(q), id, QUEUE_SPOOL_COMES);
	struct queue_spooled *spooled = NULL;
	struct queue_reader *beside = NULL;
	struct queue_message *m = NULL;
	struct buf why = BUF_MAX(1000);
	struct str piece;
	char path[100], text[QUEUE_ID_MAX], file[200];

	(void)snprintf(path, sizeof(path), "%s-spool", dir->where);
	(void)snprintf(file, sizeof(file), "%s/%.*s", path, STR_ARG(queue_id_text(id, text)));
	CHECK_INT("reader", queue_reader_open(dir->store, &beside, &why), ERR_OK);
	(void)queue_spool_file_add(f, STR("some"));
	CHECK_INT("written", queue_spool_file_write(f), ERR_OK);
	CHECK_INT("removed", unlink(file), 0);
	CHECK_INT("and its directory", rmdir(path), 0);
	CHECK_INT("it has no name", queue_spool_file_finish(f, &spooled), ERR_IO);
	queue_spool_file_free(&f);
	f = begin(q, queue_spool(q), QUEUE_SPOOL_COMES, ERR_IO);
	queue_spool_file_free(&f);
	CHECK_INT("made anew", mkdir(path, 0700), 0);
	id = add(q, BLOCK);
	CHECK_INT("a file", (long long)testing_spool_files(dir), 1);
	CHECK_INT("get", queue_reader_get(beside, id, &m), ERR_OK);
	if (m)
		CHECK_INT("read beside", queue_reader_piece(beside, m, 0, &piece), ERR_OK);
	queue_message_free(&m);
	queue_reader_close(&beside);
	put_back(q, id);
	m = take(q, ERR_OK);
	CHECK_INT("whole", m && testing_whole_in(q, m), true);
	queue_message_free(&m);
	(void)deliver(q, id);
	buf_free(&why);
}

/* What helps mail to leave has half of the reserve, and one file at a time. */
static void test_lent(struct queue *q, const struct testing_dir *dir)
{
	struct queue_spool *s = NULL;
	struct buf why = BUF_MAX(1000);
	char path[100];

	(void)snprintf(path, sizeof(path), "%s-spool", dir->where);
	CHECK_INT(
		"open",
		queue_spool_open(path, more_than_is_free(dir->where), QUEUE_SPOOL_WRITE, &s, &why),
		ERR_OK);
	struct queue_spool_file *comes = begin(q, s, QUEUE_SPOOL_COMES, ERR_LIMIT);
	struct queue_spool_file *one = begin(q, s, QUEUE_SPOOL_LEAVES, ERR_OK);
	struct queue_spool_file *two = begin(q, s, QUEUE_SPOOL_LEAVES, ERR_LIMIT);
	CHECK_INT("the first goes on", queue_spool_file_write(one), ERR_OK);
	queue_spool_file_free(&one);
	queue_spool_file_free(&two);
	two = begin(q, s, QUEUE_SPOOL_LEAVES, ERR_OK);
	queue_spool_file_free(&two);
	queue_spool_file_free(&comes);
	queue_spool_close(&s);
	CHECK_INT("nothing", (long long)testing_spool_files(dir), 0);
	buf_free(&why);
}

/* Whatever ends a message ends its file: REMOVE, and the time for which it is kept as failed. */
static void test_ends(struct queue *q, const struct testing_dir *dir)
{
	static const struct schedule_change failed[] = {
		{ .rcpt = 0, .state = SCHEDULE_FAILED },
		{ .rcpt = 1, .state = SCHEDULE_FAILED },
	};
	queue_id id = add(q, BLOCK);
	struct queue_job remove = { .kind = QUEUE_REMOVE, .id = id };

	put_back(q, id);
	CHECK_INT("remove", testing_run(q, &remove), ERR_OK);
	id = add(q, BLOCK);
	struct queue_job fails = { .kind = QUEUE_RECORD,
				   .update = { .id = id,
					       .change = failed,
					       .n_change = 2,
					       .then = QUEUE_FAILS,
					       .next_wall_ms = 1000 } };
	CHECK_INT("failed", testing_run(q, &fails), ERR_OK);
	struct queue_job forget = { .kind = QUEUE_TAKE,
				    .now_wall_ms = 5000,
				    .take = { .max = 1, .forget_wall_ms = 2000 } };
	CHECK_INT("forgotten", testing_run(q, &forget), ERR_OK);
	testing_free_taken(&forget);
	(void)deliver(q, testing_add(q, 10, 2));
	CHECK_INT("no file", (long long)testing_spool_files(dir), 0);
}

/* What a crash leaves without a message is gone when the queue is open; all else stays. */
static void test_orphans(const struct testing_dir *dir)
{
	static const char *const names[] = { "01KA3S0000", "notes.txt", "01kgzzzzzzz" };
	struct queue *q = testing_open("new", dir->store);
	struct buf why = BUF_MAX(10000);
	queue_id kept = add(q, BLOCK + 1), small = testing_add(q, 10, 2);
	char path[200], text[QUEUE_ID_MAX];

	/* As of one that was killed: its message is nowhere. */
	struct queue_message *m = testing_spooled(q, queue_next_id(q), BLOCK, 2);
	m->spool->unstored = NULL;
	queue_message_free(&m);
	/* And as if one that is small had one. */
	(void)snprintf(path, sizeof(path), "%s-spool/%.*s", dir->where,
		       STR_ARG(queue_id_text(small, text)));
	(void)close(open(path, O_CREAT | O_WRONLY, 0600));
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		(void)snprintf(path, sizeof(path), "%s-spool/%s", dir->where, names[i]);
		(void)close(open(path, O_CREAT | O_WRONLY, 0600));
	}
	CHECK_INT("files", (long long)testing_spool_files(dir), 6);
	queue_close(&q);
	q = testing_open("again", dir->store);
	CHECK_INT("files that stay", (long long)testing_spool_files(dir), 4);
	m = take(q, ERR_OK);
	CHECK_INT("whole", m && m->id == kept && testing_whole_in(q, m), true);
	queue_message_free(&m);
	queue_close(&q);

	/* Where they cannot be told apart it is not opened. */
	unreadable = EIO;
	CHECK_INT("unreadable", queue_open(&(struct queue_conf){ .store = dir->store }, &q, &why),
		  ERR_IO);
	CHECK_INT("and said", memmem(why.p, why.n, "Input/output error", 18) != NULL, true);
	unreadable = 0;
	buf_clear(&why);

	/* One whose file is gone is told. */
	const struct queue_conf conf = { .store = dir->store };
	(void)snprintf(path, sizeof(path), "%s-spool/%.*s", dir->where,
		       STR_ARG(queue_id_text(kept, text)));
	CHECK_INT("removed", unlink(path), 0);
	CHECK_INT("opened", queue_open(&conf, &q, &why), ERR_OK);
	buf_addc(&why, '\0');
	CHECK_INT("and told", strstr(why.p, "its content is damaged: it is held") != NULL, true);
	queue_close(&q);
	CHECK_INT("and seen", queue_check(dir->store, NULL, &why), ERR_SYNTAX);
	buf_free(&why);
}

static void (*const tests[])(struct queue *q, const struct testing_dir *dir) = {
	test_sizes, test_reader,    test_damage, test_given_up,
	test_short, test_made_anew, test_lent,   test_ends,
};

int main(void)
{
	for (size_t s = 0; s < COUNT_OF(testing_stores); s++) {
		for (size_t i = 0; i < COUNT_OF(tests); i++) {
			struct testing_dir dir = testing_dir_new(&testing_stores[s], "/dev/shm");
			struct queue *q = testing_open("open", dir.store);
			tests[i](q, &dir);
			testing_check_open("beside the store", q, dir.store);
			queue_close(&q);
			(void)testing_check("closed", dir.store);
			testing_dir_clear(&dir);
		}
		struct testing_dir dir = testing_dir_new(&testing_stores[s], "/dev/shm");
		test_orphans(&dir);
		testing_dir_clear(&dir);
	}
	return TEST_EXIT();
}
