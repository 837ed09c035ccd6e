/* A message on its way: its parts go out and come back, and what became of it is recorded. */
#include "relay/destination.h"
#include "relay/pool.h"
#include "relay/rig_priv.h"

#define RCPT "RCPT TO:<b@"

static struct rig rig;
static struct host host, dead;

/* The home: the rig's worker with a mailbox of the test's, where records are seen. */
static struct relay_worker home;
static struct {
	size_t records, results;
	enum err failing; /* what the next record is told, instead of what happened */
	bool report;      /* one was recorded */
} seen;

static void recorded(struct relay_job *job)
{
	seen.records++;
	seen.report |= job->job.update.report != NULL;
	if (seen.failing != ERR_OK)
		job->job.err = seen.failing;
	seen.failing = ERR_OK;
	relay_transit_recorded(job);
}

static void home_letter(void *arg, struct list *item)
{
	struct relay_letter *letter = CONTAINER_OF(item, struct relay_letter, link);

	(void)arg;
	if (letter->kind == RELAY_LETTER_JOB) {
		recorded((struct relay_job *)letter);
		return;
	}
	CHECK_INT("a part", letter->kind, RELAY_LETTER_RESULT);
	seen.results++;
	relay_transit_result((struct relay_part *)letter);
}

static struct relay_transit *ended;

static void daemon_letter(struct rig *r, struct relay_letter *letter)
{
	CHECK_INT("it has ended", letter->kind, RELAY_LETTER_ENDED);
	ended = (struct relay_transit *)letter;
	loop_stop(r->loop);
}

/* Of a message that is out; the end of it is heard. */
static queue_id start(struct queue_message *m)
{
	struct relay_transit *t = relay_transit_new(&rig.shared, m);

	if (!t)
		exit(1);
	memset(&seen, 0, sizeof(seen));
	t->watched = true;
	relay_transit_start(&home, t);
	return m->id;
}

static queue_id store_and_start(const char *const *to)
{
	struct queue_message *m = rig_message(&rig, to);

	rig_store(&rig, m);
	return start(m);
}

/* Its end, waited for: when it is due, and whether anybody was reached. */
static int64_t wait_end(enum schedule_reach reach)
{
	while (!ended)
		rig_run(&rig);
	int64_t due = ended->due_wall_ms;
	CHECK_INT("reached", ended->reach, reach);
	relay_transit_free(&ended);
	while (!schedule_budget_zero(
		&rig.shared.memory.budget)) /* a report has an end of its own */
		rig_moment(&rig);
	return due;
}

static void gone(const char *label, queue_id id)
{
	struct queue_message *m = rig_look(&rig, id);

	CHECK_INT(label, m == NULL, true);
	queue_message_free(&m);
}

static void good_bye(struct peer *p)
{
	relay_pool_stop(rig.worker->pool);
	host_dismiss("good-bye", p);
}

/* Three destinations, by their number: taken, refused, put off. */
static const char *const three[] = { "b@1.example", "b@2.example", "b@3.example", NULL };

/* The next of them in whatever order. */
static char play_one(struct peer *p)
{
	peer_expect("MAIL", p, STR(HOST_MAIL));
	peer_say(p, STR(HOST_OK));
	peer_expect("RCPT", p, STR(RCPT));
	host_wait(p, 1);
	char which = p->in.p[0];
	buf_drop(&p->in, 1);
	peer_expect("domain", p, STR(".example>\r\n"));
	if (which == '1') {
		peer_say(p, STR(HOST_OK));
		host_hear(p, "DATA\r\n", "354 go on\r\n");
		host_hear(p, HOST_TEXT ".\r\n", HOST_OK);
		return which;
	}
	peer_say(p, which == '2' ? STR("550 5.1.1 who?\r\n") : STR("450 4.7.1 later\r\n"));
	host_hear(p, "RSET\r\n", HOST_OK); /* there is always another one, the report at last */
	return which;
}

/* The report to the sender is delivered as any mail is. */
static void play_report(struct peer *p)
{
	CLEANUP(buf_free) struct buf report = BUF_MAX(1 << 20);

	host_hear(p, "MAIL FROM:<>\r\n", HOST_OK);
	host_hear(p, "RCPT TO:<me@x.example>\r\n", HOST_OK);
	host_hear(p, "DATA\r\n", "354 go on\r\n");
	host_hear_content(p, &report);
	peer_say(p, STR(HOST_OK));
	CHECK_INT("about the one", rig_holds(buf_str(&report), "rfc822; b@2.example"), true);
	CHECK_INT("with what was said", rig_holds(buf_str(&report), "smtp; 550 5.1.1 who?"), true);
	CHECK_INT("not about the delivered", rig_holds(buf_str(&report), "b@1.example"), false);
	CHECK_INT("nor about who waits", rig_holds(buf_str(&report), "b@3.example"), false);
}

