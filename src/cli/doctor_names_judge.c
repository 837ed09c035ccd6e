#include "cli/doctor_names_judge.h"

#define CODE "hostname-backward"

/* False: it leads back. */
static bool add_back(const struct cli_doctor_host *h, const struct cli_doctor_back *b,
		     struct cli_findings *findings)
{
	CLEANUP(buf_free) struct buf remedy = BUF_MAX(2 * CLI_DOCTOR_NAME_MAX);
	char text[IP_TEXT_MAX];
	const struct str ip = ip_text(&b->ip, text);
	bool denied = b->outcome == DNS_NODATA || b->outcome == DNS_NO_NAME;

	if (b->same)
		return false;
	buf_addf(&remedy, "have the owner of that address (the provider) set its PTR record to %s",
		 h->name);
	buf_addc(&remedy, '\0');
	if (b->outcome == DNS_DATA)
		cli_finding_add(findings, CLI_LEVEL_WARNING, CODE, remedy.p ? remedy.p : "",
				"hostname %s has the address %.*s, which leads back to %s: mail "
				"servers may refuse it",
				h->name, STR_ARG(ip), b->name);
	else if (denied)
		cli_finding_add(findings, CLI_LEVEL_WARNING, CODE, remedy.p ? remedy.p : "",
				"hostname %s has the address %.*s, which leads back to no name: "
				"mail servers refuse it",
				h->name, STR_ARG(ip));
	else
		cli_finding_add(findings, CLI_LEVEL_NOTE, CODE, "try again when the DNS answers",
				"hostname %s has the address %.*s, whose name could not be looked "
				"up",
				h->name, STR_ARG(ip));
	return true;
}

void cli_doctor_names_judge(const struct cli_doctor_host *h, struct cli_findings *findings)
{
	size_t bad = 0;

	if (!h->found) {
		cli_finding_add(
			findings, CLI_LEVEL_WARNING, "hostname",
			"set hostname to this host's name in the DNS, or give it an address",
			h->denied ? "hostname %s has no address: mail servers may refuse it"
				  : "hostname %s could not be looked up",
			h->name);
		return;
	}
	for (size_t i = 0; i < h->n; i++)
		bad += add_back(h, &h->back[i], findings);
	cli_finding_add(findings, CLI_LEVEL_OK, "hostname", "",
			h->n && !bad ? "hostname %s has an address that leads back to it"
				     : "hostname %s has an address",
			h->name);
}
