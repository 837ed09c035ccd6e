/* What a session's lines say, held against SPEC section 8. */
#include "relay/sessionlog.h"

#include "base/test.h"
#include "route/craft.h"

#include <stdlib.h>

static struct schedule_rcpt rcpts[] = { { .to = STR_INIT("a@bank.example") },
					{ .to = STR_INIT("b DNSSEC@bank.example DNSSEC") } };
static struct queue_message message = { .id = 1,
					.from = STR_INIT("me@x.example"),
					.rcpt = rcpts,
					.n_rcpt = 2,
					.size = 1234 };
static struct relay_part *part_of(enum route_service service)
{
	const struct route_criterion bank = { STR("To *@bank.example SECURE"),
					      STR("dnssec.criteria"), 2 };
	const struct route_demand demand = { .service = service, .criterion = bank };
	const struct route_demand off = { .service = ROUTE_OFF };
	struct relay_part *p = calloc(1, sizeof(*p));

	if (p)
		p->part = schedule_part_new(STR("bank.example"),
					    service == ROUTE_OFF ? &off : &demand, 2);
	if (!p || !p->part)
		abort();
	p->message = &message;
	p->part->rcpt[1].rcpt = 1;
	return p;
}

static bool has_word(struct str s)
{
	for (; s.n; s = str_skip(s, 1))
		if (str_starts(s, STR("DNSSEC")))
			return true;
	return false;
}

/* The lines of a block without time and session, and how many end with the mark. */
static size_t marks(const struct journal_block *b)
{
	struct str rest = buf_str(&b->lines), line;
	size_t n = 0;

	while (str_line(&rest, &line))
		n += str_ends(line, STR(" DNSSEC"));
	return n;
}

static bool holds(const struct journal_block *b, const char *text)
{
	struct str rest = buf_str(&b->lines), line;

	while (str_line(&rest, &line))
		for (struct str s = line; s.n; s = str_skip(s, 1))
			if (str_eq(s, str_of(text)))
				return true;
	return false;
}

static void first_line(void)
{
	struct relay_part *p = part_of(ROUTE_REQUIRED);
	struct journal_block b;

	journal_block_init(&b, JOURNAL_OUT, STR("S1"));
	p->undecoded = STR("x-none x-DNSSEC");
	relay_sessionlog_begin(&b, 0, p);
	struct str rest = buf_str(&b.lines), line;
	CHECK_INT("a line", str_line(&rest, &line), 1);
	CHECK_STR("the service comes first", line,
		  STR("1970-01-01T00:00:00.000Z [S1] DNSSEC service required (criterion \"To "
		      "*@bank.example SECURE\", dnssec.criteria:2)"));
	CHECK_INT("message", holds(&b, "sender <me@x.example> size 1234"), 1);
	CHECK_INT("undecoded", holds(&b, "note: a word in charset x-none is not decoded"), 1);
	CHECK_INT("no mark on foreign text", (long long)marks(&b), 0);
	journal_block_clear(&b);
	relay_post_part_free(&p);
}

/* The facts of a route that a script answers. */
static struct routing_path path_of(const char *script, enum route_service service,
				   struct route **route)
{
	static const struct ip_net ignore = { { 4, { 127 } }, 8 };
	struct route_conf conf = { .kind = ROUTE_DOMAIN,
				   .domain = craft_name(STR("bank.example")),
				   .port = 25,
				   .ignore = &ignore,
				   .n_ignore = 1 };
	struct routing_path path = { 0 };

	*route = craft_route(&conf, str_of(script));
	path.facts = route_facts(*route);
	CHECK_INT("verdict",
		  route_verdict(path.facts, service, ROUTE_UNTRUSTED_DEFER, &path.verdict), ERR_OK);
	return path;
}

static const struct {
	const char *label, *script;
	enum route_service service;
	size_t marks; /* lines of answers, records and addresses that are marked */
	const char *line;
} cases[] = {
	{ "all secure", "bank.example. MX secure 10 m.\nm. A secure 192.0.2.1", ROUTE_REQUESTED, 6,
	  "A 192.0.2.1 DNSSEC" },
	{ "MX alone", "bank.example. MX secure 10 m.\nm. A insecure 192.0.2.1", ROUTE_REQUESTED, 3,
	  "connecting to m. 192.0.2.1:25" },
	{ "nothing secure",
	  "bank.example. MX insecure 10 m.\nm. A insecure 192.0.2.1\nm. AAAA insecure nodata",
	  ROUTE_REQUESTED, 0, "connecting to m. 192.0.2.1:25" },
	{ "off", "bank.example. MX unasked 10 m.\nm. A unasked 192.0.2.1\nm. AAAA unasked nodata",
	  ROUTE_OFF, 0, "connecting to m. 192.0.2.1:25" },
	{ "none where a host can be", "bank.example. MX secure 10 m.\nm. A secure 127.0.0.2",
	  ROUTE_REQUESTED, 5,
	  "ignored: m. 127.0.0.2 is in 127.0.0.0/8, where delivery.ignore-targets lets no mail "
	  "go" },
	{ "off and bogus", "bank.example. MX bogus", ROUTE_OFF, 0, NULL },
};

