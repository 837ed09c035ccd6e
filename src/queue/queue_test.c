/* Every kind of job, and what is left after each; opening again after each test. */
#include "queue/queue.h"

#include "base/hash.h"
#include "queue/testing_priv.h"

static struct queue_job simple(struct queue *q, enum queue_job_kind kind, queue_id id, int64_t now)
{
	struct queue_job job = { .kind = kind, .id = id, .now_wall_ms = now };

	(void)testing_run(q, &job);
	return job;
}

/* The first message that TAKE gives, loaded; NULL when it gives none. */
static struct queue_message *take(struct queue *q, int64_t now)
{
	struct queue_job job = { .kind = QUEUE_TAKE, .take = { .max = 1 }, .now_wall_ms = now };

	CHECK_INT("take", testing_run(q, &job), ERR_OK);
	struct list *l = list_shift(&job.taken);
	CHECK_INT("take counts", (long long)job.n, l != NULL);
	if (!l)
		return NULL;
	struct queue_message *m = CONTAINER_OF(l, struct queue_message, link);
	CHECK_INT("load", testing_load(q, m), ERR_OK);
	return m;
}

/* Whether it is that message which TAKE gives next; it is out then. */
static bool takes(struct queue *q, int64_t now, queue_id id)
{
	struct queue_message *m = take(q, now);
	bool same = id ? m && m->id == id : m == NULL;

	queue_message_free(&m);
	return same;
}

static int64_t next_of(const char *store, queue_id id)
{
	struct queue_message *m = testing_look(store, id);
	int64_t next = m ? m->next_wall_ms : -1;

	queue_message_free(&m);
	return next;
}

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
static const struct schedule_change failed = {
	.state = SCHEDULE_FAILED,
	.status = STR_INIT("5.1.1"),
	.text = STR_INIT("who?"),
	.tried = true,
};
static const struct schedule_change told = { .state = SCHEDULE_TOLD };

static void test_life(struct queue *q, const char *store)
{
	queue_id id = testing_add(q, 5000, 1);
	struct queue_message *m = testing_look(store, id);

	CHECK_INT("out", m->next_wall_ms == QUEUE_OUT, 1);
	CHECK_INT("whole", testing_whole(m), 1);
	CHECK_INT("flags", m->flags, QUEUE_REPORT);
	CHECK_INT("SMTP's flags", m->smtp, 0x80000005);
	CHECK_INT("lane", (long long)m->lane, 7);
	CHECK_INT("arrived", m->arrived_wall_ms, 1000);
	CHECK_STR("from", m->from, STR("sender@example.org"));
	CHECK_STR("envid", m->envid, STR("envelope-1"));
	CHECK_STR("user", m->user, STR("somebody"));
	CHECK_STR("to", m->rcpt[0].to, STR("rcpt@example.net"));
	CHECK_STR("orcpt", m->rcpt[0].orcpt, STR("rfc822;rcpt@example.net"));
	CHECK_INT("waiting", m->rcpt[0].state, SCHEDULE_WAITING);
	queue_message_free(&m);

	CHECK_INT("out is not taken", takes(q, INT64_MAX, 0), 1);
	CHECK_INT("not gone", testing_record(q, id, &deferred, QUEUE_WAITS, 500).gone, 0);
	m = testing_look(store, id);
	CHECK_INT("next", m->next_wall_ms, 500);
	CHECK_INT("rounds", m->attempts, 1);
	CHECK_INT("attempts", m->rcpt[0].attempts, 1);
	CHECK_STR("status", m->rcpt[0].status, STR("4.4.3"));
	CHECK_STR("text", m->rcpt[0].text, STR("no server"));
	CHECK_STR("remote", m->rcpt[0].remote, STR("mx.example.net"));
	CHECK_INT("secure failed", m->rcpt[0].secure_failed, 1);
	queue_message_free(&m);

	CHECK_INT("not due", takes(q, 499, 0), 1);
	CHECK_INT("due", simple(q, QUEUE_TAKE, 0, 499).due_wall_ms, 500);
	m = take(q, 500);
	CHECK_INT("taken", m->id == id && testing_whole(m), 1);
	CHECK_STR("with status", m->rcpt[0].status, STR("4.4.3"));
	queue_message_free(&m);
	CHECK_INT("none waits", simple(q, QUEUE_TAKE, 0, 499).due_wall_ms == INT64_MAX, 1);
	CHECK_INT("gone", testing_record(q, id, &delivered, QUEUE_WAITS, 9).gone, 1);
	CHECK_INT("deleted", testing_there(store, id), 0);
}

