/*
 * Whether the hosts that static routes name are there: all mail of a route goes by one name.
 */
#ifndef CLI_DOCTOR_VIA_H
#define CLI_DOCTOR_VIA_H

#include "cli/command.h"
#include "cli/finding.h"
#include "dns/answer.h"

/* What the DNS says of such a host: A and AAAA.  Pure. */
void cli_doctor_via_judge(const struct conf *conf, const struct conf_route *route,
			  const enum dns_outcome outcome[static 2], struct cli_findings *findings);

/* Ask, and judge.  The exit status; it was said what is wrong. */
int cli_doctor_via(struct cli *cli, struct cli_findings *findings);

#endif
