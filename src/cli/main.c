/* All commands, and the program. */
#include "cli/command.h"

#define COMMAND(name) extern const struct cli_command cli_##name;
#include "cli/commands.def"
#undef COMMAND

#define COMMAND(name) &cli_##name,
static const struct cli_command *const commands[] = {
#include "cli/commands.def"
	NULL,
};

int main(int argc, char **argv)
{
	return cli_command_main(commands, argc, argv);
}
