/*
 * What each job does to a message, as a table: how it is before, the job, how it is
 * after; over a store in memory, and over each of the others.  And what a failure of
 * the store at any moment leaves of it.
 */
#include "queue/job_priv.h"

#include "queue/stores.h"
#include "queue/testing_stand_priv.h"

enum { NOTHING = -1 };

/* A job on it.  RECORD: what becomes of both, and then. */
static const struct {
	const char *label;
	struct stand before;
	enum queue_job_kind kind;
	bool all;
	int64_t now; /* also RECORD: next; TAKE: latest is 10000, forget 50 before it */
	enum queue_then then;
	int rcpt[2]; /* states, or NOTHING */
	unsigned set_flags;
	struct stand after;
	enum err err;
	size_t n;
} cases[] = {
	/* RECORD */
	{ "both delivered", IS_OUT, QUEUE_RECORD, 0, 9, QUEUE_WAITS, { D, D }, 0, GONE, 0, 0 },
	{ "delivered, told", IS_OUT, QUEUE_RECORD, 0, 9, QUEUE_FAILS, { D, T }, 0, GONE, 0, 0 },
	{ "one waits",
	  IS_OUT,
	  QUEUE_RECORD,
	  0,
	  9,
	  QUEUE_WAITS,
	  { D, W },
	  0,
	  { 9, 0, 2, { D, W }, 8 },
	  0,
	  0 },
	{ "stays out",
	  IS_OUT,
	  QUEUE_RECORD,
	  0,
	  9,
	  QUEUE_STAYS_OUT,
	  { D, NOTHING },
	  0,
	  { OUT, QUEUE_ROUND, 1, { D, W }, 8 },
	  0,
	  0 },
	{ "failed untold",
	  IS_OUT,
	  QUEUE_RECORD,
	  0,
	  9,
	  QUEUE_WAITS,
	  { F, F },
	  0,
	  { 9, 0, 2, { F, F }, 8 },
	  0,
	  0 },
	{ "kept as failed",
	  IS_OUT,
	  QUEUE_RECORD,
	  0,
	  9,
	  QUEUE_FAILS,
	  { F, D },
	  0,
	  { 9, QUEUE_FAILED, 2, { F, D }, 0 },
	  0,
	  0 },
	{ "kept, though held",
	  { OUT, QUEUE_HELD | QUEUE_AGAIN, 1, { W, W }, 7 },
	  QUEUE_RECORD,
	  0,
	  9,
	  QUEUE_FAILS,
	  { F, F },
	  0,
	  { 9, QUEUE_FAILED, 2, { F, F }, 0 },
	  0,
	  0 },
	{ "one waits still",
	  IS_OUT,
	  QUEUE_RECORD,
	  0,
	  9,
	  QUEUE_FAILS,
	  { F, W },
	  0,
	  { 9, 0, 2, { F, W }, 8 },
	  0,
	  0 },
	{ "nothing tried",
	  IS_OUT,
	  QUEUE_RECORD,
	  0,
	  9,
	  QUEUE_WAITS,
	  { NOTHING, NOTHING },
	  QUEUE_WARNED | QUEUE_OURS,
	  { 9, QUEUE_WARNED, 1, { W, W }, 8 },
	  0,
	  0 },
	{ "before the epoch",
	  IS_OUT,
	  QUEUE_RECORD,
	  0,
	  -9,
	  QUEUE_WAITS,
	  { NOTHING, NOTHING },
	  0,
	  { 0, 0, 1, { W, W }, 8 },
	  0,
	  0 },
	{ "asked for meanwhile",
	  { OUT, QUEUE_AGAIN, 1, { W, W }, 7 },
	  QUEUE_RECORD,
	  0,
	  9,
	  QUEUE_WAITS,
	  { W, W },
	  0,
	  { 0, 0, 2, { W, W }, 8 },
	  0,
	  0 },
	{ "held meanwhile",
	  { OUT, QUEUE_HELD, 1, { W, W }, 7 },
	  QUEUE_RECORD,
	  0,
	  9,
	  QUEUE_WAITS,
	  { W, W },
	  0,
	  { 9, QUEUE_HELD, 2, { W, W }, 8 },
	  0,
	  0 },
	/* TAKE */
	{ "due", WAITS(9), QUEUE_TAKE, 0, 9, 0, { 0 }, 0, IS_OUT, 0, 1 },
	{ "not due", WAITS(9), QUEUE_TAKE, 0, 8, 0, { 0 }, 0, WAITS(9), 0, 0 },
	{ "out", IS_OUT, QUEUE_TAKE, 0, 9, 0, { 0 }, 0, IS_OUT, 0, 0 },
	{ "held", IS_HELD, QUEUE_TAKE, 0, 9, 0, { 0 }, 0, IS_HELD, 0, 0 },
	{ "a lane that is closed",
	  { 9, 0, 1, { W, W }, 66 },
	  QUEUE_TAKE,
	  0,
	  9,
	  0,
	  { 0 },
	  0,
	  { 9, 0, 1, { W, W }, 66 },
	  0,
	  0 },
	{ "beyond the latest", WAITS(10001), QUEUE_TAKE, 0, 9, 0, { 0 }, 0, WAITS(10000), 0, 0 },
	{ "that of a closed lane",
	  { 10001, 0, 1, { W, W }, 66 },
	  QUEUE_TAKE,
	  0,
	  9,
	  0,
	  { 0 },
	  0,
	  { 10000, 0, 1, { W, W }, 66 },
	  0,
	  0 },
	{ "at the latest", WAITS(10000), QUEUE_TAKE, 0, 9, 0, { 0 }, 0, WAITS(10000), 0, 0 },
	{ "failed, kept",
	  FAILED_SINCE(51),
	  QUEUE_TAKE,
	  0,
	  100,
	  0,
	  { 0 },
	  0,
	  FAILED_SINCE(51),
	  0,
	  0 },
	{ "failed, forgotten", FAILED_SINCE(50), QUEUE_TAKE, 0, 100, 0, { 0 }, 0, GONE, 0, 0 },
	{ "failed, in times to come",
	  FAILED_SINCE(900),
	  QUEUE_TAKE,
	  0,
	  100,
	  0,
	  { 0 },
	  0,
	  FAILED_SINCE(100),
	  0,
	  0 },
	/* What administrators ask. */
	{ "retry", WAITS(9), QUEUE_RETRY, 0, 8, 0, { 0 }, 0, WAITS(8), 0, 1 },
	{ "retry, not later", WAITS(7), QUEUE_RETRY, 0, 8, 0, { 0 }, 0, WAITS(7), 0, 1 },
	{ "retry out",
	  IS_OUT,
	  QUEUE_RETRY,
	  0,
	  8,
	  0,
	  { 0 },
	  0,
	  { OUT, QUEUE_AGAIN, 1, { W, W }, 7 },
	  0,
	  1 },
	{ "retry failed",
	  FAILED_SINCE(9),
	  QUEUE_RETRY,
	  0,
	  80,
	  0,
	  { 0 },
	  0,
	  { 80, 0, 1, { W, D }, 0 },
	  0,
	  1 },
	{ "retry failed, given up by order",
	  { 9, QUEUE_FAILED | QUEUE_ENDING, 1, { F, D }, 0 },
	  QUEUE_RETRY,
	  0,
	  80,
	  0,
	  { 0 },
	  0,
	  { 80, 0, 1, { W, D }, 0 },
	  0,
	  1 },
	{ "retry all", WAITS(9), QUEUE_RETRY, 1, 8, 0, { 0 }, 0, WAITS(8), 0, 1 },
	{ "retry all, out",
	  IS_OUT,
	  QUEUE_RETRY,
	  1,
	  8,
	  0,
	  { 0 },
	  0,
	  { OUT, QUEUE_AGAIN, 1, { W, W }, 7 },
	  0,
	  1 },
	{ "retry all, failed",
	  FAILED_SINCE(9),
	  QUEUE_RETRY,
	  1,
	  8,
	  0,
	  { 0 },
	  0,
	  FAILED_SINCE(9),
	  0,
	  0 },
	{ "retry held", IS_HELD, QUEUE_RETRY, 0, 8, 0, { 0 }, 0, IS_HELD, ERR_LIMIT, 0 },
	{ "retry held, out",
	  { OUT, QUEUE_HELD, 1, { W, W }, 7 },
	  QUEUE_RETRY,
	  0,
	  8,
	  0,
	  { 0 },
	  0,
	  { OUT, QUEUE_HELD, 1, { W, W }, 7 },
	  ERR_LIMIT,
	  0 },
	{ "retry all, held", IS_HELD, QUEUE_RETRY, 1, 8, 0, { 0 }, 0, IS_HELD, ERR_LIMIT, 0 },
	{ "retry all, held, out",
	  { OUT, QUEUE_HELD, 1, { W, W }, 7 },
	  QUEUE_RETRY,
	  1,
	  8,
	  0,
	  { 0 },
	  0,
	  { OUT, QUEUE_HELD, 1, { W, W }, 7 },
	  0,
	  0 },
	{ "hasten", WAITS(9), QUEUE_HASTEN, 1, 8, 0, { 0 }, 0, WAITS(9), 0, 0 },
	{ "hasten, for the resolver",
	  { 9, QUEUE_RESOLVER, 1, { W, W }, 7 },
	  QUEUE_HASTEN,
	  1,
	  8,
	  0,
	  { 0 },
	  0,
	  { 8, QUEUE_RESOLVER, 1, { W, W }, 7 },
	  0,
	  1 },
	{ "hasten one", WAITS(9), QUEUE_HASTEN, 0, 8, 0, { 0 }, 0, WAITS(8), 0, 1 },
	{ "hasten one that is due", WAITS(9), QUEUE_HASTEN, 0, 10, 0, { 0 }, 0, WAITS(9), 0, 1 },
	{ "hasten one that is held", IS_HELD, QUEUE_HASTEN, 0, 8, 0, { 0 }, 0, IS_HELD, 0, 0 },
	{ "hasten one that is out", IS_OUT, QUEUE_HASTEN, 0, 8, 0, { 0 }, 0, IS_OUT, 0, 0 },
	{ "hasten one that has failed",
	  FAILED_SINCE(9),
	  QUEUE_HASTEN,
	  0,
	  8,
	  0,
	  { 0 },
	  0,
	  FAILED_SINCE(9),
	  0,
	  0 },
	{ "hasten, held",
	  { 9, QUEUE_RESOLVER | QUEUE_HELD, 1, { W, W }, 7 },
	  QUEUE_HASTEN,
	  1,
	  8,
	  0,
	  { 0 },
	  0,
	  { 9, QUEUE_RESOLVER | QUEUE_HELD, 1, { W, W }, 7 },
	  0,
	  0 },
	{ "hasten, out",
	  { OUT, QUEUE_RESOLVER, 1, { W, W }, 7 },
	  QUEUE_HASTEN,
	  1,
	  8,
	  0,
	  { 0 },
	  0,
	  { OUT, QUEUE_RESOLVER, 1, { W, W }, 7 },
	  0,
	  0 },
	{ "hold", WAITS(9), QUEUE_HOLD, 0, 8, 0, { 0 }, 0, IS_HELD, 0, 1 },
	{ "hold all, out",
	  IS_OUT,
	  QUEUE_HOLD,
	  1,
	  8,
	  0,
	  { 0 },
	  0,
	  { OUT, QUEUE_HELD, 1, { W, W }, 7 },
	  0,
	  1 },
	{ "hold failed",
	  FAILED_SINCE(9),
	  QUEUE_HOLD,
	  0,
	  8,
	  0,
	  { 0 },
	  0,
	  FAILED_SINCE(9),
	  ERR_LIMIT,
	  0 },
	{ "hold all, failed",
	  FAILED_SINCE(9),
	  QUEUE_HOLD,
	  1,
	  8,
	  0,
	  { 0 },
	  0,
	  FAILED_SINCE(9),
	  0,
	  0 },
	{ "release", IS_HELD, QUEUE_RELEASE, 0, 8, 0, { 0 }, 0, WAITS(8), 0, 1 },
	{ "release, not held", WAITS(9), QUEUE_RELEASE, 0, 8, 0, { 0 }, 0, WAITS(9), ERR_LIMIT, 0 },
	{ "release, out", IS_OUT, QUEUE_RELEASE, 0, 8, 0, { 0 }, 0, IS_OUT, ERR_LIMIT, 0 },
	{ "release all, none held", WAITS(9), QUEUE_RELEASE, 1, 8, 0, { 0 }, 0, WAITS(9), 0, 0 },
	{ "release all", IS_HELD, QUEUE_RELEASE, 1, 8, 0, { 0 }, 0, WAITS(8), 0, 1 },
	{ "release failed",
	  FAILED_SINCE(9),
	  QUEUE_RELEASE,
	  0,
	  8,
	  0,
	  { 0 },
	  0,
	  FAILED_SINCE(9),
	  ERR_LIMIT,
	  0 },
	{ "remove", WAITS(9), QUEUE_REMOVE, 0, 8, 0, { 0 }, 0, GONE, 0, 1 },
	{ "remove out", IS_OUT, QUEUE_REMOVE, 0, 8, 0, { 0 }, 0, IS_OUT, ERR_LIMIT, 0 },
	{ "remove failed", FAILED_SINCE(9), QUEUE_REMOVE, 0, 8, 0, { 0 }, 0, GONE, 0, 1 },
	{ "expire",
	  IS_HELD,
	  QUEUE_EXPIRE,
	  0,
	  8,
	  0,
	  { 0 },
	  0,
	  { 0, QUEUE_ENDING, 1, { W, W }, 7 },
	  0,
	  1 },
	{ "expire out",
	  { OUT, QUEUE_HELD, 1, { W, W }, 7 },
	  QUEUE_EXPIRE,
	  0,
	  8,
	  0,
	  { 0 },
	  0,
	  { OUT, QUEUE_ENDING | QUEUE_AGAIN, 1, { W, W }, 7 },
	  0,
	  1 },
	{ "expire failed",
	  FAILED_SINCE(9),
	  QUEUE_EXPIRE,
	  0,
	  8,
	  0,
	  { 0 },
	  0,
	  FAILED_SINCE(9),
	  ERR_LIMIT,
	  0 },
	{ "load", IS_OUT, QUEUE_LOAD, 0, 0, 0, { 0 }, 0, IS_OUT, 0, 0 },
};

