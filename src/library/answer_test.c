/* The blocking call, and all that an answer says. */
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
	{ "code", 2, "", "", 60000 },
	{ "com", 0, "@ 60 A 192.0.2.9", "", 0 }, /* not authenticated: the probe fails */
	{ "xn--bcher-kva", AD, "@ 60 A 192.0.2.7", "", 0 },
};

static struct signpost_dns *open_at(const char *at)
{
	struct signpost_dns *d = signpost_dns_new(NULL);
	struct signpost_dns_server s = { .size = sizeof(s), .address = at, .timeout_ms = 300000 };

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
	{ "unknown extended error", "code.example", A, 0,
	  "failed indeterminate: SERVER over udp answered SERVFAIL; extended error 60000: "
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
	{ "probe", "insecure.example", A, SIGNPOST_DNS_PROBED | SIGNPOST_DNS_NO_CACHE,
	  "data insecure: not authenticated; from SERVER over udp, trusted: loopback; that server "
	  "does not validate: com. NS was not authenticated: insecure.example. 60 A 192.0.2.2" },
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

/* Everything that an answer says, over TCP, of a copy that has outlived its context. */
static void test_accessors(const char *at)
{
	struct signpost_dns *d = signpost_dns_new(NULL);
	struct signpost_dns_server s = {
		.size = sizeof(s), .address = at, .channel = SIGNPOST_DNS_TCP, .timeout_ms = 300000
	};
	struct signpost_dns_answer *a = NULL, *copy;
	char text[SIGNPOST_DNS_NAME_ROOM];
	size_t n = 0;

	if (!d || signpost_dns_add_server(d, &s) != SIGNPOST_DNS_OK ||
	    signpost_dns_lookup(d, "alias.example", A, 0, &copy) != SIGNPOST_DNS_OK)
		abort();
	a = signpost_dns_answer_copy(copy);
	signpost_dns_answer_free(&copy);
	signpost_dns_free(&d);
	CHECK_STR("name", str_of(signpost_dns_name_text(signpost_dns_answer_name(a), text)),
		  STR("alias.example."));
	CHECK_STR("final", str_of(signpost_dns_name_text(signpost_dns_answer_final(a), text)),
		  STR("b.example."));
	CHECK_INT("type", signpost_dns_answer_type(a), A);
	CHECK_INT("rcode", signpost_dns_answer_rcode(a), 0);
	CHECK_STR("server", str_of(signpost_dns_answer_server(a)), str_of(at));
	CHECK_STR("channel", str_of(signpost_dns_answer_channel(a)), STR("tcp"));
	CHECK_INT("trusted", signpost_dns_answer_trusted(a), SIGNPOST_DNS_TRUSTED_LOOPBACK);
	CHECK_STR("reason", str_of(signpost_dns_answer_trust_reason(a)), STR("loopback"));
	CHECK_INT("probe", signpost_dns_answer_probe(a), SIGNPOST_DNS_PROBE_UNKNOWN);
	CHECK_STR("probe", str_of(signpost_dns_answer_probe_reason(a)), STR(""));
	CHECK_INT("ttl", signpost_dns_answer_ttl(a), 50);
	CHECK_INT("elapsed", signpost_dns_answer_elapsed(a) > 0, 1);
	CHECK_INT("cached", signpost_dns_answer_cached(a), 0);
	CHECK_INT("errors", (long long)signpost_dns_answer_error_count(a), 0);
	CHECK_INT("errors", signpost_dns_answer_error_code(a, 0), 0);
	CHECK_STR("errors", str_of(signpost_dns_answer_error_extra(a)), STR(""));
	CHECK_INT("records", (long long)signpost_dns_answer_record_count(a), 2);
	CHECK_INT("chain", (long long)signpost_dns_answer_chain_count(a), 1);
	CHECK_INT("past", signpost_dns_answer_record(a, 2) == NULL, 1);
	const struct signpost_dns_record *r = signpost_dns_answer_next(a, NULL);
	CHECK_INT("type", signpost_dns_record_type(r), A);
	CHECK_INT("ttl", signpost_dns_record_ttl(r), 60);
	CHECK_STR("owner", str_of(signpost_dns_name_text(signpost_dns_record_owner(r), text)),
		  STR("b.example."));
	const uint8_t *rdata = signpost_dns_record_rdata(r, &n);
	CHECK_STR("rdata", ((struct str){ (const char *)rdata, n }),
		  ((struct str){ "\300\0\2\5", 4 }));
	CHECK_INT("end", signpost_dns_answer_next(a, r) == NULL, 1);
	signpost_dns_answer_free(&a);
	signpost_dns_answer_free(&a);
}

/* No answer at all: the least of everything. */
static void test_nobody(void)
{
	struct signpost_dns *d = open_at("127.0.0.1:1");
	struct signpost_dns_answer *a;

	if (signpost_dns_lookup(d, "secure.example", A, 0, &a) != SIGNPOST_DNS_OK)
		abort();
	CHECK_INT("outcome", signpost_dns_answer_outcome(a), SIGNPOST_DNS_NO_ANSWER);
	CHECK_STR("outcome", str_of(signpost_dns_outcome_text(signpost_dns_answer_outcome(a))),
		  STR("no answer"));
	CHECK_INT("status", signpost_dns_answer_status(a), SIGNPOST_DNS_INDETERMINATE);
	CHECK_INT("rcode", signpost_dns_answer_rcode(a), 0);
	CHECK_STR("server", str_of(signpost_dns_answer_server(a)), STR(""));
	CHECK_INT("trusted", signpost_dns_answer_trusted(a), SIGNPOST_DNS_TRUSTED_NOT);
	CHECK_INT("first", signpost_dns_answer_next(a, NULL) == NULL, 1);
	signpost_dns_answer_free(&a);
	signpost_dns_free(&d);
}

int main(void)
{
	struct fake f;

	fake_start(&f, rows, COUNT_OF(rows));
	test_lookups(f.at);
	test_accessors(f.at);
	test_nobody();
	fake_stop(&f);
	return TEST_EXIT();
}
