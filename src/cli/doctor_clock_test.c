#include "cli/doctor_clock.h"

#include "base/test.h"
#include "dns/type.h"

#include <string.h>

#define NOW INT64_C(1790000000) /* 2026-09-21T14:13:20Z */
#define DAY INT64_C(86400)

/* A signature over the root's records of type 2, by the root. */
static struct str signature(char out[static 32], uint16_t covered, int64_t from, int64_t to)
{
	char *p = out;
	const uint32_t times[] = { 60, (uint32_t)to, (uint32_t)from };

	*p++ = (char)(covered >> 8);
	*p++ = (char)covered;
	*p++ = 13; /* algorithm */
	*p++ = 1;  /* labels */
	for (size_t i = 0; i < COUNT_OF(times); i++)
		for (int shift = 24; shift >= 0; shift -= 8)
			*p++ = (char)(times[i] >> shift);
	memcpy(p, "\0\1\0octets", 9);
	return (struct str){ out, (size_t)(p - out) + 9 };
}

struct span {
	int64_t from, to;
	uint16_t covered; /* 0: no signature */
};

static const struct {
	const char *label;
	struct span sig[2];
	bool trusted, ad;
	const char *code; /* "": nothing is found */
	enum cli_level level;
	const char *text; /* a part of it */
} cases[] = {
	{ "fits",
	  { { NOW - DAY, NOW + 2 * DAY, DNS_TYPE_NS } },
	  true,
	  true,
	  "clock",
	  CLI_LEVEL_OK,
	  "ahead by 1d at most, or behind by 2d" },
	{ "ahead",
	  { { NOW - 9 * DAY, NOW - 3 * DAY, DNS_TYPE_NS } },
	  true,
	  true,
	  "clock",
	  CLI_LEVEL_PROBLEM,
	  "ended at 2026-09-18T14:13:20.000Z, 3d before: the server finds them good" },
	{ "behind",
	  { { NOW + 2 * DAY, NOW + 9 * DAY, DNS_TYPE_NS } },
	  true,
	  true,
	  "clock",
	  CLI_LEVEL_PROBLEM,
	  "begin at 2026-09-23T14:13:20.000Z, 2d after: the server finds them good" },
	{ "not trusted",
	  { { NOW - 9 * DAY, NOW - 3 * DAY, DNS_TYPE_NS } },
	  false,
	  true,
	  "clock",
	  CLI_LEVEL_WARNING,
	  "or they are old" },
	{ "not validated",
	  { { NOW - 9 * DAY, NOW - 3 * DAY, DNS_TYPE_NS } },
	  true,
	  false,
	  "clock",
	  CLI_LEVEL_WARNING,
	  "or they are old" },
	{ "borne, the last second",
	  { { NOW - 9 * DAY, NOW - DAY, DNS_TYPE_NS } },
	  true,
	  true,
	  "clock",
	  CLI_LEVEL_OK,
	  "ahead by 9d at most, or behind by 0s" },
	{ "borne no more",
	  { { NOW - 9 * DAY, NOW - DAY - 1, DNS_TYPE_NS } },
	  true,
	  true,
	  "clock",
	  CLI_LEVEL_PROBLEM,
	  "1d before" },
	{ "borne before",
	  { { NOW + DAY, NOW + 9 * DAY, DNS_TYPE_NS } },
	  true,
	  true,
	  "clock",
	  CLI_LEVEL_OK,
	  "ahead by 0s at most, or behind by 9d" },
	{ "one of two is old",
	  { { NOW - 9 * DAY, NOW - 3 * DAY, DNS_TYPE_NS }, { NOW - DAY, NOW + DAY, DNS_TYPE_NS } },
	  true,
	  true,
	  "clock",
	  CLI_LEVEL_OK,
	  "ahead by 9d at most, or behind by 1d" },
	{ "of another type",
	  { { NOW - 9 * DAY, NOW - 3 * DAY, DNS_TYPE_A } },
	  true,
	  true,
	  "",
	  CLI_LEVEL_OK,
	  "" },
	{ "ends before it begins",
	  { { NOW + DAY, NOW - DAY, DNS_TYPE_NS } },
	  true,
	  true,
	  "",
	  CLI_LEVEL_OK,
	  "" },
	{ "none", { { 0, 0, 0 } }, true, true, "", CLI_LEVEL_OK, "" },
};

static struct cli_doctor_server server_of(const struct span sig[static 2], const char *name)
{
	struct cli_doctor_server s = { .signed_name = "com. NS" };

	(void)str_copy(s.name, sizeof(s.name), str_of(name));
	for (size_t i = 0; i < 2; i++) {
		char room[32];
		if (sig[i].covered)
			cli_doctor_clock_add(
				&s.positive_do.window,
				signature(room, sig[i].covered, sig[i].from, sig[i].to),
				DNS_TYPE_NS, NOW * 1000);
	}
	return s;
}

/* Whom to believe: one that is trusted and has validated, wherever it stands. */
static void check_witness(void)
{
	const struct span old = { NOW - 9 * DAY, NOW - 3 * DAY, DNS_TYPE_NS };
	const struct span good = { NOW - DAY, NOW + DAY, DNS_TYPE_NS };
	const struct span none = { 0, 0, 0 };
	CLEANUP(cli_finding_clear) struct cli_findings f = { .part = "clock" };
	struct cli_doctor_server s[] = {
		server_of((const struct span[]){ none, none }, "a"),
		server_of((const struct span[]){ old, none }, "b"),
		server_of((const struct span[]){ good, none }, "c"),
	};

	s[0].trusted = s[0].positive_do.ad = true;
	s[2].trusted = s[2].positive_do.ad = true;
	cli_doctor_clock(s, COUNT_OF(s), NOW * 1000, &f);
	CHECK_INT("validated", f.all[0].level, CLI_LEVEL_OK);
	s[2].trusted = false;
	cli_doctor_clock(s, COUNT_OF(s), NOW * 1000, &f);
	CHECK_INT("the first", f.all[1].level, CLI_LEVEL_WARNING);
}

int main(void)
{
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		CLEANUP(cli_finding_clear) struct cli_findings f = { .part = "clock" };
		struct cli_doctor_server s = server_of(cases[i].sig, "127.0.0.1:53");

		s.trusted = cases[i].trusted;
		s.positive_do.ad = cases[i].ad;
		cli_doctor_clock(&s, 1, NOW * 1000, &f);
		CHECK_INT(cases[i].label, (long long)f.n, cases[i].code[0] != '\0');
		if (f.n == 0)
			continue;
		CHECK_STR(cases[i].label, str_of(f.all[0].code), str_of(cases[i].code));
		CHECK_INT(cases[i].label, f.all[0].level, cases[i].level);
		CHECK_INT(cases[i].label, strstr(f.all[0].text, cases[i].text) != NULL, true);
		CHECK_INT(cases[i].label, f.all[0].remedy[0] != '\0',
			  cases[i].level != CLI_LEVEL_OK);
	}
	check_witness();
	return TEST_EXIT();
}
