/*
 * The store's thread: what was handed over becomes batches, a batch becomes a
 * transaction.
 *
 * Whoever submits takes the lock for a few instructions, to append to handed
 * and to see whether the thread sleeps; the thread takes all of handed at once.  The
 * store belongs to the thread from queue_open() to queue_close().
 *
 * Where a job is, is said by one list: handed (theirs and the thread's, under
 * the lock), mine and batch (the thread's alone), none (its owner's, from the call of done).
 */
#include "queue/queue.h"

#include "base/hash.h"
#include "base/unicode.h"
#include "os/clock.h"
#include "os/random.h"
#include "queue/id.h"
#include "queue/job_priv.h"
#include "queue/opening_priv.h"
#include "queue/stores.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define BATCH_MAX 512
#define SPENT_MAX (1u << 20) /* octets; whose ID finds no room has a file until the next start */
#define BATCH_OCTETS ((uint64_t)16 << 20)
#define ID_SHIFT 10 /* IDs a millisecond: 1,024; more borrow from the next */
#define MARK_AHEAD ((queue_id)60000 << ID_SHIFT)
#define MARK_ROOM ((queue_id)1 << 20)
#define NAME_ROOM 2048 /* of a domain, in octets */
#define PATIENCE_MS 3  /* at least; as long as a commit takes, but */
#define PATIENCE_MAX_MS 30
#define REST_NS 2000000000 /* 2 s without a job: time for the store to tidy up */

struct queue {
	struct queue_store *store;
	struct queue_spool *spool;
	struct buf spent; /* the thread's: IDs of spooled messages whose files shall go */
	size_t batch_max;
	void (*told)(void *arg);
	void *told_arg;
	uint64_t lane_seed[2]; /* never changes once it is open */
	struct list mine;      /* taken from handed, not yet run */
	bool rested;           /* the thread's: the store had its rest since its last transaction */
	int64_t commit_ms;     /* the thread's: how long the last commit took */
	bool added; /* the thread's: its last batch brought mail, of which RECORDs will come */

	_Atomic queue_id last; /* given out */
	_Atomic queue_id mark; /* on disk: all given out are below */

	pthread_t thread;
	pthread_mutex_t lock; /* guards what follows */
	pthread_cond_t wake;
	struct queue_counts counts; /* as of the last commit; only the thread writes it */
	struct list handed;
	bool asleep;
	bool dozes; /* asleep, but not for long: what is patient need not wake it */
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

struct queue_spool *queue_spool(const struct queue *q)
{
	return q->spool;
}

void queue_counts(struct queue *q, struct queue_counts *out)
{
	(void)pthread_mutex_lock(&q->lock);
	*out = q->counts;
	(void)pthread_mutex_unlock(&q->lock);
}

uint64_t queue_lane(const struct queue *q, struct str domain)
{
	CLEANUP(arena_clear) struct arena names = { .max = NAME_ROOM };
	struct str name;

	if (unicode_domain_name(&names, domain, &name) != ERR_OK)
		name = domain; /* no memory: beside its lane, until it is written again */
	uint64_t lane = hash_nocase(q->lane_seed, name);

	return lane ? lane : 1;
}

uint64_t queue_message_lane(const struct queue *q, const struct queue_message *m)
{
	const struct str *first = NULL;

	for (size_t i = 0; i < m->n_rcpt; i++) {
		if (m->rcpt[i].state != SCHEDULE_WAITING)
			continue;
		if (!first)
			first = &m->rcpt[i].to;
		else if (!unicode_same_domain(schedule_domain(m->rcpt[i].to),
					      schedule_domain(*first)))
			return 0;
	}
	return first ? queue_lane(q, schedule_domain(*first)) : 0;
}

void queue_submit(struct queue *q, struct queue_job *job)
{
	bool hurry = !job->patient;

	(void)pthread_mutex_lock(&q->lock);
	bool asleep = q->asleep && ((list_empty(&q->handed) && !q->dozes) || (hurry && !q->hurry));
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

/* So much later than now, for the condition. */
static struct timespec later(long ns)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_sec += ns / 1000000000;
	t.tv_nsec += ns % 1000000000;
	t.tv_sec += t.tv_nsec / 1000000000;
	t.tv_nsec %= 1000000000;
	return t;
}

/* Waiting costs nobody anything; a commit of its own keeps whoever comes meanwhile. */
static long patience_ns(const struct queue *q)
{
	int64_t ms = q->commit_ms < PATIENCE_MS ? PATIENCE_MS : q->commit_ms;

	return 1000000 * (long)(ms > PATIENCE_MAX_MS ? PATIENCE_MAX_MS : ms);
}

/* With the lock: let what is patient wait for company, but not for long. */
static void wait_for_company(struct queue *q)
{
	const struct timespec until = later(patience_ns(q));
	int timed_out = 0;

	q->asleep = true;
	while (!q->hurry && !q->raise && !q->stop && !timed_out)
		timed_out = pthread_cond_timedwait(&q->wake, &q->lock, &until);
	q->asleep = false;
}

/*
 * With the lock: what becomes of mail that was just stored is handed over soon, and patient.
 * Waiting for it now, for a while, spares each of them to be waken for.  Whether anything has come.
 */
static bool doze(struct queue *q)
{
	q->dozes = true;
	wait_for_company(q);
	q->dozes = false;
	return !list_empty(&q->handed);
}

static bool nothing_to_do(const struct queue *q)
{
	return list_empty(&q->mine) && list_empty(&q->handed) && !q->raise && !q->stop;
}

/* With the lock: wait for something to do; where that lasts, the store has its rest meanwhile. */
static void wait_for_work(struct queue *q)
{
	while (nothing_to_do(q)) {
		const struct timespec until = later(REST_NS);
		int timed_out = 0;
		q->asleep = true;
		while (nothing_to_do(q) && !timed_out) {
			if (q->rested)
				(void)pthread_cond_wait(&q->wake, &q->lock);
			else
				timed_out = pthread_cond_timedwait(&q->wake, &q->lock, &until);
		}
		q->asleep = false;
		if (!timed_out)
			continue;
		(void)pthread_mutex_unlock(&q->lock);
		q->rested = q->store->ops->rest(q->store);
		(void)pthread_mutex_lock(&q->lock);
	}
}

/* Wait for something to do; false when all is done and the thread shall end. */
static bool gather(struct queue *q, bool *raise)
{
	(void)pthread_mutex_lock(&q->lock);
	if (!q->added || !list_empty(&q->mine) || !doze(q)) {
		wait_for_work(q);
		if (list_empty(&q->mine))
			wait_for_company(q);
	}
	q->added = false;
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
		q->added |= job_of(l)->kind == QUEUE_ADD;
		read += queue_job_reads(job_of(l));
		list_add(batch, l);
	}
	return added;
}