/* Recipients end one by one; in whatever order; told twice; the last one ends the message. */
static void test_many(struct queue *q, const char *store)
{
	queue_id id = testing_add(q, 100, 1000);
	struct schedule_change c = delivered;

	for (size_t i = 0; i < 998; i++) {
		c.rcpt = (i * 7) % 998;
		CHECK_INT("stays", testing_record(q, id, &c, QUEUE_STAYS_OUT, 0).gone, 0);
	}
	c = delivered; /* of number 0, once more */
	CHECK_INT("again", testing_record(q, id, &c, QUEUE_STAYS_OUT, 0).gone, 0);
	c = failed;
	c.rcpt = 998;
	CHECK_INT("failed", testing_record(q, id, &c, QUEUE_STAYS_OUT, 0).gone, 0);
	c = deferred;
	c.rcpt = 999;
	CHECK_INT("deferred", testing_record(q, id, &c, QUEUE_WAITS, 77).gone, 0);
	testing_check_open("many", q, store);

	struct queue_message *m = take(q, 77);
	CHECK_INT("one round", m->attempts, 1);
	CHECK_INT("recipients", (long long)m->n_rcpt, 1000);
	CHECK_INT("first", m->rcpt[0].state, SCHEDULE_DELIVERED);
	CHECK_INT("twice", m->rcpt[0].attempts, 2);
	CHECK_INT("notify", m->rcpt[997].notify, 997);
	CHECK_INT("failed", m->rcpt[998].state, SCHEDULE_FAILED);
	CHECK_INT("waits", m->rcpt[999].state, SCHEDULE_WAITING);
	queue_message_free(&m);

	struct schedule_change both[2] = { told, delivered };
	both[0].rcpt = 998;
	both[1].rcpt = 999;
	struct queue_job job = {
		.kind = QUEUE_RECORD,
		.update = { .id = id, .change = both, .n_change = 2, .then = QUEUE_WAITS },
	};
	CHECK_INT("both", testing_run(q, &job), ERR_OK);
	CHECK_INT("gone", job.gone, 1);
	CHECK_INT("deleted", testing_there(store, id), 0);
}

/* Changes that count as many as are open, but do not end it. */
static void test_not_ended(struct queue *q, const char *store)
{
	static const struct {
		const char *label;
		size_t rcpt[2];
		enum schedule_rcpt_state state[2];
		bool gone;
	} cases[] = {
		{ "the same twice", { 0, 0 }, { SCHEDULE_DELIVERED, SCHEDULE_DELIVERED }, false },
		{ "backwards", { 1, 0 }, { SCHEDULE_DELIVERED, SCHEDULE_TOLD }, true },
		{ "one fails", { 0, 1 }, { SCHEDULE_DELIVERED, SCHEDULE_FAILED }, false },
		{ "one that was done before", { 1, 2 }, { SCHEDULE_TOLD, SCHEDULE_TOLD }, false },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		queue_id id = testing_add(q, 10, 3);
		struct schedule_change c[2] = { delivered, delivered };
		c[0].rcpt = 2;
		(void)testing_record(q, id, c, QUEUE_STAYS_OUT, 0);
		for (size_t k = 0; k < 2; k++) {
			c[k].rcpt = cases[i].rcpt[k];
			c[k].state = cases[i].state[k];
		}
		struct queue_job job = {
			.kind = QUEUE_RECORD,
			.update = { .id = id, .change = c, .n_change = 2, .then = QUEUE_STAYS_OUT },
		};
		CHECK_INT(cases[i].label, testing_run(q, &job), ERR_OK);
		CHECK_INT(cases[i].label, job.gone, cases[i].gone);
		CHECK_INT(cases[i].label, testing_there(store, id), !cases[i].gone);
	}
	testing_check_open("not ended", q, store);
}

