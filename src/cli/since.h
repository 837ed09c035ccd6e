/* --since TIME: from when on. */
#ifndef CLI_SINCE_H
#define CLI_SINCE_H

#include "cli/command.h"

/* As wall time; 0 where it was not given.  CLI_DONE, or it was said what is wrong with it. */
int cli_since(struct cli *cli, int64_t *wall_ms);

#endif
