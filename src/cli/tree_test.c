#include "cli/tree.h"

#include "base/test.h"
#include "dns/type.h"

enum { ROOM = 1 << 16 };

#define LONG_RDATA                                                                                 \
	STR_INIT("\3\1\1\0\1\2\3\4\5\6\7\10\11\12\13\14\15\16\17\20\21\22\23\24\25\26\27\30\31"    \
		 "\32\33\34\35\36\37")

static struct dns_name domain, mx1, mx2, tlsa;

static struct dns_rr mx_rr[] = { { &domain, DNS_TYPE_MX, 300, STR_INIT("\0\12\1a\0") },
				 { &domain, DNS_TYPE_MX, 300, STR_INIT("\0\24\1b\0") } };
static struct dns_rr tlsa_rr[] = { { &tlsa, DNS_TYPE_TLSA, 300, LONG_RDATA } };
static struct dns_rr txt_rr[] = { { &domain, DNS_TYPE_TXT, 300, STR_INIT("\5\033[31m") } };
static struct dns_rr alias_rr[] = { { &domain, DNS_TYPE_CNAME, 300, STR_INIT("\3mx1\4bank\0") },
				    { &mx1, DNS_TYPE_A, 300, STR_INIT("\300\0\2\1") } };

#define SOURCE                                                                                     \
	{                                                                                          \
		.server = STR_INIT("127.0.0.1:53"), .channel = STR_INIT("udp"),                    \
		.trust = DNS_TRUST_LOOPBACK, .trust_reason = STR_INIT("loopback"),                 \
		.probe = DNS_PROBE_VALIDATES                                                       \
	}
#define OTHER                                                                                      \
	{                                                                                          \
		.server = STR_INIT("192.0.2.53:53"), .channel = STR_INIT("tcp"),                   \
		.trust = DNS_TRUST_NONE, .trust_reason = STR_INIT("not \033loopback")              \
	}

static const struct dns_answer mx = { .name = &domain,
				      .type = DNS_TYPE_MX,
				      .status = DNS_SECURE,
				      .ttl_s = 300,
				      .elapsed_us = 1500,
				      .source = SOURCE,
				      .rr = mx_rr,
				      .n_rr = 2 },
			       txt = { .name = &domain,
				       .type = DNS_TYPE_TXT,
				       .status = DNS_INSECURE,
				       .ttl_s = 60,
				       .cached = true,
				       .source = SOURCE,
				       .rr = txt_rr,
				       .n_rr = 1 },
			       alias = { .name = &domain,
					 .type = DNS_TYPE_A,
					 .status = DNS_INDETERMINATE,
					 .ttl_s = 60,
					 .cached = true,
					 .source = OTHER,
					 .rr = alias_rr,
					 .n_rr = 2,
					 .n_chain = 1 },
			       bogus = { .name = &domain,
					 .type = DNS_TYPE_AAAA,
					 .outcome = DNS_FAILED,
					 .rcode = 2,
					 .status = DNS_BOGUS,
					 .ttl_s = 1,
					 .cached = true,
					 .source = SOURCE,
					 .ede = { 6 },
					 .n_ede = 1,
					 .ede_text = STR_INIT("\033]0;x\007 \xe2\x80\xae") },
			       silent = { .name = &domain,
					  .type = DNS_TYPE_A,
					  .outcome = DNS_NO_ANSWER,
					  .status = DNS_INDETERMINATE,
					  .why = STR_INIT("timeout\n") },
			       denied = { .name = &mx1,
					  .type = DNS_TYPE_AAAA,
					  .outcome = DNS_NODATA,
					  .status = DNS_SECURE,
					  .source = SOURCE },
			       held = { .name = &mx1,
					.type = DNS_TYPE_A,
					.status = DNS_SECURE,
					.source = SOURCE,
					.n_rr = 1,
					.rr = &alias_rr[1] },
			       keys = { .name = &tlsa,
					.type = DNS_TYPE_TLSA,
					.status = DNS_SECURE,
					.source = SOURCE,
					.rr = tlsa_rr,
					.n_rr = 1 };

static void check(const char *label, struct term_tree *tree, const char *want)
{
	CLEANUP(buf_free) struct buf out = BUF_MAX(ROOM);

	term_tree_show(&out, tree, &(struct term_style){ 200, TERM_COLOUR_NONE, TERM_UTF8 }, 0);
	CHECK_STR(label, buf_str(&out), str_of(want));
	term_tree_free(tree);
	*tree = TERM_TREE(ROOM);
}

