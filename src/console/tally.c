#include "console/tally.h"

#include <stdlib.h>
#include <string.h>

static const char *const keys[] = { "looked",    "headers",  "messages",     "recipients",
				    "requested", "required", "would_bounce", "not_known" };

enum { KEYS = sizeof(keys) / sizeof(keys[0]) };

enum err console_tally_init(struct console_tally *t)
{
	*t = (struct console_tally){ json_object(), json_object() };
	return t->sums && t->domains ? ERR_OK : ERR_NOMEM;
}

void console_tally_clear(struct console_tally *t)
{
	json_decref(t->sums);
	json_decref(t->domains);
	*t = (struct console_tally){ NULL, NULL };
}

/* Each count of from is added to that of to. */
static enum err add_counts(json_t *to, const json_t *from)
{
	for (size_t i = 0; i < KEYS; i++) {
		const json_t *more = json_object_get(from, keys[i]);
		json_int_t sum = json_integer_value(json_object_get(to, keys[i]));
		if (more && json_object_set_new(to, keys[i],
						json_integer(sum + json_integer_value(more))) < 0)
			return ERR_NOMEM;
	}
	return ERR_OK;
}

static enum err add_domain(struct console_tally *t, const json_t *row)
{
	const char *name = json_string_value(json_object_get(row, "domain"));
	json_t *sums = name ? json_object_get(t->domains, name) : NULL;

	if (!name)
		return ERR_OK;
	if (!sums) {
		sums = json_object();
		if (json_object_set_new(t->domains, name, sums) < 0)
			return ERR_NOMEM;
	}
	return add_counts(sums, row);
}

enum err console_tally_add(struct console_tally *t, const json_t *page)
{
	enum err e = add_counts(t->sums, page);
	const json_t *row;
	size_t i;

	json_array_foreach(json_object_get(page, "domains"), i, row)
	{
		if (e == ERR_OK)
			e = add_domain(t, row);
	}
	return e;
}

/* Below: what is told. */

struct row {
	const char *domain;
	json_t *sums;
	json_int_t messages;
};

/* The most messages first; then by name. */
static int compare(const void *a, const void *b)
{
	const struct row *x = a, *y = b;

	if (x->messages != y->messages)
		return x->messages < y->messages ? 1 : -1;
	return strcmp(x->domain, y->domain);
}

static bool append_row(json_t *list, const struct row *row)
{
	json_t *o = json_object();

	return json_object_set_new(o, "domain", json_string(row->domain)) == 0 &&
			       json_object_update(o, row->sums) == 0
		       ? json_array_append_new(list, o) == 0
		       : (json_decref(o), false);
}

static json_t *domains_of(const struct console_tally *t)
{
	size_t n = json_object_size(t->domains), at = 0;
	struct row *rows = calloc(n + 1, sizeof(*rows));
	json_t *list = json_array(), *sums;
	const char *name;
	bool ok = rows && list;

	json_object_foreach(t->domains, name, sums)
	{
		if (ok)
			rows[at++] = (struct row){
				name, sums, json_integer_value(json_object_get(sums, "messages"))
			};
	}
	if (ok)
		qsort(rows, n, sizeof(*rows), compare);
	for (size_t i = 0; ok && i < n && i < CONSOLE_TALLY_DOMAINS; i++)
		ok = append_row(list, &rows[i]);
	free(rows);
	if (ok)
		return list;
	json_decref(list);
	return NULL;
}

json_t *console_tally_document(const struct console_tally *t, bool more)
{
	json_t *document = json_object();

	if (document && json_object_update(document, t->sums) == 0 &&
	    json_object_set_new(document, "more", json_boolean(more)) == 0 &&
	    json_object_set_new(document, "domains", domains_of(t)) == 0)
		return document;
	json_decref(document);
	return NULL;
}
