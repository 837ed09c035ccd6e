/* IDs under a clock that stands, jumps and goes back; it is in our hand here. */
#include "os/clock.h"
#include "queue/testing_priv.h"

#include <stdatomic.h>
#include <sys/wait.h>

#define T0 INT64_C(1795000000000)
#define HOUR INT64_C(3600000)
#define MINUTE INT64_C(60000)

static _Atomic int64_t clock_ms = T0;

/* In place of the system's. */
int64_t os_clock_wall(void)
{
	return atomic_load(&clock_ms);
}

/* Each commit takes longer than the one before, and then as if none had been. */
int64_t os_clock_mono(void)
{
	static int64_t now, step;

	step = (step + 1) % 50;
	return now += step;
}

static queue_id at(int64_t wall_ms)
{
	return (queue_id)wall_ms << 10;
}

/* A job, so that the store has seen that the mark is low, and an ID. */
static queue_id next_after_job(struct queue *q)
{
	struct queue_job job = { .kind = QUEUE_RELEASE };

	CHECK_INT("any job", testing_run(q, &job), ERR_OK);
	return queue_next_id(q);
}

static void test_follows(struct queue *q)
{
	CHECK_INT("the first is the clock's", queue_next_id(q) == at(T0), 1);
	CHECK_INT("then one by one", queue_next_id(q) == at(T0) + 1, 1);
	atomic_store(&clock_ms, T0 + 1);
	CHECK_INT("follows the clock", queue_next_id(q) == at(T0 + 1), 1);
	atomic_store(&clock_ms, T0 + MINUTE - 1);
	CHECK_INT("up to the mark", queue_next_id(q) == at(T0 + MINUTE - 1), 1);
	atomic_store(&clock_ms, T0 + HOUR);
	CHECK_INT("not beyond", queue_next_id(q) == at(T0 + MINUTE - 1) + 1, 1);
	CHECK_INT("until the mark is raised", next_after_job(q) == at(T0 + HOUR), 1);
	atomic_store(&clock_ms, T0);
	CHECK_INT("set back", queue_next_id(q) == at(T0 + HOUR) + 1, 1);
	atomic_store(&clock_ms, T0 + HOUR);
	CHECK_INT("and forth", queue_next_id(q) == at(T0 + HOUR) + 2, 1);
}

/* A store that is used raises its mark before the clock is there. */
static void test_ahead(struct queue *q)
{
	struct queue_job job = { .kind = QUEUE_RELEASE };

	for (int64_t t = T0 + HOUR; t < T0 + 2 * HOUR; t += MINUTE / 4) {
		atomic_store(&clock_ms, t);
		CHECK_INT("any job", testing_run(q, &job), ERR_OK);
		queue_id id = queue_next_id(q);
		if (t > T0 + HOUR)
			CHECK_INT("the clock's", id == at(t), 1);
	}
}

/* IDs are given out, none is stored, the process dies; the clock goes back. */
static void test_crash(const char *store)
{
	int status = -1;
	pid_t pid = fork();

	if (pid == 0) {
		atomic_store(&clock_ms, T0 + 9 * HOUR);
		struct queue *q = testing_open("child", store);
		queue_id id = queue_next_id(q);
		_exit(test_failures == 0 && id == at(T0 + 9 * HOUR) ? 0 : 1);
	}
	CHECK_INT("wait", waitpid(pid, &status, 0), pid);
	CHECK_INT("child", status, 0);
	atomic_store(&clock_ms, T0);
	struct queue *q = testing_open("after", store);
	CHECK_INT("above", queue_next_id(q) > at(T0 + 9 * HOUR), 1);
	queue_close(&q);
}

int main(void)
{
	for (size_t i = 0; i < COUNT_OF(testing_stores); i++) {
		struct testing_dir dir = testing_dir_new(&testing_stores[i], "/dev/shm");

		atomic_store(&clock_ms, T0);
		struct queue *q = testing_open("first", dir.store);
		test_follows(q);
		test_ahead(q);
		queue_close(&q);
		test_crash(dir.store);
		(void)testing_check("at the end", dir.store);
		testing_dir_clear(&dir);
	}
	return TEST_EXIT();
}
