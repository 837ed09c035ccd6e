/* What is known of domains is kept, over a restart, and no more of them than are wanted. */
#include "queue/store.h"
#include "queue/stores.h"
#include "queue/testing_priv.h"

#define ROW(name, is_secure, when)                                                                 \
	{                                                                                          \
		.domain = STR_INIT(name), .secure = (is_secure), .since_wall_ms = (when),          \
		.secure_wall_ms = (when) + 1, .seen_wall_ms = (when) + 2                           \
	}

static struct schedule_memory_batch *batch(const struct schedule_memory_row *rows, size_t n)
{
	struct schedule_memory_batch *b = calloc(1, sizeof(*b) + n * sizeof(b->row[0]));

	if (!b)
		abort();
	memcpy(b->row, rows, n * sizeof(*rows));
	b->n = n;
	return b;
}

static void heard(void *arg, const struct schedule_memory_row *row)
{
	buf_addf(arg, "%.*s %d %lld %lld %lld;", STR_ARG(row->domain), row->secure,
		 (long long)row->since_wall_ms, (long long)row->secure_wall_ms,
		 (long long)row->seen_wall_ms);
}

static void remember(struct queue *q, const struct schedule_memory_row *rows, size_t n)
{
	struct schedule_memory_batch *b = batch(rows, n);
	struct queue_job job = { .kind = QUEUE_REMEMBER, .domains = b };

	CHECK_INT("remember", testing_run(q, &job), ERR_OK);
	free(b);
}

static void check_recall(const char *label, struct queue *q, const char *want)
{
	CLEANUP(buf_free) struct buf got = BUF_MAX(1000);
	struct queue_job job = { .kind = QUEUE_RECALL, .recall = heard, .recall_arg = &got };

	CHECK_INT(label, testing_run(q, &job), ERR_OK);
	CHECK_STR(label, buf_str(&got), str_of(want));
}

static const struct schedule_memory_row first[] = { ROW("b.example", true, 20),
						    ROW("a.example", false, 10) };
static const struct schedule_memory_row again[] = { ROW("a.example", true, 30) };

/* Beside the writer: whether anything is known of a domain, and what. */
static void check_known(const char *label, const char *store, const char *domain, const char *want)
{
	CLEANUP(buf_free) struct buf got = BUF_MAX(1000), why = BUF_MAX(1000);
	struct queue_reader *reader = NULL;
	struct schedule_memory_row row;
	bool found = false;

	CHECK_INT(label, queue_reader_open(store, &reader, &why), ERR_OK);
	CHECK_INT(label, queue_reader_known(reader, str_of(domain), &found, &row), ERR_OK);
	if (found)
		heard(&got, &row);
	CHECK_STR(label, buf_str(&got), str_of(want));
	queue_reader_close(&reader);
}

static void check_kept(struct queue *q, const char *store)
{
	check_recall("nothing", q, "");
	check_known("nothing is known", store, "a.example", "");
	remember(q, first, COUNT_OF(first));
	check_recall("two, by when they were seen", q,
		     "a.example 0 10 11 12;b.example 1 20 21 22;");
	check_known("of one", store, "a.example", "a.example 0 10 11 12;");
	check_known("of another not", store, "A.example", "");
	check_known("nor of none", store, "", "");
	remember(q, again, COUNT_OF(again));
	check_known("it is otherwise", store, "a.example", "a.example 1 30 31 32;");
	check_recall("one is otherwise", q, "b.example 1 20 21 22;a.example 1 30 31 32;");
}

static void (*const tests[])(struct queue *q, const char *store) = { check_kept };

/* Beside the thread: the store itself, closed and opened between. */
static void check_forget(const struct testing_store *s)
{
	struct testing_dir dir = testing_dir_new(s, "/dev/shm");
	CLEANUP(buf_free) struct buf why = BUF_MAX(1000), got = BUF_MAX(1000);
	struct queue_store *store = NULL;

	CHECK_INT("open", queue_stores_open(dir.store, 0, QUEUE_WRITE, &store, &why), ERR_OK);
	if (!store)
		abort();
	store->ops->begin(store, QUEUE_WRITE);
	for (size_t i = 0; i < COUNT_OF(first); i++)
		store->ops->remember(store, &first[i]);
	store->ops->forget(store, 1);
	CHECK_INT("commit", store->ops->commit(store), ERR_OK);
	store->ops->close(&store);
	CHECK_INT("open", queue_stores_open(dir.store, 0, QUEUE_WRITE, &store, &why), ERR_OK);
	if (!store)
		abort();
	store->ops->begin(store, QUEUE_READ);
	store->ops->recall(store, heard, &got);
	CHECK_INT("commit", store->ops->commit(store), ERR_OK);
	CHECK_STR("the one that was seen last", buf_str(&got), STR("b.example 1 20 21 22;"));
	store->ops->close(&store);
	testing_dir_clear(&dir);
}

int main(void)
{
	testing_each(tests, COUNT_OF(tests));
	for (size_t i = 0; i < COUNT_OF(testing_stores); i++)
		check_forget(&testing_stores[i]);
	return TEST_EXIT();
}
