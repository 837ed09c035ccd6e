/* A connection to a mail host: how it is greeted, how long it waits, how it is lost. */
#include "relay/connection.h"

#include "relay/rig_priv.h"

#define RCPT "RCPT TO:<b@y.example>\r\n"
#define PATIENT_MS 300000

static struct rig rig;
static struct host host;

/* Who has the connection: what it heard. */
static struct holder {
	struct relay_connection *c;
	unsigned ready, sent, lost, gone;
	enum relay_connection_state state; /* when it was lost */
	enum smtp_stage stage;
	struct smtp_result result; /* of the recipient; of the host, where it was not greeted */
	struct buf trouble, trace;
} holder;

static void ready(void *arg)
{
	struct holder *h = arg;

	h->ready++;
	loop_stop(rig.loop);
}

static void sent(void *arg)
{
	struct holder *h = arg;

	h->sent++;
	h->result = smtp_client_result(h->c->client, 0);
	loop_stop(rig.loop);
}

static void lost(void *arg)
{
	struct holder *h = arg;

	h->lost++;
	h->state = h->c->state;
	h->stage = smtp_client_stage(h->c->client);
	h->result =
		h->ready ? smtp_client_result(h->c->client, 0) : smtp_client_failure(h->c->client);
	buf_add(&h->trouble, buf_str(&h->c->trouble));
	relay_connection_close(&h->c);
	loop_stop(rig.loop);
}

static void trace(void *arg, struct str octets)
{
	struct holder *h = arg;

	buf_add(&h->trace, octets);
}

static const struct relay_connection_ops ops = { .ready = ready,
						 .sent = sent,
						 .lost = lost,
						 .trace = trace };

static void gone(struct relay_connection *c)
{
	(void)c;
	holder.gone++;
	loop_stop(rig.loop);
}

/* As of who dials: until it is connected he hears of its end alone. */
static const struct relay_connection_ops dialling = { .lost = lost };

static void dial_for(const struct relay_connection_ops *who)
{
	CLEANUP(buf_free) struct buf why = BUF_MAX(256);
	const struct relay_connection_key key = {
		.at = { .ip = { .family = 4, .octets = { 127, 0, 0, 1 } }, .port = host.port }
	};

	const struct relay_connection_user user = { .ops = who,
						    .arg = &holder,
						    .settings = rig.settings,
						    .how = &rig.settings->conf->delivery };

	holder = (struct holder){ .trouble = BUF_MAX(256), .trace = BUF_MAX(1 << 16) };
	holder.c = relay_connection_new(rig.worker, &key, &user, &why);
	if (!holder.c)
		exit(1);
	holder.c->gone = gone;
}

static void dial(void)
{
	dial_for(&ops);
}

static void hang_up(struct peer *p)
{
	relay_connection_close(&holder.c);
	peer_close(p);
	buf_free(&holder.trouble);
	buf_free(&holder.trace);
}

/* Until the holder has heard something. */
static void wait_for(const unsigned *count)
{
	while (*count == 0)
		rig_run(&rig);
}

static void send_message(struct str message)
{
	static const struct smtp_rcpt to = { .to = STR_INIT("b@y.example") };
	const struct smtp_transaction tx = {
		.mail.from = STR("me@x.example"), .rcpt = &to, .n_rcpt = 1, .message = message
	};

	relay_connection_send(holder.c, &tx);
}

/* Dialled, and greeted. */
static void meet(struct peer *p)
{
	dial();
	host_greet(&host, p);
	wait_for(&holder.ready);
}

/* Piece after piece, each read before the next is sent. */
static void greeting_in_pieces(void)
{
	static const char *const pieces[] = { "2", "20-we", "lcome\r", "\n220 ho", "st\r\n" };
	struct peer p;

	dial();
	host_accept(&host, &p);
	for (size_t i = 0; i < COUNT_OF(pieces); i++) {
		CHECK_STR("nothing is said before it is whole", buf_str(&p.in), STR(""));
		peer_say(&p, str_of(pieces[i]));
		rig_moment(&rig);
	}
	peer_expect("EHLO", &p, STR(HOST_EHLO));
	peer_say(&p, STR("250 host\r\n"));
	wait_for(&holder.ready);
	CHECK_INT("the trace shows all of it",
		  rig_holds(buf_str(&holder.trace), "<-- 220-welcome\n") &&
			  rig_holds(buf_str(&holder.trace), "<-- 220 host\n"),
		  true);
	hang_up(&p);
}