/* FAILED keeps a message; the report that tells of it comes in the same transaction. */
static void test_report(struct queue *q, const char *store)
{
	queue_id id = testing_add(q, 10, 1);

	CHECK_INT("kept", testing_record(q, id, &failed, QUEUE_STAYS_OUT, 0).gone, 0);
	struct queue_message *m = testing_look(store, id);
	CHECK_INT("state", m->rcpt[0].state, SCHEDULE_FAILED);
	queue_message_free(&m);

	struct queue_message *report = testing_message(queue_next_id(q), 300, 1);
	report->flags = QUEUE_REPORT;
	struct queue_job job = {
		.kind = QUEUE_RECORD,
		.update = { .id = id, .change = &told, .n_change = 1, .report = report },
	};
	CHECK_INT("told", testing_run(q, &job), ERR_OK);
	CHECK_INT("gone", job.gone, 1);
	CHECK_INT("no more", testing_there(store, id), 0);
	m = testing_look(store, report->id);
	CHECK_INT("report", m && m->flags == QUEUE_REPORT && testing_whole(m), 1);
	CHECK_INT("report is out", m && m->next_wall_ms == QUEUE_OUT, 1);
	queue_message_free(&m);
	(void)testing_record(q, report->id, &delivered, QUEUE_WAITS, 0);
	queue_message_free(&report);
}

/* TOLD without words keeps those of the failure. */
static void test_words(struct queue *q, const char *store)
{
	queue_id id = testing_add(q, 10, 2);

	(void)testing_record(q, id, &failed, QUEUE_STAYS_OUT, 0);
	(void)testing_record(q, id, &told, QUEUE_STAYS_OUT, 0);
	struct queue_message *m = testing_look(store, id);
	CHECK_INT("state", m->rcpt[0].state, SCHEDULE_TOLD);
	CHECK_STR("status", m->rcpt[0].status, STR("5.1.1"));
	CHECK_STR("text", m->rcpt[0].text, STR("who?"));
	CHECK_INT("attempts", m->rcpt[0].attempts, 1);
	CHECK_INT("only our flags", m->flags, QUEUE_REPORT);
	queue_message_free(&m);

	const struct schedule_change silent = { .state = SCHEDULE_WAITING, .tried = true };
	(void)testing_record(q, id, &silent, QUEUE_STAYS_OUT, 0);
	m = testing_look(store, id);
	CHECK_STR("tried, and nothing was said", m->rcpt[0].status, STR(""));
	CHECK_INT("attempts", m->rcpt[0].attempts, 2);
	queue_message_free(&m);
}

static void test_bad(struct queue *q, const char *store)
{
	queue_id id = testing_add(q, 10, 1);
	struct schedule_change beyond = delivered;
	beyond.rcpt = 1;
	struct schedule_change both[2] = { delivered, beyond };
	struct queue_message *report = testing_message(id, 10, 1);
	struct queue_message *nobody = testing_message(queue_next_id(q), 10, 1);
	struct queue_message *future = testing_message(queue_next_id(q) + 1000000, 10, 1);
	struct queue_message *none = testing_message(0, 10, 1);
	nobody->rcpt[0].state = SCHEDULE_DELIVERED;
	struct {
		const char *label;
		struct queue_job job;
	} cases[] = {
		{ "no such ID", { .kind = QUEUE_RECORD, .update = { .id = id + 1 } } },
		{ "no such recipient",
		  { .kind = QUEUE_RECORD, .update = { .id = id, .change = both, .n_change = 2 } } },
		{ "report with an ID in use",
		  { .kind = QUEUE_RECORD,
		    .update = { .id = id, .change = &failed, .n_change = 1, .report = report } } },
		{ "report to nobody",
		  { .kind = QUEUE_RECORD,
		    .update = { .id = id, .change = &failed, .n_change = 1, .report = nobody } } },
		{ "ID in use", { .kind = QUEUE_ADD, .message = report } },
		{ "nobody", { .kind = QUEUE_ADD, .message = nobody } },
		{ "ID not given out", { .kind = QUEUE_ADD, .message = future } },
		{ "no ID", { .kind = QUEUE_ADD, .message = none } },
		{ "retry", { .kind = QUEUE_RETRY, .id = id + 1 } },
		{ "hold", { .kind = QUEUE_HOLD, .id = id + 1 } },
		{ "release", { .kind = QUEUE_RELEASE, .id = UINT64_MAX } },
		{ "remove", { .kind = QUEUE_REMOVE, .id = id + 1 } },
		{ "remove none", { .kind = QUEUE_REMOVE } },
		{ "expire none", { .kind = QUEUE_EXPIRE } },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		CHECK_INT(cases[i].label, testing_run(q, &cases[i].job), ERR_SYNTAX);
		CHECK_INT(cases[i].label, cases[i].job.why != NULL, 1);
		CHECK_INT(cases[i].label, (long long)cases[i].job.n, 0);
	}
	struct queue_message *m = testing_look(store, id);
	CHECK_INT("untouched", m->rcpt[0].state == SCHEDULE_WAITING && !m->rcpt[0].attempts, 1);
	queue_message_free(&m);
	queue_message_free(&report);
	queue_message_free(&nobody);
	queue_message_free(&future);
	queue_message_free(&none);
}

