/*
 * A disk that fills: first to where the reserve begins, then others fill it to
 * the brim.  Nothing new is taken, and what was taken is written down to the last.
 */
#include "base/hash.h"
#include "queue/testing_disk_priv.h"
#include "queue/testing_priv.h"

#define RESERVE ((int64_t)40 << 20)
#define RESERVE_FILE ((int64_t)32 << 20)
#define SIZE 50000

struct full {
	struct testing_dir dir;
	const struct testing_disk *disk;
	struct queue *q;
	queue_id id[1000];
	size_t n;
};

static enum err add(struct full *f)
{
	struct queue_message *m = testing_message(queue_next_id(f->q), SIZE, 2);
	struct queue_job job = { .kind = QUEUE_ADD, .message = m };
	enum err e = testing_run(f->q, &job);

	if (e == ERR_OK && f->n < COUNT_OF(f->id))
		f->id[f->n++] = m->id;
	queue_message_free(&m);
	return e;
}

static struct queue_job record(queue_id id, const struct schedule_change *c, size_t n)
{
	return (struct queue_job){
		.kind = QUEUE_RECORD,
		.update = { .id = id, .change = c, .n_change = n, .then = QUEUE_WAITS },
	};
}

static const struct schedule_change words = {
	.state = SCHEDULE_WAITING,
	.tried = true,
	.text = STR_INIT("452 4.3.1 our disk is full as well, and that takes some words to tell"),
};
static const struct schedule_change both[] = { { .rcpt = 0, .state = SCHEDULE_DELIVERED },
					       { .rcpt = 1, .state = SCHEDULE_DELIVERED } };

/* What the disk has, seen and set while the store's thread stands. */
struct disk {
	int64_t room;
	long refused;
};

static struct disk disk(struct full *f)
{
	struct testing_gate gate;

	testing_stop(f->q, &gate);
	struct disk is = { .room = f->disk->room(), .refused = f->disk->refused() };
	testing_go(&gate);
	return is;
}

static void set_disk(struct full *f, int64_t room)
{
	struct testing_gate gate;

	testing_stop(f->q, &gate);
	f->disk->limit(f->dir.where, room);
	testing_go(&gate);
}

/* Add until no more is taken; then others fill what is left. */
static void fill(struct full *f)
{
	enum err e = ERR_OK;

	set_disk(f, RESERVE + (40 << 20));
	while (e == ERR_OK && f->n < COUNT_OF(f->id))
		e = add(f);
	CHECK_INT("full", e, ERR_LIMIT);
	CHECK_INT("before the disk is", disk(f).refused, 0);
	CHECK_INT("after some", f->n > 50, 1);
	CHECK_INT("room is left", disk(f).room > RESERVE * 9 / 10, 1);
	set_disk(f, 1000);
	CHECK_INT("still full", add(f), ERR_LIMIT);
	f->disk->lie(true);
	enum err some = ERR_OK;
	for (size_t i = 0; i < 1000 && some == ERR_OK; i++)
		some = add(f);
	f->disk->lie(false);
	CHECK_INT("full, though the system says no", some, ERR_LIMIT);
	CHECK_INT("found by writing", disk(f).refused > 0, 1);
	CHECK_INT("the reserve is not for new ones", f->disk->reserved(f->dir.where), RESERVE_FILE);
}

/* New and old in one batch: the old ones are done. */
static void mixed(struct full *f)
{
	struct queue_message *m[8];
	struct queue_job job[16];

	for (size_t i = 0; i < 8; i++) {
		m[i] = testing_message(queue_next_id(f->q), 20 * SIZE, 2);
		job[2 * i] = (struct queue_job){ .kind = QUEUE_ADD, .message = m[i] };
		job[2 * i + 1] = record(f->id[i], &words, 1);
	}
	testing_batch(f->q, job, COUNT_OF(job));
	for (size_t i = 0; i < 8; i++) {
		CHECK_INT("new", job[2 * i].err, ERR_LIMIT);
		CHECK_INT("old", job[2 * i + 1].err, ERR_OK);
		queue_message_free(&m[i]);
	}
}

static void record_all(struct full *f)
{
	for (size_t i = 0; i < 4 * f->n; i++) {
		struct queue_job job = record(f->id[i % f->n], &words, 1);
		CHECK_INT("words", testing_run(f->q, &job), ERR_OK);
	}
	for (size_t i = 0; i < f->n; i++) {
		struct queue_job job = record(f->id[i], both, COUNT_OF(both));
		CHECK_INT("delivered", testing_run(f->q, &job), ERR_OK);
		CHECK_INT("gone", job.gone, 1);
	}
	f->n = 0;
	CHECK_INT("the disk was full", disk(f).refused > 0, 1);
	CHECK_INT("the reserve is given up", f->disk->reserved(f->dir.where), 0);
}

/* What was freed inside is used again; with room outside, the reserve is made again. */
static void again(struct full *f)
{
	struct queue_job job = { .kind = QUEUE_RELEASE };

	CHECK_INT("to the brim: not yet", add(f), ERR_LIMIT);
	set_disk(f, RESERVE / 2 - (1 << 20));
	CHECK_INT("too little for the log", add(f), ERR_LIMIT);
	set_disk(f, RESERVE - (1 << 20));
	for (size_t i = 0; i < 40; i++)
		CHECK_INT("inside", add(f), ERR_OK);
	CHECK_INT("no reserve yet", f->disk->reserved(f->dir.where), 0);
	set_disk(f, -1);
	CHECK_INT("any job", testing_run(f->q, &job), ERR_OK);
	queue_close(&f->q);
	CHECK_INT("the reserve is whole", f->disk->reserved(f->dir.where), RESERVE_FILE);
}

/* Started again on a full disk: what opening needs is taken from the reserve. */
static void start_full(struct full *f, const struct queue_conf *conf)
{
	struct buf why = BUF_MAX(1000);
	struct queue_job take = { .kind = QUEUE_TAKE, .take = { .max = 1 } };

	f->disk->limit(f->dir.where, 0);
	CHECK_INT("open when full", queue_open(conf, &f->q, &why), ERR_OK);
	if (!f->q)
		exit(1);
	CHECK_INT("the reserve is given up", f->disk->reserved(f->dir.where), 0);
	CHECK_INT("take", testing_run(f->q, &take), ERR_OK);
	CHECK_INT("what is due", (long long)take.n, 1);
	struct queue_message *m = CONTAINER_OF(take.taken.next, struct queue_message, link);
	queue_message_free(&m);
	queue_close(&f->q);
	buf_free(&why);
}

static void run(size_t kind)
{
	struct full f = { .dir = testing_dir_new(&testing_stores[kind], "/dev/shm"),
			  .disk = &testing_disks[kind] };
	struct queue_conf conf = { .store = f.dir.store, .reserve = (uint64_t)RESERVE };
	struct buf why = BUF_MAX(1000);

	f.disk->install(1);
	CHECK_INT("open", queue_open(&conf, &f.q, &why), ERR_OK);
	if (!f.q)
		exit(1);
	fill(&f);
	mixed(&f);
	(void)testing_check("full", f.dir.store);
	record_all(&f);
	testing_check_open("empty", f.q, f.dir.store);
	again(&f);
	(void)testing_check("closed", f.dir.store);
	start_full(&f, &conf);
	buf_free(&why);
	testing_dir_clear(&f.dir);
}

int main(void)
{
	for (size_t kind = 0; kind < COUNT_OF(testing_stores); kind++)
		run(kind);
	return TEST_EXIT();
}
