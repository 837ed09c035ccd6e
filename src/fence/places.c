#include "fence/places.h"

#include "base/str.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum err fence_places_add(struct fence_places *p, const char *path, enum fence_reach reach)
{
	struct fence_place *more = reallocarray(p->at, p->n + 1, sizeof(*more));

	if (!more)
		return ERR_NOMEM;
	p->at = more;
	more[p->n] = (struct fence_place){ strdup(path), reach };
	return more[p->n].path ? (p->n++, ERR_OK) : ERR_NOMEM;
}

/* The directory of the absolute path; the path itself where that is "/". */
static enum err add_directory(struct fence_places *p, const char *path, enum fence_reach reach)
{
	const char *slash = strrchr(path, '/');

	if (!slash || slash == path)
		return fence_places_add(p, path, reach);
	char *dir = str_z((struct str){ path, (size_t)(slash - path) });
	enum err e = dir ? fence_places_add(p, dir, reach) : ERR_NOMEM;
	free(dir);
	return e;
}

enum err fence_places_add_above(struct fence_places *p, const char *path, enum fence_reach reach)
{
	char real[PATH_MAX];
	enum err e = add_directory(p, path, reach);

	if (e == ERR_OK && realpath(path, real))
		e = add_directory(p, real, reach);
	return e;
}

void fence_places_clear(struct fence_places *p)
{
	for (size_t i = 0; i < p->n; i++)
		free(p->at[i].path);
	free(p->at);
	*p = (struct fence_places){ 0 };
}
