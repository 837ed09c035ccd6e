/*
 * `signpost doctor NAME`: the zones from the top down to a name, asked for with DO and CD, so
 * that what a resolver withholds is seen, too.  Nothing of this is used for mail.
 */
#ifndef CLI_DOCTOR_CHAIN_H
#define CLI_DOCTOR_CHAIN_H

#include "cli/command.h"

/* The exit status: CLI_DONE where the chain holds down to the name. */
int cli_doctor_chain(struct cli *cli, const char *domain);

#endif
