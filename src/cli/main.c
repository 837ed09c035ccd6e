/*
 * The table of commands, in the order of --help.  Each is a file of its own,
 * src/cli/NAME.c, which defines cli_NAME.
 */
#include "cli/command.h"

#define COMMANDS(X)                                                                                \
	X(serve)                                                                                   \
	X(lookup)                                                                                  \
	X(route)                                                                                   \
	X(explain)                                                                                 \
	X(queue)                                                                                   \
	X(criteria)                                                                                \
	X(log)                                                                                     \
	X(status)                                                                                  \
	X(doctor)                                                                                  \
	X(reload)

#define DECLARE(name) extern const struct cli_command cli_##name;
#define ROW(name) &cli_##name,

COMMANDS(DECLARE)

static const struct cli_command *const commands[] = { COMMANDS(ROW) NULL };

int main(int argc, char **argv)
{
	return cli_command_main(commands, argc, argv);
}
