/*
 * A disk that fails to sync, now and then, and whose power is cut in the end: what was told to be
 * stored is there, whole.  What a sync that failed was for may be lost for good, whatever a later
 * one says: so nothing may be told to be stored that only an earlier write has put there.
 */
#include "queue/testing_disk_priv.h"
#include "queue/testing_priv.h"

#include <sys/mman.h>
#include <sys/wait.h>

#define SIZE 3000
#define ADDS 60
#define GOOD_MAX 30 /* syncs before the first that fails */
#define BAD_MAX 3

/* What the child was told; shared with the parent. */
struct told {
	queue_id id[ADDS];
	size_t n;
	size_t refused;
	bool last; /* of the last one, when syncs were good again for long: it was stored */
};

static enum err add(struct queue *q, queue_id *id)
{
	struct queue_message *m = testing_message(queue_next_id(q), SIZE, 2);
	struct queue_job job = { .kind = QUEUE_ADD, .message = m };

	*id = m->id;
	enum err e = testing_run(q, &job);
	queue_message_free(&m);
	return e;
}

static void child(const struct testing_disk *disk, const struct testing_dir *dir, long good,
		  long bad, struct told *told)
{
	CLEANUP(buf_free) struct buf why = BUF_MAX(1000);
	const struct queue_conf conf = { .store = dir->store };
	struct queue *q = NULL;
	queue_id id;

	disk->install((uint64_t)(good * BAD_MAX + bad));
	if (queue_open(&conf, &q, &why) != ERR_OK)
		_exit(1);
	struct testing_gate gate;
	testing_stop(q, &gate);
	disk->fail(good, bad);
	testing_go(&gate);
	for (size_t i = 0; i < ADDS; i++) {
		told->last = add(q, &id) == ERR_OK;
		if (told->last)
			told->id[told->n++] = id;
		else
			told->refused++;
	}
	testing_stop(q, &gate);
	disk->cut(0);
	testing_go(&gate);
	(void)add(q, &id);
	_exit(2); /* power was to be cut */
}

/* All that was told to be stored is there. */
static void check(const struct testing_dir *dir, const struct told *told)
{
	CLEANUP(buf_free) struct buf why = BUF_MAX(1000);
	const struct queue_conf conf = { .store = dir->store };
	struct queue *q = NULL;

	CHECK_INT("open", queue_open(&conf, &q, &why), ERR_OK);
	for (size_t i = 0; q && i < told->n; i++) {
		struct queue_message *m = testing_message(told->id[i], SIZE, 2);
		buf_free(&m->content);
		CHECK_INT("it is there", testing_load(q, m), ERR_OK);
		CHECK_INT("whole", testing_whole(m), 1);
		queue_message_free(&m);
	}
	queue_close(&q);
	(void)testing_check("after it", dir->store);
}

static void run(size_t kind, long good, long bad, struct told *told)
{
	struct testing_dir dir = testing_dir_new(&testing_stores[kind], "/dev/shm");
	int status = 0;

	memset(told, 0, sizeof(*told));
	pid_t pid = fork();
	if (pid == 0)
		child(&testing_disks[kind], &dir, good, bad, told);
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		exit(1);
	CHECK_INT("power was cut", status, 0);
	CHECK_INT("refused, unless the second try was good", told->refused > 0, bad > 1);
	CHECK_INT("and it passes", told->last, true);
	check(&dir, told);
	testing_dir_clear(&dir);
}

int main(void)
{
	struct told *told = mmap(NULL, sizeof(*told), PROT_READ | PROT_WRITE,
				 MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (told == MAP_FAILED)
		return 1;
	for (size_t kind = 0; kind < COUNT_OF(testing_stores); kind++)
		for (long good = 0; good < GOOD_MAX; good++)
			run(kind, good, 1 + good % BAD_MAX, told);
	return TEST_EXIT();
}
