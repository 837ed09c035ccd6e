/*
 * Whether the limits of the configuration have the descriptors that they need: those
 * of the daemon, where it runs, else what one would have that is started from here.
 */
#ifndef CLI_DOCTOR_LIMITS_H
#define CLI_DOCTOR_LIMITS_H

#include "cli/client.h"
#include "cli/finding.h"
#include "conf/conf.h"

/* Connections in force, and those that conf asks for: what of it is to be told.  Pure. */
void cli_doctor_limits_judge(const struct conf *conf, uint64_t in, uint64_t out,
			     struct cli_findings *findings);

enum cli_doctor_daemon { CLI_DOCTOR_NO_DAEMON, CLI_DOCTOR_DAEMON_RUNS };

void cli_doctor_limits(struct cli *cli, const struct conf *conf, enum cli_doctor_daemon daemon,
		       struct cli_findings *findings);

#endif
