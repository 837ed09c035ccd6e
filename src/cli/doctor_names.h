/*
 * Asking for the addresses of the host's name, and for the names of these.
 */
#ifndef CLI_DOCTOR_NAMES_H
#define CLI_DOCTOR_NAMES_H

#include "cli/command.h"
#include "cli/doctor_names_judge.h"

/* The exit status; it was said what is wrong.  What is not answered is a fact, not an error. */
int cli_doctor_names(struct cli *cli, const struct dns_name *name, struct cli_doctor_host *out);

#endif
