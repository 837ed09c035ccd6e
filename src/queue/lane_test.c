/*
 * Lanes: what TAKE leaves where it is, what it gives first, when to take again; that nothing
 * waits beyond the latest time, and nothing is kept as failed for longer than it
 * should; and LOAD.
 */
#include "queue/queue.h"

#include "base/hash.h"
#include "queue/testing_priv.h"

static const struct schedule_change failed = { .state = SCHEDULE_FAILED, .tried = true };

/* A message of a lane, that waits until then. */
static queue_id waits(struct queue *q, uint64_t lane, int64_t next)
{
	queue_id id = testing_add(q, 100, 1);
	struct queue_job job = {
		.kind = QUEUE_RECORD,
		.update = { .id = id, .then = QUEUE_WAITS, .next_wall_ms = next, .lane = lane }
	};

	CHECK_INT("record", testing_run(q, &job), ERR_OK);
	return id;
}

/* The IDs that it takes are those, in that order, which ends with 0; when to take again. */
static int64_t takes(const char *label, struct queue *q, int64_t now, struct queue_look look,
		     const queue_id *want)
{
	struct queue_job job = { .kind = QUEUE_TAKE, .take = look, .now_wall_ms = now };
	size_t n = 0;

	CHECK_INT(label, testing_run(q, &job), ERR_OK);
	for (struct list *l; (l = list_shift(&job.taken));) {
		struct queue_message *m = CONTAINER_OF(l, struct queue_message, link);
		CHECK_INT(label, (long long)m->id, (long long)want[n]);
		CHECK_INT("without content", m->content.n == 0 && m->size == 100, 1);
		n += want[n] != 0;
		queue_message_free(&m);
	}
	CHECK_INT(label, (long long)want[n], 0);
	CHECK_INT(label, (long long)job.n, (long long)n);
	return job.due_wall_ms;
}

static void test_closed(struct queue *q, const char *store)
{
	const uint64_t closed[] = { 3, 5, UINT64_MAX };
	const struct queue_look some = { .max = 10, .closed = closed, .n_closed = 3 };
	queue_id a = waits(q, 3, 10), b = waits(q, 4, 20), c = waits(q, UINT64_MAX, 5);
	queue_id d = waits(q, 0, 30), e = waits(q, 5, 1), f = waits(q, 4, 40);

	CHECK_INT("then", takes("open", q, 30, some, (queue_id[]){ b, d, 0 }), 40);
	testing_check_open("closed", q, store);
	CHECK_INT("none", takes("not yet", q, 39, some, (queue_id[]){ 0 }), 40);
	CHECK_INT("none waits in an open lane", takes("open", q, 40, some, (queue_id[]){ f, 0 }),
		  INT64_MAX);
	CHECK_INT("none",
		  takes("all", q, 10, (struct queue_look){ .max = 10 }, (queue_id[]){ e, c, a, 0 }),
		  INT64_MAX);
}

/* Lanes take turns by the time of their messages; each gives so many at most. */
static void test_fair(struct queue *q, const char *store)
{
	const struct queue_look two = { .max = 10, .per_lane = 2 };
	queue_id a[4], b[2], c;

	for (size_t i = 0; i < 4; i++)
		a[i] = waits(q, 7, (int64_t)i);
	b[0] = waits(q, 8, 1);
	c = waits(q, 0, 2);
	b[1] = waits(q, 8, 5);
	CHECK_INT("more of the first",
		  takes("two of each", q, 9, two, (queue_id[]){ a[0], a[1], b[0], c, b[1], 0 }), 2);
	testing_check_open("fair", q, store);
	CHECK_INT("one",
		  takes("at most", q, 9, (struct queue_look){ .max = 1 }, (queue_id[]){ a[2], 0 }),
		  3);
	CHECK_INT("no room",
		  takes("none", q, 9, (struct queue_look){ .max = 0 }, (queue_id[]){ 0 }), 3);
	CHECK_INT("the rest", takes("the rest", q, 9, two, (queue_id[]){ a[3], 0 }), INT64_MAX);
}

