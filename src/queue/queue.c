/*
 * The store's thread: what was handed over becomes batches, a batch becomes a
 * transaction.
 *
 * Whoever submits takes the lock for a few instructions, to append to handed
 * and to see whether the thread sleeps; the thread takes all of handed at once.  The
 * database belongs to the thread from queue_open() to queue_close().
 *
 * Where a job is, is said by one list: handed (theirs and the thread's, under
 * the lock), mine and batch (the thread's alone), none (its owner's, from the call of done).
 */
#include "queue/queue.h"

#include "base/hash.h"
#include "os/clock.h"
#include "queue/sqlite/disk_priv.h"
#include "queue/job_priv.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define BATCH_MAX 512
#define BATCH_OCTETS ((uint64_t)16 << 20)
#define WAL_PAGES 1024 /* 16 MiB: more is checkpointed */
#define ID_SHIFT 10    /* IDs a millisecond: 1,024; more borrow from the next */
#define MARK_AHEAD ((queue_id)60000 << ID_SHIFT)
#define MARK_ROOM ((queue_id)1 << 20)
#define PATIENCE_NS 3000000 /* 3 ms */

struct queue {
	struct queue_db db;
	struct queue_disk disk;
	size_t batch_max;
	uint64_t lane_seed[2]; /* never changes once it is open */
	struct list mine;      /* taken from handed, not yet run */

	_Atomic queue_id last; /* given out */
	_Atomic queue_id mark; /* on disk: all given out are below */

	pthread_t thread;
	pthread_mutex_t lock; /* guards what follows */
	pthread_cond_t wake;
	struct list handed;
	bool asleep;
	bool hurry; /* somebody waits for a job of handed */
	bool raise; /* mark is behind the clock */
	bool stop;
};

/* The mark that should be on disk now. */
static queue_id mark_wanted(queue_id last)
{
	queue_id ahead = ((queue_id)os_clock_wall() << ID_SHIFT) + MARK_AHEAD;

	return ahead > last + MARK_ROOM ? ahead : last + MARK_ROOM;
}

/* Ask the thread for a higher mark. */
static void ask_mark(struct queue *q)
{
	(void)pthread_mutex_lock(&q->lock);
	bool asleep = q->asleep && !q->raise;
	q->raise = true;
	(void)pthread_mutex_unlock(&q->lock);
	if (asleep)
		(void)pthread_cond_signal(&q->wake);
}

queue_id queue_next_id(struct queue *q)
{
	queue_id now = (queue_id)os_clock_wall() << ID_SHIFT;
	queue_id mark = atomic_load(&q->mark);
	queue_id last = atomic_load(&q->last);
	queue_id id;

	do
		id = now > last && now < mark ? now : last + 1;
	while (!atomic_compare_exchange_weak(&q->last, &last, id));
	if (now >= mark || id >= mark)
		ask_mark(q);
	return id;
}

uint64_t queue_lane(const struct queue *q, struct str domain)
{
	uint64_t lane = hash_nocase(q->lane_seed, domain);

	return lane ? lane : 1;
}

static struct str domain_of(struct str address)
{
	for (size_t i = address.n; i-- > 0;)
		if (address.p[i] == '@')
			return str_skip(address, i + 1);
	return str_skip(address, address.n);
}

uint64_t queue_message_lane(const struct queue *q, const struct queue_message *m)
{
	const struct str *first = NULL;

	for (size_t i = 0; i < m->n_rcpt; i++) {
		if (m->rcpt[i].state != SCHEDULE_WAITING)
			continue;
		if (!first)
			first = &m->rcpt[i].to;
		else if (!str_eq_nocase(domain_of(m->rcpt[i].to), domain_of(*first)))
			return 0;
	}
	return first ? queue_lane(q, domain_of(*first)) : 0;
}

void queue_submit(struct queue *q, struct queue_job *job)
{
	bool hurry = !job->patient;

	(void)pthread_mutex_lock(&q->lock);
	bool asleep = q->asleep && (list_empty(&q->handed) || (hurry && !q->hurry));
	list_add(&q->handed, &job->link);
	q->hurry |= hurry;
	(void)pthread_mutex_unlock(&q->lock);
	if (asleep)
		(void)pthread_cond_signal(&q->wake);
}

/* Append all of from to *to. */
static void move_all(struct list *to, struct list *from)
{
	if (list_empty(from))
		return;
	from->next->prev = to->prev;
	from->prev->next = to;
	to->prev->next = from->next;
	to->prev = from->prev;
	list_init(from);
}

/* With the lock: let what is patient wait for company, but not for long. */
static void wait_for_company(struct queue *q)
{
	struct timespec until;
	int timed_out = 0;

	(void)clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += PATIENCE_NS;
	until.tv_sec += until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	q->asleep = true;
	while (!q->hurry && !q->raise && !q->stop && !timed_out)
		timed_out = pthread_cond_timedwait(&q->wake, &q->lock, &until);
	q->asleep = false;
}

