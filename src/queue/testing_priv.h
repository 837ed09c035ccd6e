/* For the tests of this folder: a directory, a message, a job waited for. */
#ifndef QUEUE_TESTING_PRIV_H
#define QUEUE_TESTING_PRIV_H

#include "base/hash.h"
#include "base/test.h"
#include "queue/check.h"
#include "queue/queue.h"
#include "queue/reader.h"

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The stores that all is tried on: the configured word, and what to add to a directory. */
static const struct testing_store {
	const char *word, *file;
} testing_stores[] = {
	{ "sqlite", "queue.db" },
};

struct testing_dir {
	char path[64];
	char where[80];  /* in it */
	char store[100]; /* as configured */
};

/* In where, or in /tmp where that cannot be used. */
static inline struct testing_dir testing_dir_new(const struct testing_store *s, const char *where)
{
	struct testing_dir d;

	if (access(where, W_OK) < 0)
		where = "/tmp";
	(void)snprintf(d.path, sizeof(d.path), "%s/queue_test.XXXXXX", where);
	if (!mkdtemp(d.path))
		abort();
	(void)snprintf(d.where, sizeof(d.where), "%s/%s", d.path, s->file);
	(void)snprintf(d.store, sizeof(d.store), "%s:%s", s->word, d.where);
	return d;
}

/* Remove the files in a directory, and it. */
static inline void testing_dir_empty(const char *path)
{
	DIR *dir = opendir(path);

	for (struct dirent *e; dir && (e = readdir(dir));)
		(void)unlinkat(dirfd(dir), e->d_name, 0);
	if (dir)
		(void)closedir(dir);
	(void)rmdir(path);
}

/* Remove all that is in it, and it. */
static inline void testing_dir_clear(struct testing_dir *d)
{
	char spool[100];

	(void)snprintf(spool, sizeof(spool), "%s-spool", d->where);
	testing_dir_empty(spool);
	testing_dir_empty(d->path);
}

static pthread_mutex_t testing_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t testing_told = PTHREAD_COND_INITIALIZER;

static inline void testing_done(struct queue_job *job)
{
	bool *done = job->owner;

	(void)pthread_mutex_lock(&testing_lock);
	*done = true;
	(void)pthread_cond_broadcast(&testing_told);
	(void)pthread_mutex_unlock(&testing_lock);
}

/* Submit the job and wait until it is done. */
static inline enum err testing_run(struct queue *q, struct queue_job *job)
{
	bool done = false;

	job->done = testing_done;
	job->owner = &done;
	queue_submit(q, job);
	(void)pthread_mutex_lock(&testing_lock);
	while (!done)
		(void)pthread_cond_wait(&testing_told, &testing_lock);
	(void)pthread_mutex_unlock(&testing_lock);
	return job->err;
}

/* LOAD, of what is out. */
static inline enum err testing_load(struct queue *q, struct queue_message *m)
{
	struct queue_job job = { .kind = QUEUE_LOAD, .message = m };

	return testing_run(q, &job);
}

/* What TAKE gave. */
static inline void testing_free_taken(struct queue_job *job)
{
	for (struct list *l; (l = list_shift(&job->taken));) {
		struct queue_message *m = CONTAINER_OF(l, struct queue_message, link);
		queue_message_free(&m);
	}
}

/*
 * Stop the store's thread in a job's done until testing_go(), so that all that is
 * submitted meanwhile makes one batch.
 */
struct testing_gate {
	struct queue_job job;
	bool stopped, go, gone;
};

static inline void testing_stopped(struct queue_job *job)
{
	struct testing_gate *gate = job->owner;

	(void)pthread_mutex_lock(&testing_lock);
	gate->stopped = true;
	(void)pthread_cond_broadcast(&testing_told);
	while (!gate->go)
		(void)pthread_cond_wait(&testing_told, &testing_lock);
	gate->gone = true;
	(void)pthread_cond_broadcast(&testing_told);
	(void)pthread_mutex_unlock(&testing_lock);
}

static inline void testing_stop(struct queue *q, struct testing_gate *gate)
{
	*gate = (struct testing_gate){ .job = { .kind = QUEUE_RELEASE, .done = testing_stopped } };
	gate->job.owner = gate;
	queue_submit(q, &gate->job);
	(void)pthread_mutex_lock(&testing_lock);
	while (!gate->stopped)
		(void)pthread_cond_wait(&testing_told, &testing_lock);
	(void)pthread_mutex_unlock(&testing_lock);
}

