/*
 * A process that is killed, or a machine whose power is cut, at any instant,
 * many times over one queue.
 *
 * The child keeps many jobs in flight, closes and opens again, and says on a
 * pipe what it is about to do and what it was told.  When it is dead, the parent
 * opens the queue and holds it against that: what was told to be stored is
 * there, whole; what was told to be gone is not; and nothing else is there.
 */
#include "base/hash.h"
#include "queue/testing_disk_priv.h"
#include "queue/testing_priv.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>

#define ROUNDS 100                 /* kills, and power cuts; CRASH_ROUNDS says another number */
#define LIMIT_US INT64_C(40000000) /* for each kind, where the machine is slow */
#define EARLY 20                   /* rounds while the database is created */
#define AT_LEAST (EARLY + 10)      /* rounds, however slow it is */
#define SLOTS 40
#define TAKE_MAX 10
#define SPOOLED 10 /* of so many messages one is spooled */

/* What the child says of a message. */
enum event { ADDING, ADDED, FIRST_DONE, ENDING, ENDED };

struct said {
	enum event event;
	queue_id id;
};

/* What the parent knows of it. */
struct known {
	queue_id id;
	bool sure;    /* it was told to be stored */
	bool first;   /* its first recipient was told to be done */
	bool may_end; /* its end was asked for */
	bool ended;   /* and told */
};

struct model {
	struct known *known; /* by ID */
	size_t n, cap;
};

static uint64_t seed;
static size_t kind; /* of testing_stores */

static uint32_t draw(uint32_t below)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (uint32_t)(seed >> 20) % below;
}

/*
 * The child.  Everything runs on the store's thread, from one done to the next.
 */
struct slot {
	struct queue_job job;
	struct queue *q;
	struct queue_message *m;
	struct schedule_change change[2];
	struct list taken;
	int pipe;
	void (*then)(struct slot *s);
};

static void say(const struct slot *s, enum event event, queue_id id)
{
	struct said said = { .event = event, .id = id };

	if (write(s->pipe, &said, sizeof(said)) != sizeof(said))
		_exit(3);
}

static void done(struct queue_job *job)
{
	struct slot *s = CONTAINER_OF(job, struct slot, job);

	if (job->err != ERR_OK)
		_exit(4);
	s->then(s);
}

static void submit(struct slot *s, struct queue_job job, void (*then)(struct slot *s))
{
	job.done = done;
	s->job = job;
	s->then = then;
	queue_submit(s->q, &s->job);
}

static _Atomic int to_start; /* until it closes */

static void start(struct slot *s);

static void ended(struct slot *s)
{
	if (!s->job.gone)
		_exit(5);
	say(s, ENDED, s->m->id);
	start(s);
}

static void deliver_all(struct slot *s)
{
	for (size_t i = 0; i < 2; i++)
		s->change[i] = (struct schedule_change){ .rcpt = i, .state = SCHEDULE_DELIVERED };
	say(s, ENDING, s->m->id);
	submit(s,
	       (struct queue_job){
		       .kind = QUEUE_RECORD,
		       .update = { .id = s->m->id, .change = s->change, .n_change = 2 } },
	       ended);
}

/* One goes on, some stay out, some wait. */
static void first_done(struct slot *s)
{
	say(s, FIRST_DONE, s->m->id);
	switch (draw(4)) {
	case 0:
		start(s);
		break;
	case 1:
		submit(s,
		       (struct queue_job){ .kind = QUEUE_RECORD,
					   .update = { .id = s->m->id,
						       .then = QUEUE_WAITS,
						       .next_wall_ms = draw(1000) } },
		       start);
		break;
	default:
		deliver_all(s);
	}
}

static void added(struct slot *s)
{
	say(s, ADDED, s->m->id);
	s->change[0] = (struct schedule_change){
		.state = SCHEDULE_DELIVERED,
		.status = STR("2.0.0"),
		.tried = true,
	};
	submit(s,
	       (struct queue_job){
		       .kind = QUEUE_RECORD,
		       .update = { .id = s->m->id, .change = s->change, .n_change = 1 } },
	       first_done);
}

static void loaded(struct slot *s)
{
	if (s->m->spool ? !testing_whole_in(s->q, s->m) : !testing_whole(s->m))
		_exit(6);
	deliver_all(s);
}

static void next_taken(struct slot *s)
{
	struct list *l = list_shift(&s->taken);

	if (!l) {
		start(s);
		return;
	}
	queue_message_free(&s->m);
	s->m = CONTAINER_OF(l, struct queue_message, link);
	submit(s, (struct queue_job){ .kind = QUEUE_LOAD, .message = s->m }, loaded);
}

static void taken(struct slot *s)
{
	list_init(&s->taken);
	for (struct list *l; (l = list_shift(&s->job.taken));)
		list_add(&s->taken, l);
	next_taken(s);
}

