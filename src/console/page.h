/*
 * Pages and other files of the program.
 */
#ifndef CONSOLE_PAGE_H
#define CONSOLE_PAGE_H

#include "console/request.h"

/* That file of assets, compressed where that is taken; 304 where it is known.  False: no such. */
bool console_page_file(struct console_exchange *x, struct str name);

/* The page whose button logs in once. */
void console_page_once(struct console_exchange *x);

/* The login page, with what went wrong. */
void console_page_login(struct console_exchange *x, int status, struct str message);

#endif
