/* Exemptions that end soon, or have ended and have no effect. */
#ifndef CLI_DOCTOR_EXEMPT_H
#define CLI_DOCTOR_EXEMPT_H

#include "cli/finding.h"
#include "conf/conf.h"

void cli_doctor_exempt(const struct conf *conf, int64_t now_wall_ms, struct cli_findings *findings);

#endif
