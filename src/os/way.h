/*
 * The way to a file: each directory on it, and the file itself, with who may do what there.  For
 * whoever has to judge what another user would see.
 */
#ifndef OS_WAY_H
#define OS_WAY_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum { OS_WAY_NAME = 64 };

struct os_way_step {
	char *path; /* absolute, without links */
	mode_t mode;
	uid_t uid;
	gid_t gid;
	char owner[OS_WAY_NAME], group[OS_WAY_NAME]; /* names, or numbers where there are none */
	bool acl; /* mode does not tell all: there is an access control list, too */
};

/* Zero-initialised, it is empty. */
struct os_way {
	struct os_way_step *step; /* the first is "/" */
	size_t n;
	int error; /* 0: the path leads to the last step; else why there is no further one */
};

/* Find it, links followed; a relative path begins where we are.  ERR_NOMEM; ERR_LIMIT: too long. */
enum err os_way_find(const char *path, struct os_way *out) MUST_USE;

void os_way_clear(struct os_way *w); /* also the CLEANUP() handler */

#endif