static inline void testing_go(struct testing_gate *gate)
{
	(void)pthread_mutex_lock(&testing_lock);
	gate->go = true;
	(void)pthread_cond_broadcast(&testing_told);
	while (!gate->gone)
		(void)pthread_cond_wait(&testing_told, &testing_lock);
	(void)pthread_mutex_unlock(&testing_lock);
}

/* Submit n jobs as one batch, and wait for all. */
static inline void testing_batch(struct queue *q, struct queue_job *job, size_t n)
{
	struct testing_gate gate;
	bool done[64] = { false };

	testing_stop(q, &gate);
	for (size_t i = 0; i < n && i < 64; i++) {
		job[i].done = testing_done;
		job[i].owner = &done[i];
		queue_submit(q, &job[i]);
	}
	testing_go(&gate);
	(void)pthread_mutex_lock(&testing_lock);
	for (size_t i = 0; i < n && i < 64; i++)
		while (!done[i])
			(void)pthread_cond_wait(&testing_told, &testing_lock);
	(void)pthread_mutex_unlock(&testing_lock);
}

/* Octets that depend on the ID alone, so that a reader can tell whether they are whole. */
static inline struct buf testing_content(queue_id id, size_t n)
{
	struct buf b = BUF_MAX(n);
	uint64_t x = id * 2 + 1;

	while (b.n < n) {
		char octets[8];
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		memcpy(octets, &x, sizeof(octets));
		buf_add(&b, (struct str){ octets, n - b.n < 8 ? n - b.n : 8 });
	}
	return b;
}

static inline bool testing_whole(const struct queue_message *m)
{
	struct buf want = testing_content(m->id, m->content.n);
	bool same = str_eq(buf_str(&m->content), buf_str(&want));

	buf_free(&want);
	return same && m->content.n == m->size;
}

/* A message to n_rcpt recipients. */
static inline struct queue_message *testing_message(queue_id id, size_t size, size_t n_rcpt)
{
	struct buf content = testing_content(id, size);
	struct schedule_rcpt *rcpt = calloc(n_rcpt, sizeof(*rcpt));
	struct queue_message like = {
		.id = id,
		.arrived_wall_ms = 1000,
		.flags = QUEUE_REPORT,
		.smtp = 0x80000005,
		.lane = 7,
		.from = STR("sender@example.org"),
		.envid = STR("envelope-1"),
		.user = STR("somebody"),
		.rcpt = rcpt,
		.n_rcpt = n_rcpt,
	};
	struct queue_message *m = NULL;

	for (size_t i = 0; rcpt && i < n_rcpt; i++) {
		rcpt[i].to = STR("rcpt@example.net");
		rcpt[i].orcpt = STR("rfc822;rcpt@example.net");
		rcpt[i].notify = (unsigned)i;
	}
	if (rcpt)
		m = queue_message_new(&like, &content);
	free(rcpt);
	buf_free(&content);
	if (!m)
		abort();
	return m;
}

#define TESTING_HEAD 100 /* octets of a spooled message that are its head */

/* The same, spooled, in the spool of q; that is done on the thread of who calls. */
static inline struct queue_message *testing_spooled(struct queue *q, queue_id id, size_t size,
						    size_t n_rcpt)
{
	struct queue_message *m = testing_message(id, size, n_rcpt);
	struct queue_spool_file *f = queue_spool_file_new(queue_spool(q), id, QUEUE_SPOOL_COMES);
	struct str left = buf_str(&m->content);

	while (f && left.n > 0) {
		left = str_skip(left, queue_spool_file_add(f, left));
		if (queue_spool_file_full(f) && queue_spool_file_write(f) != ERR_OK)
			abort();
	}
	if (!f || queue_spool_file_finish(f, &m->spool) != ERR_OK)
		abort();
	m->spool->has = 0x80000003;
	queue_spool_file_free(&f);
	m->content.n = m->content.n < TESTING_HEAD ? m->content.n : TESTING_HEAD;
	return m;
}

/* Whether a spooled message has what it should, as read is given it at one octet after another. */
static inline bool testing_file_whole(const struct queue_message *m,
				      enum err (*read)(void *arg, uint64_t at, struct str *out),
				      void *arg)
{
	struct buf want = testing_content(m->id, m->size);
	bool same = m->spool && m->spool->has == 0x80000003 &&
		    str_starts(buf_str(&want), buf_str(&m->content));
	struct str piece;

	for (uint64_t at = 0; same && at < m->size; at += piece.n)
		same = read(arg, at, &piece) == ERR_OK && piece.n > 0 &&
		       str_starts(str_skip(buf_str(&want), at), piece);
	buf_free(&want);
	return same;
}

