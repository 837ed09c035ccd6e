/* One delivery, to a mail host that the test plays: what it is told comes home, written down. */
#include "relay/delivery.h"

#include "relay/hosts.h"
#include "relay/pool.h"
#include "relay/rig_priv.h"

static struct rig rig;
static struct host host, dead;

#define DOMAIN "y.example"
#define MAIL_REFUSED "452 4.4.5 enough of this session\r\n"

/* Who began it: what it heard. */
static struct heard {
	unsigned reached, unreached, shut, ended;
	enum schedule_echo echo;
} heard;

static void reached(void *arg)
{
	struct heard *h = arg;

	h->reached++;
}

static int64_t unreached(void *arg, uint64_t kind, const struct schedule_outcome *like)
{
	struct heard *h = arg;

	h->unreached++;
	CHECK_INT("its kind", kind == route_demand_kind(&(struct route_demand){ 0 }), true);
	CHECK_INT("like what was said", like->action, ROUTE_DEFER);
	return 60000;
}

static void ended(void *arg, enum schedule_echo echo)
{
	struct heard *h = arg;

	h->ended++;
	h->echo = echo;
}

static int64_t shut(void *arg, uint64_t kind, const struct schedule_outcome *like, int64_t wait_ms)
{
	struct heard *h = arg;

	h->shut++;
	CHECK_INT("its kind", kind == route_demand_kind(&(struct route_demand){ 0 }), true);
	CHECK_INT("like what was said", like->action, ROUTE_DEFER);
	CHECK_INT("for some time", wait_ms > 0, true);
	return wait_ms;
}

static const struct relay_delivery_ops ops = { .reached = reached,
					       .unreached = unreached,
					       .shut = shut,
					       .ended = ended };

/* Its delivery begins. */
static void start(struct queue_message *m)
{
	struct relay_delivery *d =
		relay_delivery_new(rig.worker, rig_part(&rig, m, STR(DOMAIN)), &ops, &heard);

	if (!d)
		exit(1);
	heard = (struct heard){ 0 };
	CHECK_STR("whose it is", relay_delivery_message(d)->rcpt[0].to, m->rcpt[0].to);
	CHECK_INT("and who began it", relay_delivery_owner(d) == &heard, true);
	relay_delivery_begin(d);
}

/* A delivery of a message for those that has begun. */
static struct queue_message *begin(const char *const *to)
{
	struct queue_message *m = rig_message(&rig, to);

	start(m);
	return m;
}

struct expected {
	const char *label;
	enum route_action action;
	const char *status, *text;
};

/* The result, of as many recipients. */
static void finish(struct queue_message *m, const struct expected *e)
{
	struct relay_part *p = rig_result(&rig);

	CHECK_INT("it has ended", heard.ended, 1);
	for (size_t i = 0; i < m->n_rcpt; i++) {
		const struct schedule_outcome *o = &p->part->rcpt[i];
		CHECK_INT(e[i].label, o->action, e[i].action);
		CHECK_STR(e[i].label, str_of(o->status), str_of(e[i].status));
		CHECK_STR(e[i].label, o->text, str_of(e[i].text));
		CHECK_INT("it was tried", o->tried, true);
	}
	relay_post_part_free(&p);
	queue_message_free(&m);
}

static const char *const one[] = { "b@" DOMAIN, NULL };

/* Each recipient has the words that were said of it. */
static void each_its_own(void)
{
	static const char *const four[] = { "grey@" DOMAIN, "full@" DOMAIN, "gone@" DOMAIN,
					    "fine@" DOMAIN, NULL };
	static const struct expected expected[] = {
		{ "greylisted", ROUTE_DEFER, "4.7.1", "450 4.7.1 later" },
		{ "full", ROUTE_DEFER, "4.2.2", "452 4.2.2 full" },
		{ "gone", ROUTE_BOUNCE, "5.1.1", "550 5.1.1 who?" },
		{ "fine", ROUTE_DELIVER, "2.0.0", "250 2.0.0 ok" },
	};
	struct queue_message *m = begin(four);
	struct peer p;

	host_greet(&host, &p);
	host_hear(&p, HOST_MAIL, HOST_OK);
	host_hear(&p, "RCPT TO:<grey@" DOMAIN ">\r\n", "450 4.7.1 later\r\n");
	host_hear(&p, "RCPT TO:<full@" DOMAIN ">\r\n", "452 4.2.2 full\r\n");
	host_hear(&p, "RCPT TO:<gone@" DOMAIN ">\r\n", "550 5.1.1 who?\r\n");
	host_hear(&p, "RCPT TO:<fine@" DOMAIN ">\r\n", HOST_OK);
	host_hear(&p, "DATA\r\n", "354 go on\r\n");
	host_hear(&p, HOST_TEXT ".\r\n", HOST_OK);
	finish(m, expected);
	CHECK_INT("somebody was there", heard.reached, 1);
	CHECK_INT("so nobody is missed", heard.unreached, 0);
	relay_pool_stop(rig.worker->pool);
	host_dismiss("good-bye", &p);
}

