/* What is due is taken from the store, loaded, and tried; what need not be loaded is not. */
#include "relay/scheduler.h"

#include "relay/caught_priv.h"
#include "relay/destination.h"
#include "relay/pool.h"
#include "relay/rig_priv.h"

#define HOUR_MS INT64_C(3600000)

static struct rig rig;
static struct host host, dead;
static struct relay_scheduler *scheduler;

/* Jobs that came back, by kind, and transits that ended; what the next job of a kind is told. */
static struct {
	size_t jobs[QUEUE_EXPIRE + 1], ended;
	enum queue_job_kind kind;
	enum err failing;
	size_t times;      /* so many of them; 0: one */
	int64_t outage_ms; /* what cannot be reached is told to stay so for as long; 0: as it is */
} seen;

static void job_back(struct relay_job *job)
{
	seen.jobs[job->job.kind]++;
	if (seen.failing != ERR_OK && seen.kind == job->job.kind) {
		job->job.err = seen.failing;
		if (seen.times == 0 || --seen.times == 0)
			seen.failing = ERR_OK;
	}
	job->done(job->owner, job);
}

/* The worker closes for seconds, and a slow machine may need more of them than that. */
static void transit_back(struct relay_transit *t)
{
	seen.ended++;
	if (seen.outage_ms && t->reach == SCHEDULE_REACH_NOBODY)
		t->closed_wall_ms = os_clock_wall() + seen.outage_ms;
	relay_scheduler_ended(scheduler, t);
}

/* As the daemon does. */
static void daemon_letter(struct rig *r, struct relay_letter *letter)
{
	if (letter->kind == RELAY_LETTER_JOB) {
		job_back((struct relay_job *)letter);
	} else if (letter->kind == RELAY_LETTER_STRAYED) {
		relay_scheduler_strays(scheduler);
	} else {
		CHECK_INT("a transit", letter->kind, RELAY_LETTER_ENDED);
		transit_back((struct relay_transit *)letter);
	}
	loop_stop(r->loop);
}

static void wait_for(const size_t *count, size_t n)
{
	while (*count < n)
		rig_run(&rig);
}

static void begin(void)
{
	memset(&seen, 0, sizeof(seen));
	scheduler = relay_scheduler_new(&rig.shared, rig.loop, &rig.settings);
	if (!scheduler)
		exit(1);
}

/* Takes no more; all that it has asked for is back. */
static void end(void)
{
	size_t takes;

	relay_scheduler_stop(scheduler);
	while (!relay_scheduler_quiet(scheduler) ||
	       !schedule_budget_zero(&rig.shared.memory.budget))
		rig_moment(&rig);
	takes = seen.jobs[QUEUE_TAKE];
	relay_scheduler_look(scheduler);
	CHECK_INT("it takes no more", relay_scheduler_quiet(scheduler), true);
	CHECK_INT("none has come", (long long)seen.jobs[QUEUE_TAKE], (long long)takes);
	relay_scheduler_free(&scheduler);
}

/* In the store, due now. */
static queue_id put(const char *to)
{
	const char *const all[] = { to, NULL };
	struct queue_message *m = rig_message(&rig, all);
	struct relay_job job = {
		.job = { .kind = QUEUE_RECORD,
			 .update = { .id = m->id, .then = QUEUE_WAITS, .lane = m->lane } }
	};
	queue_id id = m->id;

	rig_store(&rig, m);
	queue_message_free(&m);
	CHECK_INT("waits", rig_job(&rig, &job), ERR_OK);
	return id;
}

static void check_row(const char *label, queue_id id, bool there, unsigned attempts)
{
	struct queue_message *m = rig_look(&rig, id);

	CHECK_INT(label, m != NULL, there);
	if (m)
		CHECK_INT(label, m->attempts, attempts);
	queue_message_free(&m);
}

static void take_one(struct host *h, const char *to)
{
	struct peer p;

	host_greet(h, &p);
	host_take(&p, to);
	wait_for(&seen.ended, 1);
	relay_pool_stop(rig.worker->pool);
	host_dismiss("good-bye", &p);
}

/* What is due when it begins. */
static void due_at_once(void)
{
	queue_id id = put("b@1.example");

	begin();
	take_one(&host, "b@1.example");
	CHECK_INT("loaded once", (long long)seen.jobs[QUEUE_LOAD], 1);
	check_row("done", id, false, 0);
	end();
}

