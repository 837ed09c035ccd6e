/*
 * Servers named on the command line, in place of those of the configuration:
 * --server, and how they are to be reached.
 */
#ifndef CLI_SERVERS_H
#define CLI_SERVERS_H

#include "cli/command.h"
#include "resolve/resolve.h"

/*
 * Put the servers that options name into r, which has those of the configuration;
 * where none is named these stay.  The exit status; it was said what is wrong.
 */
int cli_servers_read(struct cli *cli, struct resolve_conf *r);

#endif
