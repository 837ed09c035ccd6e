/*
 * Logging in and out.
 */
#ifndef CONSOLE_LOGIN_H
#define CONSOLE_LOGIN_H

#include "console/request.h"

void console_login_page(struct console_request *r); /* GET /login */
void console_login_post(struct console_request *r); /* POST /login */
void console_login_end(struct console_request *r);  /* POST /logout */

#endif
