/*
 * Listeners by which strangers may relay.  Pure.
 */
#ifndef CLI_DOCTOR_OPEN_H
#define CLI_DOCTOR_OPEN_H

#include "cli/finding.h"
#include "conf/conf.h"

/* Of those that others reach: the first network that holds more of the Internet than one has. */
void cli_doctor_open(const struct conf *conf, struct cli_findings *findings);

#endif
