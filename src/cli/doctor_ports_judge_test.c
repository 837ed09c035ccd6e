#include "cli/doctor_ports_judge.h"

#include "base/test.h"

#include <errno.h>
#include <string.h>

static const struct {
	const char *label, *criteria, *host, *want; /* the domains, each with a space behind it */
} domains[] = {
	{ "none", NULL, "relay", "" },
	{ "the host's", NULL, "relay.a.example", "a.example " },
	{ "no domain of the host's", NULL, "relay.example", "" },
	{ "everything", "To *\n", "relay", "" },
	{ "by recipient", "Envelope-To *@b.example SECURE\n", "relay", "b.example " },
	{ "of one address", "To x@b.example\nCC y@c.example\n", "relay", "b.example c.example " },
	{ "another field", "From *@b.example\nSubject a@b.example\n", "relay", "" },
	{ "several domains", "To *@*.b.example\nTo *@b?.example\n", "relay", "" },
	{ "no domain", "To *@b\nTo \"a@b.example, c@d.example\"\nTo *@[192.0.2.1]\n", "relay", "" },
	{ "one twice", "To *@b.example\nTo *@B.example\n", "r.b.example", "b.example " },
	{ "no more than three, and the host's", "To @a.b\nTo @b.b\nTo @c.b\nTo @d.b\n", "r.e.f",
	  "a.b b.b c.b e.f " },
};

static void find(size_t i)
{
	CLEANUP(criteria_free) struct criteria *c = NULL;
	CLEANUP(buf_free) struct buf why = BUF_MAX(1000), got = BUF_MAX(1000);
	struct str out[CLI_DOCTOR_DOMAINS_MAX];

	if (domains[i].criteria)
		CHECK_INT(domains[i].label,
			  criteria_parse(str_of(domains[i].criteria), STR("c"), &c, &why), ERR_OK);
	size_t n = cli_doctor_domains(c, str_of(domains[i].host), out);
	for (size_t k = 0; k < n; k++)
		buf_addf(&got, "%.*s ", STR_ARG(out[k]));
	CHECK_STR(domains[i].label, buf_str(&got), str_of(domains[i].want));
}

#define NONE "no mail host that was tried takes a connection: 192.0.2.1:25 (b.example): "

static const struct {
	const char *label;
	size_t n;
	int error[2];
	enum cli_level level;
	const char *code, *text; /* its beginning */
} knocks[] = {
	{ "one answers",
	  1,
	  { 0 },
	  CLI_LEVEL_OK,
	  "outward",
	  "192.0.2.1:25 (b.example) takes a connection" },
	{ "the second does",
	  2,
	  { ETIMEDOUT, 0 },
	  CLI_LEVEL_OK,
	  "outward",
	  "192.0.2.2:25 (b.example) takes a connection" },
	{ "silent", 1, { ETIMEDOUT }, CLI_LEVEL_WARNING, "outward", NONE "Connection timed out" },
	{ "neither",
	  2,
	  { ECONNREFUSED, ENETUNREACH },
	  CLI_LEVEL_WARNING,
	  "outward",
	  NONE "Connection refused; 192.0.2.2:25 (b.example): Network is unreachable" },
};

static void judge(size_t i)
{
	CLEANUP(cli_finding_clear) struct cli_findings f = { .part = "ports" };
	struct cli_doctor_knocks k = { .n = knocks[i].n };
	const char *label = knocks[i].label;

	for (uint8_t m = 0; m < k.n; m++) {
		const uint8_t ip[] = { 192, 0, 2, (uint8_t)(m + 1) };
		k.all[m] = (struct cli_doctor_knock){ STR("b.example"),
						      { ip_v4(ip), 25 },
						      knocks[i].error[m] };
	}
	cli_doctor_knocks_judge(&k, "signpost connect", &f);
	CHECK_INT(label, (long long)f.n, 1);
	CHECK_STR(label, str_of(f.all[0].code), str_of(knocks[i].code));
	CHECK_STR(label, str_head(str_of(f.all[0].text), strlen(knocks[i].text)),
		  str_of(knocks[i].text));
	CHECK_INT(label, f.all[0].level, knocks[i].level);
	CHECK_INT(label, f.all[0].remedy[0] != '\0', knocks[i].level == CLI_LEVEL_WARNING);
}

#define UNTRIED "no mail host was tried, so that it is not known whether mail can leave: "
#define NULL_MX                                                                                    \
	{                                                                                          \
		STR_INIT("a.example"), false, "it takes no mail"                                   \
	}
#define TIMEOUT                                                                                    \
	{                                                                                          \
		STR_INIT("b.example"), true, "no answer"                                           \
	}

static const struct {
	const char *label;
	struct cli_doctor_knocks knocks;
	const char *text, *remedy;
} untried[] = {
	{ "nothing is known",
	  { .n = 0 },
	  UNTRIED "neither a criterion nor the hostname tells a domain to which mail goes",
	  "signpost connect DOMAIN, with one to which mail goes from here" },
	{ "for good",
	  { .hostless = { NULL_MX }, .n_hostless = 1 },
	  UNTRIED "a.example: it takes no mail",
	  "signpost connect DOMAIN, with one to which mail goes from here" },
	{ "for now, too",
	  { .hostless = { NULL_MX, TIMEOUT }, .n_hostless = 2 },
	  UNTRIED "a.example: it takes no mail; b.example: no answer",
	  "signpost connect b.example" },
};

static void judge_untried(size_t i)
{
	CLEANUP(cli_finding_clear) struct cli_findings f = { .part = "ports" };

	cli_doctor_knocks_judge(&untried[i].knocks, "signpost connect", &f);
	CHECK_INT(untried[i].label, (long long)f.n, 1);
	CHECK_INT(untried[i].label, f.all[0].level, CLI_LEVEL_NOTE);
	CHECK_STR(untried[i].label, str_of(f.all[0].code), STR("outward-untried"));
	CHECK_STR(untried[i].label, str_of(f.all[0].text), str_of(untried[i].text));
	CHECK_STR(untried[i].label, str_of(f.all[0].remedy), str_of(untried[i].remedy));
}

int main(void)
{
	for (size_t i = 0; i < COUNT_OF(domains); i++)
		find(i);
	for (size_t i = 0; i < COUNT_OF(knocks); i++)
		judge(i);
	for (size_t i = 0; i < COUNT_OF(untried); i++)
		judge_untried(i);
	return TEST_EXIT();
}
