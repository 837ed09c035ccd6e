/*
 * The criteria file, shown and saved.
 */
#ifndef CONSOLE_CRITERIA_H
#define CONSOLE_CRITERIA_H

#include "console/request.h"

void console_criteria_get(struct console_request *r); /* GET /api/criteria */
void console_criteria_put(struct console_request *r); /* PUT /api/criteria */

#endif
