/*
 * A queue with many messages that wait, as after a week in which a large host was away.
 *
 *	fill STORE COUNT HOST DOMAINS DUE
 *
 * STORE is as in the configuration, "sqlite:/path/queue.db".  Nine of ten messages are for
 * HOST, the others for as many DOMAINS below it (0: all for HOST); they have been tried,
 * and are due in an hour or later.  DUE more for HOST are due at once; these carry the
 * numbers from 0 on that bench/sink counts.  All are of 2 KiB.
 */
#include "os/clock.h"
#include "queue/queue.h"
#include "tool.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

enum { AT_ONCE = 512, OCTETS = 2048, HOUR_MS = 3600000, TEXT = 256 };

/* One message on its way into the store: added, then put off. */
struct entry {
	struct queue_job add, record;
	struct schedule_change change;
};

struct filling {
	struct queue *queue;
	const char *host;
	unsigned domains;
	uint64_t count; /* of those that are not due */
	int64_t now_wall_ms;
	pthread_mutex_t lock;
	pthread_cond_t told;
	unsigned out; /* jobs that the store has */
};

static void done(struct queue_job *job)
{
	struct filling *f = job->owner;

	if (job->err != ERR_OK)
		tool_die(job->why ? job->why : "the store failed");
	(void)pthread_mutex_lock(&f->lock);
	if (--f->out == 0)
		(void)pthread_cond_signal(&f->told);
	(void)pthread_mutex_unlock(&f->lock);
}

static void submit(struct filling *f, struct queue_job *job)
{
	job->owner = f;
	job->done = done;
	(void)pthread_mutex_lock(&f->lock);
	f->out++;
	(void)pthread_mutex_unlock(&f->lock);
	queue_submit(f->queue, job);
}

static void wait_for_all(struct filling *f)
{
	(void)pthread_mutex_lock(&f->lock);
	while (f->out > 0)
		(void)pthread_cond_wait(&f->told, &f->lock);
	(void)pthread_mutex_unlock(&f->lock);
}

static struct queue_message *message(const struct filling *f, uint64_t i)
{
	struct buf content = BUF_MAX(2 * OCTETS);
	char to[TEXT];

	if (i % 10 || i >= f->count || f->domains == 0)
		(void)snprintf(to, sizeof(to), "user%llu@%s", (unsigned long long)i, f->host);
	else
		(void)snprintf(to, sizeof(to), "user%llu@d%llu.%s", (unsigned long long)i,
			       (unsigned long long)(i / 10 % f->domains), f->host);
	struct schedule_rcpt rcpt = { .to = str_of(to) };
	struct queue_message like = {
		.id = queue_next_id(f->queue),
		.arrived_wall_ms = f->now_wall_ms - HOUR_MS,
		.from = STR("bench@bench.invalid"),
		.rcpt = &rcpt,
		.n_rcpt = 1,
	};
	like.lane = queue_message_lane(f->queue, &like);
	if (i >= f->count)
		buf_addf(&content, "X-Bench: %llu\r\n", (unsigned long long)(i - f->count));
	buf_addf(&content, "Subject: %llu\r\n\r\n", (unsigned long long)i);
	while (content.n < OCTETS)
		buf_add(&content,
			STR("What waits, waits on disk, and is read when it is due.\r\n"));
	struct queue_message *m = queue_message_new(&like, &content);
	buf_free(&content);
	if (!m)
		tool_die("no memory");
	return m;
}

/* Those that are due have not been tried; left as they are they would be out, as after a crash. */
static void put_off(struct filling *f, struct entry *e, uint64_t i)
{
	bool tried = i < f->count;

	e->change = (struct schedule_change){
		.state = SCHEDULE_WAITING,
		.status = STR("4.4.1"),
		.text = STR("no connection to mx.bench.invalid: Connection refused"),
		.tried = true,
	};
	e->record = (struct queue_job){
		.kind = QUEUE_RECORD,
		.update = { .id = e->add.message->id,
			    .change = &e->change,
			    .n_change = tried ? 1 : 0,
			    .then = QUEUE_WAITS,
			    .next_wall_ms =
				    f->now_wall_ms + (tried ? HOUR_MS + (int64_t)(i % HOUR_MS) : 0),
			    .lane = e->add.message->lane },
	};
	submit(f, &e->record);
}

/* n messages from number i on. */
static void fill(struct filling *f, struct entry *e, uint64_t i, size_t n)
{
	for (size_t k = 0; k < n; k++) {
		e[k].add = (struct queue_job){ .kind = QUEUE_ADD, .message = message(f, i + k) };
		submit(f, &e[k].add);
	}
	wait_for_all(f);
	for (size_t k = 0; k < n; k++)
		put_off(f, &e[k], i + k);
	wait_for_all(f);
	for (size_t k = 0; k < n; k++)
		queue_message_free(&e[k].add.message);
}

int main(int argc, char **argv)
{
	struct filling f = { .lock = PTHREAD_MUTEX_INITIALIZER, .told = PTHREAD_COND_INITIALIZER };
	struct entry *entries = tool_alloc(AT_ONCE * sizeof(entries[0]));
	struct buf why = BUF_MAX(TEXT * 16);

	if (argc != 6)
		tool_die("usage: fill STORE COUNT HOST DOMAINS DUE");
	f.count = tool_number(argv[2], 0, UINT32_MAX);
	uint64_t count = f.count + tool_number(argv[5], 0, UINT32_MAX);
	struct queue_conf conf = { .store = argv[1] };
	f.host = argv[3];
	f.domains = (unsigned)tool_number(argv[4], 0, UINT32_MAX);
	f.now_wall_ms = os_clock_wall();
	if (queue_open(&conf, &f.queue, &why) != ERR_OK)
		tool_die("cannot open the store");
	for (uint64_t i = 0; i < count; i += AT_ONCE)
		fill(&f, entries, i, count - i < AT_ONCE ? count - i : AT_ONCE);
	queue_close(&f.queue);
	buf_free(&why);
	free(entries);
	return 0;
}
