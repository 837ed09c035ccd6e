/* Who is let in, who has to make room, and who is told when it ends: over socketpairs. */
#include "relay/inbound.h"

#include "relay/peer_priv.h"
#include "relay/ration.h"

#define HI "220 relay.example ESMTP Signpost\r\n"
#define START "HELO c\r\nMAIL FROM:<a@x.example>\r\nRCPT TO:<b@y.example>\r\nDATA\r\n"
#define STARTED                                                                                    \
	"250 relay.example\r\n250 2.1.0 Ok\r\n250 2.1.5 Ok\r\n354 End with <CR LF>.<CR LF>\r\n"
#define ROOM_MADE "421 4.3.2 Idle, and others wait: come again\r\n"

static struct ip_net home[] = { { .ip = { .family = 4, .octets = { 192, 0, 2, 0 } }, .bits = 24 } };
static char none[] = "";

#define CLEAR .tls_certificate = none, .tls_key = none, .auth_file = none

static struct conf_listen listens[] = {
	{ CLEAR, .text = (char *)(uintptr_t) "one", .relay_from = home, .n_relay_from = 1 },
	{ CLEAR, .text = (char *)(uintptr_t) "two", .n_relay_from = 0 }
};
static struct conf conf = {
	.hostname = (char *)(uintptr_t) "relay.example",
	.listen = listens,
	.n_listen = 2,
	.size_limit = 1 << 20,
	.limits = { .header_size = 4096, .recipients = 10, .errors = 5, .idle_ms = 3600000 }
};
static struct routing_settings settings = { .holders = 1, .conf = &conf };
static struct relay_counters counters;
static struct relay_memory memory;
static struct relay_clients *clients;
static struct loop *loop;
static struct relay_inbound *in;

static const struct ip friend = { .family = 4, .octets = { 192, 0, 2, 1 } };
static const struct ip stranger = { .family = 4, .octets = { 198, 51, 100, 1 } };
static const struct ip other = { .family = 4, .octets = { 198, 51, 100, 2 } };
static const struct ip local = { .family = 0 };

static unsigned left;
static struct buf blocks; /* that were told */
static struct queue_message *at_store;
static struct schedule_charge at_store_charge;
static uint64_t who_waits;

static queue_id message_id(void *arg)
{
	(void)arg;
	return 4711;
}

static enum err store(void *arg, uint64_t guest, struct queue_message *m,
		      struct schedule_charge charge)
{
	(void)arg;
	at_store = m;
	at_store_charge = charge;
	who_waits = guest;
	loop_stop(loop);
	return ERR_OK;
}

static void guest_left(void *arg)
{
	(void)arg;
	left++;
	loop_stop(loop);
}

static void told(void *arg, struct journal_block *b)
{
	(void)arg;
	buf_add(&blocks, buf_str(&b->lines));
}

/* Nobody can log in here. */
static enum err judge(void *arg, uint64_t guest, const struct relay_inbound_from *from,
		      const struct smtp_login *login)
{
	(void)arg;
	(void)login;
	(void)guest;
	(void)from;
	return ERR_LIMIT;
}

static const struct relay_inbound_ops ops = { message_id, store, NULL, judge, told, guest_left };

static void begin(struct relay_clients_limits limits)
{
	const struct relay_inbound_conf c = { .loop = loop,
					      .clients = clients,
					      .counters = &counters,
					      .memory = &memory,
					      .settings = &settings };

	relay_clients_limit(clients, limits);
	left = 0;
	buf_free(&blocks);
	blocks = BUF_MAX(1 << 20);
	in = relay_inbound_new(&c, &ops, NULL);
}

static void end(void)
{
	relay_inbound_free(&in);
	relay_inbound_free(&in);
	queue_message_free(&at_store);
	relay_memory_release(&memory, &at_store_charge);
	CHECK_INT("no memory is left charged", schedule_budget_zero(&memory.budget), true);
	CHECK_INT("nobody is counted", atomic_load(&counters.connections_in), 0);
	CHECK_INT("nothing is held", atomic_load(&settings.holders), 1);
}

static void come(struct peer *p, const struct ip *from, size_t listen)
{
	int fd;

	peer_open(p, loop, &fd);
	relay_inbound_accept(in, fd, from, listen);
}

static void go(struct peer *all, size_t n)
{
	while (n > 0)
		peer_close(&all[--n]);
}