static void check_answers(void)
{
	struct term_tree tree = TERM_TREE(ROOM);

	cli_tree_answers(&tree, (const struct dns_answer *const[]){ &mx, &txt }, 2);
	check("one server, said once; what records hold is escaped", &tree,
	      "bank.example.\n"
	      "├─ MX secure, 2 records, TTL 300, 1.5 ms\n"
	      "│  ├─ 10 a.\n"
	      "│  └─ 20 b.\n"
	      "├─ TXT insecure, 1 record, TTL 60, from the cache\n"
	      "│  └─ \"\\027[31m\"\n"
	      "└─ from 127.0.0.1:53 over udp, trusted: loopback; probe: it validates\n");
	cli_tree_answers(&tree, (const struct dns_answer *const[]){ &alias, &bogus, &silent }, 3);
	check("several; an alias; what is wrong", &tree,
	      "bank.example.\n"
	      "├─ A indeterminate, 1 record, TTL 60, from the cache\n"
	      "│  ├─ bank.example. 300 CNAME mx1.bank.\n"
	      "│  ├─ 192.0.2.1\n"
	      "│  └─ from 192.0.2.53:53 over tcp, not trusted: not \\x1bloopback\n"
	      "├─ AAAA bogus, SERVFAIL, TTL 1, from the cache\n"
	      "│  ├─ error 6 DNSSEC Bogus: \\x1b]0;x\\x07 \\xe2\\x80\\xae\n"
	      "│  └─ from 127.0.0.1:53 over udp, trusted: loopback; probe: it validates\n"
	      "└─ A indeterminate, no answer\n"
	      "   ├─ error timeout\\x0a\n"
	      "   └─ no server answered\n");
	term_tree_free(&tree);
}

#define AT(a, b, c, d)                                                                             \
	{                                                                                          \
		{ .family = 4, .octets = { a, b, c, d } }, 25                                      \
	}

static void check_route(void)
{
	static struct route_host hosts[2];
	struct route_facts facts = {
		.conf = { .kind = ROUTE_DOMAIN }, .mx = &mx, .host = hosts, .n_host = 2
	};
	struct route_target target = { .host = &hosts[0],
				       .address = &hosts[0].address[0],
				       .authenticated = true };
	struct route_verdict v = { .action = ROUTE_DELIVER, .target = &target, .n_target = 1 };
	struct term_tree tree = TERM_TREE(ROOM);

	hosts[0] = (struct route_host){ .name = mx1,
					.preference = 10,
					.a = &held,
					.aaaa = &denied,
					.tlsa = { &keys },
					.n_address = 1 };
	hosts[0].address[0] = (struct route_address){ .at = AT(192, 0, 2, 1) };
	hosts[1] =
		(struct route_host){ .name = mx2, .preference = 20, .a = &silent, .aaaa = &bogus };
	cli_tree_route(&tree, STR("bank\033.example"), &facts, &v);
	check("hosts, addresses, TLSA", &tree,
	      "bank\\x1b.example: MX secure, 2 records\n"
	      "├─ from 127.0.0.1:53 over udp, trusted: loopback; probe: it validates\n"
	      "├─ 10 mx1.bank. secure\n"
	      "│  ├─ 192.0.2.1:25 secure DNSSEC\n"
	      "│  ├─ AAAA secure, NODATA\n"
	      "│  └─ TLSA of _25._tcp.mx1.bank. secure, 1 record\n"
	      "│     └─ 3 1 1 "
	      "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n"
	      "└─ 20 mx2.bank. secure\n"
	      "   ├─ A indeterminate, no answer: timeout\\x0a\n"
	      "   └─ AAAA bogus, SERVFAIL, 6 DNSSEC Bogus\n");
	facts = (struct route_facts){
		.conf = { .kind = ROUTE_DOMAIN }, .mx = &mx, .null_mx = true, .self = true
	};
	cli_tree_route(&tree, STR("bank.example"), &facts, &v);
	check("nobody", &tree,
	      "bank.example: MX secure, 2 records\n"
	      "├─ from 127.0.0.1:53 over udp, trusted: loopback; probe: it validates\n"
	      "├─ null MX: the domain takes no mail\n"
	      "└─ Signpost itself is the best mail host: a loop\n");
	hosts[0].n_address = 1;
	hosts[0].name.len = 0;
	hosts[0].a = hosts[0].aaaa = hosts[0].tlsa[0] = NULL;
	facts = (struct route_facts){ .conf = { .kind = ROUTE_STATIC },
				      .host = hosts,
				      .n_host = 1 };
	cli_tree_route(&tree, STR("bank.example"), &facts, &v);
	check("an address of the administrator's", &tree,
	      "bank.example: static address, no MX is asked for\n"
	      "└─ 192.0.2.1:25 DNSSEC\n");
	term_tree_free(&tree);
}

int main(void)
{
	CHECK_INT("name", dns_name_from_text(STR("bank.example"), &domain), ERR_OK);
	CHECK_INT("name", dns_name_from_text(STR("mx1.bank"), &mx1), ERR_OK);
	CHECK_INT("name", dns_name_from_text(STR("mx2.bank"), &mx2), ERR_OK);
	CHECK_INT("name", dns_name_from_text(STR("_25._tcp.mx1.bank"), &tlsa), ERR_OK);
	check_answers();
	check_route();
	return TEST_EXIT();
}