static void paths(void)
{
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct relay_part *p = part_of(cases[i].service);
		struct route *route;
		struct routing_path path = path_of(cases[i].script, cases[i].service, &route);
		struct journal_block b;
		journal_block_init(&b, JOURNAL_OUT, STR("S1"));
		relay_sessionlog_path(&b, 0, p, &path);
		for (size_t k = 0; k < path.verdict.n_target; k++)
			relay_sessionlog_target(&b, 0, &path.verdict.target[k], RELAY_DIAL_NEW);
		CHECK_INT(cases[i].label, (long long)marks(&b), (long long)cases[i].marks);
		if (cases[i].line)
			CHECK_INT(cases[i].label, holds(&b, cases[i].line), 1);
		if (cases[i].service == ROUTE_OFF)
			CHECK_INT(cases[i].label, has_word(buf_str(&b.lines)), 0);
		journal_block_clear(&b);
		route_verdict_clear(&path.verdict);
		route_free(&route);
		relay_post_part_free(&p);
	}
}

/* More mail hosts, or addresses of one, than are looked at: once each, and with the service off. */
static void left_out(void)
{
	for (unsigned more = 0; more < 2; more++) {
		CLEANUP(buf_free) struct buf script = BUF_MAX(65536);
		struct relay_part *p = part_of(ROUTE_OFF);
		struct journal_block b;
		struct route *route;
		buf_add(&script, STR("bank.example. MX secure 9 m."));
		for (size_t k = 1; k < ROUTE_HOSTS_MAX + more; k++)
			buf_addf(&script, "; 10 h%zu.", k);
		buf_add(&script, STR("\nm. A 192.0.2.0"));
		for (size_t k = 1; k < ROUTE_ADDRESSES_MAX + more; k++)
			buf_addf(&script, "; 192.0.2.%zu", k);
		buf_addc(&script, '\0');
		struct routing_path path = path_of(script.p, ROUTE_OFF, &route);
		journal_block_init(&b, JOURNAL_OUT, STR("S1"));
		relay_sessionlog_path(&b, 0, p, &path);
		CHECK_INT("hosts",
			  holds(&b, "note: bank.example. has more than 20 mail hosts: none is "
				    "asked but the best 20"),
			  more);
		CHECK_INT("addresses",
			  holds(&b, "note: m. has more than 32 addresses: none is dialled but the "
				    "first 32"),
			  more);
		journal_block_clear(&b);
		route_verdict_clear(&path.verdict);
		route_free(&route);
		relay_post_part_free(&p);
	}
}

static void outcome(void)
{
	struct relay_part *p = part_of(ROUTE_REQUESTED);
	struct journal_block b;

	schedule_outcome_settle(&p->part->rcpt[0], ROUTE_BOUNCE, STR("5.1.1"));
	schedule_outcome_say(&p->part->rcpt[0], STR("550 5.1.1 nobody"), STR("mx.bank.example"));
	schedule_outcome_settle(&p->part->rcpt[1], ROUTE_DELIVER, STR("2.0.0"));
	schedule_outcome_say(&p->part->rcpt[1], STR("250 2.0.0 we have DNSSEC"),
			     STR("mx.bank.example"));
	journal_block_init(&b, JOURNAL_OUT, STR("S1"));
	relay_sessionlog_outcome(&b, 0, p);
	CHECK_INT("one line",
		  holds(&b, "outcome: bounced <a@bank.example> 5.1.1 550 5.1.1 nobody; "
			    "delivered <b DNSSEC@bank.example DNSSEC> 2.0.0 250 2.0.0 we "
			    "have DNSSE\\x43"),
		  1);
	journal_block_clear(&b);
	relay_post_part_free(&p);
}

/* A NUL in what a host says ends nothing. */
static void outcome_with_nul(void)
{
	struct relay_part *p = part_of(ROUTE_REQUESTED);
	struct journal_block b;

	for (size_t i = 0; i < 2; i++) {
		schedule_outcome_settle(&p->part->rcpt[i], ROUTE_BOUNCE, STR("5.1.1"));
		schedule_outcome_say(&p->part->rcpt[i], STR("550 5.1.1 no\0body"), STR("mx"));
	}
	journal_block_init(&b, JOURNAL_OUT, STR("S1"));
	relay_sessionlog_outcome(&b, 0, p);
	CHECK_INT("all of it",
		  holds(&b, "outcome: bounced <a@bank.example> 5.1.1 550 5.1.1 no\\x00body; "
			    "bounced <b DNSSEC@bank.example DNSSEC> 5.1.1 550 5.1.1 "
			    "no\\x00body"),
		  1);
	journal_block_clear(&b);
	relay_post_part_free(&p);
}

int main(void)
{
	first_line();
	paths();
	left_out();
	outcome();
	outcome_with_nul();
	arena_clear(&craft_memory);
	return TEST_EXIT();
}
