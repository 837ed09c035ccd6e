/* One session, with a store that does as the case says, and a clock that may be moved ahead. */
#include "relay/guest.h"

#include "os/clock.h"
#include "relay/peer_priv.h"

#include <sys/syscall.h>
#include <time.h>

#define LINE                                                                                       \
	"0123456789012345678901234567890123456789012345678901234567890123456789"                   \
	"0123456789012345678901234567\r\n"
#define HI "220 relay.example ESMTP Signpost\r\n"
#define START "MAIL FROM:<a@x.example>\r\nRCPT TO:<b@y.example>\r\nDATA\r\n"
#define STARTED "250 2.1.0 Ok\r\n250 2.1.5 Ok\r\n354 End with <CR LF>.<CR LF>\r\n"

static char none[] = "";
static struct conf_listen listens[] = {
	{ .tls_certificate = none, .tls_key = none, .auth_file = none }
};
static struct conf conf = {
	.listen = listens,
	.n_listen = 1,
	.hostname = (char *)(uintptr_t) "relay.example",
	.size_limit = 1 << 20,
	.limits = { .header_size = 4096, .recipients = 10, .errors = 5, .idle_ms = 3600000 }
};
static struct routing_settings settings = { .holders = 1, .conf = &conf };
static struct relay_memory memory;
static struct relay_counters counters;
static struct loop *loop;

static int64_t ahead_ms;

/* In place of the system's, for the loop as well. */
int clock_gettime(clockid_t clock, struct timespec *t)
{
	long failed = syscall(SYS_clock_gettime, clock, t);

	if (clock != CLOCK_REALTIME)
		t->tv_sec += ahead_ms / 1000;
	return (int)failed;
}

/* A guest, who talks to it, and what it asked for. */
struct table {
	struct relay_guest *guest;
	struct peer peer;
	enum err storing;              /* what store() says */
	struct queue_message *m;       /* that was handed to it, */
	struct schedule_charge charge; /* and for what it was charged */
	unsigned turns;
	struct buf block; /* that was told */
	bool ended;
};

static queue_id message_id(void *arg)
{
	(void)arg;
	return 4711;
}

static enum err store(void *arg, struct queue_message *m, struct schedule_charge charge)
{
	struct table *t = arg;

	if (t->storing != ERR_OK)
		return t->storing;
	t->m = m;
	t->charge = charge;
	loop_stop(loop);
	return ERR_OK;
}

static void turned(void *arg)
{
	struct table *t = arg;

	t->turns++;
}

static void ended(void *arg)
{
	struct table *t = arg;

	t->ended = true;
	loop_stop(loop);
}

static void told(void *arg, struct journal_block *b)
{
	struct table *t = arg;

	buf_add(&t->block, buf_str(&b->lines));
}

/* Nobody can log in here. */
static enum err judge(void *arg, const struct smtp_login *login)
{
	(void)arg;
	(void)login;
	return ERR_LIMIT;
}

static const struct relay_guest_ops ops = { message_id, store, NULL, judge, turned, told, ended };

static void sit(struct table *t, enum relay_client who)
{
	int fd;

	*t = (struct table){ .storing = ERR_OK, .block = BUF_MAX(1 << 20) };
	peer_open(&t->peer, loop, &fd);
	const struct relay_guest_conf guest = { .loop = loop,
						.memory = &memory,
						.counters = &counters,
						.settings = &settings,
						.listener = STR("here"),
						.who = who };
	t->guest = relay_guest_new(fd, &guest, &ops, t);
	relay_guest_start(t->guest);
	peer_expect("greeting", &t->peer, STR(HI));
}

/* It goes; and has given back all that it had. */
static void rise(struct table *t)
{
	relay_guest_free(&t->guest);
	relay_guest_free(&t->guest);
	peer_close(&t->peer);
	queue_message_free(&t->m);
	buf_free(&t->block);
	relay_memory_release(&memory, &t->charge);
	CHECK_INT("no memory is left charged", schedule_budget_zero(&memory.budget), true);
	CHECK_INT("nor settings held", atomic_load(&settings.holders), 1);
}

