/*
 * Addresses of one mail host, of whom some are silent: their ports are full, so that the
 * kernel answers nobody who wants to connect.
 */
#include "relay/dial.h"

#include "relay/hosts.h"
#include "relay/pool.h"
#include "relay/rig_priv.h"
#include "relay/sessionlog.h"

#define TARGETS 4

static struct rig rig;
static struct host host, dead;

/* A port where nobody takes what comes, and all room is used. */
struct full {
	int listener, fillers[4];
	struct ip_port at;
};

/* Who dials: a delivery, as dial knows one. */
static struct bed {
	struct queue_message *message;
	struct relay_part *part;
	struct schedule_attempt *attempt;
	struct journal_block block;
	struct route_host host;
	struct route_target target[TARGETS];
	struct routing_path path;
	struct relay_dial dial;
	struct relay_connection *connection;
	enum schedule_want want; /* what was heard: WAIT: nothing yet */
	unsigned permits, lent;  /* as many may be lent, and are */
} b;

/* From the first of them on until it is full: the last connects no more. */
static void fill(struct full *f, uint8_t octet)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
				  .sin_addr.s_addr = htonl(0x7f000000 + octet) };
	socklen_t n = sizeof(at);

	f->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (f->listener < 0 || bind(f->listener, (struct sockaddr *)&at, n) < 0 ||
	    listen(f->listener, 0) < 0 || getsockname(f->listener, (struct sockaddr *)&at, &n) < 0)
		exit(1);
	f->at = (struct ip_port){ .ip = { .family = 4, .octets = { 127, 0, 0, octet } },
				  .port = ntohs(at.sin_port) };
	for (size_t i = 0; i < COUNT_OF(f->fillers); i++) {
		f->fillers[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
		(void)!connect(f->fillers[i], (struct sockaddr *)&at, n);
	}
}

static void empty(struct full *f)
{
	for (size_t i = 0; i < COUNT_OF(f->fillers); i++)
		(void)close(f->fillers[i]);
	(void)close(f->listener);
}

static struct ip_port at_host(const struct host *h)
{
	return (struct ip_port){ .ip = { .family = 4, .octets = { 127, 0, 0, 1 } },
				 .port = h->port };
}

/* What the dialler says */

static const struct relay_connection_ops connection_ops = { .lost = NULL };

static struct relay_connection_user user(void)
{
	return (struct relay_connection_user){
		.ops = &connection_ops, .arg = &b, .settings = rig.settings, .how = b.part->how
	};
}

static void connected(void *arg, struct relay_connection *c)
{
	const struct relay_connection_user mine = user();

	b.connection = c;
	b.want = SCHEDULE_SEND;
	relay_connection_give(c, &mine);
	CHECK_INT("what hears is what was told", arg == &b, true);
	loop_stop(rig.loop);
}

static void wants(void *arg, enum schedule_want want)
{
	(void)arg;
	b.want = want;
	loop_stop(rig.loop);
}

/* A word without which the test would wait for long; it is not the end of the race. */
static bool lend(void *arg)
{
	(void)arg;
	if (b.permits == 0) {
		b.permits = 1; /* next time */
		loop_stop(rig.loop);
		return false;
	}
	b.permits--;
	b.lent++;
	loop_stop(rig.loop);
	return true;
}

static void returned(void *arg)
{
	(void)arg;
	b.permits++;
	b.lent--;
}

static const struct relay_dial_ops ops = { connected, wants, lend, returned };