/* Out, and nobody has it, nor is there memory to have the store take it back: later it is due. */
static void astray(void)
{
	const char *const to[] = { "b@1.example", NULL };
	struct queue_message *m = rig_message(&rig, to);
	queue_id id = m->id;

	rig_store(&rig, m);
	queue_message_free(&m);
	begin();
	relay_post_stray(&rig.shared, id);
	take_one(&host, "b@1.example");
	check_row("done", id, false, 0);
	CHECK_INT("each once", (long long)seen.jobs[QUEUE_RECORD], 1);
	end();
}

static void count(void *arg)
{
	++*(size_t *)arg;
}

/* Paused, it takes nothing; who paused it hears when what it took before has gone to its home. */
static void paused(void)
{
	queue_id id = put("b@1.example");
	size_t still = 0;

	begin(); /* the TAKE is at the store */
	relay_scheduler_pause(scheduler, count, &still);
	wait_for(&seen.jobs[QUEUE_TAKE], 1);
	CHECK_INT("not before it is read", (long long)still, seen.jobs[QUEUE_LOAD] > 0);
	wait_for(&seen.jobs[QUEUE_LOAD], 1);
	CHECK_INT("now it is with its home", (long long)still, 1);
	take_one(&host, "b@1.example");
	check_row("done", id, false, 0);
	seen.ended = 0;
	id = put("b@1.example");
	relay_scheduler_look(scheduler);
	relay_scheduler_pause(scheduler, count, &still);
	CHECK_INT("at once, and once", (long long)still, 2);
	CHECK_INT("nothing is asked for", relay_scheduler_quiet(scheduler), true);
	relay_scheduler_resume(scheduler);
	take_one(&host, "b@1.example");
	CHECK_INT("once", (long long)still, 2);
	check_row("done later", id, false, 0);
	end();
}

/* Put off, it is due again when it was told to be, and nobody else asks for that. */
static void due_again(void)
{
	queue_id id = put("b@1.example");
	struct peer p;

	begin();
	host_greet(&host, &p);
	host_hear(&p, HOST_MAIL, HOST_OK);
	host_hear(&p, "RCPT TO:<b@1.example>\r\n", "450 4.7.1 later\r\n");
	wait_for(&seen.ended, 1);
	relay_pool_stop(rig.worker->pool);
	host_dismiss("good-bye", &p);
	seen.ended = 0;
	take_one(&host, "b@1.example");
	CHECK_INT("loaded twice", (long long)seen.jobs[QUEUE_LOAD], 2);
	check_row("done", id, false, 0);
	end();
}

/* What could not be reached for one is not loaded for another, until somebody forgives. */
static void unreached(void)
{
	queue_id first = put("a@dead.example"), second;

	begin();
	seen.outage_ms = HOUR_MS;
	wait_for(&seen.ended, 1);
	CHECK_INT("loaded once", (long long)seen.jobs[QUEUE_LOAD], 1);
	check_row("tried", first, true, 1);
	second = put("b@dead.example");
	relay_scheduler_look(scheduler);
	wait_for(&seen.jobs[QUEUE_RECORD], 1);
	CHECK_INT("its row alone was written", (long long)seen.jobs[QUEUE_LOAD], 1);
	check_row("which counts the attempt of the other", second, true, 1);

	queue_id third = put("c@dead.example");
	seen.kind = QUEUE_RECORD;
	seen.failing = ERR_LIMIT; /* the disk is full */
	relay_scheduler_look(scheduler);
	wait_for(&seen.jobs[QUEUE_RECORD], 3);
	CHECK_INT("what could not be written is written again", seen.failing, ERR_OK);

	host_listen(&dead, &rig);
	relay_destination_forgive(rig.worker);
	struct relay_job retry = { .job = { .kind = QUEUE_RETRY, .id = second } };
	CHECK_INT("wanted", rig_job(&rig, &retry), ERR_OK);
	seen.ended = 0;
	relay_scheduler_forgive(scheduler);
	take_one(&dead, "b@dead.example");
	check_row("done", second, false, 0);
	end();
	for (size_t i = 0; i < 2; i++) {
		struct relay_job removal = { .job = { .kind = QUEUE_REMOVE,
						      .id = i ? third : first } };
		CHECK_INT("removed", rig_job(&rig, &removal), ERR_OK);
	}
}