/* Until the message is at the store. */
static void hand_in(struct table *t)
{
	peer_say(&t->peer, STR("HELO c\r\n" START));
	peer_expect("to DATA", &t->peer, STR("250 relay.example\r\n" STARTED));
	peer_say(&t->peer, STR("To: b\r\n\r\nhi\r\n.\r\n"));
	while (!t->m)
		peer_run(&t->peer);
}

static const struct {
	const char *label;
	enum err e;
	struct str answer;
} stores[] = {
	{ "stored", ERR_OK, STR_INIT("250 2.0.0 Ok: queued as ") },
	{ "the disk is full", ERR_LIMIT, STR_INIT("452 4.3.1 Disk full, try again later\r\n") },
	{ "the disk is broken", ERR_IO, STR_INIT("451 4.3.0 Cannot store, try again later\r\n") },
};

/* 250 is the store's word alone; whatever it is, the session goes on. */
static void storing(void)
{
	for (size_t i = 0; i < COUNT_OF(stores); i++) {
		struct table t;

		sit(&t, RELAY_MAY_RELAY);
		hand_in(&t);
		CHECK_STR(stores[i].label, buf_str(&t.peer.in), STR(""));
		CHECK_INT("it does not rest", relay_guest_rests(t.guest), false);
		CHECK_INT("what came", str_ends(buf_str(&t.m->content), STR("To: b\r\n\r\nhi\r\n")),
			  true);
		CHECK_INT("one recipient", (long long)t.m->n_rcpt, 1);
		CHECK_STR("from", t.m->from, STR("a@x.example"));
		relay_guest_stored(t.guest, stores[i].e, 4711);
		peer_expect(stores[i].label, &t.peer, stores[i].answer);
		CHECK_INT("it rests again", relay_guest_rests(t.guest), true);
		rise(&t);
	}
}

static void no_memory_for_the_store(void)
{
	struct table t;

	sit(&t, RELAY_MAY_RELAY);
	t.storing = ERR_NOMEM;
	peer_say(&t.peer, STR("HELO c\r\n" START));
	peer_expect("to DATA", &t.peer, STR("250 relay.example\r\n" STARTED));
	peer_talk(&t.peer, "hi\r\n.", "452 4.3.1 Out of memory, try again later");
	peer_talk(&t.peer, "NOOP", "250 2.0.0 Ok");
	rise(&t);
}

static void strangers(void)
{
	struct table t;

	sit(&t, RELAY_STRANGER);
	peer_talk(&t.peer, "HELO c", "250 relay.example");
	peer_talk(&t.peer, "MAIL FROM:<a@x.example>", "250 2.1.0 Ok");
	peer_talk(&t.peer, "RCPT TO:<b@y.example>",
		  "554 5.7.1 Relaying denied: your address is not in relay-from");
	rise(&t);
}

static void resting(void)
{
	struct table t;

	sit(&t, RELAY_MAY_RELAY);
	CHECK_INT("greeted: it rests", relay_guest_rests(t.guest), true);
	unsigned turns = t.turns;
	peer_talk(&t.peer, "HELO c", "250 relay.example");
	CHECK_INT("named: it rests", relay_guest_rests(t.guest), true);
	CHECK_INT("a turn", t.turns > turns, true);
	peer_talk(&t.peer, "MAIL FROM:<a@x.example>", "250 2.1.0 Ok");
	CHECK_INT("in a transaction: it does not", relay_guest_rests(t.guest), false);
	peer_talk(&t.peer, "RSET", "250 2.0.0 Ok");
	CHECK_INT("no more: it rests", relay_guest_rests(t.guest), true);
	peer_talk(&t.peer, "QUIT", "221 2.0.0 Bye");
	CHECK_INT("it goes", relay_guest_rests(t.guest), false);
	peer_expect_end("our side is closed", &t.peer);
	(void)shutdown(t.peer.fd, SHUT_WR);
	while (!t.ended)
		peer_run(&t.peer);
	rise(&t);
}

