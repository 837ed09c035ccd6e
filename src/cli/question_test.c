#include "cli/question.h"

#include "base/test.h"
#include "dns/type.h"

enum { WORDS_MAX = 8, ROOM = 1024 };

static const struct {
	const char *label;
	const char *word[WORDS_MAX];
	const char *want; /* name and types; "!": refused */
	const char *note;
} cases[] = {
	{ "name", { "bank.example" }, "bank.example. MX A AAAA", "" },
	{ "the root", { "." }, ". MX A AAAA", "" },
	{ "types behind", { "bank.example", "mx", "TYPE65" }, "bank.example. MX HTTPS", "" },
	{ "dig's order", { "mx", "bank.example" }, "bank.example. MX", "" },
	{ "on both sides", { "mx", "bank.example", "a" }, "bank.example. MX A", "" },
	{ "one word that is a type",
	  { "mx" },
	  "!",
	  "mx is a record type, and no NAME stands beside it: write one like "
	  "bank.example; a name that looks so ends in a dot" },
	{ "nothing but types",
	  { "mx", "a" },
	  "!",
	  "mx is a record type, and no NAME stands beside it: write one like "
	  "bank.example; a name that looks so ends in a dot" },
	{ "a name that looks like one", { "mx.", "a" }, "mx. A", "" },
	{ "A-labels",
	  { "b\xc3\xbc"
	    "cher.example",
	    "A" },
	  "xn--bcher-kva.example. A",
	  "" },
	{ "address", { "192.0.2.1" }, "1.2.0.192.in-addr.arpa. PTR", "" },
	{ "address in brackets", { "[192.0.2.1]" }, "1.2.0.192.in-addr.arpa. PTR", "" },
	{ "address, type said",
	  { "ptr", "192.0.2.1", "TXT" },
	  "1.2.0.192.in-addr.arpa. PTR TXT",
	  "" },
	{ "address of v6",
	  { "2001:db8::1" },
	  "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa. PTR",
	  "" },
	{ "classless", { "0/25.2.0.192.in-addr.arpa", "NS" }, "0/25.2.0.192.in-addr.arpa. NS", "" },
	{ "mail address",
	  { "u@bank.example" },
	  "bank.example. MX A AAAA",
	  "u@bank.example is a mail address: its domain bank.example is asked" },
	{ "mail address and type",
	  { "mx", "a@b@bank.example" },
	  "bank.example. MX",
	  "a@b@bank.example is a mail address: its domain bank.example is asked" },
	{ "mail address with a literal",
	  { "u@[192.0.2.1]" },
	  "1.2.0.192.in-addr.arpa. PTR",
	  "u@[192.0.2.1] is a mail address: its domain [192.0.2.1] is asked" },
	{ "mail address as a header has it",
	  { "A B <u@bank.example>", "mx" },
	  "bank.example. MX",
	  "A B <u@bank.example> is a mail address: its domain bank.example is asked" },
	{ "no word", { NULL }, "!", "no NAME to look up" },
	{ "empty", { "" }, "!", "an empty name: write one like bank.example, or . for the root" },
	{ "empty type",
	  { "bank.example", "" },
	  "!",
	  "\"\" is not a record type: write one like MX or TYPE65" },
	{ "two names",
	  { "bank.example", "MXX" },
	  "!",
	  "\"MXX\" is not a record type: write one like MX or TYPE65" },
	{ "an option of dig",
	  { "bank.example", "+short" },
	  "!",
	  "+short is an option of dig: those of lookup begin with --" },
	{ "URL",
	  { "https://bank.example/" },
	  "!",
	  "https://bank.example/ is a URL: write its domain alone, one like bank.example" },
	{ "URL of a mail address",
	  { "MX", "mailto:u@bank.example" },
	  "!",
	  "mailto:u@bank.example is a URL: write its domain alone, one like bank.example" },
	{ "path",
	  { "bank.example/a.html" },
	  "!",
	  "bank.example/a.html is a URL: write its domain alone, one like bank.example" },
	{ "port",
	  { "bank.example:25" },
	  "!",
	  "bank.example:25 is not a domain name: write one like bank.example" },
	{ "no domain", { "u@" }, "!", "u@ is not a domain name: write one like bank.example" },
	{ "empty label",
	  { "a..b" },
	  "!",
	  "a..b is not a domain name: write one like bank.example" },
};

static void show(struct buf *out, const struct cli_question *q)
{
	char text[DNS_TYPE_TEXT_MAX];

	dns_name_text(out, &q->name);
	for (size_t i = 0; i < q->n; i++)
		buf_addf(out, " %.*s", STR_ARG(dns_type_text(q->type[i], text)));
}

