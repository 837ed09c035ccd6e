/* Asking for the TLSA records of our own listeners, whether or not anybody publishes any. */
#ifndef CLI_DOCTOR_DANE_H
#define CLI_DOCTOR_DANE_H

#include "cli/command.h"
#include "cli/finding.h"

/* Of every listener with a certificate.  The exit status; it was said what is wrong. */
int cli_doctor_dane(struct cli *cli, struct cli_findings *findings);

#endif
