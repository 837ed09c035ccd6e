#include "cli/doctor_names_judge.h"

#include "base/test.h"

#define HOST "mx.a.example"
#define OK(t)                                                                                      \
	{                                                                                          \
		"hostname", CLI_LEVEL_OK, "hostname " HOST " " t                                   \
	}
#define BACK(level, t)                                                                             \
	{                                                                                          \
		"hostname-backward", level, "hostname " HOST " has the address " t                 \
	}

struct want {
	const char *code; /* NULL: no more */
	enum cli_level level;
	const char *text;
};

static const struct {
	const char *label;
	struct cli_doctor_host host;
	struct want want[3];
} cases[] = {
	{ "nothing is known",
	  { .found = false },
	  { { "hostname", CLI_LEVEL_WARNING, "hostname " HOST " could not be looked up" } } },
	{ "no address",
	  { .denied = true },
	  { { "hostname", CLI_LEVEL_WARNING,
	      "hostname " HOST " has no address: mail servers may refuse it" } } },
	{ "loopback alone", { .found = true, .denied = true }, { OK("has an address") } },
	{ "back",
	  { .found = true, .n = 1, .back = { { .outcome = DNS_DATA, .same = true } } },
	  { OK("has an address that leads back to it") } },
	{ "to another",
	  { .found = true, .n = 1, .back = { { .outcome = DNS_DATA, .name = "host1.b." } } },
	  { BACK(CLI_LEVEL_WARNING,
		 "192.0.2.1, which leads back to host1.b.: mail servers may refuse it"),
	    OK("has an address") } },
	{ "to no name",
	  { .found = true, .n = 1, .back = { { .outcome = DNS_NO_NAME } } },
	  { BACK(CLI_LEVEL_WARNING,
		 "192.0.2.1, which leads back to no name: mail servers refuse it"),
	    OK("has an address") } },
	{ "to no PTR",
	  { .found = true, .n = 1, .back = { { .outcome = DNS_NODATA } } },
	  { BACK(CLI_LEVEL_WARNING,
		 "192.0.2.1, which leads back to no name: mail servers refuse it"),
	    OK("has an address") } },
	{ "not known",
	  { .found = true, .n = 1, .back = { { .outcome = DNS_FAILED } } },
	  { BACK(CLI_LEVEL_NOTE, "192.0.2.1, whose name could not be looked up"),
	    OK("has an address") } },
	{ "one of two",
	  { .found = true,
	    .n = 2,
	    .back = { { .outcome = DNS_DATA, .same = true }, { .outcome = DNS_NO_NAME } } },
	  { BACK(CLI_LEVEL_WARNING,
		 "192.0.2.2, which leads back to no name: mail servers refuse it"),
	    OK("has an address") } },
};

int main(void)
{
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		CLEANUP(cli_finding_clear) struct cli_findings f = { .part = "names" };
		struct cli_doctor_host host = cases[i].host;
		size_t n = 0;

		host.name = HOST;
		for (uint8_t k = 0; k < host.n; k++)
			host.back[k].ip = ip_v4((const uint8_t[]){ 192, 0, 2, (uint8_t)(k + 1) });
		cli_doctor_names_judge(&host, &f);
		while (n < COUNT_OF(cases[i].want) && cases[i].want[n].code)
			n++;
		CHECK_INT(cases[i].label, (long long)f.n, (long long)n);
		for (size_t k = 0; k < n && k < f.n; k++) {
			const struct want *w = &cases[i].want[k];
			CHECK_STR(cases[i].label, str_of(f.all[k].code), str_of(w->code));
			CHECK_STR(cases[i].label, str_of(f.all[k].text), str_of(w->text));
			CHECK_INT(cases[i].label, f.all[k].level, w->level);
			CHECK_INT(cases[i].label, f.all[k].remedy[0] != '\0',
				  w->level != CLI_LEVEL_OK);
		}
	}
	return TEST_EXIT();
}
