/* Many at once: what TAKE gives, jobs that share a transaction, threads that share the store. */
#include "queue/queue.h"

#include "base/hash.h"
#include "queue/testing_priv.h"

static const struct schedule_change delivered = {
	.state = SCHEDULE_DELIVERED,
	.status = STR_INIT("2.0.0"),
	.tried = true,
};
static const struct schedule_change deferred = {
	.state = SCHEDULE_WAITING,
	.status = STR_INIT("4.4.3"),
	.text = STR_INIT("no server"),
	.remote = STR_INIT("mx.example.net"),
	.secure_failed = true,
	.tried = true,
};

/* TAKE in order of time, at most max, and the time of the next. */
static void test_take(struct queue *q, const char *store)
{
	queue_id id[5];

	(void)store;
	for (size_t i = 0; i < 5; i++) {
		id[i] = testing_add(q, 10, 1);
		(void)testing_record(q, id[i], NULL, QUEUE_WAITS, (int64_t)(50 - 10 * i));
	}
	struct queue_job job = { .kind = QUEUE_TAKE, .take = { .max = 2 }, .now_wall_ms = 40 };
	CHECK_INT("take", testing_run(q, &job), ERR_OK);
	CHECK_INT("two", (long long)job.n, 2);
	CHECK_INT("next is due", job.due_wall_ms, 30);
	size_t at = 4;
	for (struct list *l; (l = list_shift(&job.taken)); at--) {
		struct queue_message *m = CONTAINER_OF(l, struct queue_message, link);
		CHECK_INT("in order", m->id == id[at], 1);
		queue_message_free(&m);
	}
	CHECK_INT("both", (long long)at, 2);
	job.take.max = 100;
	CHECK_INT("take", testing_run(q, &job), ERR_OK);
	CHECK_INT("rest", (long long)job.n, 2);
	CHECK_INT("next is not", job.due_wall_ms, 50);
	for (struct list *l; (l = list_shift(&job.taken));) {
		struct queue_message *m = CONTAINER_OF(l, struct queue_message, link);
		queue_message_free(&m);
	}
}

/* One bad job in a batch fails alone; the others are done, in their order. */
static void test_batch(struct queue *q, const char *store)
{
	queue_id waits = testing_add(q, 100, 1);
	queue_id ends = testing_add(q, 100, 1);
	struct queue_message *m[3];
	(void)testing_record(q, waits, NULL, QUEUE_WAITS, 5);
	for (size_t i = 0; i < COUNT_OF(m); i++)
		m[i] = testing_message(queue_next_id(q), 100, 1);
	m[1]->id = m[0]->id;
	struct queue_job job[] = {
		{ .kind = QUEUE_TAKE, .take = { .max = 5 }, .now_wall_ms = 5 },
		{ .kind = QUEUE_ADD, .message = m[0] },
		{ .kind = QUEUE_RECORD,
		  .update = { .id = ends, .change = &delivered, .n_change = 1 } },
		{ .kind = QUEUE_ADD, .message = m[1] },
		{ .kind = QUEUE_ADD, .message = m[2] },
		{ .kind = QUEUE_HOLD, .id = m[2]->id },
		{ .kind = QUEUE_REMOVE, .id = m[2]->id },
	};

	testing_batch(q, job, COUNT_OF(job));
	for (size_t i = 0; i < COUNT_OF(job); i++)
		CHECK_INT("batch", job[i].err, i == 3 ? ERR_SYNTAX : i == 6 ? ERR_LIMIT : ERR_OK);
	CHECK_INT("gone", job[2].gone, 1);
	struct list *l = list_shift(&job[0].taken);
	struct queue_message *taken = l ? CONTAINER_OF(l, struct queue_message, link) : NULL;
	CHECK_INT("taken", taken && taken->id == waits, 1);
	CHECK_INT("one", (long long)job[0].n, 1);
	queue_message_free(&taken);
	CHECK_INT("added", testing_there(store, m[0]->id) && testing_there(store, m[2]->id), 1);
	for (size_t i = 0; i < COUNT_OF(m); i++)
		queue_message_free(&m[i]);
}

/* What is patient is done alone, whenever it comes after its message, and beside other threads. */
static void *work_patiently(void *arg)
{
	struct queue *q = arg;

	for (size_t i = 0; i < 50; i++) {
		struct queue_job job = { .kind = QUEUE_RECORD, .patient = true };
		struct schedule_change change = delivered;
		job.update = (struct queue_update){ .id = testing_add(q, 100, 1),
						    .change = &change,
						    .n_change = 1 };
		for (size_t turns = 0; turns < i * 1000; turns++)
			(void)queue_lane(q, STR("example.net"));
		CHECK_INT("recorded", testing_run(q, &job), ERR_OK);
		CHECK_INT("gone", job.gone, 1);
	}
	return NULL;
}

static void test_patience(struct queue *q, const char *store)
{
	pthread_t thread;

	(void)store;
	(void)work_patiently(q);
	CHECK_INT("thread", pthread_create(&thread, NULL, work_patiently, q), 0);
	(void)work_patiently(q);
	(void)pthread_join(thread, NULL);
}

static void *work(void *arg)
{
	struct queue *q = arg;

	for (size_t i = 0; i < 100; i++) {
		queue_id id = testing_add(q, 100 * i, 1);
		(void)testing_record(q, id, &deferred, i % 2 ? QUEUE_WAITS : QUEUE_STAYS_OUT, 5);
		CHECK_INT("gone", testing_record(q, id, &delivered, QUEUE_WAITS, 0).gone, 1);
	}
	return NULL;
}

/* Many hand over at once, while one reads. */
static void test_threads(struct queue *q, const char *store)
{
	pthread_t thread[4];
	struct buf why = BUF_MAX(1000);
	struct queue_reader *r = NULL;
	struct queue_counts counts = { .messages = 1 };

	CHECK_INT("reader", queue_reader_open(store, &r, &why), ERR_OK);
	for (size_t i = 0; i < COUNT_OF(thread); i++)
		CHECK_INT("thread", pthread_create(&thread[i], NULL, work, q), 0);
	for (size_t i = 0; r && i < 100; i++) {
		struct queue_message *m = NULL;
		CHECK_INT("read", queue_reader_next(r, 0, &m), ERR_OK);
		CHECK_INT("one recipient", m == NULL || m->n_rcpt == 1, 1);
		queue_message_free(&m);
	}
	for (size_t i = 0; i < COUNT_OF(thread); i++)
		(void)pthread_join(thread[i], NULL);
	queue_counts(q, &counts);
	CHECK_INT("none is left", (long long)counts.messages, 0);
	queue_reader_close(&r);
	buf_free(&why);
}

int main(void)
{
	static void (*const tests[])(struct queue *, const char *) = { test_take, test_batch,
								       test_patience,
								       test_threads };

	testing_each(tests, COUNT_OF(tests));
	return TEST_EXIT();
}
