/* The files that a configuration names, for who has to know where they are. */
#ifndef CONF_FILES_H
#define CONF_FILES_H

#include "conf/conf.h"

/* Which of them. */
enum conf_files_whose {
	CONF_FILES_DAEMON, /* that the daemon reads: all but those of the console's section */
	CONF_FILES_ALL,
};

/*
 * The next of those: the configuration itself, the criteria, certificates, passwords ...
 * *path is absolute, and the caller's to free; NULL at the end.  *i is 0 at first.  ERR_NOMEM.
 */
enum err conf_files_next(const struct conf *c, enum conf_files_whose whose, size_t *i, char **path)
	MUST_USE;

/*
 * What the file says of the one that conf_files_next() has just found, *i being i; NULL: nothing,
 * it is there without being written (the configuration itself, or the criteria).
 */
const struct conf_given_key *conf_files_given(const struct conf *c, size_t i);

#endif
