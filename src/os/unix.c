/*
 * The mode is that of the socket's own inode when it is bound, less the umask: so it is
 * set before there is a file, and nobody can connect for a moment who should not.
 * The owner is whoever the process is to the file system at that moment; so is whether the
 * directory may be written: where it may by root alone, root binds, and the socket stays behind.
 */
#include "os/unix.h"

#include "base/str.h"
#include "os/file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static int new_socket(void)
{
	return socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

/*
 * Whether a dead one was left there; ERR_IO, and errno, where there is something else.  With
 * the rights of the process: the owner-to-be may not be let to ask, and would not know.
 */
static enum err look(const struct sockaddr_un *at, bool *dead)
{
	struct stat st;
	CLEANUP(os_fd_close) int trial = new_socket();

	if (trial < 0)
		return ERR_IO;
	if (lstat(at->sun_path, &st) < 0)
		return errno == ENOENT ? ERR_OK : ERR_IO;
	if (!S_ISSOCK(st.st_mode)) {
		errno = EEXIST;
		return ERR_IO;
	}
	*dead = connect(trial, (const struct sockaddr *)at, sizeof(*at)) < 0 &&
		errno == ECONNREFUSED;
	errno = EADDRINUSE; /* it answers, or is busy, or does not let us ask */
	return *dead ? ERR_OK : ERR_IO;
}

static enum err bind_at(int fd, const struct sockaddr_un *at, gid_t gid, bool dead,
			struct os_unix *u)
{
	struct stat st;

	if (dead && unlink(at->sun_path) < 0 && errno != ENOENT)
		return ERR_IO;
	mode_t mask = umask(0);
	bool bound = bind(fd, (const struct sockaddr *)at, sizeof(*at)) == 0;
	(void)umask(mask);
	if (!bound || lstat(at->sun_path, &st) < 0)
		return ERR_IO;
	u->device = st.st_dev;
	u->inode = st.st_ino;
	/* Of a process with several groups, or in a directory that passes its own on. */
	if (st.st_gid != gid && lchown(at->sun_path, (uid_t)-1, gid) < 0)
		return ERR_IO;
	return ERR_OK;
}

/* A directory whose entries only root can make and replace; of /tmp, those that are his already. */
static bool is_roots(const char *path, bool last, bool *common)
{
	struct stat st;

	if ((*common ? lstat(path, &st) : stat(path, &st)) < 0 || !S_ISDIR(st.st_mode))
		return false;
	*common = st.st_mode & 022;
	return st.st_uid == 0 && (!*common || (!last && st.st_mode & S_ISVTX));
}

/*
 * Whether nobody but root can change where the absolute path leads.  Else root, who binds where
 * the owner may not, would do so, or remove a socket, wherever a link of his points to.
 */
static bool leads_as_root_says(const char *path)
{
	const char *end = strrchr(path, '/');
	char part[sizeof(((struct sockaddr_un *)0)->sun_path)] = "/";
	bool common = false;

	if (path[0] != '/' || !is_roots(part, end == path, &common))
		return false;
	for (const char *p = path; p < end;) {
		p = strchr(p + 1, '/');
		(void)str_copy(part, sizeof(part), (struct str){ path, (size_t)(p - path) });
		if (!is_roots(part, p == end, &common))
			return false;
	}
	return true;
}

/* As the owner, whose directory it is most often; else, in root's own, as who we are. */
static enum err bind_as(const struct os_user *owner, int fd, const struct sockaddr_un *at,
			struct os_unix *u)
{
	bool dead = false;
	enum err e = look(at, &dead);

	if (e != ERR_OK)
		return e;
	int gid = setfsgid(owner->gid), uid = setfsuid(owner->uid);
	e = bind_at(fd, at, owner->gid, dead, u);
	(void)setfsuid((uid_t)uid);
	if (e == ERR_IO && errno == EACCES) {
		if (leads_as_root_says(at->sun_path))
			e = bind_at(fd, at, owner->gid, dead, u);
		else
			errno = EACCES;
	}
	int saved = errno;
	(void)setfsgid((gid_t)gid);
	errno = saved;
	return e;
}

enum err os_unix_listen(const char *path, const struct os_unix_access *access, int backlog,
			struct os_unix *out, int *fd)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	CLEANUP(os_unix_remove) struct os_unix u = { .path = strdup(path) };
	CLEANUP(os_fd_close) int made = new_socket();

	if (!u.path)
		return ERR_NOMEM;
	if (!str_copy(at.sun_path, sizeof(at.sun_path), str_of(path))) {
		errno = ENAMETOOLONG;
		return ERR_IO;
	}
	if (made < 0 || fchmod(made, (mode_t)access->mode) < 0)
		return ERR_IO;
	enum err e = bind_as(&access->owner, made, &at, &u);
	if (e != ERR_OK)
		return e;
	if (listen(made, backlog) < 0)
		return ERR_IO;
	*out = u;
	*fd = made;
	u = (struct os_unix){ 0 };
	made = -1;
	return ERR_OK;
}

/* Whether the owner may make an entry there, or root in his stead. */
static enum err may_bind(const char *path, const struct os_user *owner)
{
	char dir[sizeof(((struct sockaddr_un *)0)->sun_path)] = ".";
	const char *slash = strrchr(path, '/');

	if (slash)
		(void)str_copy(dir, sizeof(dir),
			       (struct str){ path, slash == path ? 1 : (size_t)(slash - path) });
	int gid = setfsgid(owner->gid), uid = setfsuid(owner->uid);
	enum err e = os_file_may_enter(dir);
	int saved = errno;
	(void)setfsuid((uid_t)uid);
	(void)setfsgid((gid_t)gid);
	if (e == ERR_IO && saved == EACCES && leads_as_root_says(path))
		return os_file_may_enter(dir);
	errno = saved;
	return e;
}

/* Whether this process may give what is its own to that group. */
static bool may_give(gid_t gid)
{
	enum { GROUPS_MAX = 65536 };
	bool found = geteuid() == 0 || gid == getegid();
	int n = found ? 0 : getgroups(0, NULL);
	gid_t *all = n > 0 && n <= GROUPS_MAX ? calloc((size_t)n, sizeof(*all)) : NULL;

	n = all ? getgroups(n, all) : 0;
	for (int i = 0; i < n && !found; i++)
		found = all[i] == gid;
	free(all);
	return found;
}

enum err os_unix_may_listen(const char *path, const struct os_user *owner)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	bool dead = false;

	if (!str_copy(at.sun_path, sizeof(at.sun_path), str_of(path))) {
		errno = ENAMETOOLONG;
		return ERR_IO;
	}
	if (look(&at, &dead) != ERR_OK && errno != EADDRINUSE)
		return ERR_IO;
	if (!may_give(owner->gid)) {
		errno = EPERM;
		return ERR_IO;
	}
	return may_bind(path, owner);
}

void os_unix_remove(struct os_unix *u)
{
	int saved = errno;
	struct stat st;

	if (u->path && u->inode && lstat(u->path, &st) == 0 && S_ISSOCK(st.st_mode) &&
	    st.st_dev == u->device && st.st_ino == u->inode)
		(void)unlink(u->path);
	free(u->path);
	*u = (struct os_unix){ 0 };
	errno = saved;
}

enum err os_unix_peer(int fd, uid_t *out)
{
	struct ucred peer;
	socklen_t n = sizeof(peer);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &n) < 0)
		return ERR_IO;
	*out = peer.uid;
	return ERR_OK;
}