/* What is refused, and the job that would do. */
static const struct {
	const char *label;
	struct stand before;
	enum queue_job_kind kind, instead;
	queue_id id;
} instead[] = {
	{ "retry held", IS_HELD, QUEUE_RETRY, QUEUE_RELEASE, ID },
	{ "retry all, held", IS_HELD, QUEUE_RETRY, QUEUE_RELEASE, 0 },
	{ "retry", WAITS(9), QUEUE_RETRY, QUEUE_ADD, ID },
	{ "release, not held", WAITS(9), QUEUE_RELEASE, QUEUE_RETRY, ID },
	{ "hold failed", FAILED_SINCE(9), QUEUE_HOLD, QUEUE_RETRY, ID },
	{ "release failed", FAILED_SINCE(9), QUEUE_RELEASE, QUEUE_RETRY, ID },
	{ "expire failed", FAILED_SINCE(9), QUEUE_EXPIRE, QUEUE_REMOVE, ID },
	{ "remove out", IS_OUT, QUEUE_REMOVE, QUEUE_HOLD, ID },
};

static void over_instead(void)
{
	for (size_t i = 0; i < COUNT_OF(instead); i++) {
		struct memory_store m = { .store.ops = &memory_ops, .fails_after = -1 };
		struct queue_turn turn = { .store = &m.store, .room = ROOM, .last = LAST };
		struct queue_job job = { .kind = instead[i].kind,
					 .id = instead[i].id,
					 .now_wall_ms = 8 };
		place(&turn, &instead[i].before);
		queue_job_start(&job);
		queue_job_run(&turn, &job);
		CHECK_INT(instead[i].label, (long long)job.instead, (long long)instead[i].instead);
		memory_clear(&m);
	}
}

