/* `signpost criteria report`: what the delivery records say of criteria. */
#ifndef CLI_REPORT_H
#define CLI_REPORT_H

#include "cli/command.h"
#include "criteria/criteria.h"

/* criteria: those of the file, NULL where there is none; file: how they call it. */
int cli_report(struct cli *cli, const struct criteria *criteria, struct str file);

#endif
