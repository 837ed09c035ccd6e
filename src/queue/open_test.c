/* Opening again: what is recovered, IDs, lanes, counts; and the reader. */
#include "queue/testing_priv.h"

static const struct schedule_change deferred = { .state = SCHEDULE_WAITING, .tried = true };

/* Open, take what is due in order, with attempts; the rest stays. */
static void test_recover(const char *store)
{
	struct queue *q = testing_open("new", store);
	queue_id never = testing_add(q, 100, 1);
	queue_id tried = testing_add(q, 100, 2);
	queue_id later = testing_add(q, 100, 1);
	queue_id held = testing_add(q, 100, 1);
	struct queue_job hold = { .kind = QUEUE_HOLD, .id = held };
	struct queue_job retry = { .kind = QUEUE_RETRY, .id = never };

	(void)testing_record(q, tried, &deferred, QUEUE_STAYS_OUT, 0);
	(void)testing_record(q, later, &deferred, QUEUE_WAITS, 1000);
	CHECK_INT("hold", testing_run(q, &hold), ERR_OK);
	CHECK_INT("retry", testing_run(q, &retry), ERR_OK);
	queue_close(&q);
	q = testing_open("again", store);
	testing_check_open("again", q, store);
	struct queue_job take = { .kind = QUEUE_TAKE, .take = { .max = 10 }, .now_wall_ms = 0 };
	CHECK_INT("take", testing_run(q, &take), ERR_OK);
	CHECK_INT("two", (long long)take.n, 2);
	CHECK_INT("then", take.due_wall_ms, 1000);
	queue_id want[] = { never, tried };
	size_t n = 0;
	for (struct list *l; (l = list_shift(&take.taken)); n++) {
		struct queue_message *m = CONTAINER_OF(l, struct queue_message, link);
		CHECK_INT("which", m->id == want[n % 2], 1);
		CHECK_INT("rounds", m->attempts, (long long)n);
		CHECK_INT("load", testing_load(q, m), ERR_OK);
		CHECK_INT("whole", testing_whole(m), 1);
		queue_message_free(&m);
	}

	/* What was remembered while they were out is done with. */
	for (size_t i = 0; i < COUNT_OF(want); i++) {
		(void)testing_record(q, want[i], NULL, QUEUE_WAITS, 2000);
		struct queue_message *m = testing_look(store, want[i]);
		CHECK_INT("not due at once", m ? m->next_wall_ms : 0, 2000);
		CHECK_INT("nor a round", m ? (long long)m->attempts : -1, (long long)i);
		queue_message_free(&m);
	}
	queue_close(&q);
}

static void test_ids(const char *store)
{
	struct queue *q = testing_open("new", store);
	uint64_t lane = queue_lane(q, STR("example.net"));
	queue_id last = 0;

	for (size_t i = 0; i < 100000; i++) {
		queue_id id = queue_next_id(q);
		if (id <= last)
			CHECK_INT("rises", (long long)id, (long long)last);
		last = id;
	}
	queue_close(&q);
	q = testing_open("again", store);
	queue_id id = queue_next_id(q);
	CHECK_INT("never given out is never given again", id > last, 1);
	CHECK_INT("the same lane", queue_lane(q, STR("example.net")) == lane, 1);
	CHECK_INT("near the clock", id < last + ((queue_id)10000 << 10), 1);
	queue_close(&q);
}

/* An idle store: the clock has passed the mark.  It is raised without a job. */
static void test_mark(const char *store)
{
	struct queue *q = testing_open("new", store);
	queue_id id = 0;

	for (size_t i = 0; i < 3 << 20; i++)
		id = queue_next_id(q);
	CHECK_INT("store", testing_add(q, 10, 1) > id, 1);
	(void)testing_check("far ahead of the clock", store);
	queue_close(&q);
}

static void test_reader(const char *store)
{
	struct buf why = BUF_MAX(1000);
	struct queue_reader *r = NULL;
	struct queue_message *m = NULL;
	int64_t oldest = -1;

	struct queue *q = testing_open("new", store);
	CHECK_INT("look", queue_reader_look(store, &why), ERR_OK);
	CHECK_INT("open", queue_reader_open(store, &r, &why), ERR_OK);
	CHECK_INT("oldest", queue_reader_oldest(r, &oldest), ERR_OK);
	CHECK_INT("none", oldest, 0);
	CHECK_INT("next", queue_reader_next(r, 0, &m), ERR_OK);
	CHECK_INT("none", m == NULL, 1);
	queue_id id = testing_add(q, 100, 3);
	queue_id other = testing_add(q, 50, 1);
	struct schedule_change done = { .rcpt = 1, .state = SCHEDULE_FAILED };
	(void)testing_record(q, id, &done, QUEUE_WAITS, 10);
	CHECK_INT("oldest", queue_reader_oldest(r, &oldest), ERR_OK);
	CHECK_INT("oldest", oldest, 1000);
	CHECK_INT("next", queue_reader_next(r, id, &m), ERR_OK);
	CHECK_INT("other", m && m->id == other && m->size == 50 && m->content.n == 0, 1);
	queue_message_free(&m);
	CHECK_INT("end", queue_reader_next(r, other, &m), ERR_OK);
	CHECK_INT("end", m == NULL, 1);
	CHECK_INT("beyond", queue_reader_next(r, UINT64_MAX, &m), ERR_OK);
	CHECK_INT("no such", queue_reader_get(r, 1, &m), ERR_SYNTAX);
	queue_reader_close(&r);
	queue_close(&q);
	buf_free(&why);
}