static struct queue_turn begin(struct queue *q)
{
	struct queue_turn turn = { .store = q->store,
				   .last = atomic_load(&q->last),
				   .counts = q->counts,
				   .spent = &q->spent };

	turn.store->ops->begin(turn.store, QUEUE_WRITE);
	return turn;
}

/* For good, or nothing of it. */
static enum err commit(struct queue *q, const struct queue_turn *turn)
{
	int64_t begun = os_clock_mono();
	enum err e = turn->store->ops->commit(turn->store);

	q->commit_ms = os_clock_mono() - begun;
	if (e != ERR_OK)
		return e;
	(void)pthread_mutex_lock(&q->lock);
	q->counts = turn->counts;
	(void)pthread_mutex_unlock(&q->lock);
	return ERR_OK;
}

/* All of the batch in one transaction, or nothing of it. */
static enum err transact(struct queue *q, struct list *batch, queue_id mark)
{
	const struct queue_store_ops *ops = q->store->ops;
	struct queue_turn turn = begin(q);
	size_t spent = q->spent.n;

	if (mark)
		ops->set_number(q->store, QUEUE_MARK, mark);
	turn.room = ops->room(q->store);
	struct list *l = batch->next;
	for (; l != batch && ops->err(q->store, NULL) == ERR_OK; l = l->next)
		queue_job_run(&turn, job_of(l));
	enum err e = commit(q, &turn);
	if (e == ERR_OK && mark)
		atomic_store(&q->mark, mark);
	for (; e != ERR_OK && l != batch->next; l = l->prev)
		queue_job_undo(job_of(l->prev));
	if (e != ERR_OK)
		q->spent.n = spent;
	return e;
}

/* A job that brings nothing new gets all the disk that there is. */
static enum err transact_alone(struct queue *q, struct list *one, queue_id mark)
{
	enum err e = transact(q, one, mark);

	enum queue_job_kind kind = list_empty(one) ? QUEUE_RECORD : job_of(one->next)->kind;
	if (kind == QUEUE_ADD || kind == QUEUE_REMEMBER)
		return e;
	for (unsigned step = 0; e == ERR_LIMIT && q->store->ops->relieve(q->store, step); step++)
		e = transact(q, one, mark);
	return e;
}

/* What it brought is the store's; or may be, as nobody knows what a sync that failed has left. */
static void settle(const struct queue_job *job)
{
	const struct queue_message *m =
		job->kind == QUEUE_RECORD ? job->update.report : job->message;

	if ((job->err == ERR_OK || job->err == ERR_IO) && m && m->spool)
		m->spool->unstored = NULL;
}

static void tell(const struct queue *q, struct list *batch)
{
	for (struct list *l; (l = list_shift(batch));) {
		settle(job_of(l));
		job_of(l)->done(job_of(l));
	}
	if (q->told)
		q->told(q->told_arg);
}

