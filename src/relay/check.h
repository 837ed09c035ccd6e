/*
 * What `serve --check` does: all that a daemon would read is read, as the user that it
 * would be, and nothing is begun.
 */
#ifndef RELAY_CHECK_H
#define RELAY_CHECK_H

#include "conf/conf.h"

/*
 * Configuration, criteria, resolver and its files, users and groups, the store.  conf becomes
 * its; so does the process: it is whoever the daemon would be.  The exit status: 0, or 2 with
 * all that is wrong on standard error, a line each.  Where there is no such user, his rights are
 * not known, and places are not looked at.
 */
int relay_check(struct conf *conf);

#endif
