#include "cli/doctor_dane_judge.h"

void cli_doctor_dane_judge(const struct cli_doctor_dane *d, struct cli_findings *findings)
{
	CLEANUP(buf_free) struct buf remedy = BUF_MAX(2 * CLI_DOCTOR_NAME_MAX);

	if (d->outcome != DNS_DATA)
		return;
	buf_addf(&remedy, "publish %s IN TLSA %s, before a new certificate is in use", d->owner,
		 d->record);
	buf_addc(&remedy, '\0');
	if (d->status == DNS_INSECURE)
		cli_finding_add(findings, CLI_LEVEL_WARNING, "tlsa-not-secure",
				"sign the zone, and have the zone above publish its DS",
				"%s has TLSA records that are not authenticated: nobody goes by "
				"them",
				d->owner);
	if (d->usable == 0)
		cli_finding_add(findings, CLI_LEVEL_WARNING, "tlsa-unusable",
				remedy.p ? remedy.p : "",
				"%s has no TLSA record that mail hosts use: none of usage 2 or 3",
				d->owner);
	else if (d->fit == 0)
		cli_finding_add(findings, CLI_LEVEL_PROBLEM, "tlsa-mismatch",
				remedy.p ? remedy.p : "",
				"%s has no TLSA record of the certificate %s: who goes by DANE "
				"does not deliver",
				d->owner, d->certificate);
	else
		cli_finding_add(findings, CLI_LEVEL_OK, "tlsa", "",
				"%s has a TLSA record of the certificate %s", d->owner,
				d->certificate);
}