/* Message after message of a state; how many.  Of WAITING any may come. */
static long long count_of(struct queue_reader *r, enum queue_state state)
{
	struct queue_message *m = NULL;
	long long n = 0;

	for (queue_id id = 0; queue_reader_next_of(r, state, id, &m) == ERR_OK && m; n++) {
		id = m->id;
		if (state != QUEUE_STATE_WAITING)
			CHECK_INT("its state", queue_message_state(m), state);
		queue_message_free(&m);
	}
	return n;
}

static void test_states(const char *store)
{
	struct buf why = BUF_MAX(1000);
	struct queue_reader *r = NULL;
	struct queue *q = testing_open("new", store);

	for (unsigned i = 0; i < 4; i++)
		(void)testing_add(q, 10, 1);
	queue_id held = testing_add(q, 10, 1), failed = testing_add(q, 10, 1);
	struct schedule_change change = { .state = SCHEDULE_FAILED };
	(void)testing_record(q, failed, &change, QUEUE_FAILS, 10);
	change.state = SCHEDULE_WAITING;
	(void)testing_record(q, held, &change, QUEUE_WAITS, 10);
	struct queue_job job = { .kind = QUEUE_HOLD, .id = held };
	CHECK_INT("hold", testing_run(q, &job), ERR_OK);
	CHECK_INT("open", queue_reader_open(store, &r, &why), ERR_OK);
	CHECK_INT("out", count_of(r, QUEUE_STATE_ACTIVE), 4);
	CHECK_INT("held", count_of(r, QUEUE_STATE_HELD), 1);
	CHECK_INT("failed", count_of(r, QUEUE_STATE_FAILED), 1);
	CHECK_INT("all", count_of(r, QUEUE_STATE_WAITING), 6);
	queue_reader_close(&r);
	queue_close(&q);
	buf_free(&why);
}

/* What there is is counted anew, however it was left. */
static void test_counts(const char *store)
{
	struct queue *q = testing_open("new", store);
	queue_id id = testing_add(q, 100, 3);
	struct schedule_change done = { .rcpt = 1, .state = SCHEDULE_FAILED };
	struct queue_counts c;

	(void)testing_add(q, 50, 1);
	(void)testing_record(q, id, &done, QUEUE_WAITS, 10);
	for (int times = 0; times < 2; times++) {
		queue_counts(q, &c);
		CHECK_INT("messages", (long long)c.messages, 2);
		CHECK_INT("active", (long long)c.active, !times);
		CHECK_INT("deferred", (long long)c.deferred, 1 + times);
		CHECK_INT("waiting", (long long)c.recipients_waiting, 3);
		CHECK_INT("octets", (long long)c.octets, 150);
		queue_close(&q);
		q = testing_open("again", store);
	}
	testing_check_open("again", q, store);
	queue_close(&q);
}

static void test_unknown(const char *store)
{
	static const char *const names[] = { "floppy:a", "sqlite", "" };

	(void)store;
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		struct queue_conf conf = { .store = names[i] };
		struct buf why = BUF_MAX(1000);
		struct queue *q = NULL;
		struct queue_reader *r = NULL;
		CHECK_INT(names[i], queue_open(&conf, &q, &why), ERR_SYNTAX);
		CHECK_INT(names[i], queue_reader_open(names[i], &r, &why), ERR_SYNTAX);
		CHECK_INT(names[i], queue_reader_look(names[i], &why), ERR_SYNTAX);
		CHECK_INT(names[i], str_starts(buf_str(&why), str_of(names[i])), 1);
		buf_free(&why);
	}
}

int main(void)
{
	static void (*const tests[])(const char *) = {
		test_recover, test_ids,    test_mark,    test_reader,
		test_states,  test_counts, test_unknown,
	};
	const size_t n = COUNT_OF(tests);

	for (size_t i = 0; i < n * COUNT_OF(testing_stores); i++) {
		struct testing_dir dir = testing_dir_new(&testing_stores[i / n], "/tmp");
		tests[i % n](dir.store);
		testing_dir_clear(&dir);
	}
	return TEST_EXIT();
}