/* Among more lanes than one TAKE looks at, all come to their turn. */
static void test_many_lanes(struct queue *q, const char *store)
{
	struct queue_look look = { .max = 1000 };
	size_t taken = 0;

	for (uint64_t i = 0; i < 600; i++)
		(void)waits(q, i * 0x123456789abcdef1, (int64_t)i);
	for (size_t rounds = 0; rounds < 3; rounds++) {
		struct queue_job job = { .kind = QUEUE_TAKE, .take = look, .now_wall_ms = 1000 };
		CHECK_INT("take", testing_run(q, &job), ERR_OK);
		for (struct list *l; (l = list_shift(&job.taken)); taken++) {
			struct queue_message *m = CONTAINER_OF(l, struct queue_message, link);
			CHECK_INT("in order",
				  m->next_wall_ms == QUEUE_OUT &&
					  m->lane == taken * 0x123456789abcdef1,
				  1);
			queue_message_free(&m);
		}
		CHECK_INT("again", job.due_wall_ms, rounds < 2 ? (long long)taken : INT64_MAX);
	}
	CHECK_INT("all", (long long)taken, 600);
	testing_check_open("many lanes", q, store);
}

/* Whatever moves a message keeps its lane. */
static void test_moves(struct queue *q, const char *store)
{
	static const enum queue_job_kind kinds[] = { QUEUE_HOLD,    QUEUE_RELEASE, QUEUE_RETRY,
						     QUEUE_RELEASE, QUEUE_EXPIRE,  QUEUE_HOLD,
						     QUEUE_REMOVE,  QUEUE_RELEASE };
	queue_id id[6];

	for (size_t i = 0; i < 6; i++)
		id[i] = waits(q, i % 2, 100 + (int64_t)i);
	for (size_t i = 0; i < 2 * COUNT_OF(kinds); i++) {
		enum queue_job_kind kind = kinds[i / 2];
		bool one = i % 2 == 0 || kind == QUEUE_EXPIRE || kind == QUEUE_REMOVE;
		struct queue_job job = { .kind = kind,
					 .id = one ? id[i % 6] : 0,
					 .now_wall_ms = 90 - (int64_t)i };
		enum err e = testing_run(q, &job);
		bool stays = e == ERR_LIMIT && kind == QUEUE_RELEASE && one; /* it is not held */
		CHECK_INT("moved", e == ERR_OK || stays || (e == ERR_SYNTAX && i > 12), 1);
		testing_check_open("moved", q, store);
	}
	struct queue_job job = { .kind = QUEUE_TAKE, .take = { .max = 1 } };
	CHECK_INT("take", testing_run(q, &job), ERR_OK);
	CHECK_INT("the one expired", (long long)job.n, 1);
	struct queue_message *m = CONTAINER_OF(job.taken.next, struct queue_message, link);
	queue_message_free(&m);
}

/* The clock was set back: nothing waits beyond the bound, whatever its lane. */
static void test_latest(struct queue *q, const char *store)
{
	const uint64_t closed[] = { 2 };
	const struct queue_look look = {
		.max = 9, .closed = closed, .n_closed = 1, .latest_wall_ms = 1000
	};
	queue_id far[3] = { waits(q, 1, 5000), waits(q, 2, INT64_MAX), waits(q, 1, 1001) };
	queue_id held = waits(q, 1, 9000);
	struct queue_job hold = { .kind = QUEUE_HOLD, .id = held };

	(void)waits(q, 1, 999);
	CHECK_INT("hold", testing_run(q, &hold), ERR_OK);
	CHECK_INT("as it was",
		  takes("none", q, 1, (struct queue_look){ .max = 1 }, (queue_id[]){ 0 }), 999);
	CHECK_INT("as it was", takes("none", q, 1, look, (queue_id[]){ 0 }), 999);
	testing_check_open("latest", q, store);
	for (size_t i = 0; i < 3; i++) {
		struct queue_message *m = testing_look(store, far[i]);
		CHECK_INT("brought forward", m ? m->next_wall_ms : 0, 1000);
		queue_message_free(&m);
	}
	struct queue_message *m = testing_look(store, held);
	CHECK_INT("not what is held", m ? m->next_wall_ms : 0, 9000);
	queue_message_free(&m);
	hold.kind = QUEUE_RELEASE;
	hold.now_wall_ms = 8000;
	CHECK_INT("release", testing_run(q, &hold), ERR_OK);
	(void)takes("none", q, 1, look, (queue_id[]){ 0 });
	m = testing_look(store, held);
	CHECK_INT("until it is released", m ? m->next_wall_ms : 0, 1000);
	queue_message_free(&m);
}

static queue_id fails(struct queue *q, int64_t since)
{
	queue_id id = testing_add(q, 100, 2);
	struct schedule_change both[2] = { failed, failed };
	both[1].rcpt = 1;
	struct queue_job job = { .kind = QUEUE_RECORD,
				 .update = { .id = id,
					     .change = both,
					     .n_change = 2,
					     .then = QUEUE_FAILS,
					     .next_wall_ms = since } };

	CHECK_INT("record", testing_run(q, &job), ERR_OK);
	CHECK_INT("kept", job.gone, 0);
	return id;
}

