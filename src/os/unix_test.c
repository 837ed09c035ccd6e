/* Sockets in a directory of ours: whose they are, who may connect, and what is left of them. */
#include "os/unix.h"

#include "base/test.h"
#include "os/file.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static char dir[] = "/tmp/unix_test.XXXXXX";
static char path[64];

static struct os_unix_access ours(unsigned mode)
{
	return (struct os_unix_access){ { geteuid(), getegid() }, mode };
}

static mode_t mode_of(void)
{
	struct stat st;

	return lstat(path, &st) == 0 ? st.st_mode : 0;
}

static int connect_to(void)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)snprintf(at.sun_path, sizeof(at.sun_path), "%s", path);
	if (fd >= 0 && connect(fd, (struct sockaddr *)&at, sizeof(at)) < 0)
		os_fd_close(&fd);
	return fd;
}

static const struct {
	unsigned mode;
	mode_t mask;
} modes[] = { { 0660, 0 }, { 0660, 077 }, { 0666, 027 }, { 0600, 0 }, { 0, 0 } };

static void its_mode(size_t i)
{
	const struct os_unix_access access = ours(modes[i].mode);
	struct os_unix u = { 0 };
	int fd = -1;
	mode_t mask = umask(modes[i].mask);

	CHECK_INT("listens", os_unix_listen(path, &access, 5, &u, &fd), ERR_OK);
	CHECK_INT("as it is to be", mode_of(), S_IFSOCK | modes[i].mode);
	CHECK_INT("the umask is as it was", umask(mask), modes[i].mask);
	os_unix_remove(&u);
	os_fd_close(&fd);
	CHECK_INT("gone", mode_of(), 0);
	os_unix_remove(&u); /* nothing: legal */
}

/* The socket of one that runs; and of one that is dead. */
static void taken(void)
{
	const struct os_unix_access access = ours(0600);
	struct os_unix first = { 0 }, second = { 0 };
	int fd = -1, other = -1;
	uid_t uid = (uid_t)-1;

	CHECK_INT("first", os_unix_listen(path, &access, 5, &first, &fd), ERR_OK);
	errno = 0;
	CHECK_INT("second", os_unix_listen(path, &access, 5, &second, &other), ERR_IO);
	CHECK_INT("in use", errno, EADDRINUSE);
	CHECK_INT("nothing was made", second.path == NULL && other == -1, 1);
	CHECK_INT("but for that it could", os_unix_may_listen(path, &access.owner), ERR_OK);
	int client = connect_to();
	CHECK_INT("the first is still there", client >= 0, 1);
	CHECK_INT("who", os_unix_peer(client, &uid), ERR_OK);
	CHECK_INT("is", uid == geteuid(), 1);
	os_fd_close(&client);
	CHECK_INT("the first's file is lost", unlink(path), 0);
	CHECK_INT("another's", os_unix_listen(path, &access, 5, &second, &other), ERR_OK);
	os_unix_remove(&first);
	CHECK_INT("is not the first's to remove", mode_of(), S_IFSOCK | 0600);
	os_fd_close(&fd);
	os_fd_close(&other);
	CHECK_INT("left behind", mode_of(), S_IFSOCK | 0600);
	free(second.path);
	CHECK_INT("replaced", os_unix_listen(path, &access, 5, &second, &other), ERR_OK);
	os_unix_remove(&second);
	os_fd_close(&other);
	CHECK_INT("the second's", mode_of(), 0);
}

static void refused(const char *label, const char *where, int error)
{
	const struct os_unix_access access = ours(0600);
	struct os_unix u = { 0 };
	int fd = -1;

	errno = 0;
	CHECK_INT(label, os_unix_may_listen(where, &access.owner), ERR_IO);
	CHECK_INT(label, errno, error);
	errno = 0;
	CHECK_INT(label, os_unix_listen(where, &access, 5, &u, &fd), ERR_IO);
	CHECK_INT(label, errno, error);
	CHECK_INT(label, fd == -1 && u.path == NULL, 1);
}

static void what_is_no_socket(void)
{
	char longest[120];
	int file = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);

	os_fd_close(&file);
	refused("a file", path, EEXIST);
	CHECK_INT("stays", S_ISREG(mode_of()), 1);
	(void)unlink(path);
	CHECK_INT("link", symlink("/etc/passwd", path), 0);
	refused("a link", path, EEXIST);
	(void)unlink(path);
	memset(longest, 'x', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	refused("too long", longest, ENAMETOOLONG);
	refused("no such directory", "/tmp/unix_test.nonesuch/s", ENOENT);
	uid_t uid;
	CHECK_INT("nobody's", os_unix_peer(-1, &uid), ERR_IO);
}