static void start(struct slot *s)
{
	if (atomic_fetch_sub(&to_start, 1) <= 0)
		return;
	if (!list_empty(&s->taken)) {
		next_taken(s);
		return;
	}
	if (draw(8) == 0) {
		submit(s,
		       (struct queue_job){ .kind = QUEUE_TAKE,
					   .take = { .max = TAKE_MAX },
					   .now_wall_ms = 1000 },
		       taken);
		return;
	}
	queue_message_free(&s->m);
	queue_id id = queue_next_id(s->q);
	s->m = draw(SPOOLED) ? testing_message(id, draw(20) ? draw(20000) : draw(100000), 2)
			     : testing_spooled(s->q, id, 1 + draw(200000), 2);
	say(s, ADDING, s->m->id);
	submit(s, (struct queue_job){ .kind = QUEUE_ADD, .message = s->m }, added);
}

static _Noreturn void child(const char *store, int out)
{
	static struct slot slots[SLOTS];

	for (;;) {
		struct queue *q = testing_open("child", store);
		atomic_store(&to_start, (int)draw(2000));
		for (size_t i = 0; i < SLOTS; i++) {
			slots[i] = (struct slot){ .q = q, .pipe = out };
			list_init(&slots[i].taken);
			submit(&slots[i],
			       (struct queue_job){ .kind = QUEUE_TAKE,
						   .take = { .max = 1 },
						   .now_wall_ms = 1000 },
			       taken);
		}
		while (atomic_load(&to_start) > 0)
			(void)usleep(1000);
		queue_close(&q);
		for (size_t i = 0; i < SLOTS; i++)
			queue_message_free(&slots[i].m);
	}
}

/* The parent. */
static struct known *find(struct model *m, queue_id id)
{
	size_t low = 0, high = m->n;

	while (low < high) {
		size_t mid = (low + high) / 2;
		if (m->known[mid].id < id)
			low = mid + 1;
		else
			high = mid;
	}
	return low < m->n && m->known[low].id == id ? &m->known[low] : NULL;
}

static void hear(struct model *m, const struct said *said)
{
	struct known *k = find(m, said->id);

	if (said->event == ADDING) {
		if (k || (m->n && m->known[m->n - 1].id >= said->id))
			CHECK_INT("an ID used before", (long long)said->id, 0);
		if (m->n == m->cap) {
			m->cap = m->cap ? 2 * m->cap : 1024;
			m->known = realloc(m->known, m->cap * sizeof(*m->known));
			if (!m->known)
				abort();
		}
		m->known[m->n++] = (struct known){ .id = said->id };
		return;
	}
	if (!k) {
		CHECK_INT("an ID never added", (long long)said->id, 0);
		return;
	}
	k->sure |= said->event == ADDED;
	k->first |= said->event == FIRST_DONE;
	k->may_end |= said->event == ENDING;
	k->ended |= said->event == ENDED;
}

