/* Whose turn it is at a destination: permits, those who cannot be reached, the end. */
#include "relay/destination.h"

#include "relay/pool.h"
#include "relay/rig_priv.h"

#define PARTS_MAX 4

static struct rig rig;
static struct host host, dead;

/* Parts of one message each, and that message. */
static struct queue_message *messages[PARTS_MAX];
static size_t n_messages;

static const char *const far_away[] = { "b@far.example", NULL };
static const char *const near_by[] = { "b@near.example", NULL };
static const char *const nowhere[] = { "b@dead.example", NULL };

static void add(const char *const *to)
{
	struct queue_message *m = rig_message(&rig, to);

	messages[n_messages++] = m;
	relay_destination_add(rig.worker, rig_part(&rig, m, schedule_domain(m->rcpt[0].to)));
}

static void check_outcome(const char *label, const struct schedule_outcome *o,
			  enum route_action action, bool tried, bool closed)
{
	CHECK_INT(label, o->action, action);
	CHECK_INT(label, o->tried, tried);
	CHECK_INT(label, o->not_before_wall_ms > os_clock_wall(), closed);
}

/* The next result: what is decided, and whether its destination is closed. */
static void expect(const char *label, enum route_action action, bool tried, bool closed)
{
	struct relay_part *p = rig_result(&rig);

	check_outcome(label, &p->part->rcpt[0], action, tried, closed);
	relay_post_part_free(&p);
}

static void forget_messages(void)
{
	while (n_messages)
		queue_message_free(&messages[--n_messages]);
	CHECK_INT("all permits are back", rig.worker->pace.used, 0);
}

static void good_bye(struct peer *p)
{
	relay_pool_stop(rig.worker->pool);
	host_dismiss("good-bye", p);
}

/* A second delivery to a destination begins when the first has ended, and not before. */
static void one_after_another(void)
{
	struct peer p;

	add(far_away);
	add(far_away);
	add(far_away);
	CHECK_INT("one permit is used", rig.worker->pace.used, 1);
	host_greet(&host, &p);
	for (size_t i = 0; i < 3; i++) {
		host_hear_message(&p, far_away[0]);
		CHECK_INT("still one", rig.worker->pace.used, 1);
		CHECK_INT("and one connection", host.accepted, -1);
		peer_say(&p, STR(HOST_OK));
		expect("delivered", ROUTE_DELIVER, true, false);
	}
	good_bye(&p);
	forget_messages();
}

/* Of another destination there may be one at the same time, and no third: that is the total. */
static void beside_each_other(void)
{
	struct peer a, b;

	add(far_away);
	host_greet(&host, &a);
	add(near_by);
	add(nowhere);
	host_greet(&host, &b);
	CHECK_INT("two permits are used", rig.worker->pace.used, 2);
	CHECK_INT("nobody was missed yet", (long long)rig.n_results, 3);
	host_take(&b, near_by[0]);
	expect("near", ROUTE_DELIVER, true, false);
	expect("nowhere, which had to wait", ROUTE_DEFER, true, true);
	host_take(&a, far_away[0]);
	expect("far", ROUTE_DELIVER, true, false);
	relay_pool_stop(rig.worker->pool);
	host_dismiss("near", &b);
	host_dismiss("far", &a);
	relay_destination_forgive(rig.worker);
	forget_messages();
}

/* The first finds nobody at home; those who wait behind it are told, and nobody dials for them. */
static void put_off(void)
{
	for (size_t i = 0; i < PARTS_MAX; i++)
		add(nowhere);
	struct relay_part *first = rig_result(&rig);
	struct schedule_outcome *said = &first->part->rcpt[0];
	check_outcome("tried", said, ROUTE_DEFER, true, true);
	for (size_t i = 1; i < PARTS_MAX; i++) {
		struct relay_part *p = rig_result(&rig);
		check_outcome("put off", &p->part->rcpt[0], ROUTE_DEFER, true, true);
		CHECK_STR("as the first", str_of(p->part->rcpt[0].status), str_of(said->status));
		CHECK_INT("with its words", rig_holds(p->part->rcpt[0].text, "Connection refused"),
			  true);
		relay_post_part_free(&p);
	}
	relay_post_part_free(&first);
	CHECK_INT("remembered", (long long)rig.worker->n_dead, 1);
	forget_messages();
}