/* A timer by which a host says an octet now and then. */
static struct chatter {
	struct loop_timer *timer;
	struct peer *peer;
	unsigned said;
} chatter;

static void chatter_on(void *arg)
{
	(void)arg;
	if (send(chatter.peer->fd, "x", 1, MSG_NOSIGNAL) == 1)
		chatter.said++;
	loop_timer_set(chatter.timer, loop_now(rig.loop) + 10);
}

/* From now on there is little time. */
static void hurry(int64_t ms)
{
	rig.settings->conf->delivery.command_timeout_ms = ms;
}

/* Octets of a reply keep nobody waiting for longer than the reply may take. */
static void octet_by_octet(void)
{
	struct peer p;

	meet(&p);
	hurry(300);
	send_message(STR(HOST_TEXT));
	peer_expect("MAIL", &p, STR(HOST_MAIL));
	chatter =
		(struct chatter){ .timer = loop_timer_new(rig.loop, chatter_on, NULL), .peer = &p };
	peer_say(&p, STR("250-"));
	chatter_on(NULL);
	wait_for(&holder.lost);
	loop_timer_free(&chatter.timer);
	CHECK_INT("it was never silent", chatter.said > 0, true);
	CHECK_STR("and yet too late", buf_str(&holder.trouble),
		  STR("the host did not come to the end of its reply in time"));
	CHECK_INT("put off", holder.result.fate, SMTP_TEMPORARY);
	hurry(PATIENT_MS);
	hang_up(&p);
}

/* Each whole reply begins a new wait. */
static void whole_replies(void)
{
	struct peer p;

	meet(&p);
	send_message(STR(HOST_TEXT));
	peer_expect("MAIL", &p, STR(HOST_MAIL));
	int64_t before = smtp_patience_deadline(&holder.c->patience);
	rig_moment(&rig);
	host_hear(&p, "", HOST_OK);
	peer_expect("RCPT", &p, STR(RCPT));
	CHECK_INT("later than before", smtp_patience_deadline(&holder.c->patience) > before, true);
	hang_up(&p);
}

/* A host that says 354 and then reads nothing. */
static void taken_too_slowly(void)
{
	CLEANUP(buf_free) struct buf large = BUF_MAX(32 << 20);
	struct peer p;

	while (large.n < 16 << 20)
		buf_add(&large, STR("A line, of which there are many in this message.\r\n"));
	meet(&p);
	send_message(buf_str(&large));
	host_hear(&p, HOST_MAIL, HOST_OK);
	host_hear(&p, RCPT, HOST_OK);
	peer_expect("DATA", &p, STR("DATA\r\n"));
	loop_watch_set(p.watch, 0);
	hurry(300);
	peer_say(&p, STR("354 go on\r\n"));
	wait_for(&holder.lost);
	CHECK_STR("slow", buf_str(&holder.trouble), STR("the host took the message too slowly"));
	CHECK_INT("put off", holder.result.fate, SMTP_TEMPORARY);
	hurry(PATIENT_MS);
	hang_up(&p);
}

/* What the host hears, and then closes; what it answers before, but for the last. */
static const struct {
	const char *label, *heard;
	enum smtp_stage stage;
} closings[] = {
	{ "greeting", "", SMTP_STAGE_GREETING },
	{ "EHLO", HOST_EHLO, SMTP_STAGE_EHLO },
	{ "MAIL", HOST_MAIL, SMTP_STAGE_MAIL },
	{ "RCPT", RCPT, SMTP_STAGE_RCPT },
	{ "DATA", "DATA\r\n", SMTP_STAGE_DATA },
	{ "end of data", HOST_TEXT ".\r\n", SMTP_STAGE_MESSAGE },
};

static const char *const answers[] = { HOST_HELLO, "250 host\r\n", HOST_OK, HOST_OK,
				       "354 go on\r\n" };

