/*
 * Whether the ports are there: those at which mail is to come in, and that by which it leaves.
 */
#ifndef CLI_DOCTOR_PORTS_H
#define CLI_DOCTOR_PORTS_H

#include "cli/command.h"
#include "cli/finding.h"

/* No daemon runs: would one have what it is to listen at? */
void cli_doctor_listeners(const struct conf *conf, struct cli_findings *findings);

/*
 * Mail hosts to which mail is known to go are knocked at, one after the other, until one takes a
 * connection, which is ended at once.  connect: the command that tries a domain.  The exit status;
 * it was said what is wrong.
 */
int cli_doctor_outward(struct cli *cli, const char *connect, struct cli_findings *findings);

#endif