/* What another service makes of the domain is found out, and its hosts are left alone. */
static void of_another_kind(void)
{
	struct relay_part *p;

	for (int i = 0; i < 2; i++) {
		struct queue_message *m = rig_message(&rig, nowhere);
		p = rig_part(&rig, m, STR("dead.example"));
		p->part->demand.service = ROUTE_REQUESTED;
		relay_destination_add(rig.worker, p);
		p = rig_result(&rig);
		check_outcome("closed", &p->part->rcpt[0], ROUTE_DEFER, true, true);
		CHECK_INT("the first has asked, the second was told",
			  rig_holds(p->part->rcpt[0].text, "just tried for another message"),
			  i == 1);
		relay_post_part_free(&p);
		queue_message_free(&m);
	}
	CHECK_INT("nobody was dialled", dead.accepted, -1);
}

/* By order it is given up, in the words that it had: nobody is dialled, no permit waited for. */
static void by_order(void)
{
	struct queue_message *m = rig_message(&rig, far_away);
	struct peer p;

	add(far_away);
	host_greet(&host, &p);
	m->flags |= QUEUE_ENDING;
	m->rcpt[0].status = STR("4.7.1");
	m->rcpt[0].text = STR("450 4.7.1 later");
	m->rcpt[0].remote = STR("mx.far.example");
	relay_destination_add(rig.worker, rig_part(&rig, m, STR("far.example")));
	struct relay_part *part = rig_result(&rig);
	const struct schedule_outcome *o = &part->part->rcpt[0];
	CHECK_INT("given up", o->action, ROUTE_BOUNCE);
	CHECK_INT("with what was said last",
		  rig_holds(o->text,
			    ", by order of an administrator: mx.far.example: 450 4.7.1 later"),
		  true);
	CHECK_STR("by whom", o->remote, STR("mx.far.example"));
	CHECK_INT("nobody was dialled", host.accepted, -1);
	relay_post_part_free(&part);
	queue_message_free(&m);
	host_take(&p, far_away[0]);
	expect("the other one is delivered", ROUTE_DELIVER, true, false);
	good_bye(&p);
	forget_messages();
}

/* It is remembered while it is closed, without mail; until all are forgiven. */
static void forgiven(void)
{
	struct peer p;

	host_listen(&dead, &rig);
	add(nowhere);
	expect("closed still", ROUTE_DEFER, true, true);
	CHECK_INT("nobody was dialled", dead.accepted, -1);
	CHECK_INT("remembered on", (long long)rig.worker->n_dead, 1);
	relay_destination_forgive(rig.worker);
	CHECK_INT("forgotten", (long long)rig.worker->n_dead, 0);
	add(nowhere);
	host_greet(&dead, &p);
	host_take(&p, nowhere[0]);
	expect("now it is there", ROUTE_DELIVER, true, false);
	good_bye(&p);
	forget_messages();
}

/* More permits by new settings: those who wait begin. */
static void more_permits(void)
{
	struct peer a, b;
	struct routing_settings *was = rig.worker->settings;

	add(far_away);
	add(far_away);
	host_greet(&host, &a);
	rig.worker->settings = rig_settings(rig.dir, host.port, "per-destination = 2", "");
	relay_destination_limit(rig.worker);
	relay_destination_pace(rig.worker);
	host_greet(&host, &b);
	host_take(&a, far_away[0]);
	host_take(&b, far_away[0]);
	expect("one", ROUTE_DELIVER, true, false);
	expect("and the other", ROUTE_DELIVER, true, false);
	routing_settings_drop(&rig.worker->settings);
	rig.worker->settings = was;
	relay_destination_limit(rig.worker);
	relay_pool_stop(rig.worker->pool);
	peer_close(&a);
	peer_close(&b);
	forget_messages();
}

