/*
 * A network that loses, copies, delays and reorders datagrams, as a model driven by a
 * seed, between the resolver and one server: what becomes of a datagram hangs on the seed,
 * the name in it, and how often that name has travelled, and on nothing else.  So it is
 * known what a resolver without any suspicion gets answered there: each question of which
 * one datagram of the first four came through both ways.  None of these may be lost to us.
 *
 * Time is skipped when nothing moves, so that patience costs none.
 */
#include "resolve/bed_priv.h"

#define AD RESOLVE_AD

enum { QUESTIONS_MAX = 20000, WINDOW = 300, ON_THE_WAY = 8192, TRANSMISSIONS = 4, KERNEL_MS = 3 };

enum tcp { WORKS, REFUSES, SILENT };

/* What the network does to datagrams, in a thousand. */
struct weather {
	uint64_t seed;
	unsigned lost;    /* of each way */
	unsigned copied;  /* answers that come twice */
	unsigned late;    /* those that are overtaken, by up to spread_ms */
	unsigned guessed; /* questions that a stranger answers, too, under a wrong ID */
	int64_t spread_ms;
};

/* An answer under way. */
struct parcel {
	int64_t due; /* 0: free */
	struct sockaddr_in to;
	size_t n;
	char octets[128];
};

struct net {
	struct bed bed;
	struct weather weather;
	enum tcp tcp;
	void *timer;
	struct parcel way[ON_THE_WAY];
	unsigned questions, asked, answered, unanswered;
	unsigned posted; /* datagrams, to the resolver */
	int64_t strayed; /* messages to what was closed meanwhile */
	/* Of each question: datagrams that came, that came both ways, that were lost since. */
	uint8_t sent[QUESTIONS_MAX], through[QUESTIONS_MAX], lost[QUESTIONS_MAX];
	uint8_t failed[QUESTIONS_MAX];
};

static struct net net;