static struct queue_counts counts(struct queue *q)
{
	struct queue_counts c;

	queue_counts(q, &c);
	return c;
}

static int64_t oldest(const char *store)
{
	struct buf why = BUF_MAX(1000);
	struct queue_reader *r = NULL;
	int64_t wall_ms = -1;

	CHECK_INT("reader", queue_reader_open(store, &r, &why), ERR_OK);
	CHECK_INT("oldest", r ? queue_reader_oldest(r, &wall_ms) : ERR_IO, ERR_OK);
	queue_reader_close(&r);
	buf_free(&why);
	return wall_ms;
}

/* Kept as failed for so long, and no longer, whatever the clock does. */
static void test_forget(struct queue *q, const char *store)
{
	queue_id a = fails(q, 100), b = fails(q, 200), ahead = fails(q, 90000);
	struct queue_look look = { .max = 9, .forget_wall_ms = 99 };

	testing_check_open("failed", q, store);
	CHECK_INT("counted", (long long)counts(q).failed, 3);
	CHECK_INT("not the oldest of what waits", oldest(store), 0);
	CHECK_INT("not asked to",
		  takes("none", q, 500, (struct queue_look){ .max = 1 }, (queue_id[]){ 0 }),
		  INT64_MAX);
	CHECK_INT("when to look", takes("none", q, 500, look, (queue_id[]){ 0 }), 501);
	look.forget_wall_ms = 100;
	CHECK_INT("then the next", takes("none", q, 500, look, (queue_id[]){ 0 }), 600);
	CHECK_INT("gone", testing_there(store, a), 0);
	CHECK_INT("not yet", testing_there(store, b), 1);
	look.forget_wall_ms = 499;
	CHECK_INT("failed now at the latest", takes("none", q, 500, look, (queue_id[]){ 0 }), 501);
	CHECK_INT("gone", testing_there(store, b), 0);
	look.forget_wall_ms = 500;
	CHECK_INT("none is left", takes("none", q, 501, look, (queue_id[]){ 0 }), INT64_MAX);
	CHECK_INT("gone", testing_there(store, ahead), 0);
}

/* What can be done with one. */
static void test_failed(struct queue *q, const char *store)
{
	static const enum queue_job_kind refused[] = { QUEUE_HOLD, QUEUE_RELEASE, QUEUE_EXPIRE };
	queue_id id = fails(q, 100), other = fails(q, 100);

	for (size_t i = 0; i < COUNT_OF(refused); i++) {
		struct queue_job job = { .kind = refused[i], .id = id };
		CHECK_INT("refused", testing_run(q, &job), ERR_LIMIT);
		CHECK_INT("why", job.why != NULL && job.n == 0, 1);
		job.id = 0;
		if (job.kind != QUEUE_EXPIRE)
			CHECK_INT("of all, not it", testing_run(q, &job) == ERR_OK && job.n == 0,
				  1);
	}
	struct queue_job retry = { .kind = QUEUE_RETRY, .now_wall_ms = 50 };
	CHECK_INT("all that wait", testing_run(q, &retry) == ERR_OK && retry.n == 0, 1);
	retry.id = id;
	CHECK_INT("this one", testing_run(q, &retry) == ERR_OK && retry.n == 1, 1);
	testing_check_open("tried again", q, store);
	CHECK_INT("none",
		  takes("again", q, 50, (struct queue_look){ .max = 9 }, (queue_id[]){ id, 0 }),
		  INT64_MAX);
	struct queue_message *m = testing_look(store, id);
	CHECK_INT("both",
		  m && m->rcpt[0].state == SCHEDULE_WAITING &&
			  m->rcpt[1].state == SCHEDULE_WAITING && m->flags == QUEUE_REPORT,
		  1);
	queue_message_free(&m);
	struct queue_job remove = { .kind = QUEUE_REMOVE, .id = other };
	CHECK_INT("removed", testing_run(q, &remove) == ERR_OK && remove.n == 1, 1);
	CHECK_INT("gone", testing_there(store, other), 0);

	/* One that waits still keeps it among those who do, held or not. */
	struct queue_job job = { .kind = QUEUE_RECORD,
				 .update = { .id = id,
					     .change = &failed,
					     .n_change = 1,
					     .then = QUEUE_FAILS,
					     .next_wall_ms = 70,
					     .set_flags = QUEUE_HELD | QUEUE_FAILED } };
	CHECK_INT("record", testing_run(q, &job), ERR_OK);
	CHECK_INT("held", counts(q).held == 1 && counts(q).failed == 0, 1);
}

