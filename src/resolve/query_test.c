/*
 * The query machine without a socket: scripts of what happens, word by word.
 *
 *	udpN tcpN	an attempt at server N is wanted, and leaves
 *	wait		nothing is wanted but time or octets
 *	tick		the deadline passes
 *	lostN		the channel to server N broke
 *	suspectN	a wrong ID came on the socket to server N
 *	freshN	the next attempt, at server N, has a socket of its own
 *	N:KIND N/KIND	server N says KIND by UDP, by TCP; behind it "!" where it
 *			must be dropped, "~" where it tells against the server,
 *			before it "+" where it answers an earlier query with EDNS
 *	KIND@N none	it is over, with that answer, of server N
 */
#include "resolve/query.h"

#include "base/test.h"
#include "dns/craft.h"

#define QR 0x8000u
#define TC 0x0200u
#define AD 0x0020u

static const struct {
	const char *label;
	unsigned servers;
	const char *script;
} cases[] = {
	{ "answer", 1, "udp0 wait 0:ok ok@0" },
	{ "nodata", 1, "udp0 0:nodata nodata@0" },
	{ "no name", 1, "udp0 0:nx nx@0" },
	{ "no server", 0, "none" },
	{ "twice asked, never answered", 1, "udp0 tick udp0 tick none" },
	{ "twice asked, then answered", 1, "udp0 tick udp0 0:ok ok@0" },
	{ "next server", 2, "udp0 tick udp1 1:ok ok@1" },
	{ "rounds", 2, "udp0 tick udp1 tick udp0 tick udp1 tick none" },
	{ "late", 2, "udp0 tick udp1 0:ok ok@0" },

	{ "dropped", 1,
	  "udp0 0:empty! 0:short! 0:qr0! 0:opcode! 0:qd0! 0:qd0ok! 0:qd2! 0:name! 0:type! 0:class! "
	  "wait 0:ok ok@0" },
	{ "case of the name", 1, "udp0 0:case case@0" },
	{ "after it is over", 2, "udp0 0:ok 0:ok! 1:ok! ok@0" },

	{ "truncated", 1, "udp0 0:tc tcp0 wait 0/ok ok@0" },
	{ "truncated, with the whole answer", 1, "udp0 0:tcok tcp0 0/ok ok@0" },
	{ "larger than the buffer", 1, "udp0 0:trunc tcp0 0/ok ok@0" },
	{ "truncated over TCP", 1, "udp0 0:tc tcp0 0/tc~ none" },
	{ "truncated over TCP, next", 2, "udp0 0:tc tcp0 0/tc~ udp1 1:ok ok@1" },
	{ "no TCP", 1, "udp0 0:tc tcp0 lost0 tcp0 lost0 none" },
	{ "by UDP after truncation", 1, "udp0 0:tc tcp0 0:ok! wait 0/ok ok@0" },
	{ "truncated, late", 2, "udp0 tick udp1 0:tc tcp0 0/ok ok@0" },
	{ "truncated, late, then the other", 2, "udp0 tick udp1 0:tc tcp0 1:ok ok@1" },

	{ "wrong ID", 1, "udp0 suspect0 tcp0 0:ok! wait 0/ok ok@0" },
	{ "wrong ID, no TCP", 1, "udp0 suspect0 tcp0 lost0 fresh0 udp0 wait 0:ok ok@0" },
	{ "wrong ID, silent TCP", 1, "udp0 suspect0 tcp0 tick fresh0 udp0 0:ok ok@0" },
	{ "wrong ID, silent TCP", 1, "udp0 suspect0 tcp0 tick fresh0 udp0 0:ok ok@0" },
	{ "wrong ID, silent TCP, then lost twice", 1,
	  "udp0 suspect0 tcp0 tick fresh0 udp0 tick fresh0 udp0 tick none" },
	{ "wrong ID, silent TCP, the next goes before", 2,
	  "udp0 suspect0 tcp0 tick udp1 tick fresh0 udp0 tick udp1 tick fresh0 udp0 tick none" },
	{ "wrong ID, no TCP, and again", 1,
	  "udp0 suspect0 tcp0 lost0 fresh0 udp0 suspect0 tcp0 lost0 tcp0 lost0 none" },
	{ "wrong ID, no TCP, then truncated", 1,
	  "udp0 suspect0 tcp0 lost0 fresh0 udp0 0:tc tcp0 lost0 tcp0 lost0 none" },
	{ "wrong ID, no TCP, next", 2, "udp0 suspect0 tcp0 lost0 fresh0 udp0 tick udp1 1:ok ok@1" },
	{ "wrong ID at another", 2, "udp0 tick udp1 suspect0 wait 0:ok! 1:ok ok@1" },
	{ "wrong ID twice", 1, "udp0 suspect0 tcp0 suspect0 wait 0/ok ok@0" },

	{ "servfail", 1, "udp0 0:servfail servfail@0" },
	{ "servfail of all", 3, "udp0 0:servfail udp1 1:servfail udp2 2:servfail servfail@0" },
	{ "servfail, the next knows", 2, "udp0 0:servfail udp1 1:ok ok@1" },
	{ "servfail, the next is silent", 2, "udp0 0:servfail udp1 tick servfail@0" },
	{ "servfail, silent before", 2, "udp0 tick udp1 1:servfail servfail@1" },
	{ "servfail, late answer", 2, "udp0 tick udp1 1:servfail servfail@1" },
	{ "servfail, the next is down", 2, "udp0 down1 0:servfail servfail@0" },
	{ "bogus says more", 2, "udp0 0:servfail udp1 1:bogus bogus@1" },
	{ "bogus is the last word", 2, "udp0 0:bogus bogus@0" },
	{ "servfail says more than refused", 2, "udp0 0:refused~ udp1 1:servfail servfail@1" },
	{ "refused", 1, "udp0 0:refused~ refused@0" },
	{ "refused, then answer", 2, "udp0 0:refused~ udp1 1:ok ok@1" },
	{ "refused, last word", 2, "udp0 0:refused~ udp1 0:ok! tick refused@0" },

	{ "malformed", 1, "udp0 0:garbage~ none" },
	{ "malformed, then answer", 2, "udp0 0:garbage~ udp1 1:ok ok@1" },
	{ "contradiction", 2, "udp0 0:cnames~ udp1 1:ok ok@1" },
	{ "more than an answer may be", 2, "udp0 0:vast udp1 1:ok ok@1" },
	{ "more than an answer may be, of all", 1, "udp0 0:vast none" },
	{ "referral", 2, "udp0 0:referral~ udp1 1:ok ok@1" },

	{ "no EDNS", 1, "udp0 0:formerr udp0 0:ok ok@0" },
	{ "no EDNS, in a header alone", 1, "udp0 0:qd0formerr udp0 0:ok ok@0" },
	{ "no EDNS, not implemented", 1, "udp0 0:notimp udp0 0:ok ok@0" },
	{ "no EDNS, no version of it", 1, "udp0 0:badvers udp0 0:ok ok@0" },
	{ "no EDNS, never for SERVFAIL", 1, "udp0 0:servfail servfail@0" },
	{ "no EDNS, never for silence", 1, "udp0 tick udp0 tick none" },
	{ "no EDNS, said twice", 1, "udp0 0:formerr udp0 +0:formerr! 0:ok ok@0" },
	{ "format error without EDNS", 1, "udp0 0:formerr udp0 0:formerr~ formerr@0" },
	{ "format error with an OPT", 1, "udp0 0:formerropt~ formerropt@0" },
	{ "no EDNS, no answer", 1, "udp0 0:formerr udp0 tick udp0 tick none" },
	{ "a bare header of another rcode", 1, "udp0 0:qd0servfail! wait 0:ok ok@0" },

	{ "refused connection", 2, "udp0 lost0 udp1 lost1 udp0 lost0 udp1 lost1 none" },
	{ "another's connection", 2, "udp0 tick udp1 lost0 wait 1:ok ok@1" },
};

