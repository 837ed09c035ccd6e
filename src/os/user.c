#include "os/user.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <unistd.h>

enum err os_user_find(const char *name, struct os_user *out)
{
	char octets[16384];
	struct passwd entry, *found = NULL;
	int error = getpwnam_r(name, &entry, octets, sizeof(octets), &found);

	if (!found) {
		errno = error;
		return error && error != ENOENT ? ERR_IO : ERR_SYNTAX;
	}
	*out = (struct os_user){ .uid = entry.pw_uid, .gid = entry.pw_gid };
	return ERR_OK;
}

enum err os_user_group(const char *name, gid_t *out)
{
	char octets[65536]; /* its members' names, too */
	struct group entry, *found = NULL;
	int error = getgrnam_r(name, &entry, octets, sizeof(octets), &found);

	if (!found) {
		errno = error;
		return error && error != ENOENT ? ERR_IO : ERR_SYNTAX;
	}
	*out = entry.gr_gid;
	return ERR_OK;
}

enum err os_user_groups(const char *name, const struct os_user *u, gid_t **out, size_t *n)
{
	gid_t *all = NULL;
	int room = 16, have = 0;

	do {
		gid_t *more = reallocarray(all, (size_t)room, sizeof(*all));
		if (!more) {
			free(all);
			return ERR_NOMEM;
		}
		all = more;
		have = room;
		room *= 2;
	} while (getgrouplist(name, u->gid, all, &have) < 0);
	*out = all;
	*n = (size_t)have;
	return ERR_OK;
}

enum err os_user_become(const char *name, const struct os_user *u)
{
	if (initgroups(name, u->gid) < 0 || setgid(u->gid) < 0 || setuid(u->uid) < 0)
		return ERR_IO;
	if (u->uid != 0 && setuid(0) == 0) { /* it must not be possible */
		errno = EPERM;
		return ERR_IO;
	}
	return ERR_OK;
}