/* REQUIRETLS: what a host offers in clear is nobody's word, and it hears nothing of the mail. */
static void requires_tls(void)
{
	static const struct expected lacks[] = {
		{ "no TLS", ROUTE_BOUNCE, "5.7.30",
		  "the server does not offer REQUIRETLS (MAIL FROM)" }
	};
	struct queue_message *m = rig_message(&rig, one);
	struct peer p;

	m->smtp |= SMTP_MAIL_REQUIRETLS;
	start(m);
	host_accept(&host, &p);
	peer_say(&p, STR(HOST_HELLO));
	peer_expect("EHLO", &p, STR(HOST_EHLO));
	peer_say(&p, STR("250-host\r\n250 REQUIRETLS\r\n"));
	finish(m, lacks);
	relay_pool_stop(rig.worker->pool);
	host_dismiss("good-bye", &p);
}

static const struct expected delivered[] = { { "delivered", ROUTE_DELIVER, "2.0.0",
					       "250 2.0.0 ok" } };

static void deliver(struct peer *p)
{
	struct queue_message *m = begin(one);

	host_take(p, one[0]);
	finish(m, delivered);
}

/* One that is greeted, and carries a message. */
static void deliver_first(struct peer *p)
{
	struct queue_message *m = begin(one);

	host_greet(&host, p);
	host_take(p, one[0]);
	finish(m, delivered);
}

/* The next message goes on the same connection. */
static void reuse(void)
{
	struct peer p;

	deliver_first(&p);
	deliver(&p);
	CHECK_INT("reached without a greeting", heard.reached, 1);
	CHECK_INT("no other connection", host.accepted, -1);
	relay_pool_stop(rig.worker->pool);
	host_dismiss("good-bye", &p);
}

/* A connection that was used before has had enough of us: once more on a new one. */
static const struct {
	const char *label;
	const char *answer; /* to MAIL; empty: it is closed */
} enough[] = {
	{ "put off at MAIL", MAIL_REFUSED },
	{ "refused at MAIL", "550 5.7.0 no more of it\r\n" },
	{ "out of step", "503 5.5.1 no more of it\r\n" },
	{ "closed with a word", "421 4.4.2 good-bye\r\n" },
	{ "closed", "" },
};

static void once_more(size_t i)
{
	struct peer old, p;

	deliver_first(&old);
	struct queue_message *m = begin(one);
	peer_expect(enough[i].label, &old, STR(HOST_MAIL));
	peer_say(&old, str_of(enough[i].answer));
	if (enough[i].answer[0] == '\0' || str_starts(str_of(enough[i].answer), STR("421")))
		peer_close(&old);
	host_greet(&host, &p);
	host_take(&p, one[0]);
	finish(m, delivered);
	if (old.fd >= 0)
		host_dismiss(enough[i].label, &old);
	relay_pool_stop(rig.worker->pool);
	host_dismiss(enough[i].label, &p);
}

/* What a new connection says at MAIL counts. */
static void refused_at_first(void)
{
	static const struct expected expected[] = { { "put off", ROUTE_DEFER, "4.4.5",
						      "452 4.4.5 enough of this session" } };
	struct queue_message *m = begin(one);
	struct peer p;

	host_greet(&host, &p);
	host_hear(&p, HOST_MAIL, MAIL_REFUSED);
	finish(m, expected);
	relay_pool_stop(rig.worker->pool);
	host_dismiss("good-bye", &p);
}

