#include "cli/doctor_certificate.h"

#include "base/time.h"
#include "tls/certificate.h"

#define SOON_MS (14 * 24 * INT64_C(3600000))
#define REMEDY                                                                                     \
	"renew it, and see to it that it is renewed by itself: a new file is taken while it runs"

void cli_doctor_certificate_judge(const char *listen, const char *path, int64_t until_wall_ms,
				  int64_t now_wall_ms, struct cli_findings *findings)
{
	char text[TIME_TEXT_MAX];
	struct str until = time_rfc3339(until_wall_ms, text);

	if (until_wall_ms <= now_wall_ms)
		cli_finding_add(
			findings, CLI_LEVEL_PROBLEM, "certificate-ended", REMEDY,
			"listen \"%s\": the certificate %s ended at %.*s: clients refuse it",
			listen, path, STR_ARG(until));
	else if (until_wall_ms - now_wall_ms < SOON_MS)
		cli_finding_add(findings, CLI_LEVEL_WARNING, "certificate-ends", REMEDY,
				"listen \"%s\": the certificate %s ends at %.*s", listen, path,
				STR_ARG(until));
	else
		cli_finding_add(findings, CLI_LEVEL_OK, "certificate", "",
				"listen \"%s\": the certificate %s is good until %.*s", listen,
				path, STR_ARG(until));
}

void cli_doctor_certificates(const struct conf *conf, int64_t now_wall_ms,
			     struct cli_findings *findings)
{
	for (size_t i = 0; i < conf->n_listen; i++) {
		const struct conf_listen *l = &conf->listen[i];
		int64_t until;
		if (!l->tls_certificate[0])
			continue;
		if (tls_certificate_until(l->tls_certificate, &until) == ERR_OK)
			cli_doctor_certificate_judge(l->text, l->tls_certificate, until,
						     now_wall_ms, findings);
		else
			cli_finding_add(
				findings, CLI_LEVEL_PROBLEM, "certificate-unread",
				"name a PEM file that this user, and the daemon's, may read",
				"listen \"%s\": the certificate %s cannot be read", l->text,
				l->tls_certificate);
	}
}
