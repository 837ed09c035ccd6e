/* For tests: a directory on a disk that fails, so that it can be opened and not be read. */
#ifndef JOURNAL_UNREADABLE_PRIV_H
#define JOURNAL_UNREADABLE_PRIV_H

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>

static bool unreadable; /* each directory, from now on */

/* In the place of the C library's. */
struct dirent *readdir(DIR *d)
{
	struct dirent *(*real)(DIR * d);
	void *found = dlsym(RTLD_NEXT, "readdir");

	memcpy(&real, &found, sizeof(real));
	if (!unreadable)
		return real(d);
	errno = EIO;
	return NULL;
}

#endif