/* Refused for their number: at once in another transaction. */
static void the_rest_at_once(void)
{
	static const char *const two[] = { "a@" DOMAIN, "b@" DOMAIN, NULL };
	static const struct expected expected[] = {
		{ "first", ROUTE_DELIVER, "2.0.0", "250 2.0.0 ok" },
		{ "second", ROUTE_DELIVER, "2.0.0", "250 2.0.0 ok" }
	};
	struct queue_message *m = begin(two);
	struct peer p;

	host_greet(&host, &p);
	host_hear(&p, HOST_MAIL, HOST_OK);
	host_hear(&p, "RCPT TO:<a@" DOMAIN ">\r\n", HOST_OK);
	host_hear(&p, "RCPT TO:<b@" DOMAIN ">\r\n", "452 4.5.3 too many\r\n");
	host_hear(&p, "DATA\r\n", "354 go on\r\n");
	host_hear(&p, HOST_TEXT ".\r\n", HOST_OK);
	host_take(&p, "b@" DOMAIN);
	finish(m, expected);
	relay_pool_stop(rig.worker->pool);
	host_dismiss("good-bye", &p);
}

/* How often the log of sessions says so. */
static int said(const char *what)
{
	CLEANUP(buf_free) struct buf log = BUF_MAX(1 << 20);
	struct str rest, line;
	int n = 0;

	rig_read(&rig, "smtp-out-", &log);
	for (rest = buf_str(&log); str_line(&rest, &line);)
		n += rig_holds(line, what);
	return n;
}

/* A host that sends us away, and which is left alone for a while after that. */
static void sent_away(void)
{
	static const struct expected away[] = { { "sent away", ROUTE_DEFER, "4.3.2",
						  "421 4.3.2 not now" } };
	static const struct expected closed[] = { { "not even asked", ROUTE_DEFER, "4.4.1",
						    "it could not be reached a moment ago" } };
	struct queue_message *m = begin(one);
	struct peer p;

	host_accept(&host, &p);
	peer_say(&p, STR("421 4.3.2 not now\r\n"));
	finish(m, away);
	CHECK_INT("somebody was there who said so", heard.unreached + heard.reached, 0);
	peer_close(&p);

	int dialled = said("connecting to");
	finish(begin(one), closed);
	CHECK_INT("nobody is dialled, and the log does not say so", said("connecting to"), dialled);
	CHECK_INT("but who is not",
		  said("not tried, as it could not be reached a moment ago: 127."), 1);
	CHECK_INT("which is no failure of the destination's", heard.unreached, 0);
	CHECK_INT("but it is closed as well", heard.shut, 1);
	CHECK_INT("no connection for the next", host.accepted, -1);
	schedule_failing_clear(rig.worker->hosts);
}

/* It ends with the fate of another, or with none. */
static void without_attempt(void)
{
	struct queue_message *m = rig_message(&rig, one);
	struct schedule_outcome like = { .action = ROUTE_DEFER, .not_before_wall_ms = 4711 };
	struct relay_delivery *d[3];

	schedule_outcome_settle(&like, ROUTE_DEFER, STR("4.4.1"));
	schedule_outcome_say(&like, STR("nobody is there"), STR(""));
	for (size_t i = 0; i < COUNT_OF(d); i++) {
		d[i] = relay_delivery_new(rig.worker, rig_part(&rig, m, STR(DOMAIN)), &ops, &heard);
		CHECK_INT("its turn and back", relay_delivery_of(relay_delivery_turn(d[i])) == d[i],
			  true);
	}
	heard = (struct heard){ 0 };
	relay_delivery_share(d[0], &like);
	struct relay_part *taken = relay_delivery_take(&d[1]);
	CHECK_INT("it is no more", d[1] == NULL, true);
	CHECK_INT("its part is ours", taken->message == m, true);
	relay_delivery_free(&d[2]);
	struct relay_part *shared = rig_result(&rig);
	CHECK_STR("shared", shared->part->rcpt[0].text,
		  STR("just tried for another message: nobody is there"));
	CHECK_INT("as if tried", shared->part->rcpt[0].tried, true);
	CHECK_INT("as long", shared->part->rcpt[0].not_before_wall_ms, 4711);
	CHECK_INT("nobody hears of it", heard.ended + heard.reached + heard.unreached, 0);
	relay_post_part_free(&shared);
	relay_post_part_free(&taken);
	schedule_outcome_say(&like, STR(""), STR(""));
	free((char *)(uintptr_t)like.text.p);
	queue_message_free(&m);
}

