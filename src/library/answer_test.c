/*
 * The library as a program sees it: the blocking call, callbacks on its own loop,
 * what an answer says, and two contexts in two threads.  Of the resolver it is
 * T12 that is seen from outside.
 */
#include "base/test.h"
#include "library/fake_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <signpost/dns.h>

#define AD 0x20

static const struct fake_row rows[] = {
	{ "secure", AD, "@ 60 MX 10 mx.example.\n@ 60 MX 0 .", "", 0 },
	{ "insecure", 0, "@ 60 A 192.0.2.2", "", 0 },
	{ "nx", AD | 3, "", ". 60 SOA 30", 0 },
	{ "nodata", AD, "", ". 60 SOA 30", 0 },
	{ "bogus", 2, "", "", 6 },
	{ "refused", 5, "", "", 0 },
	{ "alias", AD, "@ 50 CNAME b.example.\nb.example. 60 A 192.0.2.5", "", 0 },
	{ "loop", AD, "@ 60 CNAME loop.example.", "", 0 },
	{ "silent", FAKE_SILENT, "", "", 0 },
	{ "xn--bcher-kva", AD, "@ 60 A 192.0.2.7", "", 0 },
};

static struct signpost_dns *open_at(const char *at)
{
	struct signpost_dns *d = signpost_dns_new(NULL);
	struct signpost_dns_server s = { .size = sizeof(s), .address = at, .timeout_ms = 5000 };

	if (!d || signpost_dns_add_server(d, &s) != SIGNPOST_DNS_OK)
		abort();
	return d;
}

#define MX SIGNPOST_DNS_TYPE_MX
#define A SIGNPOST_DNS_TYPE_A

static const struct {
	const char *label, *name;
	uint16_t type;
	unsigned flags;
	const char *want; /* outcome, status, why (SERVER: its address), records */
} lookups[] = {
	{ "secure", "secure.example", MX, 0,
	  "data secure: authenticated by SERVER over udp, trusted: loopback: "
	  "secure.example. 60 MX 10 mx.example.; secure.example. 60 MX 0 ." },
	{ "without AD", "secure.example", MX, SIGNPOST_DNS_NO_AD,
	  "data indeterminate: authenticity was not asked for; from SERVER over udp, trusted: "
	  "loopback: secure.example. 60 MX 10 mx.example.; secure.example. 60 MX 0 ." },
	{ "insecure", "insecure.example.", A, 0,
	  "data insecure: not authenticated; from SERVER over udp, trusted: loopback: "
	  "insecure.example. 60 A 192.0.2.2" },
	{ "no name", "nx.example", A, 0,
	  "no name secure: authenticated by SERVER over udp, trusted: loopback" },
	{ "no data", "nodata.example", A, 0,
	  "nodata secure: authenticated by SERVER over udp, trusted: loopback" },
	{ "bogus", "bogus.example", A, 0,
	  "failed bogus: SERVER over udp says that validation failed: SERVFAIL; DNSSEC Bogus: "
	  "tested \"here\"\\x0a" },
	{ "refused", "refused.example", A, 0,
	  "failed indeterminate: SERVER over udp answered REFUSED" },
	{ "chain", "ALIAS.example", A, 0,
	  "data secure: authenticated by SERVER over udp, trusted: loopback: "
	  "ALIAS.example. 50 CNAME b.example.; b.example. 60 A 192.0.2.5" },
	{ "loop", "loop.example", A, 0,
	  "loop secure: an alias that leads nowhere: the chain of aliases loops or is too long; "
	  "authenticated by SERVER over udp, trusted: loopback: loop.example. 60 CNAME "
	  "loop.example." },
	{ "u-label", "b\303\274cher.example", A, 0,
	  "data secure: authenticated by SERVER over udp, trusted: loopback: "
	  "xn--bcher-kva.example. 60 A 192.0.2.7" },
};

static void add_answer(struct buf *out, const struct signpost_dns_answer *a, const char *server)
{
	char text[512];
	struct str why = str_of(signpost_dns_answer_why(a));

	buf_addf(out, "%s %s: ", signpost_dns_outcome_text(signpost_dns_answer_outcome(a)),
		 signpost_dns_status_text(signpost_dns_answer_status(a)));
	for (size_t n = strlen(server); why.n > 0; why = str_skip(why, 1)) {
		if (str_starts(why, str_of(server))) {
			buf_add(out, STR("SERVER"));
			why = str_skip(why, n);
		}
		buf_add(out, str_head(why, 1));
	}
	for (size_t i = 0; i < signpost_dns_answer_record_count(a); i++) {
		(void)signpost_dns_record_text(signpost_dns_answer_record(a, i), text,
					       sizeof(text));
		buf_addf(out, "%s%s", i ? "; " : ": ", text);
	}
}

static void test_lookups(const char *at)
{
	struct signpost_dns *d = open_at(at);

	for (size_t i = 0; i < COUNT_OF(lookups); i++) {
		struct signpost_dns_answer *a = NULL;
		CLEANUP(buf_free) struct buf got = BUF_MAX(4096);
		errno = 4711;
		CHECK_INT(lookups[i].label,
			  signpost_dns_lookup(d, lookups[i].name, lookups[i].type, lookups[i].flags,
					      &a),
			  SIGNPOST_DNS_OK);
		CHECK_INT(lookups[i].label, errno, 4711);
		if (!a)
			continue;
		add_answer(&got, a, at);
		CHECK_STR(lookups[i].label, buf_str(&got), str_of(lookups[i].want));
		signpost_dns_answer_free(&a);
	}
	signpost_dns_free(&d);
}

int main(void)
{
	struct fake f;

	fake_start(&f, rows, COUNT_OF(rows));
	test_lookups(f.at);
	fake_stop(&f);
	return TEST_EXIT();
}