/* A message that is already partly done when it is added. */
static void test_add_tried(struct queue *q, const char *store)
{
	struct queue_message *m = testing_message(queue_next_id(q), 10, 3);
	queue_id id = m->id;

	m->rcpt[0].state = SCHEDULE_TOLD;
	m->rcpt[1].state = SCHEDULE_FAILED;
	m->rcpt[2].attempts = 4;
	m->flags = QUEUE_WARNED | 0xc0000000;
	struct queue_job job = { .kind = QUEUE_ADD, .message = m };
	CHECK_INT("add tried", testing_run(q, &job), ERR_OK);
	queue_message_free(&m);
	testing_check_open("add tried", q, store);
	m = testing_look(store, id);
	CHECK_INT("told", m->rcpt[0].state, SCHEDULE_TOLD);
	CHECK_INT("failed", m->rcpt[1].state, SCHEDULE_FAILED);
	CHECK_INT("attempts", m->rcpt[2].attempts, 4);
	CHECK_INT("flags", m->flags, QUEUE_WARNED);
	queue_message_free(&m);
	(void)testing_record(q, id, NULL, QUEUE_WAITS, 1000);
	CHECK_INT("not due at once", next_of(store, id), 1000);
}

static void test_hold(struct queue *q, const char *store)
{
	queue_id id = testing_add(q, 10, 1);

	CHECK_INT("hold what is out", simple(q, QUEUE_HOLD, id, 0).err, ERR_OK);
	(void)testing_record(q, id, &deferred, QUEUE_WAITS, 10);
	CHECK_INT("held", takes(q, INT64_MAX, 0), 1);
	CHECK_INT("retry held", (long long)simple(q, QUEUE_RETRY, id, 5).n, 0);
	CHECK_INT("still held", takes(q, INT64_MAX, 0), 1);
	CHECK_INT("release", (long long)simple(q, QUEUE_RELEASE, id, 0).n, 1);
	CHECK_INT("due at once", next_of(store, id), 0);
	CHECK_INT("taken", takes(q, 0, id), 1);
	(void)testing_record(q, id, NULL, QUEUE_WAITS, 10);

	queue_id other = testing_add(q, 10, 1);
	CHECK_INT("hold all", (long long)simple(q, QUEUE_HOLD, 0, 0).n, 2);
	CHECK_INT("hold all again", (long long)simple(q, QUEUE_HOLD, 0, 0).n, 0);
	(void)testing_record(q, other, NULL, QUEUE_WAITS, 20);
	CHECK_INT("all held", takes(q, INT64_MAX, 0), 1);
	CHECK_INT("release all", (long long)simple(q, QUEUE_RELEASE, 0, 0).n, 2);
	CHECK_INT("first", takes(q, INT64_MAX, id), 1);
	CHECK_INT("second", takes(q, INT64_MAX, other), 1);
}

static void test_retry(struct queue *q, const char *store)
{
	queue_id id = testing_add(q, 10, 1);
	queue_id other = testing_add(q, 10, 1);

	CHECK_INT("retry what is out", simple(q, QUEUE_RETRY, id, 3).err, ERR_OK);
	CHECK_INT("and so it is said",
		  testing_record(q, id, &deferred, QUEUE_WAITS, 1000).due_wall_ms, 0);
	CHECK_INT("at once", next_of(store, id), 0);
	CHECK_INT("taken", takes(q, 0, id), 1);
	CHECK_INT("only once", testing_record(q, id, &deferred, QUEUE_WAITS, 1000).due_wall_ms,
		  1000);
	CHECK_INT("and no more", next_of(store, id), 1000);
	(void)testing_record(q, other, &deferred, QUEUE_WAITS, 7);
	CHECK_INT("later does not defer", (long long)simple(q, QUEUE_RETRY, other, 9).n, 1);
	CHECK_INT("as it was", next_of(store, other), 7);
	CHECK_INT("all", (long long)simple(q, QUEUE_RETRY, 0, 8).n, 1);
	CHECK_INT("now", next_of(store, id), 8);
	CHECK_INT("earliest first", takes(q, 8, other), 1);
	CHECK_INT("then", takes(q, 8, id), 1);
	CHECK_INT("all, and both are out", (long long)simple(q, QUEUE_RETRY, 0, 9).n, 2);
	CHECK_INT("once is enough", (long long)simple(q, QUEUE_RETRY, 0, 9).n, 0);
	(void)testing_record(q, other, &deferred, QUEUE_WAITS, 1000);
	CHECK_INT("due when it is back", next_of(store, other), 0);
	CHECK_INT("taken, so that it is out again", takes(q, 8, other), 1);
	(void)testing_record(q, id, NULL, QUEUE_WAITS, -5);
	CHECK_INT("never before the epoch", next_of(store, id), 0);
	struct queue_message *m = take(q, 8);
	CHECK_INT("rounds in which something was tried", m->attempts, 2);
	queue_message_free(&m);
}

