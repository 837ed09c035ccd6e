/*
 * What was delivered is recorded, however often there is no memory to write that down: else
 * it would go out again.
 */
#include "relay/pool.h"
#include "relay/rig_priv.h"

#include "../failing.h"

enum { TIMES = 3 };

static struct rig rig;
static struct host host, dead;
static struct relay_worker home;
static size_t results, ended;

/* For each of the first results there is no memory. */
static void result(struct relay_part *part)
{
	inside = true;
	countdown = results++ < TIMES ? 1 : -1;
	relay_transit_result(part);
	countdown = -1;
	inside = false;
}

static void home_letter(void *arg, struct list *item)
{
	struct relay_letter *letter = CONTAINER_OF(item, struct relay_letter, link);

	(void)arg;
	if (letter->kind == RELAY_LETTER_JOB)
		relay_transit_recorded((struct relay_job *)letter);
	else
		result((struct relay_part *)letter);
}

static void daemon_letter(struct rig *r, struct relay_letter *letter)
{
	struct relay_transit *t = (struct relay_transit *)letter;

	ended++;
	relay_transit_free(&t);
	loop_stop(r->loop);
}

int main(void)
{
	static const char *const to[] = { "b@1.example", NULL };
	struct peer p;

	inside = false;
	rig_open_hosts(&rig, &host, &dead, "total = 1", daemon_letter);
	home = *rig.worker;
	home.mailbox = loop_mailbox_new(rig.loop, home_letter, NULL);
	struct queue_message *m = rig_message(&rig, to);
	queue_id id = m->id;
	rig_store(&rig, m);
	struct relay_transit *t = relay_transit_new(&rig.shared, m);
	t->watched = true;
	relay_transit_start(&home, t);
	host_greet(&host, &p);
	host_take(&p, "b@1.example");
	while (!ended)
		rig_run(&rig);
	CHECK_INT("it came back until it could be recorded", (long long)results, TIMES + 1);
	CHECK_INT("done", rig_look(&rig, id) == NULL, true);
	relay_pool_stop(rig.worker->pool);
	host_dismiss("good-bye", &p);
	queue_close(&rig.shared.queue); /* the store tells of nothing any more */
	loop_mailbox_free(&home.mailbox, NULL);
	rig_close_hosts(&rig, &host, &dead);
	return TEST_EXIT();
}