/* Who has waited for too long goes back untried, and does not come again at once. */
static void waits_for_too_long(void)
{
	struct peer p;

	add(far_away);
	add(far_away);
	host_greet(&host, &p);
	struct schedule_turn *turn =
		CONTAINER_OF(rig.worker->pace.ages.next, struct schedule_turn, age);
	turn->since_ms -= SCHEDULE_WAIT_MS;
	relay_destination_pace(rig.worker);
	expect("sent back", ROUTE_DEFER, false, true);
	host_take(&p, far_away[0]);
	expect("delivered", ROUTE_DELIVER, true, false);
	good_bye(&p);
	forget_messages();
}

/* What is called and waits goes back, as due as before; what is under way, or not called, stays. */
static void called_back(void)
{
	struct schedule_recall called = { 0 };
	size_t worker;
	struct peer p;

	for (size_t i = 0; i < PARTS_MAX; i++)
		add(far_away);
	host_greet(&host, &p);
	CHECK_INT("under way", schedule_recall_add(&called, messages[0]->id), ERR_OK);
	CHECK_INT("waits", schedule_recall_add(&called, messages[2]->id), ERR_OK);
	(void)schedule_recall_next(&called, 1, &worker);
	relay_destination_recall(rig.worker, &called);
	struct relay_part *part = rig_result(&rig);
	CHECK_INT("that one", part->message == messages[2], true);
	check_outcome("called back", &part->part->rcpt[0], ROUTE_DEFER, false, false);
	CHECK_INT("as due as before", part->part->rcpt[0].cut, true);
	relay_post_part_free(&part);
	host_take(&p, far_away[0]);
	expect("that was under way", ROUTE_DELIVER, true, false);
	host_hear_message(&p, far_away[0]);
	schedule_recall_clear(&called);
	CHECK_INT("all", schedule_recall_add(&called, 0), ERR_OK);
	relay_destination_recall(rig.worker, &called);
	expect("the last", ROUTE_DEFER, false, false);
	peer_say(&p, STR(HOST_OK));
	expect("the second", ROUTE_DELIVER, true, false);
	schedule_recall_clear(&called);
	good_bye(&p);
	forget_messages();
}

/* As many have begun as may before others are heard: the next does when the pacer comes round. */
static void others_are_heard(void)
{
	struct peer p;

	rig.worker->begun = SCHEDULE_PACE_BEGINS;
	add(far_away);
	CHECK_INT("others first", rig.worker->pace.used, 0);
	host_greet(&host, &p);
	CHECK_INT("one has begun since", rig.worker->begun, 1);
	host_take(&p, far_away[0]);
	expect("delivered", ROUTE_DELIVER, true, false);
	good_bye(&p);
	forget_messages();
}

/* What waits goes back untried; what is under way may finish; what comes now goes back at once. */
static void the_end(void)
{
	struct peer p;

	add(far_away);
	add(far_away);
	host_greet(&host, &p);
	rig.worker->stopping = true;
	relay_destination_stop(rig.worker);
	expect("that waited", ROUTE_DEFER, false, false);
	add(near_by);
	expect("that came too late", ROUTE_DEFER, false, false);
	host_take(&p, far_away[0]);
	expect("that was under way", ROUTE_DELIVER, true, false);
	host_dismiss("no connection is kept", &p);
	CHECK_INT("no destination is left", (long long)rig.worker->destinations.n, 0);
	forget_messages();
}

int main(void)
{
	rig_open_hosts(&rig, &host, &dead, "total = 2 per-destination = 1", NULL);
	one_after_another();
	beside_each_other();
	put_off();
	of_another_kind();
	by_order();
	forgiven();
	more_permits();
	waits_for_too_long();
	called_back();
	others_are_heard();
	the_end();
	rig_close_hosts(&rig, &host, &dead);
	return TEST_EXIT();
}