/* The store fails once: it is asked again, and no attempt is counted. */
static void store_fails(const char *label, enum queue_job_kind kind)
{
	begin();
	seen.kind = kind;
	seen.failing = ERR_IO;
	/* After a TAKE that failed it looks by itself: that was before, whatever put() takes. */
	wait_for(&seen.jobs[QUEUE_TAKE], kind == QUEUE_TAKE ? 2 : 1);
	queue_id id = put("b@1.example");
	relay_scheduler_look(scheduler);
	wait_for(&seen.jobs[kind], 1);
	CHECK_INT("it has failed", seen.failing, ERR_OK);
	check_row(label, id, true, 0);
	take_one(&host, "b@1.example");
	check_row(label, id, false, 0);
	CHECK_INT(label, seen.jobs[kind] > 1, true);
	end();
}

/* Others of its lane have its share: it is not loaded until they are gone, and then at once. */
static void waits_for_its_lane(void)
{
	struct schedule_budget *b = &rig.shared.memory.budget;
	struct schedule_usage u = schedule_budget_usage(b);
	const struct schedule_charge other = { SCHEDULE_KEPT, u.limit - 2 * u.largest };
	uint64_t lane = queue_lane(rig.shared.queue, STR("1.example"));
	queue_id id = put("b@1.example");

	CHECK_INT("theirs", schedule_budget_enter(b, lane, &other), true);
	begin();
	wait_for(&seen.jobs[QUEUE_RECORD], 1);
	CHECK_INT("its row alone was written", (long long)seen.jobs[QUEUE_LOAD], 0);
	CHECK_INT("they go", schedule_budget_leave(b, lane, &other), SCHEDULE_WAKE);
	relay_scheduler_woken(scheduler);
	take_one(&host, "b@1.example");
	CHECK_INT("called back", (long long)seen.jobs[QUEUE_HASTEN], 1);
	check_row("done", id, false, 0);
	end();
}

/* Nothing can be read: that is told once, and not for each message. */
static void disk_fails(void)
{
	enum { MANY = 5 };
	queue_id id[MANY];

	for (size_t i = 0; i < MANY; i++) {
		char to[] = "b@0.example";
		to[2] += (char)i;
		id[i] = put(to);
	}
	relay_trouble_clear(&rig.shared.keeping); /* what was told before is another matter */
	relay_trouble_init(&rig.shared.keeping, "store-failed", "all is well again");
	caught_begin();
	begin();
	seen.kind = QUEUE_LOAD;
	seen.failing = ERR_IO;
	seen.times = SIZE_MAX; /* those that are due again before all are written, too */
	wait_for(&seen.jobs[QUEUE_RECORD], MANY);
	relay_scheduler_stop(scheduler);
	CHECK_INT("told once", (long long)caught_lines(caught_end()), 1);
	end();
	for (size_t i = 0; i < MANY; i++) {
		struct relay_job removal = { .job = { .kind = QUEUE_REMOVE, .id = id[i] } };
		check_row("all wait", id[i], true, 0);
		CHECK_INT("removed", rig_job(&rig, &removal), ERR_OK);
	}
}

/* Others have the memory: nothing is taken until they give some back, and then at once. */
static void waits_for_memory(void)
{
	struct schedule_budget *b = &rig.shared.memory.budget;
	struct schedule_charge other = { .kib = 0 };
	queue_id id = put("b@1.example");

	schedule_budget_force(b, &other, SCHEDULE_KEPT, schedule_budget_usage(b).limit);
	rig.woken = 0;
	relay_memory_heard(&rig.shared.memory);
	begin();
	relay_scheduler_look(scheduler);
	CHECK_INT("it does not even look", relay_scheduler_quiet(scheduler), true);
	relay_memory_release(&rig.shared.memory, &other);
	CHECK_INT("woken, once", (long long)rig.woken, 1);
	relay_scheduler_woken(scheduler);
	take_one(&host, "b@1.example");
	check_row("done", id, false, 0);
	end();
}

/* Nothing that has failed is due again while the test runs, by whatever route it goes. */
static void retry_late(void)
{
	struct routing_settings *s = rig.settings;

	s->schedule.retry_ms[0] = HOUR_MS;
	for (size_t i = 0; i < s->conf->n_route; i++)
		s->of_route[i].retry_ms[0] = HOUR_MS;
	relay_destination_limit(rig.worker);
}

int main(void)
{
	rig_open_hosts(&rig, &host, &dead, "retry = {\"1s\"}", daemon_letter);
	due_at_once();
	astray();
	due_again();
	paused();
	store_fails("cannot be read", QUEUE_LOAD);
	store_fails("cannot be taken", QUEUE_TAKE);
	waits_for_memory();
	waits_for_its_lane();
	disk_fails();
	retry_late();
	unreached();
	rig_close_hosts(&rig, &host, &dead);
	return TEST_EXIT();
}
