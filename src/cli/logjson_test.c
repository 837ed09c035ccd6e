#include "cli/logjson.h"

#include "base/test.h"

#define T "2026-11-24T03:04:05.678Z"
#define L(text) T " [S1] " text "\n"
#define J(text, dnssec) "{\"time\":\"" T "\",\"text\":\"" text "\",\"dnssec\":" dnssec "}"

#define OFF                                                                                        \
	L("message Q1 sender <> size 9")                                                           \
	L("recipient <\"a b\"@x.example>")                                                         \
	L("lookup x.example. MX: no such record, server 127.0.0.1:53, channel udp, 1.2 ms, TTL 5") \
	L("connecting to x.example 192.0.2.1:25")                                                  \
	L("<-- outcome: forged")                                                                   \
	L("outcome: delivered <\"a b\"@x.example> 2.0.0 250 ok")
#define REQUIRED                                                                                   \
	L("DNSSEC service required (criterion \"Subject \\\", (criterion \\\"x\", f:12)")          \
	L("message Q1 sender <m@h.example> size 9")                                                \
	L("recipient <a@x.example>")                                                               \
	L("recipient <b@x.example>")                                                               \
	L("lookup x.example. MX: 1 record, secure, server 127.0.0.1:53, channel tcp, "             \
	  "from cache, TTL 300 DNSSEC")                                                            \
	L("record x.example. 300 IN MX 10 mx. DNSSEC")                                             \
	L("lookup mx. A: no answer (none, of 2, in time), indeterminate, 0.000 ms, TTL 0")         \
	L("lookup mx. AAAA: SERVFAIL, bogus, server 127.0.0.1:53, channel udp, 0.5 ms, TTL 1, "    \
	  "extended error 6 (DNSSEC Bogus): x, y")                                                 \
	L("record mx. 300 IN AAAA ::1")                                                            \
	L("using the open connection to mx 192.0.2.1:25 DNSSEC")                                   \
	L("TLS: TLSv1.3, DANE-EE")                                                                 \
	L("outcome: a; b")
#define ODD                                                                                        \
	L("DNSSEC service requested (criterion \"To \"a\\xe2\\x80\\x8db\"\", f:1)")                \
	L("message Q1 sender <\"a> size 3\"@x.example> size 9")                                    \
	L("recipient <\"a\\\\\\\\b\"@x.example>")                                                  \
	L("recipient <\\xe2\\x80\\xaeb@x.example>")                                                \
	L("outcome: DNSSE\\x43")

static const struct {
	const char *label;
	struct str block, data; /* the members before "lines" */
	bool out;
} cases[] = {
	{ "what a client said has no data", STR_INIT(L("<-- message Q1 sender <a> size 1")),
	  STR_INIT("{\"session\":\"S1\","), false },
	{ "the service off", STR_INIT(OFF),
	  STR_INIT("{\"session\":\"S1\",\"message\":\"Q1\",\"sender\":\"\",\"size\":9,"
		   "\"outcome\":\"delivered <\\\"a b\\\"@x.example> 2.0.0 250 ok\","
		   "\"recipients\":[\"\\\"a b\\\"@x.example\"],"
		   "\"lookups\":[{\"name\":\"x.example.\",\"type\":\"MX\","
		   "\"answer\":\"no such record\",\"server\":\"127.0.0.1:53\",\"channel\":\"udp\","
		   "\"cached\":false,\"ttl_s\":5,\"dnssec\":false,\"records\":[]}],"
		   "\"tried\":[{\"address\":\"x.example 192.0.2.1:25\",\"dnssec\":false}],"),
	  true },
	{ "required, each datum with its mark", STR_INIT(REQUIRED),
	  STR_INIT(
		  "{\"session\":\"S1\",\"service\":\"required\","
		  "\"criterion\":\"Subject \\\\\\\", (criterion \\\\\\\"x\",\"place\":\"f:12\","
		  "\"message\":\"Q1\",\"sender\":\"m@h.example\",\"size\":9,"
		  "\"tls\":\"TLSv1.3, DANE-EE\",\"outcome\":\"a; b\","
		  "\"recipients\":[\"a@x.example\",\"b@x.example\"],\"lookups\":["
		  "{\"name\":\"x.example.\",\"type\":\"MX\",\"answer\":\"1 record\","
		  "\"status\":\"secure\",\"server\":\"127.0.0.1:53\",\"channel\":\"tcp\","
		  "\"cached\":true,\"ttl_s\":300,\"dnssec\":true,\"records\":["
		  "{\"record\":\"x.example. 300 IN MX 10 mx.\",\"dnssec\":true}]},"
		  "{\"name\":\"mx.\",\"type\":\"A\",\"answer\":\"no answer (none, of 2, in time)\","
		  "\"status\":\"indeterminate\",\"cached\":false,\"ttl_s\":0,\"dnssec\":false,"
		  "\"records\":[]},"
		  "{\"name\":\"mx.\",\"type\":\"AAAA\",\"answer\":\"SERVFAIL\",\"status\":"
		  "\"bogus\","
		  "\"server\":\"127.0.0.1:53\",\"channel\":\"udp\",\"cached\":false,\"ttl_s\":1,"
		  "\"extended\":\"extended error 6 (DNSSEC Bogus): x, y\",\"dnssec\":false,"
		  "\"records\":[{\"record\":\"mx. 300 IN AAAA ::1\",\"dnssec\":false}]}],"
		  "\"tried\":[{\"address\":\"mx 192.0.2.1:25\",\"dnssec\":true}],"),
	  true },
	{ "addresses as they were before the log escaped them", STR_INIT(ODD),
	  STR_INIT(
		  "{\"session\":\"S1\",\"service\":\"requested\",\"criterion\":\"To "
		  "\\\"a\\u200db\\\"\","
		  "\"place\":\"f:1\",\"message\":\"Q1\",\"sender\":\"\\\"a> size 3\\\"@x.example\","
		  "\"size\":9,\"outcome\":\"DNSSEC\","
		  "\"recipients\":[\"\\\"a\\\\\\\\b\\\"@x.example\",\"\\u202eb@x.example\"],"
		  "\"lookups\":[],\"tried\":[],"),
	  true },
	{ "a line that is cut short", STR_INIT("2026-11 (cut short)\n"),
	  STR_INIT("{\"session\":\"\",\"recipients\":[],\"lookups\":[],\"tried\":[],"), true },
};

int main(void)
{
	CLEANUP(buf_free) struct buf out = BUF_MAX(65536);

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		buf_clear(&out);
		struct jsonw j = jsonw_to(&out);
		cli_logjson(&j, cases[i].block, cases[i].out);
		CHECK_STR(cases[i].label, str_head(buf_str(&out), cases[i].data.n), cases[i].data);
	}
	buf_clear(&out);
	struct jsonw j = jsonw_to(&out);
	cli_logjson(&j, STR(L("a b DNSSEC") L("c")), false);
	CHECK_STR("lines", buf_str(&out),
		  STR("{\"session\":\"S1\",\"lines\":[" J("a b", "true") "," J("c", "false") "]}"));
	return TEST_EXIT();
}