static void over_calls_back(void)
{
	static const enum queue_job_kind calls[] = { QUEUE_HOLD, QUEUE_REMOVE, QUEUE_EXPIRE };

	for (int kind = 0; kind <= QUEUE_EXPIRE; kind++) {
		bool want = false;
		for (size_t i = 0; i < COUNT_OF(calls); i++)
			want |= kind == (int)calls[i];
		CHECK_INT("calls back", queue_job_calls_back((enum queue_job_kind)kind), want);
	}
}

static const uint64_t closed[] = { 66 };

static struct queue_job job_of(size_t i, struct schedule_change *change)
{
	size_t n = 0;

	for (size_t r = 0; r < 2; r++)
		if (cases[i].kind == QUEUE_RECORD && cases[i].rcpt[r] != NOTHING)
			change[n++] = (struct schedule_change){
				.rcpt = r,
				.state = (enum schedule_rcpt_state)cases[i].rcpt[r],
				.tried = true,
			};
	return (struct queue_job){
		.kind = cases[i].kind,
		.id = cases[i].all ? 0 : ID,
		.now_wall_ms = cases[i].now,
		.take = { .max = 5,
			  .closed = closed,
			  .n_closed = 1,
			  .latest_wall_ms = 10000,
			  .forget_wall_ms = cases[i].now - 50 },
		.update = { .id = ID,
			    .change = change,
			    .n_change = n,
			    .then = cases[i].then,
			    .next_wall_ms = cases[i].now,
			    .set_flags = cases[i].set_flags,
			    .lane = 8 },
		.message = cases[i].kind == QUEUE_LOAD ? testing_message(ID, SIZE, 2) : NULL,
	};
}