static void leaving(void)
{
	struct table t;

	sit(&t, RELAY_MAY_RELAY);
	relay_guest_leave(t.guest);
	peer_expect("idle: at once", &t.peer, STR("421 4.3.2 Shutting down\r\n"));
	peer_expect_end("and the end", &t.peer);
	rise(&t);

	sit(&t, RELAY_MAY_RELAY);
	hand_in(&t);
	relay_guest_leave(t.guest);
	relay_guest_stored(t.guest, ERR_OK, 4711);
	peer_expect("it may finish", &t.peer, STR("250 2.0.0 Ok: queued as "));
	peer_run(&t.peer);
	CHECK_INT("and then goes",
		  str_ends(buf_str(&t.peer.in), STR("421 4.3.2 Shutting down\r\n")), true);
	rise(&t);
}

static void closing(void)
{
	struct table t;

	sit(&t, RELAY_MAY_RELAY);
	peer_say(&t.peer, STR("HELO c\r\n" START));
	peer_expect("to DATA", &t.peer, STR("250 relay.example\r\n" STARTED));
	peer_say(&t.peer, STR("half a mess"));
	relay_guest_close(t.guest, STR("4.3.2 Shutting down"));
	CHECK_INT("its block is there at once",
		  str_ends(buf_str(&t.block), STR("; the daemon ends\n")), true);
	size_t told = t.block.n;
	relay_guest_close(t.guest, STR("4.3.2 Not twice"));
	CHECK_INT("and told once", t.block.n == told, true);
	peer_expect("in the middle", &t.peer, STR("421 4.3.2 Shutting down\r\n"));
	peer_expect_end("and the end", &t.peer);
	rise(&t);

	sit(&t, RELAY_MAY_RELAY);
	hand_in(&t);
	relay_guest_close(t.guest, STR("4.3.2 Shutting down"));
	peer_expect("while it is at the store", &t.peer, STR("421 4.3.2 Shutting down\r\n"));
	relay_guest_stored(t.guest, ERR_OK, 4711);
	peer_expect_end("what that says is for nobody", &t.peer);
	rise(&t);

	sit(&t, RELAY_MAY_RELAY);
	relay_guest_cut(t.guest, STR("4.3.2 Others wait"));
	CHECK_INT("cut: it has ended", t.ended, true);
	relay_guest_free(&t.guest);
	peer_expect("with a word", &t.peer, STR("421 4.3.2 Others wait\r\n"));
	peer_expect_end("and no more", &t.peer);
	rise(&t);
}

#define CAME "client local, listener here, may relay\n--> 220 relay.example ESMTP Signpost\n"
#define HANDED_IN                                                                                  \
	"<-- HELO c\n--> 250 relay.example\n<-- MAIL FROM:<a@x.example>\n--> 250 2.1.0 Ok\n"       \
	"<-- RCPT TO:<b@y.example>\n--> 250 2.1.5 Ok\n"                                            \
	"<-- DATA\n--> 354 End with <CR LF>.<CR LF>\n<-- (13 octets of message data)\n"

/* What the block says of a session, without its times: all up to the message, and then the rest. */
static void expect_block(const char *label, struct table *t, struct str rest)
{
	CLEANUP(buf_free) struct buf texts = BUF_MAX(1 << 20);
	CLEANUP(buf_free) struct buf want = BUF_MAX(1 << 20);
	struct str lines = buf_str(&t->block), line, head;

	while (str_line(&lines, &line)) {
		(void)str_cut(&line, ']', &head);
		buf_add(&texts, str_skip(line, 1));
		buf_addc(&texts, '\n');
	}
	buf_add(&want, STR(CAME HANDED_IN));
	buf_addf(&want, "message 000000004K7 sender <a@x.example> size %zu\n", t->m->content.n);
	buf_add(&want, rest);
	CHECK_STR(label, buf_str(&texts), buf_str(&want));
}