/* A number of 0 to 999 that hangs on seed, question, transmission, and what it is for. */
static unsigned draw(unsigned question, unsigned transmission, unsigned what)
{
	uint64_t h = net.weather.seed + ((uint64_t)question << 16 | transmission << 8 | what);

	/* splitmix64 */
	h += UINT64_C(0x9e3779b97f4a7c15);
	h = (h ^ h >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	h = (h ^ h >> 27) * UINT64_C(0x94d049bb133111eb);
	return (unsigned)((h ^ h >> 31) % 1000);
}

enum { LOST_OUT, LOST_BACK, COPIED, COPY_LATE, LATE, GUESSED };

static void post(const struct fake_query *q, struct str octets, int64_t wait_ms)
{
	struct parcel *free = NULL;

	if (wait_ms == 0) {
		net.posted++;
		fake_send(q, octets);
		return;
	}
	for (int i = 0; i < ON_THE_WAY && !free; i++)
		free = net.way[i].due == 0 ? &net.way[i] : NULL;
	if (!free || octets.n > sizeof(free->octets))
		abort();
	free->due = net.bed.loop.now + wait_ms;
	free->to = q->from;
	free->n = octets.n;
	memcpy(free->octets, octets.p, octets.n);
	net.bed.reactor.set(&net.bed.loop, net.timer, net.bed.loop.now + 1);
}

/* All that is due; again in a millisecond where something is left. */
static void deliver(void *arg)
{
	bool left = false;

	(void)arg;
	for (int i = 0; i < ON_THE_WAY; i++) {
		struct parcel *p = &net.way[i];
		if (p->due > net.bed.loop.now)
			left = true;
		if (p->due == 0 || p->due > net.bed.loop.now)
			continue;
		(void)sendto(net.bed.fake[0].udp, p->octets, p->n, 0,
			     (const struct sockaddr *)&p->to, sizeof(p->to));
		p->due = 0;
		net.posted++;
	}
	if (left)
		net.bed.reactor.set(&net.bed.loop, net.timer, net.bed.loop.now + 1);
}

static unsigned number_of(const struct dns_name *name)
{
	uint32_t n = 0;

	if (!str_u32((struct str){ (const char *)name->wire + 2, name->wire[0] - 1u }, &n) ||
	    n >= QUESTIONS_MAX)
		abort();
	return n;
}

static int64_t delay_of(unsigned draws)
{
	const struct weather *w = &net.weather;

	return draws < w->late ? 1 + (int64_t)draws * w->spread_ms / w->late : 0;
}

static void carry(const struct fake_query *q, void *arg)
{
	const struct weather *w = &net.weather;
	unsigned i = number_of(&q->m.name), nth = net.sent[i];
	static struct craft c;

	(void)arg;
	fake_begin(&c, q, 0x20);
	craft_line(&c, DNS_SECTION_ANSWER, STR("@ 60 A 192.0.2.1"));
	if (q->tcp) {
		net.bed.fake[0].udp_queries++;
		net.posted += net.tcp == WORKS;
		if (net.tcp == WORKS)
			fake_send(q, craft_str(&c));
		return;
	}
	net.sent[i]++;
	if (draw(i, nth, GUESSED) < w->guessed) {
		c.p[0] ^= 0x55;
		post(q, craft_str(&c), 0);
		c.p[0] ^= 0x55;
	}
	if (draw(i, nth, LOST_OUT) < w->lost || draw(i, nth, LOST_BACK) < w->lost) {
		net.lost[i]++;
		return;
	}
	net.through[i]++;
	net.lost[i] = 0;
	post(q, craft_str(&c), delay_of(draw(i, nth, LATE)));
	if (draw(i, nth, COPIED) < w->copied)
		post(q, craft_str(&c), delay_of(draw(i, nth, COPY_LATE)));
}

static void ask_next(void);

static void answered(void *arg, uint64_t id, const struct dns_answer *a)
{
	(void)id;
	net.answered++;
	if (a->outcome != DNS_DATA) {
		net.unanswered++;
		net.failed[(uint8_t *)arg - net.failed] = 1;
	}
	ask_next();
}

static void ask_next(void)
{
	struct resolve_question q = { .type = DNS_TYPE_A, .flags = AD };
	char name[32];

	if (net.asked == net.questions)
		return;
	(void)snprintf(name, sizeof(name), "n%u.", net.asked);
	q.name = craft_name_of(name);
	if (resolve_ask(net.bed.r, &q, answered, &net.failed[net.asked]) == 0)
		abort();
	net.asked++;
}

/* How many messages were sent that nobody has read, but for those that nobody will. */
static int64_t moving(void)
{
	struct resolve_server_state s;

	if (!resolve_server_at(net.bed.r, 0, &s))
		abort();
	return (int64_t)(s.questions + net.posted) -
	       (int64_t)(net.bed.fake[0].udp_queries + s.answers + s.dropped) - net.strayed;
}

/*
 * What is on its way through the kernel comes first, then the clock jumps to what is due next.
 * An answer to a socket that is closed is on its way for ever: it is not waited for twice.
 */
static void turn(void)
{
	struct loop *l = &net.bed.loop;
	int64_t now = os_clock_mono() + l->ahead, next = INT64_MAX;

	for (int i = 0; i < LOOP_TIMERS; i++)
		if (l->timers[i].set && l->timers[i].at < next)
			next = l->timers[i].at;
	int n = poll(l->fds, (nfds_t)l->n, 0);
	for (int i = 0; n == 0 && moving() > 0 && i < KERNEL_MS; i++)
		n = poll(l->fds, (nfds_t)l->n, 1);
	if (n == 0 && moving() > 0)
		net.strayed += moving();
	if (n == 0 && next > now && next != INT64_MAX)
		atomic_fetch_add(&loop_clock_us, (next - now) * 1000);
	loop_turn(l, 0);
}

struct row {
	const char *label;
	struct weather weather;
	enum tcp tcp;
	unsigned questions;
	unsigned tcp_most; /* questions that may go over TCP */
};

static void open_net(const struct row *row)
{
	net = (struct net){ .weather = row->weather, .tcp = row->tcp, .questions = row->questions };
	net.weather.seed = row->weather.seed << 40;
	bed_servers(&net.bed, 1, carry, NULL);
	net.bed.conf.servers[0].timeout_ms = 0; /* as it is by default */
	net.timer = net.bed.reactor.timer(&net.bed.loop, deliver, NULL);
	if (row->tcp == REFUSES)
		fake_close_tcp(&net.bed.fake[0]);
	bed_start(&net.bed);
}

/*
 * Those that were given up too soon: before as many datagrams in a row were lost as a resolver
 * sends that only waits and repeats, or, unless answers did not count as somebody guesses, with one
 * that came through.
 */
static unsigned lost_to_us(void)
{
	unsigned n = 0;

	for (unsigned i = 0; i < net.questions; i++)
		n += net.failed[i] && (net.lost[i] < TRANSMISSIONS ||
				       (net.weather.guessed == 0 && net.through[i] > 0));
	return n;
}

static void test_row(const struct row *row)
{
	struct resolve_server_state state;

	open_net(row);
	for (int i = 0; i < WINDOW; i++)
		ask_next();
	while (net.answered < net.questions)
		turn();
	CHECK_INT(row->label, lost_to_us(), 0);
	CHECK_INT(row->label, row->weather.lost == 0 ? net.unanswered : 0, 0);
	CHECK_INT(row->label, net.bed.fake[0].tcp_queries <= row->tcp_most, 1);
	CHECK_INT(row->label, resolve_server_at(net.bed.r, 0, &state), 1);
	/* What was lost and sent again is no measure of the server's pace. */
	CHECK_INT(row->label, state.rtt_us <= 1000 * row->weather.spread_ms + 1000, 1);
	bed_close(&net.bed);
}

static const struct row rows[] = {
	{ "T17: 1 % copied, TCP refused", { 1, 0, 10, 0, 0, 0 }, REFUSES, 20000, 0 },
	{ "T17: 1 % copied, TCP works", { 2, 0, 10, 0, 0, 0 }, WORKS, 20000, 0 },
	{ "T17: all copied", { 3, 0, 1000, 0, 0, 0 }, REFUSES, 3000, 0 },
	{ "T17: overtaken by up to 900 ms", { 4, 0, 0, 300, 0, 900 }, REFUSES, 3000, 0 },
	{ "T17: copies come late", { 5, 0, 200, 500, 0, 900 }, WORKS, 3000, 0 },
	{ "T17: 1 % lost", { 6, 10, 10, 50, 0, 100 }, REFUSES, 3000, 0 },
	{ "T17: 10 % lost", { 7, 100, 10, 50, 0, 100 }, REFUSES, 3000, 0 },
	{ "T17: 30 % lost", { 8, 300, 10, 50, 0, 100 }, REFUSES, 3000, 0 },
	{ "T17: 30 % lost, TCP works", { 9, 300, 10, 50, 0, 100 }, WORKS, 3000, 0 },
	{ "T17: guessed at, TCP refused", { 10, 0, 10, 50, 2, 100 }, REFUSES, 3000, 0 },
	{ "T17: guessed at, 10 % lost, TCP refused",
	  { 11, 100, 10, 50, 2, 100 },
	  REFUSES,
	  3000,
	  0 },
	{ "T17: guessed at, 10 % lost, TCP silent",
	  { 12, 100, 10, 50, 2, 100 },
	  SILENT,
	  3000,
	  3000 },
	{ "T17: slow and 10 % lost", { 13, 100, 10, 600, 0, 900 }, REFUSES, 3000, 0 },
};

int main(void)
{
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		test_row(&rows[i]);
	return TEST_EXIT();
}