static void check_case(size_t i, struct queue_turn *turn)
{
	struct schedule_change change[2];
	struct queue_job job = job_of(i, change);

	place(turn, &cases[i].before);
	if (job.message)
		buf_free(&job.message->content);
	queue_job_start(&job);
	queue_job_run(turn, &job);
	CHECK_INT(cases[i].label, job.err, cases[i].err);
	CHECK_INT(cases[i].label, job.why != NULL, cases[i].err != ERR_OK);
	CHECK_INT(cases[i].label, (long long)job.n, (long long)cases[i].n);
	CHECK_INT(cases[i].label, job.gone,
		  cases[i].kind == QUEUE_RECORD && cases[i].after.next == -1);
	check_stand(cases[i].label, turn, &cases[i].after);
	check_counts(cases[i].label, turn);
	if (job.message)
		CHECK_INT(cases[i].label, testing_whole(job.message), 1);
	queue_message_free(&job.message);
	testing_free_taken(&job);
}

/* Each in a transaction that is given up. */
static void over_store(const struct testing_store *kind)
{
	struct testing_dir dir = testing_dir_new(kind, "/dev/shm");
	struct buf why = BUF_MAX(1000);

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct queue_store *store = NULL;
		CHECK_INT("open", queue_stores_open(dir.store, 0, QUEUE_WRITE, &store, &why),
			  ERR_OK);
		if (!store)
			exit(1);
		struct queue_turn turn = { .store = store, .room = ROOM, .last = LAST };
		store->ops->begin(store, QUEUE_WRITE);
		check_case(i, &turn);
		CHECK_INT("nothing failed", store->ops->err(store, NULL), ERR_OK);
		store->ops->close(&store);
	}
	buf_free(&why);
	testing_dir_clear(&dir);
}