static void each_for_itself(void)
{
	static const enum schedule_rcpt_state states[] = { SCHEDULE_DELIVERED, SCHEDULE_TOLD,
							   SCHEDULE_WAITING };
	queue_id id = store_and_start(three);
	char order[4] = "";
	struct peer p;

	host_greet(&host, &p);
	for (size_t i = 0; i < 3; i++)
		order[i] = play_one(&p);
	CHECK_INT("each once", order[0] + order[1] + order[2], '1' + '2' + '3');
	play_report(&p);
	int64_t due = wait_end(SCHEDULE_REACH_SOMEBODY);
	CHECK_INT("three parts came back", (long long)seen.results >= 3, true);
	CHECK_INT("each was recorded at once", (long long)seen.records >= 3, true);
	CHECK_INT("due again", due > os_clock_wall() && due != INT64_MAX, true);
	struct queue_message *m = rig_look(&rig, id);
	for (size_t i = 0; m && i < 3; i++)
		CHECK_INT(three[i], m->rcpt[i].state, states[i]);
	CHECK_INT("one attempt", m ? m->attempts : 0, 1);
	CHECK_INT("as told", m ? m->next_wall_ms : 0, due);
	CHECK_STR("what was said", m ? m->rcpt[2].text : STR_NONE, STR("450 4.7.1 later"));
	queue_message_free(&m);
	good_bye(&p);
}

static const char *const one[] = { "b@1.example", NULL };

static void delivered(void)
{
	queue_id id = store_and_start(one);
	struct peer p;

	host_greet(&host, &p);
	CHECK_INT("in memory meanwhile", schedule_budget_zero(&rig.shared.memory.budget), false);
	host_take(&p, one[0]);
	CHECK_INT("never again", wait_end(SCHEDULE_REACH_SOMEBODY) == INT64_MAX, true);
	gone("all is done", id);
	good_bye(&p);
}

static void unreached(void)
{
	static const char *const to[] = { "b@dead.example", NULL };
	queue_id id = store_and_start(to);
	int64_t due = wait_end(SCHEDULE_REACH_NOBODY);
	struct queue_message *m = rig_look(&rig, id);

	CHECK_INT("waits", m && m->next_wall_ms == due, true);
	queue_message_free(&m);
	relay_destination_forgive(rig.worker);
}

/* The administrator wants it tried while it is under way: it is due at once when it is back. */
static void retried_meanwhile(void)
{
	struct relay_job retry = { .job = { .kind = QUEUE_RETRY,
					    .id = store_and_start(one),
					    .now_wall_ms = os_clock_wall() } };
	struct peer p;

	host_greet(&host, &p);
	host_hear(&p, HOST_MAIL, HOST_OK);
	CHECK_INT("wanted", rig_job(&rig, &retry), ERR_OK);
	host_hear(&p, "RCPT TO:<b@1.example>\r\n", "450 4.7.1 later\r\n");
	CHECK_INT("whoever takes what is due is told",
		  wait_end(SCHEDULE_REACH_SOMEBODY) <= os_clock_wall(), true);
	good_bye(&p);
}

/* From nobody, and refused: there is nobody to tell. */
static void nobody_to_tell(void)
{
	static const char *const to[] = { "b@2.example", NULL };
	struct queue_message *m = rig_message(&rig, to);
	struct peer p;

	m->from = STR_NONE;
	rig_store(&rig, m);
	queue_id id = start(m);
	host_greet(&host, &p);
	host_hear(&p, "MAIL FROM:<>\r\n", HOST_OK);
	host_hear(&p, "RCPT TO:<b@2.example>\r\n", "550 5.1.1 who?\r\n");
	CHECK_INT("looked at, to be forgotten one day",
		  wait_end(SCHEDULE_REACH_SOMEBODY) <= os_clock_wall(), true);
	CHECK_INT("no report", seen.report, false);
	m = rig_look(&rig, id);
	CHECK_INT("kept", m && queue_message_state(m) == QUEUE_STATE_FAILED, true);
	queue_message_free(&m);
	good_bye(&p);
}

