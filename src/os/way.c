/*
 * A path is walked name by name, as the kernel does it: of a link the target's names come before
 * the rest, so that directories are seen that the path itself does not name.
 */
#include "os/way.h"

#include "base/str.h"

#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

enum { LINKS_MAX = 40, OCTETS = 65536, REST = 2 * PATH_MAX };

struct walk {
	struct os_way *out;
	char at[PATH_MAX]; /* the directory that was come to; "": "/" */
	char rest[REST];   /* names that are to come */
	unsigned links;
};

static void name_owner(struct os_way_step *s)
{
	char octets[OCTETS];
	struct passwd user, *found = NULL;
	struct group group, *of = NULL;

	(void)snprintf(s->owner, sizeof(s->owner), "%lu", (unsigned long)s->uid);
	(void)snprintf(s->group, sizeof(s->group), "%lu", (unsigned long)s->gid);
	if (getpwuid_r(s->uid, &user, octets, sizeof(octets), &found) == 0 && found)
		(void)snprintf(s->owner, sizeof(s->owner), "%s", found->pw_name);
	if (getgrgid_r(s->gid, &group, octets, sizeof(octets), &of) == 0 && of)
		(void)snprintf(s->group, sizeof(s->group), "%s", of->gr_name);
}

static enum err add_step(struct os_way *w, const char *path, const struct stat *st)
{
	struct os_way_step *more = reallocarray(w->step, w->n + 1, sizeof(*more));
	char *copy = strdup(path);

	if (more)
		w->step = more;
	if (!more || !copy) {
		free(copy);
		return ERR_NOMEM;
	}
	struct os_way_step *s = &w->step[w->n++];
	*s = (struct os_way_step){ copy, st->st_mode, st->st_uid, st->st_gid, "", "", false };
	s->acl = getxattr(path, "system.posix_acl_access", NULL, 0) > 0;
	name_owner(s);
	return ERR_OK;
}

/* The next name of the rest, whole, whatever its length, into name; false: there is none. */
static bool next_name(struct walk *w, char name[static REST])
{
	size_t skip = strspn(w->rest, "/"), n = strcspn(w->rest + skip, "/");

	memcpy(name, w->rest + skip, n);
	name[n] = '\0';
	memmove(w->rest, w->rest + skip + n, strlen(w->rest + skip + n) + 1);
	return n > 0;
}

/* What a link at path says comes before the rest. */
static enum err follow(struct walk *w, const char *path)
{
	char target[PATH_MAX], rest[REST];
	ssize_t n = readlink(path, target, sizeof(target) - 1);

	if (n < 0 || ++w->links > LINKS_MAX) {
		w->out->error = n < 0 ? errno : ELOOP;
		return ERR_OK;
	}
	target[n] = '\0';
	if (target[0] == '/')
		w->at[0] = '\0';
	if ((size_t)snprintf(rest, sizeof(rest), "%s/%s", target, w->rest) >= sizeof(rest))
		return ERR_LIMIT;
	memcpy(w->rest, rest, sizeof(rest));
	return ERR_OK;
}

static enum err go(struct walk *w, const char *name)
{
	char path[PATH_MAX];
	struct stat st;

	if (strcmp(name, ".") == 0)
		return ERR_OK;
	if (strcmp(name, "..") == 0) { /* at has no links: what is above it was passed */
		char *slash = strrchr(w->at, '/');
		if (slash)
			*slash = '\0';
		return ERR_OK;
	}
	if ((size_t)snprintf(path, sizeof(path), "%s/%s", w->at, name) >= sizeof(path))
		return ERR_LIMIT;
	if (lstat(path, &st) < 0) {
		w->out->error = errno;
		return ERR_OK;
	}
	if (S_ISLNK(st.st_mode))
		return follow(w, path);
	memcpy(w->at, path, sizeof(path));
	return add_step(w->out, path, &st);
}

enum err os_way_find(const char *path, struct os_way *out)
{
	struct walk w = { .out = out };
	char name[REST], here[PATH_MAX] = "";
	struct stat st;

	*out = (struct os_way){ 0 };
	if (path[0] != '/' && !getcwd(here, sizeof(here)))
		return ERR_LIMIT;
	if ((size_t)snprintf(w.rest, sizeof(w.rest), "%s/%s", here, path) >= sizeof(w.rest))
		return ERR_LIMIT;
	if (stat("/", &st) < 0) {
		out->error = errno;
		return ERR_OK;
	}
	enum err e = add_step(out, "/", &st);
	while (e == ERR_OK && out->error == 0 && next_name(&w, name))
		e = go(&w, name);
	if (e != ERR_OK)
		os_way_clear(out);
	return e;
}

void os_way_clear(struct os_way *w)
{
	for (size_t i = 0; i < w->n; i++)
		free(w->step[i].path);
	free(w->step);
	*w = (struct os_way){ 0 };
}