static void test_counts(struct queue *q, const char *store)
{
	queue_id id = testing_add(q, 1000, 3), held = waits(q, 1, 10);
	struct queue_job hold = { .kind = QUEUE_HOLD };

	(void)waits(q, 1, 10);
	(void)fails(q, 10);
	CHECK_INT("hold all", testing_run(q, &hold) == ERR_OK && hold.n == 3, 1);
	(void)waits(q, 2, 20);
	hold = (struct queue_job){ .kind = QUEUE_RELEASE, .id = held };
	CHECK_INT("release one", testing_run(q, &hold), ERR_OK);
	struct queue_counts c = counts(q);
	CHECK_INT("messages", (long long)c.messages, 5);
	CHECK_INT("active, though held", (long long)c.active, 1);
	CHECK_INT("deferred", (long long)c.deferred, 2);
	CHECK_INT("held", (long long)c.held, 1);
	CHECK_INT("failed", (long long)c.failed, 1);
	CHECK_INT("recipients", (long long)c.recipients_waiting, 6);
	CHECK_INT("octets", (long long)c.octets, 1400);
	CHECK_INT("oldest", oldest(store), 1000);
	(void)testing_record(q, id, NULL, QUEUE_WAITS, 10);
	CHECK_INT("held when it is back", (long long)counts(q).held, 2);
}

static void test_load(struct queue *q, const char *store)
{
	queue_id id = waits(q, 1, 0);
	struct queue_job take = { .kind = QUEUE_TAKE, .take = { .max = 1 } };

	(void)store;
	CHECK_INT("take", testing_run(q, &take), ERR_OK);
	struct queue_message *m = CONTAINER_OF(take.taken.next, struct queue_message, link);
	struct queue_job job = { .kind = QUEUE_LOAD, .message = m };
	CHECK_INT("load", testing_run(q, &job), ERR_OK);
	CHECK_INT("whole", testing_whole(m), 1);
	CHECK_INT("once more", testing_run(q, &job), ERR_OK);
	CHECK_INT("whole", testing_whole(m), 1);
	buf_free(&m->content);
	(void)testing_record(q, id, NULL, QUEUE_WAITS, 0);
	struct queue_job remove = { .kind = QUEUE_REMOVE, .id = id };
	CHECK_INT("remove", testing_run(q, &remove), ERR_OK);
	CHECK_INT("no such", testing_run(q, &job), ERR_SYNTAX);
	CHECK_INT("nothing", (long long)m->content.n, 0);
	queue_message_free(&m);
}

/* The lane of a domain, and 0, that of several. */
static void test_of(struct queue *q, const char *store)
{
	uint64_t lane = queue_lane(q, STR("Example.NET"));
	struct queue_message *m = testing_message(queue_next_id(q), 1, 3);

	(void)store;
	CHECK_INT("folded", lane == queue_lane(q, STR("example.net")), 1);
	CHECK_INT("either form",
		  queue_lane(q, STR("BÜCHER.example")) ==
			  queue_lane(q, STR("xn--bcher-kva.example")),
		  1);
	CHECK_INT("not another's", lane != queue_lane(q, STR("example.org")), 1);
	CHECK_INT("of all its recipients", queue_message_lane(q, m) == lane, 1);
	m->rcpt[1].to = STR("a@b@EXAMPLE.net");
	m->rcpt[2].to = STR("me@ExAMPLE。NET");
	CHECK_INT("spelled otherwise", queue_message_lane(q, m) == lane, 1);
	m->rcpt[2].to = STR("me@example.org");
	CHECK_INT("of several", queue_message_lane(q, m) == 0, 1);
	m->rcpt[2].state = SCHEDULE_FAILED;
	CHECK_INT("who wait", queue_message_lane(q, m) == lane, 1);
	m->rcpt[0].state = m->rcpt[1].state = SCHEDULE_DELIVERED;
	CHECK_INT("nobody", queue_message_lane(q, m) == 0, 1);
	queue_message_free(&m);
}

int main(void)
{
	static void (*const tests[])(struct queue *, const char *) = {
		test_closed, test_fair,   test_many_lanes, test_moves, test_latest,
		test_forget, test_failed, test_counts,     test_load,  test_of,
	};

	testing_each(tests, COUNT_OF(tests));
	return TEST_EXIT();
}