static void test_questions(void)
{
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		CLEANUP(buf_free) struct buf out = BUF_MAX(ROOM), note = BUF_MAX(ROOM);
		struct cli_question q = { 0 };
		size_t n = 0;

		while (cases[i].word[n])
			n++;
		enum err e = cli_question_read(cases[i].word, n, &q, &note);
		if (e == ERR_OK)
			show(&out, &q);
		else
			buf_addc(&out, '!');
		CHECK_STR(cases[i].label, buf_str(&out), str_of(cases[i].want));
		CHECK_STR(cases[i].label, buf_str(&note), str_of(cases[i].note));
	}
}

static void test_too_many(void)
{
	CLEANUP(buf_free) struct buf note = BUF_MAX(ROOM);
	const char *word[CLI_QUESTION_TYPES_MAX + 2] = { "bank.example" };
	struct cli_question q;

	for (size_t i = 1; i < COUNT_OF(word); i++)
		word[i] = "A";
	CHECK_INT("most", cli_question_read(word, COUNT_OF(word) - 1, &q, &note), ERR_OK);
	CHECK_INT("more", cli_question_read(word, COUNT_OF(word), &q, &note), ERR_SYNTAX);
	CHECK_STR("more", buf_str(&note), STR("more than 64 types"));
}

static void test_domains(void)
{
	static const struct {
		const char *word, *why;
	} domains[] = {
		{ "bank.example", "" },
		{ "[IPv6:2001:db8::1]", "" },
		{ "[192.0.2.1]", "" },
		{ "bank.example.", "" },
		{ "b\xc3\xbc"
		  "cher.example",
		  "" },
		{ "a..b", "a..b is not a domain name: write one like bank.example" },
		{ "bank.example:25",
		  "bank.example:25 is not a domain name: write one like bank.example" },
		{ "192.0.2.1", "192.0.2.1 is an address, and no name: write [192.0.2.1], as in a "
			       "mail address, or "
			       "lookup 192.0.2.1 for its name" },
		{ "2001:db8::1",
		  "2001:db8::1 is an address, and no name: write [IPv6:2001:db8::1], as in a mail "
		  "address, or lookup 2001:db8::1 for its name" },
		{ "[192.0.2]", "[192.0.2] is no address literal: write one like [192.0.2.1] or "
			       "[IPv6:2001:db8::1]" },
		{ "", "an empty name: write one like bank.example, or . for the root" },
		{ "u@bank.example",
		  "u@bank.example is a mail address: write its domain alone: bank.example" },
		{ "smtp://bank.example",
		  "smtp://bank.example is a URL: write its domain alone, one like bank.example" },
	};

	CHECK_INT("an address", cli_question_is_address(STR("2001:db8::1")), true);
	CHECK_INT("a literal", cli_question_is_address(STR("[192.0.2.1]")), true);
	CHECK_INT("a name", cli_question_is_address(STR("192.0.2.example")), false);
	for (size_t i = 0; i < COUNT_OF(domains); i++) {
		CLEANUP(buf_free) struct buf why = BUF_MAX(ROOM);
		enum err e = cli_question_domain(domains[i].word, &why);
		CHECK_INT(domains[i].word, e, domains[i].why[0] ? ERR_SYNTAX : ERR_OK);
		CHECK_STR(domains[i].word, buf_str(&why), str_of(domains[i].why));
	}
}

static void test_servers(void)
{
	static const struct {
		const char *word[3];
		bool is; /* the first */
	} rows[] = {
		{ { "@192.0.2.1", "bank.example" }, true },
		{ { "@192.0.2.1" }, true },
		{ { "@[2001:db8::1]:5353", "MX" }, true },
		{ { "@::1", "MX", "bank.example" }, true },
		{ { "@dns.example", "bank.example" }, true },
		{ { "@bank.example" }, false },
		{ { "@bank.example", "MX" }, false },
		{ { "@bank.example", "@192.0.2.1" }, false },
		{ { "bank.example", "@192.0.2.1" }, false },
		{ { "u@192.0.2.1", "bank.example" }, false },
		{ { "", "@192.0.2.1" }, false },
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		size_t n = 0;
		while (n < COUNT_OF(rows[i].word) && rows[i].word[n])
			n++;
		CHECK_INT(rows[i].word[0], cli_question_is_server(rows[i].word, n, 0), rows[i].is);
	}
}

int main(void)
{
	test_servers();
	test_questions();
	test_too_many();
	test_domains();
	return TEST_EXIT();
}