static void close_at(size_t last)
{
	struct peer p;

	dial();
	host_accept(&host, &p);
	for (size_t i = 0; i <= last; i++) {
		if (closings[i].stage == SMTP_STAGE_MAIL) {
			wait_for(&holder.ready);
			send_message(STR(HOST_TEXT));
		}
		peer_expect(closings[i].label, &p, str_of(closings[i].heard));
		if (i < last)
			peer_say(&p, str_of(answers[i]));
	}
	peer_close(&p);
	wait_for(&holder.lost);
	CHECK_INT(closings[last].label, holder.stage, closings[last].stage);
	CHECK_INT(closings[last].label, holder.result.fate, SMTP_TEMPORARY);
	CHECK_STR(closings[last].label, str_of(holder.result.enhanced), STR("4.4.2"));
	CHECK_STR(closings[last].label, buf_str(&holder.trouble),
		  STR("the host closed the connection"));
	CHECK_INT("once, and no more than that", holder.lost + holder.sent, 1);
	CHECK_INT("and whoever keeps it is told", holder.gone, 1);
	hang_up(&p);
}

/* What was acknowledged is delivered, though the connection ends with it. */
static void acknowledged(void)
{
	struct peer p;

	meet(&p);
	send_message(STR(HOST_TEXT));
	host_take(&p, "b@y.example");
	wait_for(&holder.sent);
	CHECK_INT("delivered", holder.result.fate, SMTP_DELIVERED);
	CHECK_INT("one message was sent on it", holder.c->used, 1);
	hang_up(&p);
}

/* Nobody has it any more: QUIT, and the end whether that is answered or not. */
static void quit(const char *label, const char *answer)
{
	struct peer p;

	meet(&p);
	relay_connection_quit(holder.c);
	peer_expect(label, &p, STR("QUIT\r\n"));
	peer_say(&p, str_of(answer));
	if (!*answer)
		peer_close(&p);
	wait_for(&holder.gone);
	CHECK_INT("the last holder hears nothing", holder.lost + holder.sent, 0);
	holder.c = NULL;
	hang_up(&p);
}

static void refused(void)
{
	struct host nobody, was = host;
	struct peer none = { .fd = -1 };

	host_bind(&nobody);
	host = nobody;
	dial();
	host = was;
	wait_for(&holder.lost);
	CHECK_INT("it never was open", holder.state, RELAY_CONNECTING);
	CHECK_STR("why", buf_str(&holder.trouble), STR("Connection refused"));
	hang_up(&none);
	host_close(&nobody);
}

/* Greeted and reset before we look: it never was open, and what was said is nobody's. */
static void reset_at_once(void)
{
	static const struct linger at_once = { .l_onoff = 1 };
	struct host rude, was = host;
	struct peer none = { .fd = -1 };

	host_bind(&rude);
	CHECK_INT("listens", listen(rude.fd, 1), 0);
	host = rude;
	dial_for(&dialling);
	host = was;
	int fd = accept(rude.fd, NULL, NULL);
	CHECK_INT("greets", send(fd, "554 no\r\n", 8, 0), 8);
	CHECK_INT("resets", setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once)), 0);
	(void)close(fd);
	wait_for(&holder.lost);
	CHECK_INT("it never was open", holder.state, RELAY_CONNECTING);
	CHECK_STR("why", buf_str(&holder.trouble), STR("Connection reset by peer"));
	hang_up(&none);
	host_close(&rude);
}

/* A key of which not all could be kept is none. */
static void key_too_long(void)
{
	static char octets[RELAY_TRUST_MAX + 1];
	CLEANUP(buf_free) struct buf why = BUF_MAX(256);
	const struct relay_connection_key key = {
		.at = { .ip = { .family = 4, .octets = { 127, 0, 0, 1 } }, .port = host.port },
		.trust = { octets, sizeof(octets) },
	};
	const struct relay_connection_user user = { .ops = &ops,
						    .arg = &holder,
						    .settings = rig.settings,
						    .how = &rig.settings->conf->delivery };
	struct relay_connection *c = relay_connection_new(rig.worker, &key, &user, &why);

	CHECK_INT("no connection", c != NULL, false);
	CHECK_STR("why", buf_str(&why), STR("out of memory"));
	relay_connection_close(&c);
}

int main(void)
{
	host_bind(&host);
	rig_open(&rig, host.port, "command-timeout = \"5m\"", "", NULL);
	host_listen(&host, &rig);
	key_too_long();
	greeting_in_pieces();
	whole_replies();
	for (size_t i = 0; i < COUNT_OF(closings); i++)
		close_at(i);
	acknowledged();
	quit("answered", "221 bye\r\n");
	quit("not answered", "");
	refused();
	reset_at_once();
	octet_by_octet();
	taken_too_slowly();
	host_close(&host);
	rig_close(&rig);
	return TEST_EXIT();
}