static struct craft c;

static const struct {
	const char *name;
	unsigned flags;
	const char *answer, *authority;
} kinds[] = {
	{ "ok", QR | AD, "@ 60 A 192.0.2.1", "" },
	{ "nodata", QR, "", ". 60 SOA 60" },
	{ "nx", QR | 3, "", ". 60 SOA 60" },
	{ "servfail", QR | 2, "", "" },
	{ "bogus", QR | 2, "", "" },
	{ "refused", QR | 5, "", "" },
	{ "formerr", QR | 1, "", "" },
	{ "formerropt", QR | 1, "", "" },
	{ "notimp", QR | 4, "", "" },
	{ "badvers", QR, "", "" },
	{ "tc", QR | TC, "", "" },
	{ "tcok", QR | TC | AD, "@ 60 A 192.0.2.1", "" },
	{ "trunc", QR, "@ 60 A 192.0.2.1", "" },
	{ "qr0", 0, "", "" },
	{ "opcode", QR | 0x2000, "@ 60 A 192.0.2.1", "" },
	{ "qd0", QR, "", "" },
	{ "qd0ok", QR, "@ 60 A 192.0.2.1", "" },
	{ "qd0formerr", QR | 1, "", "" },
	{ "qd0servfail", QR | 2, "", "" },
	{ "qd2", QR, "@ 60 A 192.0.2.1", "" },
	{ "class", QR, "@ 60 A 192.0.2.1", "" },
	{ "garbage", QR, "", "" },
	{ "cnames", QR, "@ 60 CNAME b.\n@ 60 CNAME c.", "" },
	{ "vast", QR, "", "" },
	{ "referral", QR, "", "example. 60 NS ns.example." },
	{ "name", QR, "@ 60 A 192.0.2.1", "" },
	{ "type", QR, "", "" },
	{ "case", QR, "@ 60 A 192.0.2.1", "" },
	{ "empty", QR, "", "" },
	{ "short", QR, "", "" },
};