/* Wait for something to do; false when all is done and the thread shall end. */
static bool gather(struct queue *q, bool *raise)
{
	(void)pthread_mutex_lock(&q->lock);
	while (list_empty(&q->mine) && list_empty(&q->handed) && !q->raise && !q->stop) {
		q->asleep = true;
		(void)pthread_cond_wait(&q->wake, &q->lock);
		q->asleep = false;
	}
	if (list_empty(&q->mine))
		wait_for_company(q);
	move_all(&q->mine, &q->handed);
	q->hurry = false;
	*raise = q->raise;
	q->raise = false;
	(void)pthread_mutex_unlock(&q->lock);
	return *raise || !list_empty(&q->mine);
}

static struct queue_job *job_of(struct list *l)
{
	return CONTAINER_OF(l, struct queue_job, link);
}

/* The next jobs of mine that go together; how many octets they add. */
static uint64_t next_batch(struct queue *q, struct list *batch)
{
	uint64_t added = 0, read = 0;

	for (size_t n = 0; n < q->batch_max && added + read < BATCH_OCTETS; n++) {
		struct list *l = list_shift(&q->mine);
		if (!l)
			break;
		queue_job_start(job_of(l));
		added += queue_job_weight(job_of(l));
		read += queue_job_reads(job_of(l));
		list_add(batch, l);
	}
	return added;
}

/*
 * How much may be added.  Pages that are free inside the database count, but
 * the log is written first, so that half of the reserve must be free outside.
 */
static uint64_t room(struct queue *q)
{
	uint64_t outside = queue_disk_free(&q->disk);
	uint64_t kept = q->disk.kept;

	if (kept == 0)
		return UINT64_MAX;
	if (outside < kept / 2)
		return 0;
	if (outside > kept && outside - kept > 4 * BATCH_OCTETS)
		return outside - kept;
	sqlite3_stmt *s = queue_db_stmt(&q->db, QUEUE_SQL_FREE_PAGES, 0);
	uint64_t pages = 0;
	if (queue_db_row(&q->db, s)) {
		pages = (uint64_t)sqlite3_column_int64(s, 0);
		queue_db_run(&q->db, s);
	}
	uint64_t all = outside + pages * QUEUE_PAGE;
	return all > kept ? all - kept : 0;
}

/* Where disk is short, what the log holds takes its place before more is added. */
static void settle(struct queue *q)
{
	uint64_t owed = (uint64_t)q->db.wal_pages * QUEUE_PAGE;
	uint64_t enough = q->disk.kept + owed + 4 * BATCH_OCTETS;

	if (q->disk.kept && owed && queue_disk_free(&q->disk) < enough)
		queue_db_checkpoint(&q->db);
}

static void put_mark(struct queue *q, queue_id mark)
{
	queue_row_meta_put(&q->db, "mark", mark);
}

/* The counts, where they changed, and all of it for good. */
static enum err commit(struct queue *q, const struct queue_turn *turn)
{
	static const struct queue_sum nothing = { 0 };

	if (memcmp(&turn->sum, &nothing, sizeof(nothing)) != 0)
		queue_row_count(&q->db, &turn->sum);
	return queue_db_commit(&q->db);
}

/* All of the batch in one transaction, or nothing of it. */
static enum err transact(struct queue *q, struct list *batch, queue_id mark)
{
	struct queue_turn turn = { .db = &q->db, .last = atomic_load(&q->last) };

	queue_db_begin(&q->db, QUEUE_SQL_BEGIN);
	if (mark)
		put_mark(q, mark);
	turn.room = room(q);
	struct list *l = batch->next;
	for (; l != batch && q->db.rc == SQLITE_OK; l = l->next)
		queue_job_run(&turn, job_of(l));
	enum err e = commit(q, &turn);
	if (e == ERR_OK && mark)
		atomic_store(&q->mark, mark);
	for (; e != ERR_OK && l != batch->next; l = l->prev)
		queue_job_undo(job_of(l->prev));
	return e;
}

/* A job that brings nothing new gets all the disk that there is. */
static enum err transact_alone(struct queue *q, struct list *one, queue_id mark)
{
	enum err e = transact(q, one, mark);

	if (e != ERR_LIMIT || (!list_empty(one) && job_of(one->next)->kind == QUEUE_ADD))
		return e;
	/* The log, once it is in the database, is written again from its start. */
	queue_db_checkpoint(&q->db);
	e = transact(q, one, mark);
	if (e != ERR_LIMIT || !queue_disk_give(&q->disk))
		return e;
	queue_db_checkpoint(&q->db);
	return transact(q, one, mark);
}

static void tell(struct list *batch)
{
	for (struct list *l; (l = list_shift(batch));)
		job_of(l)->done(job_of(l));
}

/* Some statement failed: each alone, so that only what is bad fails. */
static void each_alone(struct queue *q, struct list *batch, queue_id mark)
{
	struct list one;

	list_init(&one);
	for (struct list *l; (l = list_shift(batch));) {
		list_add(&one, l);
		enum err e = transact_alone(q, &one, mark);
		if (e == ERR_OK) {
			mark = 0;
		} else {
			job_of(l)->err = e;
			job_of(l)->why = queue_db_why(&q->db);
		}
		tell(&one);
	}
}

