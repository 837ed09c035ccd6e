#include "cli/command.h"

int main(int argc, char **argv)
{
	return cli_command_main(argc, argv);
}
