/*
 * In the order of the file, but that a section comes after its keys: where it ends, it is
 * known to be good.
 */
#include "conf/given_priv.h"

#include "base/text.h"

#include <stdlib.h>
#include <string.h>

static void clear_one(struct conf_given_key *g)
{
	for (size_t i = 0; i < g->n_value; i++)
		free(g->value[i]);
	free(g->value);
	free(g->title);
}

void conf_given_clear(struct conf_given *given)
{
	for (size_t i = 0; i < given->n; i++)
		clear_one(&given->all[i]);
	free(given->all);
	given->all = NULL;
	given->n = 0;
}

/* A key that is a secret is not kept here; the name of a file that holds it is. */
static const char *shown(const char *key, const char *value)
{
	bool secret = strcmp(key, "tsig-key") == 0 && strchr(value, ':');

	return secret ? CONF_GIVEN_SECRET : value;
}

static enum err add_value(struct conf_given_key *g, const char *value)
{
	char **more = reallocarray(g->value, g->n_value + 1, sizeof(*more));
	char *copy = strdup(shown(g->key, value));

	if (more)
		g->value = more;
	if (!more || !copy) {
		free(copy);
		return ERR_NOMEM;
	}
	g->value[g->n_value++] = copy;
	return ERR_OK;
}

enum err conf_given_add(struct conf_given *given, const struct conf_given_as *as)
{
	struct conf_given_key *more = reallocarray(given->all, given->n + 1, sizeof(*more));

	if (!more)
		return ERR_NOMEM;
	given->all = more;
	struct conf_given_key *g = &given->all[given->n];
	*g = (struct conf_given_key){ .section = as->section, .key = as->key, .line = as->line };
	g->title = strdup(as->title ? as->title : "");
	enum err e = g->title ? ERR_OK : ERR_NOMEM;
	if (e == ERR_OK && as->value)
		e = add_value(g, as->value);
	if (e == ERR_OK)
		given->n++;
	else
		clear_one(g);
	return e;
}

enum err conf_given_more(struct conf_given *given, const char *value)
{
	return add_value(&given->all[given->n - 1], value);
}

static bool is(const struct conf_given_key *g, const char *section, const char *title,
	       const char *key)
{
	if (strcmp(g->section, section) != 0 || (title && strcmp(g->title, title) != 0))
		return false;
	return key ? g->key && strcmp(g->key, key) == 0 : !g->key;
}

const struct conf_given_key *conf_given_find(const struct conf_given *given, const char *section,
					     const char *title, const char *key)
{
	for (size_t i = given->n; i-- > 0;)
		if (is(&given->all[i], section, title, key))
			return &given->all[i];
	return NULL;
}

const struct conf_given_key *conf_given_in(const struct conf_given *given,
					   const struct conf_given_key *section, const char *key)
{
	for (size_t i = section ? (size_t)(section - given->all) : 0; i-- > 0;) {
		const struct conf_given_key *g = &given->all[i];
		if (!g->key || strcmp(g->section, section->section) != 0)
			return NULL;
		if (strcmp(g->key, key) == 0)
			return g;
	}
	return NULL;
}

void conf_given_where(struct buf *out, const struct conf_given *given, const char *section,
		      const char *title, const char *key)
{
	const struct conf_given_key *g = conf_given_find(given, section, title, key);

	if (!g || !given->file)
		return;
	text_escape(out, str_of(given->file));
	buf_addf(out, ":%u: ", g->line);
}

void conf_given_where_below(struct buf *out, const struct conf_given *given, const char *section,
			    const char *key)
{
	if (conf_given_find(given, section, NULL, key))
		conf_given_where(out, given, section, NULL, key);
	else
		conf_given_where(out, given, "root", NULL, "state-directory");
}
