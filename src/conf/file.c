#include "conf/file.h"

#include <errno.h>
#include <stdio.h>

static void close_file(FILE **f)
{
	int saved = errno;

	if (*f)
		(void)fclose(*f);
	errno = saved;
}

enum err conf_file_read(const char *path, size_t max, struct buf *out)
{
	CLEANUP(close_file) FILE *f = fopen(path, "re");

	if (!f)
		return ERR_IO;
	char *room = buf_room(out, max);
	if (!room)
		return ERR_NOMEM;
	out->n += fread(room, 1, max, f);
	return ferror(f) ? ERR_IO : ERR_OK;
}
