/* Commands that can be run as they are printed. */
#ifndef CLI_SHELL_H
#define CLI_SHELL_H

#include "base/buf.h"

/* A word for a shell, as it is where no octet of it means something there, else in quotes. */
void cli_shell_word(struct buf *out, struct str word);

/*
 * A command of ours with its words, about the configuration in conf_file, as -c named it;
 * NULL: where it usually is.
 */
void cli_shell_command(struct buf *out, const char *conf_file, const char *command);

#endif