/* Each in turn: from where, to which listen section, and what it hears. */
static const struct {
	const char *label;
	const struct ip *from;
	size_t listen;
	struct str hears;
} comers[] = {
	{ "a stranger", &stranger, 0, STR_INIT(HI) },
	{ "another of its address", &stranger, 1, STR_INIT(HI) },
	{ "one too many of it", &stranger, 0,
	  STR_INIT("421 4.7.0 Too many connections from your address\r\n") },
	{ "another stranger", &other, 0, STR_INIT(HI) },
	{ "who may relay", &friend, 0, STR_INIT(HI) },
	{ "as often as it likes", &friend, 0, STR_INIT(HI) },
	{ "and once more", &friend, 0, STR_INIT(HI) },
	{ "a local one", &local, 1, STR_INIT(HI) },
	{ "it is a stranger to the other section", &friend, 1, STR_INIT(HI) },
	{ "full", &local, 0, STR_INIT("421 4.3.2 Too many connections, try again later\r\n") },
};

/* Who is not let in has a block, too. */
static void check_told(void)
{
	static const char *const texts[] = {
		"client 198.51.100.1, listener one, may not relay",
		"--> 421 4.7.0 Too many connections from your address",
		"outcome: 0 messages accepted; refused: limit 1; not let in",
		"client local, listener one, may relay",
		"--> 421 4.3.2 Too many connections, try again later",
		"outcome: 0 messages accepted; refused: limit 1; not let in",
	};
	struct str lines = buf_str(&blocks), line = STR_NONE, head;

	for (size_t i = 0; i < COUNT_OF(texts); i++) {
		(void)str_line(&lines, &line);
		(void)str_cut(&line, ']', &head);
		CHECK_STR("told", str_skip(line, 1), str_of(texts[i]));
	}
	CHECK_STR("no more", lines, STR(""));
}

static void letting_in(void)
{
	struct peer peers[COUNT_OF(comers)];

	begin((struct relay_clients_limits){ 8, 2, false });
	for (size_t i = 0; i < COUNT_OF(comers); i++) {
		come(&peers[i], comers[i].from, comers[i].listen);
		peer_expect(comers[i].label, &peers[i], comers[i].hears);
		if (comers[i].hears.p[0] == '4')
			peer_expect_end(comers[i].label, &peers[i]);
	}
	CHECK_INT("so many are in", (long long)relay_inbound_count(in), 8);
	CHECK_INT("and counted", atomic_load(&counters.connections_in), 8);
	CHECK_INT("nobody has left", left, 0);
	CHECK_INT("refused, and counted",
		  (long long)atomic_load(&counters.refused[SMTP_REFUSAL_LIMIT]), 2);
	check_told();
	end();
	go(peers, COUNT_OF(peers));
}

/* How many blocks end so. */
static int ends(const char *how)
{
	struct str rest = buf_str(&blocks), line;
	int n = 0;

	while (str_line(&rest, &line))
		n += str_ends(line, str_of(how));
	return n;
}

/* Of very many who are not let in a few are told, and the others are counted. */
static void flood(void)
{
	struct peer one, many[50];

	begin((struct relay_clients_limits){ 1, 1, false });
	come(&one, &stranger, 0);
	peer_expect("in", &one, STR(HI));
	for (size_t i = 0; i < COUNT_OF(many); i++)
		come(&many[i], &other, 0);
	CHECK_INT("told", ends("refused: limit 1; not let in"), RELAY_RATION_MOST);
	relay_inbound_stop(in);
	CHECK_INT("counted",
		  ends("refused: limit 40; connections that were not let in beside those that are "
		       "told"),
		  1);
	relay_inbound_stop(in);
	CHECK_INT("once", ends("beside those that are told"), 1);
	end();
	peer_close(&one);
	go(many, COUNT_OF(many));
}

static void leaving(void)
{
	struct peer one, next;

	begin((struct relay_clients_limits){ 1, 1, false });
	come(&one, &stranger, 0);
	peer_expect("in", &one, STR(HI));
	(void)shutdown(one.fd, SHUT_RDWR);
	peer_run(&one);
	while (left == 0)
		peer_run(&one);
	come(&next, &stranger, 0);
	peer_expect("its place is free", &next, STR(HI));
	end();
	peer_close(&one);
	peer_close(&next);
}

enum { OLD, YOUNG, AT_WORK, FRIEND, NEW, NEWER, NEWEST, PEERS };

