/* Becoming somebody with fewer rights. */
#ifndef OS_USER_H
#define OS_USER_H

#include "base/err.h"

#include <sys/types.h>

struct os_user {
	uid_t uid;
	gid_t gid;
};

/* ERR_SYNTAX: no such user; ERR_IO: errno. */
enum err os_user_find(const char *name, struct os_user *out) MUST_USE;

/* ERR_SYNTAX: no such group; ERR_IO: errno. */
enum err os_user_group(const char *name, gid_t *out) MUST_USE;

/* All groups of that user, *out of *n, to be freed; u->gid is among them.  ERR_NOMEM. */
enum err os_user_groups(const char *name, const struct os_user *u, gid_t **out, size_t *n) MUST_USE;

/*
 * Become that user for good: groups, group, user, in this order.  Only as root.
 * ERR_IO, also where the way back is open.
 */
enum err os_user_become(const char *name, const struct os_user *u) MUST_USE;

#endif
