#include "cli/doctor_certificate.h"

#include "base/time.h"
#include "tls/certificate.h"

#include <stdio.h>

#define SOON_MS (14 * 24 * INT64_C(3600000))
enum { SECTION_ROOM = 8192 };

#define REMEDY                                                                                     \
	"renew it, and see to it that it is renewed by itself: a new file is taken while it runs"

void cli_doctor_certificate_judge(const char *section, const char *path, int64_t until_wall_ms,
				  int64_t now_wall_ms, struct cli_findings *findings)
{
	char text[TIME_TEXT_MAX];
	struct str until = time_rfc3339(until_wall_ms, text);

	if (until_wall_ms <= now_wall_ms)
		cli_finding_add(findings, CLI_LEVEL_PROBLEM, "certificate-ended", REMEDY,
				"%s: the certificate %s ended at %.*s: clients refuse it", section,
				path, STR_ARG(until));
	else if (until_wall_ms - now_wall_ms < SOON_MS)
		cli_finding_add(findings, CLI_LEVEL_WARNING, "certificate-ends", REMEDY,
				"%s: the certificate %s ends at %.*s", section, path,
				STR_ARG(until));
	else
		cli_finding_add(findings, CLI_LEVEL_OK, "certificate", "",
				"%s: the certificate %s is good until %.*s", section, path,
				STR_ARG(until));
}

/* kind: that section's, title: what stands behind it. */
static void look(const char *kind, const char *title, const char *path, int64_t now_wall_ms,
		 struct cli_findings *findings)
{
	char section[SECTION_ROOM];
	int64_t until;

	if (!path || !path[0])
		return;
	(void)snprintf(section, sizeof(section), "%s \"%s\"", kind, title);
	if (tls_certificate_until(path, &until) == ERR_OK)
		cli_doctor_certificate_judge(section, path, until, now_wall_ms, findings);
	else
		cli_finding_add(findings, CLI_LEVEL_PROBLEM, "certificate-unread",
				"name a PEM file that this user, and who serves by it, may read",
				"%s: the certificate %s cannot be read", section, path);
}

void cli_doctor_certificates(const struct conf *conf, int64_t now_wall_ms,
			     struct cli_findings *findings)
{
	for (size_t i = 0; i < conf->n_listen; i++)
		look("listen", conf->listen[i].text, conf->listen[i].tls_certificate, now_wall_ms,
		     findings);
	look("console", conf->console.text, conf->console.tls_certificate, now_wall_ms, findings);
}
