/*
 * Pages and other files of the program.
 */
#ifndef CONSOLE_PAGE_H
#define CONSOLE_PAGE_H

#include "console/request.h"

/* The file of assets, compressed where that is taken; 304 where it is known. */
void console_page_asset(struct console_exchange *x, const char *path, int status);

/* The same with a mark in it replaced by text, which stays text whatever it is. */
struct console_page_blank {
	const char *mark; /* "@MESSAGE@" */
	struct str text;
};
void console_page_filled(struct console_exchange *x, const char *path, int status,
			 const struct console_page_blank *blank);

/* The login page, with what went wrong. */
void console_page_login(struct console_exchange *x, int status, struct str message);

#endif