static void begin(const struct ip_port *at, size_t n)
{
	static const char *const to[] = { "b@y.example", NULL };

	memset(&b, 0, sizeof(b));
	b.message = rig_message(&rig, to);
	b.part = rig_part(&rig, b.message, STR("y.example"));
	b.attempt = schedule_attempt_new(b.part->part, 1);
	b.permits = TARGETS;
	b.want = SCHEDULE_WAIT;
	journal_block_init(&b.block, JOURNAL_OUT, STR("s"));
	for (size_t i = 0; i < n; i++) {
		b.host.address[i].at = at[i];
		b.target[i] =
			(struct route_target){ .host = &b.host, .address = &b.host.address[i] };
	}
	b.path.verdict = (struct route_verdict){ .target = b.target, .n_target = n };
	b.dial = (struct relay_dial){ .worker = rig.worker,
				      .part = b.part,
				      .attempt = b.attempt,
				      .block = &b.block,
				      .arg = &b,
				      .ops = &ops,
				      .path = &b.path };
	relay_dial_init(&b.dial);
	if (!b.attempt || schedule_attempt_start(b.attempt, &b.path.verdict) != SCHEDULE_DIAL)
		exit(1);
}

static void end(void)
{
	relay_connection_close(&b.connection);
	relay_dial_clear(&b.dial);
	CHECK_INT("no permit is left with it", b.lent, 0);
	schedule_attempt_free(&b.attempt);
	journal_block_clear(&b.block);
	relay_post_part_free(&b.part);
	queue_message_free(&b.message);
	schedule_failing_clear(rig.worker->hosts);
}

static void dial(void)
{
	CHECK_INT("it is being made", relay_dial_new(&b.dial), SCHEDULE_WAIT);
}

static void wait_for(enum schedule_want want)
{
	while (b.want == SCHEDULE_WAIT)
		rig_run(&rig);
	CHECK_INT("what is wanted", b.want, want);
}

static bool is_open(const struct ip_port *at)
{
	int64_t wait_ms = relay_hosts_wait(rig.worker, at, b.part->part->retry);

	relay_hosts_unknown(rig.worker, at);
	return wait_ms == 0;
}

/* Who was tried, as the log has it. */
static void check_log(const char *label, const char *what, bool expected)
{
	CHECK_INT(label, rig_holds(buf_str(&b.block.lines), what), expected);
}

/* The first says nothing: the second is dialled beside it, and is there first. */
static void second_wins(const struct full *silent)
{
	const struct ip_port at[] = { silent->at, at_host(&host), at_host(&dead) };

	begin(at, 3);
	dial();
	while (b.want == SCHEDULE_WAIT && b.lent == 0)
		rig_run(&rig);
	CHECK_INT("a second one, with a permit", b.lent + (b.want == SCHEDULE_SEND), 1);
	wait_for(SCHEDULE_SEND);
	CHECK_INT("the second is tried", (long long)schedule_attempt_target(b.attempt), 1);
	CHECK_INT("that it leads to", ip_port_eq(&b.connection->key.at, &at[1]), true);
	CHECK_INT("the permit is back", b.lent, 0);
	CHECK_INT("the other is closed", atomic_load(&rig.shared.counters.connections_out), 1);
	CHECK_INT("and nothing is held against it", is_open(&at[0]), true);
	check_log("the first was tried", "connecting to 127.0.0.2:", true);
	check_log("the second, too", "connecting to 127.0.0.1:", true);
	check_log("and what became of the first", "given up: 127.0.0.2:", true);
	check_log("the third was not", "failed: ", false);
	end();
}

/* It may still be the first that is there, once others have failed. */
static void first_wins(struct full *silent)
{
	const struct ip_port at[] = { silent->at, at_host(&dead) };

	begin(at, 2);
	dial();
	while (is_open(&at[1]))
		rig_run(&rig);
	CHECK_INT("it is waited for", b.want, SCHEDULE_WAIT);
	check_log("which one failed", "failed: 127.0.0.1:", true);
	empty(silent); /* refused now: the host answers at last */
	wait_for(SCHEDULE_DONE);
	CHECK_INT("none was there", schedule_attempt_reach(b.attempt), SCHEDULE_REACH_NOBODY);
	CHECK_INT("that is held against it", is_open(&at[0]), false);
	end();
	fill(silent, 2);
}

