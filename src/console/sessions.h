/*
 * Sessions that were: records, and what was said in one of them.
 */
#ifndef CONSOLE_SESSIONS_H
#define CONSOLE_SESSIONS_H

#include "console/request.h"

void console_sessions_list(struct console_request *r); /* GET /api/sessions */
void console_sessions_show(struct console_request *r); /* GET /api/sessions/SESSION */

#endif