/* Of a session that is over, however it ended, there is a block; what it refused is counted. */
static void telling(void)
{
	struct table t;
	unsigned long long before = atomic_load(&counters.refused[SMTP_REFUSAL_SYNTAX]);

	sit(&t, RELAY_MAY_RELAY);
	hand_in(&t);
	relay_guest_stored(t.guest, ERR_OK, 0);
	peer_expect("stored", &t.peer, STR("250 2.0.0 Ok: queued as 00000000000\r\n"));
	peer_talk(&t.peer, "NONSENSE", "500 5.5.2 Command unknown");
	CHECK_INT("counted", (long long)atomic_load(&counters.refused[SMTP_REFUSAL_SYNTAX]),
		  (long long)before + 1);
	CHECK_STR("not told before its end", buf_str(&t.block), STR(""));
	(void)shutdown(t.peer.fd, SHUT_WR);
	while (!t.ended)
		peer_run(&t.peer);
	expect_block("stored", &t,
		     STR("--> 250 2.0.0 Ok: queued as 00000000000\n"
			 "<-- NONSENSE\n--> 500 5.5.2 Command unknown\n"
			 "outcome: 1 message accepted; refused: syntax 1; "
			 "the client closed the connection\n"));
	rise(&t);

	sit(&t, RELAY_MAY_RELAY);
	hand_in(&t);
	(void)shutdown(t.peer.fd, SHUT_RDWR);
	relay_guest_cut(t.guest, STR("4.3.2 Others wait"));
	expect_block("gone while it is at the store", &t,
		     STR("--> 421 4.3.2 Others wait\noutcome: 0 messages accepted; others wait\n"));
	rise(&t);
}

static long long count(struct str s, struct str what)
{
	long long n = 0;

	for (; s.n; s = str_skip(s, 1))
		n += str_starts(s, what);
	return n;
}

/* Of a session of many messages there are several blocks, and none of its messages is left out. */
static void in_parts(void)
{
	struct table t;

	sit(&t, RELAY_MAY_RELAY);
	for (int i = 0; i < 100; i++) {
		hand_in(&t);
		queue_message_free(&t.m);
		relay_memory_release(&memory, &t.charge);
		relay_guest_stored(t.guest, ERR_OK, 0);
		peer_expect("stored", &t.peer, STR("250 2.0.0 Ok: queued as 00000000000\r\n"));
	}
	CHECK_INT("some are told", t.block.n > 0, true);
	(void)shutdown(t.peer.fd, SHUT_WR);
	while (!t.ended)
		peer_run(&t.peer);
	long long parts = count(buf_str(&t.block), STR("] client local, listener here"));
	CHECK_INT("several", parts > 1, true);
	CHECK_INT("as many ends", count(buf_str(&t.block), STR("] outcome: ")), parts);
	CHECK_INT("all messages", count(buf_str(&t.block), STR("] message 000000004K7 ")), 100);
	CHECK_INT("all recipients", count(buf_str(&t.block), STR("<-- RCPT TO:<b@y")), 100);
	rise(&t);
}

static void gone(void)
{
	struct table t;

	sit(&t, RELAY_MAY_RELAY);
	peer_say(&t.peer, STR("HELO c\r\n" START));
	peer_expect("to DATA", &t.peer, STR("250 relay.example\r\n" STARTED));
	peer_say(&t.peer, STR("half a message\r\n"));
	(void)shutdown(t.peer.fd, SHUT_WR);
	while (!t.ended)
		peer_run(&t.peer);
	CHECK_INT("nothing was stored", t.m == NULL, true);
	rise(&t);
}

/* An octet now and then, always sooner than the guest would be silent for too long. */
struct drip {
	struct table *table;
	struct loop_timer *timer;
};

static void drip(void *arg)
{
	struct drip *d = arg;

	(void)send(d->table->peer.fd, "N", 1, MSG_NOSIGNAL);
	loop_timer_set(d->timer, loop_now(loop) + conf.limits.idle_ms / 10);
}