static void craft_kind(struct str kind)
{
	const char *name = str_eq(kind, STR("name"))   ? "b.example."
			   : str_eq(kind, STR("case")) ? "A.eXample."
						       : "a.example.";
	size_t k = 0;

	while (!str_eq(kind, str_of(kinds[k].name)))
		if (++k == COUNT_OF(kinds))
			abort();
	craft_begin(&c, 7, kinds[k].flags, name,
		    str_eq(kind, STR("type")) ? DNS_TYPE_AAAA : DNS_TYPE_A);
	if (str_starts(kind, STR("qd0"))) {
		c.n = DNS_HEADER_OCTETS;
		c.p[5] = 0;
	}
	craft_lines(&c, DNS_SECTION_ANSWER, kinds[k].answer);
	craft_lines(&c, DNS_SECTION_AUTHORITY, kinds[k].authority);
	for (int i = 0; str_eq(kind, STR("vast")) && i < 3700; i++)
		craft_line(&c, DNS_SECTION_ANSWER, STR("@ 60 A 192.0.2.1"));
	if (str_eq(kind, STR("bogus")))
		craft_ede(&c, 6, "");
	if (str_eq(kind, STR("formerropt")))
		craft_opt(&c, 0, -1, STR_NONE);
	if (str_eq(kind, STR("badvers")))
		craft_opt(&c, 1u << 24, -1, STR_NONE);
	if (str_eq(kind, STR("qd2")))
		c.p[5] = 2;
	if (str_eq(kind, STR("class")))
		c.p[DNS_HEADER_OCTETS + 11 + 3] = 3;
	if (str_eq(kind, STR("garbage")))
		c.p[7] = 1;
	if (str_eq(kind, STR("empty")))
		c.n = 0;
	if (str_eq(kind, STR("short")))
		c.n = 11;
}

struct run {
	const char *label;
	struct resolve_peer peers[4];
	struct resolve_query q;
	int64_t now;
	struct str last[4]; /* what each server last said */
};

static bool word_is(struct str word, struct str verb, unsigned *n)
{
	if (!str_starts(word, verb) || word.n != verb.n + 1 || word.p[verb.n] < '0' ||
	    word.p[verb.n] > '9')
		return false;
	*n = (unsigned)(word.p[verb.n] - '0');
	return true;
}

static void leave(struct run *run, unsigned server, enum resolve_want want)
{
	uint8_t out[DNS_QUERY_MAX];
	struct dns_message m;

	CHECK_INT(run->label, resolve_query_want(&run->q), want);
	CHECK_INT(run->label, run->q.server, server);
	size_t n = resolve_query_write(&run->q, &(struct resolve_form){ .id = 7, .server = server },
				       out);
	CHECK_INT(run->label, dns_message_read((struct str){ (char *)out, n }, &m), ERR_OK);
	CHECK_INT(run->label, m.edns, resolve_query_edns(&run->q, server));
	CHECK_INT(run->label, (m.flags & AD) != 0, 1);
	CHECK_INT(run->label, (m.flags & DNS_FLAG_CD) != 0, 0);
	resolve_query_sent(&run->q, run->now);
	if (run->q.state == RESOLVE_QUERY_WAIT)
		CHECK_INT(run->label, run->q.deadline, run->now + 1000);
}

/* An answer has a status, whatever it says; what was taken for a call to ask otherwise has none. */
static void check_judged(const struct run *run, struct str kind, bool tcp,
			 const struct resolve_fed *fed)
{
	bool truncated = str_eq(kind, STR("tc")) || str_eq(kind, STR("trunc"));

	CHECK_INT(run->label, fed->judged && fed->status == DNS_BOGUS, str_eq(kind, STR("bogus")));
	if (fed->took == RESOLVE_SPOILT || (fed->took == RESOLVE_TOOK && run->q.answer))
		CHECK_INT(run->label, fed->judged, 1);
	if (fed->took == RESOLVE_DROPPED || fed->took == RESOLVE_DOUBTED || (truncated && !tcp))
		CHECK_INT(run->label, fed->judged, 0);
}