/* Others have the memory: back to the store, untried, and soon due again. */
static void no_room(const char *label, enum schedule_side side, uint64_t lane, uint32_t kib)
{
	struct schedule_budget *b = &rig.shared.memory.budget;
	struct schedule_charge other = { .kib = 0 };

	schedule_budget_force(b, &other, side, kib);
	bool entered = lane && schedule_budget_enter(b, lane, &other);
	int64_t begun = os_clock_wall();
	queue_id id = store_and_start(one);
	while (!ended)
		rig_run(&rig);
	int64_t due = ended->due_wall_ms;
	relay_transit_free(&ended);
	CHECK_INT(label, (long long)seen.results, 0);
	CHECK_INT("not before ten seconds", due - begun >= 10000, true);
	struct queue_message *m = rig_look(&rig, id);
	CHECK_INT("waits", m && m->next_wall_ms == due, true);
	CHECK_INT("no attempt", m ? m->attempts : 1, 0);
	queue_message_free(&m);
	if (entered)
		schedule_budget_leave(b, lane, &other);
	relay_memory_release(&rig.shared.memory, &other);
}

/* Others have its lane's share: what is given up needs none. */
static void given_up_without_room(void)
{
	struct schedule_budget *b = &rig.shared.memory.budget;
	uint64_t lane = queue_lane(rig.shared.queue, STR("1.example"));
	struct schedule_usage u = schedule_budget_usage(b);
	struct schedule_charge other = { .kib = 0 };
	struct queue_message *m = rig_message(&rig, one);

	m->from = STR_NONE;
	m->flags |= QUEUE_ENDING;
	rig_store(&rig, m);
	schedule_budget_force(b, &other, SCHEDULE_KEPT, u.limit);
	CHECK_INT("held", schedule_budget_enter(b, lane, &other), true);
	queue_id id = start(m);
	while (!ended)
		rig_run(&rig);
	relay_transit_free(&ended);
	CHECK_INT("one part, and no host", (long long)seen.results, 1);
	m = rig_look(&rig, id);
	CHECK_INT("given up", m && queue_message_state(m) == QUEUE_STATE_FAILED, true);
	queue_message_free(&m);
	schedule_budget_leave(b, lane, &other);
	relay_memory_release(&rig.shared.memory, &other);
}

static void memory(void)
{
	struct schedule_usage u = schedule_budget_usage(&rig.shared.memory.budget);
	uint64_t lane = queue_lane(rig.shared.queue, STR("1.example"));

	no_room("all of it", SCHEDULE_KEPT, 0, u.limit);
	no_room("the share of its destination", SCHEDULE_KEPT, lane, (u.limit - 2 * u.largest) / 2);
}

/* The store fails, for a while: what became of the message is recorded later, and once. */
static void store_fails(void)
{
	queue_id id = store_and_start(one);
	struct peer p;

	seen.failing = ERR_IO;
	host_greet(&host, &p);
	host_take(&p, one[0]);
	(void)wait_end(SCHEDULE_REACH_SOMEBODY);
	CHECK_INT("recorded twice", (long long)seen.records, 2);
	gone("all is done", id);
	good_bye(&p);
}

/* What the store knows nothing of ends with that. */
static void unknown_to_the_store(void)
{
	struct peer p;

	(void)start(rig_message(&rig, one));
	host_greet(&host, &p);
	host_take(&p, one[0]);
	(void)wait_end(SCHEDULE_REACH_SOMEBODY);
	CHECK_INT("tried once", (long long)seen.records, 1);
	good_bye(&p);
}

/* Nor is a report sent that it does not have. */
static void report_not_stored(void)
{
	static const char *const to[] = { "b@2.example", NULL };
	struct peer p;

	(void)start(rig_message(&rig, to));
	host_greet(&host, &p);
	host_hear(&p, "MAIL FROM:<me@x.example>\r\n", HOST_OK);
	host_hear(&p, "RCPT TO:<b@2.example>\r\n", "550 5.1.1 who?\r\n");
	while (!ended)
		rig_run(&rig);
	CHECK_INT("there was one", seen.report, true);
	CHECK_INT("it is not on its way", (long long)home.transits, 0);
	relay_transit_free(&ended);
	good_bye(&p);
}

int main(void)
{
	rig_open_hosts(&rig, &host, &dead, "total = 1", daemon_letter);
	home = *rig.worker;
	home.mailbox = loop_mailbox_new(rig.loop, home_letter, NULL);
	each_for_itself();
	delivered();
	unreached();
	retried_meanwhile();
	nobody_to_tell();
	memory();
	given_up_without_room();
	store_fails();
	unknown_to_the_store();
	report_not_stored();
	CHECK_INT("none is in transit", (long long)home.transits, 0);
	queue_close(&rig.shared.queue); /* the store tells of nothing any more */
	loop_mailbox_free(&home.mailbox, NULL);
	rig_close_hosts(&rig, &host, &dead);
	return TEST_EXIT();
}
