#include "conf/file.h"

#include "base/text.h"
#include "os/file.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

static enum err read_all(int fd, size_t max, struct buf *out)
{
	char *room = buf_room(out, max);
	if (!room)
		return ERR_NOMEM;
	while (max > 0) {
		ssize_t n = read(fd, room, max);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? ERR_IO : ERR_OK;
		room += n;
		max -= (size_t)n;
		out->n += (size_t)n;
	}
	return ERR_OK;
}

enum err conf_file_read(const char *path, size_t max, struct buf *out)
{
	CLEANUP(os_fd_close) int fd = os_file_open(path);

	return fd < 0 ? ERR_IO : read_all(fd, max, out);
}

enum err conf_file_secret(const char *path, size_t max, struct buf *out)
{
	CLEANUP(os_fd_close) int fd = os_file_open(path);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return ERR_IO;
	if (st.st_mode & (S_IROTH | S_IWOTH))
		return ERR_SYNTAX;
	return read_all(fd, max, out);
}

void conf_file_refuse(struct buf *why, const char *path, enum err e)
{
	int saved = errno;
	const char *words = os_file_why(e);

	text_escape(why, str_of(path));
	buf_addf(why, ": cannot be read: %s", words);
	errno = saved;
}

void conf_file_refuse_criteria(struct buf *why, const struct conf *c, enum err e)
{
	const bool absent = e == ERR_IO && errno == ENOENT;
	size_t before = why->n;

	conf_given_where(why, &c->given, "dnssec", NULL, "criteria");
	if (why->n == before) {
		conf_file_refuse(why, c->dnssec.criteria, e);
		return;
	}
	buf_add(why, STR("criteria: "));
	conf_file_refuse(why, c->dnssec.criteria, e);
	buf_add(why, absent ? STR(": make it (signpost criteria add LINE), or name another")
			    : STR(": name a file that this user may read"));
}

enum err conf_file_criteria(const struct conf *c, struct buf *why)
{
	if (!c->dnssec.enabled || !c->dnssec.criteria_given)
		return ERR_OK;
	CLEANUP(os_fd_close) int fd = os_file_open(c->dnssec.criteria);
	if (fd >= 0)
		return ERR_OK;
	conf_file_refuse_criteria(why, c, ERR_IO);
	return ERR_IO;
}
