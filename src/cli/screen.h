/*
 * What standard output, or standard error, is: asked of the system, the environment and the
 * options of the command.
 */
#ifndef CLI_SCREEN_H
#define CLI_SCREEN_H

#include "cli/options.h"
#include "term/screen.h"

struct term_screen_facts cli_screen_facts(const struct cli_options *options, int fd);

#endif