/* "0:ok", "+0/formerr!" */
static void feed(struct run *run, struct str word)
{
	bool earlier = str_starts(word, STR("+"));
	enum resolve_took want = RESOLVE_TOOK;

	word = str_skip(word, earlier);
	unsigned server = (unsigned)(word.p[0] - '0');
	bool tcp = word.p[1] == '/';
	struct str kind = str_skip(word, 2);
	if (str_ends(kind, STR("!")) || str_ends(kind, STR("~"))) {
		want = str_ends(kind, STR("!")) ? RESOLVE_DROPPED : RESOLVE_SPOILT;
		kind.n--;
	}
	craft_kind(kind);
	if (want != RESOLVE_DROPPED)
		run->last[server] = kind;
	struct resolve_reply reply = {
		.octets = craft_str(&c),
		.server = server,
		.over_tcp = tcp,
		.edns = earlier || resolve_query_edns(&run->q, server),
		.truncated = str_eq(kind, STR("trunc")),
	};
	struct resolve_fed fed = resolve_query_feed(&run->q, &reply);
	CHECK_INT(run->label, fed.took, want);
	check_judged(run, kind, tcp, &fed);
}

/* "ok@0": the answer is there, it is that server's and it is what it said. */
static void check_over(struct run *run, struct str word)
{
	struct str kind;

	CHECK_INT(run->label, resolve_query_want(&run->q), RESOLVE_WANT_DONE);
	CHECK_INT(run->label, run->q.answer != NULL, str_cut(&word, '@', &kind));
	if (!run->q.answer)
		return;
	unsigned server = (unsigned)(word.p[0] - '0');
	CHECK_INT(run->label, run->q.server, server);
	CHECK_STR(run->label, run->last[server], kind);
	CHECK_INT(run->label, run->q.answer->status == DNS_BOGUS, str_eq(kind, STR("bogus")));
	CHECK_INT(run->label, run->q.answer->outcome == DNS_FAILED,
		  str_ends(kind, STR("fail")) || str_eq(kind, STR("bogus")) ||
			  str_eq(kind, STR("refused")) || str_starts(kind, STR("formerr")));
}

static void step(struct run *run, struct str word)
{
	unsigned n;

	if (word_is(word, STR("udp"), &n)) {
		leave(run, n, RESOLVE_WANT_UDP);
	} else if (word_is(word, STR("tcp"), &n)) {
		leave(run, n, RESOLVE_WANT_TCP);
	} else if (word_is(word, STR("lost"), &n)) {
		resolve_query_lost(&run->q, n, STR("lost"));
	} else if (word_is(word, STR("suspect"), &n)) {
		resolve_query_suspect(&run->q, n);
	} else if (word_is(word, STR("fresh"), &n)) {
		CHECK_INT(run->label, run->q.server, n);
		CHECK_INT(run->label, resolve_query_fresh(&run->q), true);
	} else if (word_is(word, STR("down"), &n)) {
		run->peers[n].down = true;
	} else if (str_eq(word, STR("wait"))) {
		CHECK_INT(run->label, resolve_query_want(&run->q), RESOLVE_WANT_WAIT);
	} else if (str_eq(word, STR("tick"))) {
		CHECK_INT(run->label, resolve_query_expire(&run->q, run->q.deadline - 1), false);
		run->now = run->q.deadline;
		CHECK_INT(run->label, resolve_query_expire(&run->q, run->now), true);
	} else if (str_has(word, ':') || str_has(word, '/')) {
		feed(run, word);
	} else {
		check_over(run, word);
	}
}

int main(void)
{
	static const uint8_t order[] = { 0, 1, 2, 3 };

	struct dns_name name = craft_name_of("a.example.");

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct run run = { .label = cases[i].label, .now = 5000 };
		struct str script = str_of(cases[i].script), word;

		for (int s = 0; s < 4; s++)
			run.peers[s] = (struct resolve_peer){ .trust = DNS_TRUST_LOOPBACK,
							      .attempts = 2,
							      .timeout_ms = 1000 };
		run.q = (struct resolve_query){ .name = &name, .type = DNS_TYPE_A, .ad = true };
		resolve_query_start(&run.q, run.peers, order, cases[i].servers);
		while (str_word(&script, &word))
			step(&run, word);
		resolve_query_clear(&run.q);
	}
	return TEST_EXIT();
}