/* Files of messages that are gone, now that this is on stable storage and all were told. */
static void remove_spent(struct queue *q)
{
	for (size_t at = 0; at < q->spent.n; at += sizeof(queue_id)) {
		queue_id id;
		memcpy(&id, q->spent.p + at, sizeof(id));
		queue_spool_remove(q->spool, id);
	}
	buf_free(&q->spent);
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
			(void)q->store->ops->err(q->store, &job_of(l)->why);
		}
		tell(q, &one);
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
		q->store->ops->prepare(q->store);
	if (list_empty(&batch) && !mark)
		return;
	q->rested = false;
	if (transact(q, &batch, mark) == ERR_OK)
		tell(q, &batch);
	else
		each_alone(q, &batch, mark);
	remove_spent(q);
	q->store->ops->tidy(q->store);
}

static void *work(void *arg)
{
	struct queue *q = arg;
	bool raise;

	(void)pthread_setname_np(pthread_self(), "store");
	while (gather(q, &raise))
		run_batch(q, raise);
	return NULL;
}

/* The seed of the lanes, made where there is none. */
static void seed_lanes(struct queue *q)
{
	const struct queue_store_ops *ops = q->store->ops;

	for (unsigned i = 0; i < 2; i++) {
		enum queue_number which = i ? QUEUE_LANE_SEED_2 : QUEUE_LANE_SEED_1;
		q->lane_seed[i] = ops->number(q->store, which);
		if (q->lane_seed[i])
			continue;
		q->lane_seed[i] = os_random_u64() | 1;
		ops->set_number(q->store, which, q->lane_seed[i]);
	}
}

/* IDs begin above all that were ever given out. */
static void start_ids(struct queue *q)
{
	const struct queue_store_ops *ops = q->store->ops;
	queue_id mark = ops->number(q->store, QUEUE_MARK);
	struct queue_row row = { .id = 0 };

	(void)ops->get(q->store, QUEUE_FIND_LAST, 0, &row);
	queue_id highest = mark > 0 && mark - 1 > row.id ? mark - 1 : row.id;
	atomic_store(&q->last, highest);
	mark = mark_wanted(highest);
	atomic_store(&q->mark, mark);
	ops->set_number(q->store, QUEUE_MARK, mark);
}

/* What was out is due again; how much there is is known from here on. */
static enum err recover(struct queue *q, const char *store, struct buf *why)
{
	struct queue_turn turn = begin(q);

	turn.store->ops->counts(turn.store, &turn.counts);
	queue_job_recover(&turn);
	seed_lanes(q);
	start_ids(q);
	enum err e = commit(q, &turn);
	if (e == ERR_OK)
		return ERR_OK;
	int saved = errno;
	const char *what = NULL;
	(void)turn.store->ops->err(turn.store, &what);
	buf_add(why, str_of(store));
	buf_add(why, STR(": "));
	buf_add(why, str_of(what ? what : err_text(e)));
	errno = saved;
	return e == ERR_NOMEM ? ERR_NOMEM : ERR_IO;
}

/* Signals are for the threads that expect them. */
static enum err start(struct queue *q, const char *store, struct buf *why)
{
	sigset_t all, before;

	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	int failed = pthread_create(&q->thread, NULL, work, q);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (failed) {
		buf_add(why, str_of(store));
		buf_add(why, STR(": no thread for the store: "));
		buf_add(why, str_of(strerror(failed)));
		errno = failed;
		return ERR_IO;
	}
	return ERR_OK;
}

static void release(struct queue *q)
{
	int saved = errno;

	if (q->store)
		q->store->ops->close(&q->store);
	queue_spool_close(&q->spool);
	buf_free(&q->spent);
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
	q->told = conf->told;
	q->told_arg = conf->arg;
	q->spent = BUF_MAX(SPENT_MAX);
	list_init(&q->mine);
	list_init(&q->handed);
	(void)pthread_mutex_init(&q->lock, NULL);
	pthread_condattr_t attributes;
	(void)pthread_condattr_init(&attributes);
	(void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&q->wake, &attributes);
	(void)pthread_condattr_destroy(&attributes);
	enum err e = queue_stores_open(conf->store, conf->reserve, QUEUE_WRITE, &q->store, why);
	if (e == ERR_OK)
		e = recover(q, conf->store, why);
	if (e == ERR_OK)
		e = queue_opening_spool(q->store, conf->store, conf->reserve, &q->spool, why);
	if (e == ERR_OK)
		queue_opening_tell(q->store, q->spool, &q->counts, conf->store, why);
	if (e == ERR_OK)
		e = start(q, conf->store, why);
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
	/* So that IDs follow the clock when it is opened again; else the mark before serves. */
	struct queue_turn turn = begin(q);
	turn.store->ops->set_number(q->store, QUEUE_MARK, atomic_load(&q->last) + 1);
	(void)commit(q, &turn);
	release(q);
	*qp = NULL;
}
