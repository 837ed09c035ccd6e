/* How what a file says is noted down while it is read. */
#ifndef CONF_GIVEN_PRIV_H
#define CONF_GIVEN_PRIV_H

#include "conf/given.h"

/* Note that; its strings are copied, value may be NULL.  ERR_NOMEM. */
struct conf_given_as {
	const char *section, *title, *key, *value;
	unsigned line;
};
enum err conf_given_add(struct conf_given *given, const struct conf_given_as *as) MUST_USE;

/* One value more of the list that was noted last.  ERR_NOMEM. */
enum err conf_given_more(struct conf_given *given, const char *value) MUST_USE;

void conf_given_clear(struct conf_given *given);

#endif