static inline enum err testing_read_file(void *arg, uint64_t at, struct str *out)
{
	return queue_spool_reader_read(arg, at, out);
}

/* The same of one that is out of q. */
static inline bool testing_whole_in(struct queue *q, const struct queue_message *m)
{
	struct queue_spool_reader *r = queue_spool_reader_new(queue_spool(q), m->spool, m->size);
	bool whole = r && testing_file_whole(m, testing_read_file, r);

	queue_spool_reader_free(&r);
	return whole;
}

/* How many files the spool of a store has. */
static inline size_t testing_spool_files(const struct testing_dir *d)
{
	char path[100];
	size_t n = 0;

	(void)snprintf(path, sizeof(path), "%s-spool", d->where);
	DIR *dir = opendir(path);
	for (struct dirent *e; dir && (e = readdir(dir));)
		n += e->d_name[0] != '.';
	if (dir)
		(void)closedir(dir);
	return n;
}

/* ADD a message that depends on its ID alone. */
static inline queue_id testing_add(struct queue *q, size_t size, size_t n_rcpt)
{
	struct queue_message *m = testing_message(queue_next_id(q), size, n_rcpt);
	struct queue_job job = { .kind = QUEUE_ADD, .message = m };
	queue_id id = m->id;

	CHECK_INT("add", testing_run(q, &job), ERR_OK);
	queue_message_free(&m);
	return id;
}

/* RECORD of one change, or of none. */
static inline struct queue_job testing_record(struct queue *q, queue_id id,
					      const struct schedule_change *c, enum queue_then then,
					      int64_t next)
{
	struct queue_job job = {
		.kind = QUEUE_RECORD,
		.update = { .id = id,
			    .change = c,
			    .n_change = c != NULL,
			    .then = then,
			    .next_wall_ms = next,
			    .lane = 7 },
	};

	CHECK_INT("record", testing_run(q, &job), ERR_OK);
	return job;
}

/* As one reads it; the caller frees.  NULL: not there. */
static inline struct queue_message *testing_look(const char *store, queue_id id)
{
	struct buf why = BUF_MAX(1000);
	struct queue_reader *r = NULL;
	struct queue_message *m = NULL;

	CHECK_INT("reader", queue_reader_open(store, &r, &why), ERR_OK);
	if (r && queue_reader_get(r, id, &m) != ERR_OK)
		m = NULL;
	queue_reader_close(&r);
	buf_free(&why);
	return m;
}

static inline bool testing_there(const char *store, queue_id id)
{
	struct queue_message *m = testing_look(store, id);
	bool is = m != NULL;

	queue_message_free(&m);
	return is;
}

/* Check the invariants, and show what does not hold; what there is. */
static inline struct queue_counts testing_check(const char *label, const char *store)
{
	struct buf why = BUF_MAX(65536);
	struct queue_counts counts = { 0 };

	CHECK_INT(label, queue_check(store, &counts, &why), ERR_OK);
	if (why.n)
		fprintf(stderr, "%s: %.*s\n", label, STR_ARG(buf_str(&why)));
	buf_free(&why);
	return counts;
}

/* The same beside q: what it says that there is is what there is. */
static inline void testing_check_open(const char *label, struct queue *q, const char *store)
{
	struct queue_counts kept, counted = testing_check(label, store);

	queue_counts(q, &kept);
	CHECK_INT(label, queue_counts_eq(&kept, &counted), true);
}

static inline struct queue *testing_open(const char *label, const char *store)
{
	struct queue_conf conf = { .store = store };
	struct buf why = BUF_MAX(65536);
	struct queue *q = NULL;

	CHECK_INT(label, queue_open(&conf, &q, &why), ERR_OK);
	if (!q) {
		fprintf(stderr, "%s: %.*s\n", label, STR_ARG(buf_str(&why)));
		exit(1);
	}
	buf_free(&why);
	return q;
}

/* Each test on a queue of its own, in memory, on each store; and what is left is sound. */
static inline void testing_each(void (*const tests[])(struct queue *q, const char *store), size_t n)
{
	for (size_t i = 0; i < n * COUNT_OF(testing_stores); i++) {
		struct testing_dir dir = testing_dir_new(&testing_stores[i / n], "/dev/shm");
		struct queue *q = testing_open("open", dir.store);
		tests[i % n](q, dir.store);
		testing_check_open("beside the store", q, dir.store);
		queue_close(&q);
		(void)testing_check("closed", dir.store);
		testing_dir_clear(&dir);
	}
}

#endif