/* No permit to be had: later. */
static void permits_are_few(const struct full *silent)
{
	const struct ip_port at[] = { silent->at, at_host(&host) };

	begin(at, 2);
	b.permits = 0;
	dial();
	while (b.permits == 0 && b.want == SCHEDULE_WAIT)
		rig_run(&rig);
	check_log("it was not dialled without", "connecting to 127.0.0.1:", false);
	wait_for(SCHEDULE_SEND);
	end();
}

/* One that cannot be dialled now makes room for the next at once. */
static void closed_is_passed_over(const struct full *silent)
{
	const struct ip_port at[] = { silent->at, at_host(&dead), at_host(&host) };

	begin(at, 3);
	relay_hosts_failed(rig.worker, &at[1], b.part->part->retry);
	dial();
	wait_for(SCHEDULE_SEND);
	CHECK_INT("the third", (long long)schedule_attempt_target(b.attempt), 2);
	check_log("the second is told of", "not tried, as it could not be reached", true);
	end();
}

/* The end of a delivery is that of all its connections. */
static void stopped(const struct full *silent)
{
	const struct ip_port at[] = { silent->at, silent->at };

	begin(at, 2);
	dial();
	while (b.lent == 0)
		rig_run(&rig);
	CHECK_INT("two", atomic_load(&rig.shared.counters.connections_out), 2);
	relay_dial_stop(&b.dial);
	CHECK_INT("none", atomic_load(&rig.shared.counters.connections_out), 0);
	CHECK_INT("nothing was heard", b.want, SCHEDULE_WAIT);
	end();
}

/* An open connection to another address of the host serves: nobody is dialled. */
static void kept(const struct full *silent)
{
	const struct ip_port at[] = { silent->at, at_host(&host) };

	begin(at, 2);
	dial();
	wait_for(SCHEDULE_SEND);
	relay_pool_release(rig.worker->pool, b.connection, RELAY_POOL_GOOD);
	b.connection = NULL;
	end();

	begin(at, 2);
	const struct relay_connection_user mine = user();
	b.connection = relay_dial_kept(&b.dial, &mine);
	CHECK_INT("it is there", b.connection != NULL, true);
	CHECK_INT("and tried", (long long)schedule_attempt_target(b.attempt), 1);
	check_log("it is told of", "using the open connection to 127.0.0.1:", true);
	check_log("nobody is dialled", "connecting to", false);
	relay_pool_release(rig.worker->pool, b.connection, RELAY_POOL_GOOD);
	b.connection = relay_dial_kept(&b.dial, &mine);
	CHECK_INT("let go of, it is there again", b.connection != NULL, true);
	end();
}

/* All that trust hangs on finds no room: no connection is taken or made by a part of it. */
static void trust_is_cut(void)
{
	const struct ip_port at = at_host(&host);
	const struct route_facts facts = { .n_host = 0 };

	for (unsigned whole = 0; whole < 2; whole++) {
		begin(&at, 1);
		const struct relay_connection_user mine = user();
		b.path.facts = &facts;
		b.path.how = b.part->how;
		b.target[0].need.shows = true;
		if (!whole)
			b.dial.trust.max = 1;
		b.connection = relay_dial_kept(&b.dial, &mine);
		CHECK_INT("none is kept", b.connection != NULL, false);
		CHECK_INT("one is made, if it is whole", relay_dial_new(&b.dial),
			  whole ? SCHEDULE_WAIT : SCHEDULE_DONE);
		check_log("told", "cannot connect: out of memory", !whole);
		end();
	}
}

int main(void)
{
	struct full silent;

	rig_open_hosts(&rig, &host, &dead, "", NULL);
	fill(&silent, 2);
	second_wins(&silent);
	first_wins(&silent);
	permits_are_few(&silent);
	closed_is_passed_over(&silent);
	stopped(&silent);
	kept(&silent);
	trust_is_cut();
	empty(&silent);
	rig_close_hosts(&rig, &host, &dead);
	return TEST_EXIT();
}