/* Root makes it another's: in his directory as he, in its own as root, for his group. */
static void of_another(uid_t directory, mode_t mode)
{
	const struct os_unix_access access = { { 65534, 12 }, 0660 };
	struct os_unix u = { 0 };
	struct stat st = { 0 };
	int fd = -1;

	if (geteuid() != 0)
		return;
	CHECK_INT("directory", chown(dir, directory, 0), 0);
	CHECK_INT("its mode", chmod(dir, mode), 0);
	CHECK_INT("could listen", os_unix_may_listen(path, &access.owner), ERR_OK);
	CHECK_INT("is not made", mode_of(), 0);
	CHECK_INT("listens", os_unix_listen(path, &access, 5, &u, &fd), ERR_OK);
	CHECK_INT("there", lstat(path, &st), 0);
	CHECK_INT("whose directory, his socket", st.st_uid, directory);
	CHECK_INT("his group", st.st_gid, 12);
	CHECK_INT("mode", st.st_mode & 0777, 0660);
	os_unix_remove(&u);
	os_fd_close(&fd);
}

/* What a dead daemon of root's left, or one whom its own user may not ask: still replaced. */
static void left_behind(uid_t whose, unsigned mode)
{
	const struct os_unix_access first = { { whose, 0 }, mode }, next = { { 65534, 12 }, 0660 };
	struct os_unix u = { 0 };
	struct stat st = { 0 };
	int fd = -1;

	if (geteuid() != 0)
		return;
	CHECK_INT("directory", chown(dir, 65534, 0), 0);
	CHECK_INT("first", os_unix_listen(path, &first, 5, &u, &fd), ERR_OK);
	os_fd_close(&fd);
	free(u.path);
	CHECK_INT("replaced", os_unix_listen(path, &next, 5, &u, &fd), ERR_OK);
	CHECK_INT("there", lstat(path, &st), 0);
	CHECK_INT("his", st.st_uid, 65534);
	os_unix_remove(&u);
	os_fd_close(&fd);
	(void)unlink(path);
}

/* The directory is his, and leads to root's: there root makes nothing for him. */
static void through_his_link(void)
{
	const struct os_unix_access access = { { 65534, 12 }, 0660 };
	char link[80], below[96], roots[] = "/tmp/unix_test.XXXXXX";

	if (geteuid() != 0 || !mkdtemp(roots))
		return;
	CHECK_INT("his directory", chown(dir, 65534, 0), 0);
	(void)snprintf(link, sizeof(link), "%s/l", dir);
	CHECK_INT("link", symlink(roots, link), 0);
	(void)snprintf(below, sizeof(below), "%s/s", link);
	struct os_unix u = { 0 };
	int fd = -1;
	CHECK_INT("could not", os_unix_may_listen(below, &access.owner), ERR_IO);
	CHECK_INT("could not", errno, EACCES);
	CHECK_INT("refused", os_unix_listen(below, &access, 5, &u, &fd), ERR_IO);
	CHECK_INT("as it is to him", errno, EACCES);
	CHECK_INT("nothing is there", unlink(below), -1);
	CHECK_INT("his directory is root's", chown(dir, 0, 0), 0);
	CHECK_INT("so is the link", os_unix_listen(below, &access, 5, &u, &fd), ERR_OK);
	os_unix_remove(&u);
	os_fd_close(&fd);
	(void)unlink(link);
	(void)rmdir(roots);
}

/* Who is not root gives it to a group that he is in, and to no other: known beforehand. */
static void of_a_group(void)
{
	int status = -1;
	pid_t child = fork();

	if (child == 0) {
		gid_t in = 12;
		if (geteuid() == 0 && (chown(dir, 65534, 65534) < 0 || setgroups(1, &in) < 0 ||
				       setgid(65534) < 0 || setuid(65534) < 0))
			_exit(2);
		struct os_unix_access access = ours(0660);
		CHECK_INT("his own", os_unix_may_listen(path, &access.owner), ERR_OK);
		access.owner.gid = 12;
		bool is_in = getgroups(0, NULL) == 1 && getgroups(1, &in) == 1 && in == 12;
		CHECK_INT("one that he is in", os_unix_may_listen(path, &access.owner),
			  is_in ? ERR_OK : ERR_IO);
		access.owner.gid = 0;
		CHECK_INT("root's", os_unix_may_listen(path, &access.owner), ERR_IO);
		CHECK_INT("root's", errno, EPERM);
		_exit(TEST_EXIT());
	}
	CHECK_INT("child", child > 0 && waitpid(child, &status, 0) == child, 1);
	CHECK_INT("child", status, 0);
}

int main(void)
{
	if (!mkdtemp(dir))
		return 1;
	(void)snprintf(path, sizeof(path), "%s/s", dir);
	for (size_t i = 0; i < COUNT_OF(modes); i++)
		its_mode(i);
	taken();
	what_is_no_socket();
	of_another(65534, 0700);
	of_another(0, 0700);
	of_another(65534, 02700); /* gives its own group to what is made in it */
	of_another(0, 02700);
	left_behind(0, 0600);
	left_behind(65534, 0060);
	through_his_link();
	of_a_group();
	(void)rmdir(dir);
	return TEST_EXIT();
}