static void test_remove(struct queue *q, const char *store)
{
	queue_id id = testing_add(q, 10, 2);
	struct queue_job job = simple(q, QUEUE_REMOVE, id, 0);

	CHECK_INT("out", job.err, ERR_LIMIT);
	CHECK_INT("none", (long long)job.n, 0);
	(void)testing_record(q, id, &deferred, QUEUE_WAITS, 10);
	CHECK_INT("removed", (long long)simple(q, QUEUE_REMOVE, id, 0).n, 1);
	CHECK_INT("gone", testing_there(store, id), 0);
	CHECK_INT("once", simple(q, QUEUE_REMOVE, id, 0).err, ERR_SYNTAX);
}

static void test_expire(struct queue *q, const char *store)
{
	queue_id id = testing_add(q, 10, 1);

	CHECK_INT("out", simple(q, QUEUE_EXPIRE, id, 0).err, ERR_OK);
	(void)testing_record(q, id, &deferred, QUEUE_WAITS, 1000);
	struct queue_message *m = take(q, 0);
	CHECK_INT("ending", m && m->flags == (QUEUE_REPORT | QUEUE_ENDING), 1);
	queue_message_free(&m);

	id = testing_add(q, 10, 1);
	(void)simple(q, QUEUE_HOLD, id, 0);
	(void)testing_record(q, id, &deferred, QUEUE_WAITS, 1000);
	CHECK_INT("held", (long long)simple(q, QUEUE_EXPIRE, id, 0).n, 1);
	m = take(q, 0);
	CHECK_INT("released", m && m->flags == (QUEUE_REPORT | QUEUE_ENDING), 1);
	queue_message_free(&m);
	CHECK_INT("still there", testing_there(store, id), 1);
}

/* Flags that an update sets, but for those that are the store's. */
static void test_flags(struct queue *q, const char *store)
{
	queue_id id = testing_add(q, 10, 1);
	struct queue_job job = {
		.kind = QUEUE_RECORD,
		.update = { .id = id, .set_flags = QUEUE_WARNED | 0xc0000000 },
	};

	CHECK_INT("flags", testing_run(q, &job), ERR_OK);
	(void)testing_record(q, id, NULL, QUEUE_WAITS, 1000);
	CHECK_INT("neither due at once", next_of(store, id), 1000);
	struct queue_message *m = testing_look(store, id);
	CHECK_INT("set", m->flags, QUEUE_REPORT | QUEUE_WARNED);
	CHECK_INT("nor a round", m->attempts, 0);
	queue_message_free(&m);
}

static void test_sizes(struct queue *q, const char *store)
{
	static const size_t sizes[] = { 0, 1, 16000, 16384, 1000000, 20000000 };

	for (size_t i = 0; i < COUNT_OF(sizes); i++) {
		queue_id id = testing_add(q, sizes[i], 1);
		(void)testing_record(q, id, NULL, QUEUE_WAITS, 0);
		struct queue_message *m = take(q, 0);
		CHECK_INT("size", m && m->content.n == sizes[i] && testing_whole(m), 1);
		queue_message_free(&m);
		(void)testing_record(q, id, &delivered, QUEUE_WAITS, 0);
		CHECK_INT("gone", testing_there(store, id), 0);
	}
}

int main(void)
{
	static void (*const tests[])(struct queue *, const char *) = {
		test_life,   test_many,      test_not_ended, test_report, test_words,
		test_bad,    test_add_tried, test_hold,      test_retry,  test_remove,
		test_expire, test_flags,     test_sizes,
	};

	testing_each(tests, COUNT_OF(tests));
	return TEST_EXIT();
}