static void dripping(void)
{
	struct table t;
	struct drip d = { .table = &t };

	conf.limits.idle_ms = 100;
	sit(&t, RELAY_MAY_RELAY);
	d.timer = loop_timer_new(loop, drip, &d);
	drip(&d);
	while (!t.ended)
		peer_run(&t.peer);
	relay_guest_free(&t.guest);
	peer_expect("a whole command is waited for", &t.peer,
		    STR("421 4.4.2 Timeout: idle for too long, or too slow\r\n"));
	loop_timer_free(&d.timer);
	rise(&t);
	conf.limits.idle_ms = 3600000;
}

static void stop(void *arg)
{
	(void)arg;
	loop_stop(loop);
}

/* A second passes, in which so many octets of a message come; whether its sender is still there. */
static bool send_for_a_second(struct table *t, size_t octets)
{
	struct loop_timer *soon = loop_timer_new(loop, stop, NULL);

	ahead_ms += 1000;
	for (size_t n = 0; n < octets && !t->ended; n += 100) {
		(void)send(t->peer.fd, LINE, sizeof(LINE) - 1, MSG_NOSIGNAL);
		loop_timer_set(soon, os_clock_mono());
		peer_run(&t->peer);
	}
	loop_timer_free(&soon);
	return !t->ended;
}

/* In each minute a message must grow by 60 KiB: who sends less is told so when that is over. */
static void slow_data(void)
{
	struct table t;
	int seconds = 0;

	sit(&t, RELAY_MAY_RELAY);
	peer_say(&t.peer, STR("HELO c\r\n" START));
	peer_expect("to DATA", &t.peer, STR("250 relay.example\r\n" STARTED));
	while (seconds < 150 && send_for_a_second(&t, 1200))
		seconds++;
	CHECK_INT("fast enough, for as long as it likes", seconds, 150);
	while (seconds < 1000 && send_for_a_second(&t, 900))
		seconds++;
	CHECK_INT("a minute of too little, behind one of enough", seconds >= 230 && seconds < 240,
		  true);
	relay_guest_free(&t.guest);
	peer_expect("it is told", &t.peer,
		    STR("421 4.4.2 Timeout: idle for too long, or too slow\r\n"));
	rise(&t);
}

/* Of a message that is refused before its end the rest is dropped as it would have been taken. */
static void refused_amid(void)
{
	struct table t;
	int seconds = 0;

	sit(&t, RELAY_MAY_RELAY);
	peer_say(&t.peer, STR("HELO c\r\n" START));
	peer_expect("to DATA", &t.peer, STR("250 relay.example\r\n" STARTED));
	peer_say(&t.peer, STR("bare\n"));
	peer_expect("no smuggling", &t.peer,
		    STR("554 5.5.2 Bare CR, bare LF or NUL in the message\r\n"));
	peer_expect_end("our side is closed", &t.peer);
	CHECK_INT("nothing is held for it", schedule_budget_zero(&memory.budget), true);
	while (seconds < 150 && send_for_a_second(&t, 1200))
		seconds++;
	CHECK_INT("nothing of it is cut off", seconds, 150);
	ahead_ms += 11000;
	while (!t.ended)
		peer_run(&t.peer);
	rise(&t);
}

/* Who does not read its replies is not read either, and has a deadline, too. */
static void deaf(void)
{
	struct table t;

	conf.limits.idle_ms = 100;
	sit(&t, RELAY_MAY_RELAY);
	loop_watch_set(t.peer.watch, 0);
	while (!t.ended) {
		while (send(t.peer.fd, "HELP\r\n", 6, MSG_NOSIGNAL) == 6)
			;
		peer_run(&t.peer);
	}
	rise(&t);
	conf.limits.idle_ms = 3600000;
}

int main(void)
{
	loop = loop_new();
	schedule_budget_init(&memory.budget, 8 << 20, conf.size_limit);
	storing();
	no_memory_for_the_store();
	strangers();
	resting();
	leaving();
	closing();
	gone();
	telling();
	in_parts();
	dripping();
	slow_data();
	refused_amid();
	deaf();
	loop_free(&loop);
	return TEST_EXIT();
}
