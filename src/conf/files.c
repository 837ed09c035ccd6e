/*
 * By what was written in the file: of a password nothing else is left once it is read.  The two
 * that are there without being written come first.
 */
#include "conf/files.h"

#include "conf/value_priv.h"

#include <stdlib.h>
#include <string.h>

#define CONSOLE "console" /* another process reads what is its own */

enum { UNWRITTEN = 2 };

static const char *const keys[] = { "auth-file",   "criteria",          "password-file",
				    "tls-ca-file", "tls-certificate",   "tls-key",
				    "tsig-key",    "trust-anchor-file", "users-file" };

/* A key of TSIG may stand in the place of its file's name. */
static const char *file_of(const struct conf_given_key *g, enum conf_files_whose whose)
{
	bool known = false;

	for (size_t i = 0; g->key && i < sizeof(keys) / sizeof(keys[0]); i++)
		known = known || strcmp(g->key, keys[i]) == 0;
	if (!known || g->n_value != 1 || !g->value[0][0])
		return NULL;
	if (whose == CONF_FILES_DAEMON && strcmp(g->section, CONSOLE) == 0)
		return NULL;
	return strcmp(g->value[0], CONF_GIVEN_SECRET) == 0 ? NULL : g->value[0];
}

/* Below the directory of the configuration. */
static char *absolute(const struct conf *c, const char *name)
{
	const char *slash = c->file ? strrchr(c->file, '/') : NULL;
	char *dir = str_z((struct str){ c->file, slash ? (size_t)(slash - c->file) : 0 });
	char *path = dir ? conf_value_join(dir, str_of(name)) : NULL;

	free(dir);
	return path;
}

enum err conf_files_next(const struct conf *c, enum conf_files_whose whose, size_t *i, char **path)
{
	const char *unwritten[UNWRITTEN] = { c->file, c->dnssec.criteria };
	const char *name = NULL;
	size_t at = *i;

	while (!name && at < UNWRITTEN + c->given.n) {
		name = at < UNWRITTEN ? unwritten[at]
				      : file_of(&c->given.all[at - UNWRITTEN], whose);
		at++;
	}
	char *found = name ? absolute(c, name) : NULL;
	if (name && !found)
		return ERR_NOMEM;
	*i = at;
	*path = found;
	return ERR_OK;
}

const struct conf_given_key *conf_files_given(const struct conf *c, size_t i)
{
	return i > UNWRITTEN ? &c->given.all[i - 1 - UNWRITTEN] : NULL;
}