static void over_memory(void)
{
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct memory_store m = { .store.ops = &memory_ops, .fails_after = -1 };
		struct queue_turn turn = { .store = &m.store, .room = ROOM, .last = LAST };
		check_case(i, &turn);
		CHECK_INT("nothing failed", m.err, ERR_OK);
		memory_clear(&m);
	}
}

/* It fails at whatever moment: the job ends, and leaves nothing that somebody must free. */
static void fails(void)
{
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		bool failed = true;
		for (long at = 0; failed; at++) {
			struct memory_store m = { .store.ops = &memory_ops, .fails_after = -1 };
			struct queue_turn turn = { .store = &m.store, .room = ROOM, .last = LAST };
			struct schedule_change change[2];
			struct queue_job job = job_of(i, change);
			place(&turn, &cases[i].before);
			m.fails_after = at;
			queue_job_start(&job);
			queue_job_run(&turn, &job);
			failed = m.err != ERR_OK;
			queue_job_undo(&job);
			CHECK_INT(cases[i].label, (long long)job.n, 0);
			CHECK_INT(cases[i].label, list_empty(&job.taken), 1);
			queue_message_free(&job.message);
			memory_clear(&m);
		}
	}
}

int main(void)
{
	over_memory();
	over_instead();
	over_calls_back();
	for (size_t i = 0; i < COUNT_OF(testing_stores); i++)
		over_store(&testing_stores[i]);
	fails();
	return TEST_EXIT();
}