/* The mark to be written with this batch; 0: it is high enough. */
static queue_id next_mark(struct queue *q, bool raise)
{
	queue_id last = atomic_load(&q->last);
	queue_id mark = atomic_load(&q->mark);
	queue_id wanted = mark_wanted(last);

	if (wanted <= mark)
		return 0;
	return raise || last >= mark || wanted - mark > MARK_AHEAD / 2 ? wanted : 0;
}

static void run_batch(struct queue *q, bool raise)
{
	queue_id mark = next_mark(q, raise);
	struct list batch;

	list_init(&batch);
	if (next_batch(q, &batch) > 0)
		settle(q);
	if (list_empty(&batch) && !mark)
		return;
	if (transact(q, &batch, mark) == ERR_OK)
		tell(&batch);
	else
		each_alone(q, &batch, mark);
	if (q->db.wal_pages > WAL_PAGES)
		queue_db_checkpoint(&q->db);
	queue_disk_keep(&q->disk);
}

static void *work(void *arg)
{
	struct queue *q = arg;
	bool raise;

	while (gather(q, &raise))
		run_batch(q, raise);
	return NULL;
}

/* What was out is due again, and IDs begin above all that were ever given out. */
static enum err recover(struct queue *q, const char *path, struct buf *why)
{
	struct queue_turn turn = { .db = &q->db };
	queue_id highest = 0;

	queue_db_begin(&q->db, QUEUE_SQL_BEGIN);
	queue_job_recover(&turn);
	queue_id mark = queue_row_meta(&q->db, "mark");
	q->lane_seed[0] = queue_row_meta(&q->db, "lane-seed-1");
	q->lane_seed[1] = queue_row_meta(&q->db, "lane-seed-2");
	sqlite3_stmt *s = queue_db_stmt(&q->db, QUEUE_SQL_MAX_ID, 0);
	while (queue_db_row(&q->db, s))
		highest = (queue_id)sqlite3_column_int64(s, 0);
	if (mark > 0 && mark - 1 > highest)
		highest = mark - 1;
	atomic_store(&q->last, highest);
	mark = mark_wanted(highest);
	atomic_store(&q->mark, mark);
	put_mark(q, mark);
	enum err e = commit(q, &turn);
	if (e == ERR_OK)
		return ERR_OK;
	buf_add(why, str_of(path));
	buf_add(why, STR(": "));
	buf_add(why, str_of(queue_db_why(&q->db)));
	errno = q->db.os_errno;
	return e == ERR_NOMEM ? ERR_NOMEM : ERR_IO;
}

/* Signals are for the threads that expect them. */
static enum err start(struct queue *q, const char *path, struct buf *why)
{
	sigset_t all, before;

	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	int failed = pthread_create(&q->thread, NULL, work, q);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (failed) {
		buf_add(why, str_of(path));
		buf_add(why, STR(": no thread for the store: "));
		buf_add(why, str_of(strerror(failed)));
		errno = failed;
		return ERR_IO;
	}
	(void)pthread_setname_np(q->thread, "store");
	return ERR_OK;
}

static void release(struct queue *q)
{
	int saved = errno;

	queue_db_close(&q->db);
	queue_disk_close(&q->disk);
	(void)pthread_cond_destroy(&q->wake);
	(void)pthread_mutex_destroy(&q->lock);
	free(q);
	errno = saved;
}

enum err queue_open(const struct queue_conf *conf, struct queue **out, struct buf *why)
{
	struct queue *q = calloc(1, sizeof(*q));

	if (!q)
		return ERR_NOMEM;
	q->batch_max = conf->batch_max ? conf->batch_max : BATCH_MAX;
	list_init(&q->mine);
	list_init(&q->handed);
	(void)pthread_mutex_init(&q->lock, NULL);
	pthread_condattr_t attributes;
	(void)pthread_condattr_init(&attributes);
	(void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&q->wake, &attributes);
	(void)pthread_condattr_destroy(&attributes);
	enum err e = queue_disk_open(&q->disk, conf->path, conf->reserve, why);
	if (e == ERR_OK)
		e = queue_db_open(&q->db, conf->path, QUEUE_DB_WRITE, why);
	if (e == ERR_OK)
		e = recover(q, conf->path, why);
	if (e == ERR_OK) {
		queue_disk_keep(&q->disk);
		e = start(q, conf->path, why);
	}
	if (e != ERR_OK) {
		release(q);
		return e;
	}
	*out = q;
	return ERR_OK;
}

void queue_close(struct queue **qp)
{
	struct queue *q = *qp;

	if (!q)
		return;
	(void)pthread_mutex_lock(&q->lock);
	q->stop = true;
	(void)pthread_mutex_unlock(&q->lock);
	(void)pthread_cond_signal(&q->wake);
	(void)pthread_join(q->thread, NULL);
	/* So that IDs follow the clock at once when it is opened again. */
	queue_db_begin(&q->db, QUEUE_SQL_BEGIN);
	put_mark(q, atomic_load(&q->last) + 1);
	if (queue_db_commit(&q->db) != ERR_OK)
		queue_db_rollback(&q->db); /* the mark before serves as well */
	release(q);
	*qp = NULL;
}