static int64_t now_us(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* How a child ends. */
struct fate {
	long words;      /* when it has said so many, */
	int64_t life_us; /* and that time is over, it is killed, where power is not cut */
	long operations; /* on disk, before power is cut; 0: it is not */
};

static pid_t bear(const char *store, struct fate fate, int *from)
{
	int ends[2];

	if (pipe(ends) < 0)
		abort();
	pid_t pid = fork();
	if (pid < 0)
		abort();
	if (pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		(void)close(ends[0]);
		if (fate.operations) {
			testing_disks[kind].install(seed);
			testing_disks[kind].cut(fate.operations);
		}
		child(store, ends[1]);
	}
	(void)close(ends[1]);
	*from = ends[0];
	return pid;
}

/* Listen until it is dead. */
static void run_child(struct model *m, const char *store, struct fate fate)
{
	int from;
	int status = 0;
	struct said said[256];
	bool killed = fate.operations > 0;
	int64_t end = fate.words ? INT64_MAX : now_us() + fate.life_us;
	pid_t pid = bear(store, fate, &from);

	for (;;) {
		struct pollfd p = { .fd = from, .events = POLLIN };
		int64_t left = end - now_us();
		if (left <= 0 && !killed) {
			(void)kill(pid, SIGKILL);
			killed = true;
		}
		struct timespec wait = { .tv_nsec = killed || left > 100000 ? 100000000
									    : (long)left * 1000 };
		if (ppoll(&p, 1, &wait, NULL) == 0)
			continue;
		ssize_t n = read(from, said, sizeof(said));
		if (n <= 0)
			break;
		CHECK_INT("whole words", n % (ssize_t)sizeof(said[0]), 0);
		long heard = n / (ssize_t)sizeof(said[0]);
		for (long i = 0; i < heard; i++)
			hear(m, &said[i]);
		if (fate.words > 0 && (fate.words -= heard) <= 0)
			end = now_us() + fate.life_us;
	}
	(void)close(from);
	CHECK_INT("wait", waitpid(pid, &status, 0), pid);
	int how = WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
	CHECK_INT("how it ended", how, fate.operations ? 0 : -SIGKILL);
}

struct reading {
	struct queue_reader *r;
	const struct queue_message *m;
};

static enum err read_piece(void *arg, uint64_t at, struct str *out)
{
	const struct reading *reading = arg;

	return queue_reader_piece(reading->r, reading->m, at, out);
}

static void compare(struct queue_reader *r, const struct known *k)
{
	struct queue_message *m = NULL;

	CHECK_INT("get", queue_reader_get(r, k->id, &m), ERR_OK);
	if (!m)
		return;
	struct reading reading = { r, m };
	CHECK_INT("whole",
		  m->spool ? testing_file_whole(m, read_piece, &reading) : testing_whole(m), 1);
	CHECK_INT("ended, and there", k->ended, 0);
	CHECK_INT("recipients", (long long)m->n_rcpt, 2);
	if (k->first)
		CHECK_INT("first recipient", m->rcpt[0].state, SCHEDULE_DELIVERED);
	queue_message_free(&m);
}

/* Once it was opened, each file of the spool is of a message that is there. */
static void check_spool(const struct testing_dir *dir)
{
	struct buf why = BUF_MAX(1000);
	struct queue_reader *r = NULL;
	size_t spooled = 0;

	CHECK_INT("reader", queue_reader_open(dir->store, &r, &why), ERR_OK);
	for (queue_id id = 0; r;) {
		struct queue_message *m = NULL;
		CHECK_INT("next", queue_reader_next(r, id, &m), ERR_OK);
		if (!m)
			break;
		spooled += (m->flags & QUEUE_SPOOLED) != 0;
		id = m->id;
		queue_message_free(&m);
	}
	CHECK_INT("files", (long long)testing_spool_files(dir), (long long)spooled);
	queue_reader_close(&r);
	buf_free(&why);
}

/* Hold the queue against the model; from then on the model is what is there. */
static void verify(struct model *model, const char *store)
{
	struct buf why = BUF_MAX(1000);
	struct queue_reader *r = NULL;
	queue_id id = 0;
	size_t kept = 0;

	CHECK_INT("reader", queue_reader_open(store, &r, &why), ERR_OK);
	for (size_t i = 0; r && i <= model->n; i++) {
		struct queue_message *m = NULL;
		struct known *k = i < model->n ? &model->known[i] : NULL;
		CHECK_INT("next", queue_reader_next(r, id, &m), ERR_OK);
		if (k && m && m->id == k->id) {
			compare(r, k);
			id = k->id;
			k->sure = true;
			k->may_end = false;
			model->known[kept++] = *k;
		} else if (k) {
			CHECK_INT("stored, and not there", k->sure && !k->may_end, 0);
		} else {
			CHECK_INT("there, and never added", m != NULL, 0);
		}
		queue_message_free(&m);
	}
	model->n = kept;
	queue_reader_close(&r);
	buf_free(&why);
}

/*
 * A file in memory will do: it survives kill, and where power is cut it is the
 * disk in our hand that says what is durable.
 */
static void run(const char *label, bool power, int rounds, int times)
{
	struct testing_dir dir = testing_dir_new(&testing_stores[kind], "/dev/shm");
	struct model model = { 0 };
	size_t held = 0;
	int64_t end = now_us() + LIMIT_US * times;
	int i = 0;

	for (; i < rounds * times && (i < AT_LEAST || now_us() < end) && test_failures < 20; i++) {
		/* One of four while it opens, most likely; the others at work, however slow. */
		struct fate fate = { .words = draw(4) ? 1 + (long)draw(400) : 0 };
		fate.life_us = draw(fate.words ? 2000 : 40000);
		/* Early while it is created, then anywhere. */
		if (power)
			fate.operations = 1 + (long)draw(i < EARLY || draw(4) == 0 ? 60 : 2000);
		if (i % 2) {
			struct queue *q = testing_open("again", dir.store);
			check_spool(&dir);
			queue_close(&q);
		}
		run_child(&model, dir.store, fate);
		for (size_t k = 0; k < model.n; k++)
			held += model.known[k].sure;
		if (testing_disks[kind].there(dir.where) && model.n)
			(void)testing_check(label, dir.store);
		if (model.n)
			verify(&model, dir.store);
	}
	fprintf(stderr, "%d times %s: %zu acknowledged messages held against the disk\n", i, label,
		held);
	CHECK_INT("it did something", held > 20, 1);
	free(model.known);
	testing_dir_clear(&dir);
}

/* With an argument, that many times as often. */
int main(int argc, char **argv)
{
	uint32_t times = 1, rounds = ROUNDS;
	const char *wanted = getenv("CRASH_ROUNDS");

	if (argc > 1 && !str_u32(str_of(argv[1]), &times))
		return 2;
	if (wanted && !str_u32(str_of(wanted), &rounds))
		return 2;
	seed = (uint64_t)now_us() | 1;
	fprintf(stderr, "seed %llu\n", (unsigned long long)seed);
	for (kind = 0; kind < COUNT_OF(testing_stores); kind++) {
		run("killed", false, (int)rounds, (int)times);
		run("power cut", true, (int)rounds, (int)times);
	}
	return TEST_EXIT();
}
