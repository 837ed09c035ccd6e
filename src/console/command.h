/*
 * What commands of signpost are run for.
 */
#ifndef CONSOLE_COMMAND_H
#define CONSOLE_COMMAND_H

#include "console/request.h"

void console_command_doctor(struct console_request *r);
void console_command_route(struct console_request *r);
void console_command_lookup(struct console_request *r);
void console_command_explain(struct console_request *r);
void console_command_try(struct console_request *r);
void console_command_metrics(struct console_request *r);

#endif
