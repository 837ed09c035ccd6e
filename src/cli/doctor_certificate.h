/* Certificates of listeners, and of the console, that end soon, or have ended. */
#ifndef CLI_DOCTOR_CERTIFICATE_H
#define CLI_DOCTOR_CERTIFICATE_H

#include "cli/finding.h"
#include "conf/conf.h"

/* Of that section (listen "127.0.0.1:25"), at that time; path: its certificate.  Pure. */
void cli_doctor_certificate_judge(const char *section, const char *path, int64_t until_wall_ms,
				  int64_t now_wall_ms, struct cli_findings *findings);

void cli_doctor_certificates(const struct conf *conf, int64_t now_wall_ms,
			     struct cli_findings *findings);

#endif