/* With few descriptors, who was idle longest goes; not who works, nor a friend for a stranger. */
static void making_room(void)
{
	struct peer p[PEERS];

	begin((struct relay_clients_limits){ 4, 4, true });
	come(&p[FRIEND], &friend, 0);
	peer_expect("a friend", &p[FRIEND], STR(HI));
	come(&p[OLD], &stranger, 0);
	peer_expect("old", &p[OLD], STR(HI));
	come(&p[YOUNG], &stranger, 0);
	peer_expect("young", &p[YOUNG], STR(HI));
	come(&p[AT_WORK], &other, 0);
	peer_expect("at work", &p[AT_WORK], STR(HI));
	peer_talk(&p[AT_WORK], "HELO c\r\nMAIL FROM:<a@x.example>",
		  "250 relay.example\r\n250 2.1.0 Ok");
	peer_talk(&p[OLD], "NOOP", "250 2.0.0 Ok"); /* and so the other is the older */

	come(&p[NEW], &other, 0);
	peer_expect("new", &p[NEW], STR(HI));
	peer_expect("in the place of", &p[YOUNG], STR(ROOM_MADE));
	peer_expect_end("who has gone", &p[YOUNG]);
	CHECK_INT("as many as may be", (long long)relay_inbound_count(in), 4);

	peer_talk(&p[OLD], "HELO c\r\nMAIL FROM:<a@x.example>",
		  "250 relay.example\r\n250 2.1.0 Ok");
	peer_talk(&p[NEW], "HELO c\r\nMAIL FROM:<a@x.example>",
		  "250 relay.example\r\n250 2.1.0 Ok");
	come(&p[NEWER], &stranger, 0);
	peer_expect("no stranger rests", &p[NEWER],
		    STR("421 4.3.2 Too many connections, try again later\r\n"));
	come(&p[NEWEST], &friend, 0);
	peer_expect("a friend for a friend", &p[NEWEST], STR(HI));
	peer_expect("who rested", &p[FRIEND], STR(ROOM_MADE));
	end();
	go(p, PEERS);
}

/* The store's word finds its guest by id, and where it has gone, nobody. */
static void store_answers(void)
{
	struct peer p;

	begin((struct relay_clients_limits){ 10, 10, false });
	come(&p, &friend, 0);
	peer_expect("in", &p, STR(HI));
	peer_say(&p, STR(START));
	peer_expect("to DATA", &p, STR(STARTED));
	peer_say(&p, STR("hi\r\n.\r\n"));
	while (!at_store)
		peer_run(&p);
	relay_inbound_stored(in, who_waits + 1, ERR_OK, 4711);
	relay_inbound_stored(in, who_waits, ERR_OK, 4711);
	peer_expect("told once", &p, STR("250 2.0.0 Ok: queued as "));
	end();
	peer_close(&p);
}

static void stopping(void)
{
	struct peer idle, busy;

	begin((struct relay_clients_limits){ 10, 10, false });
	come(&idle, &friend, 0);
	come(&busy, &friend, 0);
	peer_expect("idle", &idle, STR(HI));
	peer_expect("busy", &busy, STR(HI));
	peer_say(&busy, STR(START));
	peer_expect("to DATA", &busy, STR(STARTED));
	relay_inbound_stop(in);
	peer_expect("who is idle goes", &idle, STR("421 4.3.2 Shutting down\r\n"));
	CHECK_STR("who is not may stay", buf_str(&busy.in), STR(""));
	relay_inbound_cut(in);
	peer_expect("until it may not", &busy, STR("421 4.3.2 Shutting down\r\n"));
	peer_close(&idle);
	peer_close(&busy);
	while (relay_inbound_count(in))
		if (loop_run(loop) != ERR_OK)
			exit(1);
	CHECK_INT("all have left", left, 2);
	end();
}

/* Who comes after a reload goes by it; who was there before, by what it knew. */
static void reloading(void)
{
	struct conf renewed = conf;
	struct routing_settings later = { .holders = 1, .conf = &renewed };
	struct peer before, after;

	renewed.hostname = (char *)(uintptr_t) "renewed.example";
	begin((struct relay_clients_limits){ 10, 10, false });
	come(&before, &friend, 0);
	peer_expect("before", &before, STR(HI));
	relay_inbound_settings(in, &later, NULL);
	come(&after, &friend, 0);
	peer_expect("after", &after, STR("220 renewed.example ESMTP Signpost\r\n"));
	peer_talk(&before, "HELO c", "250 relay.example");
	end();
	CHECK_INT("nothing of it is held", atomic_load(&later.holders), 1);
	peer_close(&before);
	peer_close(&after);
}

int main(void)
{
	loop = loop_new();
	schedule_budget_init(&memory.budget, 8 << 20, conf.size_limit);
	clients = relay_clients_new();
	letting_in();
	flood();
	leaving();
	making_room();
	store_answers();
	stopping();
	reloading();
	buf_free(&blocks);
	relay_clients_free(&clients);
	loop_free(&loop);
	return TEST_EXIT();
}
