/* A list of places in the file system, and what may be done there. */
#ifndef FENCE_PLACES_H
#define FENCE_PLACES_H

#include "base/err.h"

#include <stddef.h>

/* What may be done with a file, or with all below a directory. */
enum fence_reach {
	FENCE_READ,   /* read and list */
	FENCE_REMOVE, /* remove */
	FENCE_WRITE,  /* read, write, make and remove */
	FENCE_RUN,    /* read and execute */
};

struct fence_place {
	char *path; /* absolute */
	enum fence_reach reach;
};

/* Zero-initialised: none. */
struct fence_places {
	struct fence_place *at;
	size_t n;
};

/* One place more; the path is copied.  ERR_NOMEM. */
enum err fence_places_add(struct fence_places *p, const char *path, enum fence_reach reach)
	MUST_USE;

/*
 * The directory that the file path is in, and where path is a link, the one that it leads to: a
 * file that is replaced stays in reach.  Of a file of "/" it is the file alone.  ERR_NOMEM.
 */
enum err fence_places_add_above(struct fence_places *p, const char *path, enum fence_reach reach)
	MUST_USE;

void fence_places_clear(struct fence_places *p); /* also the CLEANUP() handler */

#endif
