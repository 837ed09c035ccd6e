#include "conf/file.h"

#include "os/file.h"

#include <errno.h>
#include <unistd.h>

enum err conf_file_read(const char *path, size_t max, struct buf *out)
{
	CLEANUP(os_fd_close) int fd = os_file_open(path);

	if (fd < 0)
		return ERR_IO;
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