/* The daemon ends amid a transaction: what was said already stays, the rest is tried again. */
static void cut_short(void)
{
	static const char *const three[] = { "gone@" DOMAIN, "fine@" DOMAIN, "next@" DOMAIN, NULL };
	static const struct expected expected[] = {
		{ "gone", ROUTE_BOUNCE, "5.1.1", "550 5.1.1 who?" },
		{ "taken, but no message", ROUTE_DEFER, "4.3.2", "the daemon was stopped" },
		{ "not yet answered", ROUTE_DEFER, "4.3.2", "the daemon was stopped" },
	};
	struct queue_message *m = begin(three);
	struct peer p;

	host_greet(&host, &p);
	host_hear(&p, HOST_MAIL, HOST_OK);
	host_hear(&p, "RCPT TO:<gone@" DOMAIN ">\r\n", "550 5.1.1 who?\r\n");
	host_hear(&p, "RCPT TO:<fine@" DOMAIN ">\r\n", HOST_OK);
	host_hear(&p, "RCPT TO:<next@" DOMAIN ">\r\n", "");
	relay_delivery_cut_all(rig.worker);
	finish(m, expected);
	peer_close(&p);
}

/* The log has a block for each session, with all that was said. */
static void written_down(void)
{
	CLEANUP(buf_free) struct buf log = BUF_MAX(1 << 20), records = BUF_MAX(1 << 20);

	rig_read(&rig, "smtp-out-", &log);
	rig_read(&rig, "deliveries-", &records);
	CHECK_INT("what was heard", rig_holds(buf_str(&log), "<-- 452 4.4.5 enough"), true);
	CHECK_INT("what was done", rig_holds(buf_str(&log), "using the open connection to"), true);
	CHECK_INT("a record", rig_holds(buf_str(&records), "\"reply\":\"550 5.1.1 who?\""), true);
	CHECK_INT("of him alone", rig_holds(buf_str(&records), "\"to\":\"gone@y.example\""), true);
}

static void stop_waiting(void *arg)
{
	(void)arg;
	loop_stop(rig.loop);
}

/* Until a trial may be made, of which there is none yet. */
static void until_trial(const struct ip_port *at)
{
	struct loop_timer *timer = loop_timer_new(rig.loop, stop_waiting, NULL);
	int64_t wait_ms;

	if (!timer)
		exit(1);
	while ((wait_ms = relay_hosts_wait(rig.worker, at, &rig.settings->schedule)) > 0) {
		loop_timer_set(timer, loop_now(rig.loop) + wait_ms);
		rig_run(&rig);
	}
	relay_hosts_unknown(rig.worker, at);
	loop_timer_free(&timer);
}

/* That we cannot dial is our own trouble: neither host nor destination is closed for it. */
static void hindered(void)
{
	static const struct expected expected[] = { { "no such address is ours", ROUTE_DEFER,
						      "4.4.1",
						      "Cannot assign requested address" } };
	struct ip_port at = { .ip = { .family = 4, .octets = { 127, 0, 0, 1 } } };

	rig_open_hosts(&rig, &host, &dead, "bind4 = \"192.0.2.1\"", NULL);
	int64_t lifetime_ms = rig.settings->schedule.lifetime_ms;
	at.port = host.port;
	relay_hosts_failed(rig.worker, &at, &rig.settings->schedule);
	CHECK_INT("closed", relay_hosts_wait(rig.worker, &at, &rig.settings->schedule) > 0, true);
	rig.settings->schedule.lifetime_ms = 0; /* closed for a moment only */
	until_trial(&at);
	rig.settings->schedule.lifetime_ms = lifetime_ms;
	finish(begin(one), expected);
	CHECK_INT("nothing is said of the destination",
		  heard.unreached + heard.shut + heard.reached, 0);
	CHECK_INT("the next may try", relay_hosts_wait(rig.worker, &at, &rig.settings->schedule),
		  0);
	rig_close_hosts(&rig, &host, &dead);
}

int main(void)
{
	rig_open_hosts(&rig, &host, &dead, "", NULL);
	each_its_own();
	requires_tls();
	reuse();
	for (size_t i = 0; i < COUNT_OF(enough); i++)
		once_more(i);
	refused_at_first();
	the_rest_at_once();
	sent_away();
	cut_short();
	without_attempt();
	written_down();
	rig_close_hosts(&rig, &host, &dead);
	hindered();
	return TEST_EXIT();
}
