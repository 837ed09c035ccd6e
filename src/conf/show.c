/*
 * The tables of section.c say which keys there are and what they are by default; what the
 * file said is in conf->given.  A value is shown as it was written, but for the few that
 * become something else once all is read.
 */
#include "conf/show.h"

#include "conf/route_priv.h"
#include "conf/section_priv.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum { WORDS_MAX = 4096 };

struct conf_shower {
	const struct conf *conf;
	const struct conf_section *section; /* whose turn it is */
	const struct conf_given_key *of; /* the file's; NULL: the default one, or not yet found */
	const struct conf_key *key;      /* the next; NULL: the section comes first */
	const struct conf_given_key *delivery; /* the section of the file; NULL: there is none */
	const struct conf_route **route;       /* the configuration's, by title */
	struct conf_show out;
	char words[WORDS_MAX]; /* of a default that is a list */
};

/* Values that are known only when all is read; each a char *. */
static const struct {
	const char *section, *key;
	size_t at;
	const char *normal; /* NULL: the table's */
} last_words[] = {
	{ "root", "hostname", offsetof(struct conf, hostname), NULL },
	{ "root", "state-directory", offsetof(struct conf, state_directory), "/var/lib/signpost" },
	{ "root", "log-directory", offsetof(struct conf, log_directory), "/var/log/signpost" },
	{ "root", "user", offsetof(struct conf, user), NULL },
	{ "dnssec", "criteria", offsetof(struct conf, dnssec.criteria), NULL },
	{ "queue", "store", offsetof(struct conf, queue_store), NULL },
	{ "control", "socket", offsetof(struct conf, control_path), NULL },
};

static int last_word(const struct conf_section *s, const struct conf_key *k)
{
	for (size_t i = 0; i < sizeof(last_words) / sizeof(last_words[0]); i++)
		if (strcmp(last_words[i].section, s->name) == 0 &&
		    strcmp(last_words[i].key, k->name) == 0)
			return (int)i;
	return -1;
}

static int by_title(const void *a, const void *b)
{
	const struct conf_route *const *x = a, *const *y = b;

	return strcmp((*x)->title, (*y)->title);
}

static int for_title(const void *title, const void *at)
{
	const struct conf_route *const *t = at;

	return strcmp(title, (*t)->title);
}

/* The routes of c, which are sorted by domain.  NULL: out of memory. */
static const struct conf_route **sorted_by_title(const struct conf *c)
{
	const struct conf_route **all = calloc(c->n_route + 1, sizeof(*all));

	for (size_t i = 0; all && i < c->n_route; i++)
		all[i] = &c->route[i];
	if (all)
		qsort(all, c->n_route, sizeof(*all), by_title);
	return all;
}

struct conf_shower *conf_show_new(const struct conf *c)
{
	struct conf_shower *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->route = sorted_by_title(c);
	if (!s->route) {
		conf_show_free(&s);
		return NULL;
	}
	s->conf = c;
	s->delivery = conf_given_find(&c->given, "delivery", NULL, NULL);
	s->out.title = "";
	s->section = conf_section_table;
	s->key = s->section->keys; /* those outside any section have none before them */
	return s;
}

void conf_show_free(struct conf_shower **s)
{
	if (*s)
		free((*s)->route);
	free(*s);
	*s = NULL;
}

/* Both of one kind mean the same number, word or truth: "300s" and "5m". */
static bool means_the_same(const struct conf_key *k, const char *a, const char *b)
{
	static bool (*const scalar[])(struct conf_reading * r, const struct conf_key *k,
				      struct str value, void *at) = {
		conf_value_count, conf_value_port, conf_value_size, conf_value_span,
		conf_value_flag,  conf_value_word, conf_value_type,
	};
	CLEANUP(buf_free) struct buf why = BUF_MAX(WORDS_MAX);
	struct conf_reading r = { .file = "", .why = &why };
	int64_t one = 0, other = 0;

	for (size_t i = 0; i < sizeof(scalar) / sizeof(scalar[0]); i++)
		if (k->read == scalar[i])
			return k->read(&r, k, str_of(a), &one) &&
			       k->read(&r, k, str_of(b), &other) && one == other;
	return strcmp(a, b) == 0;
}

/* The default of a key as values; of a list its words. */
static size_t defaults(const struct conf_key *k, char words[static WORDS_MAX],
		       const char *value[static CONF_SHOW_VALUES_MAX])
{
	struct str rest = str_of(k->normal), word;
	char *at = words;
	size_t n = 0;

	if (!k->empty) {
		value[0] = k->normal ? k->normal : "";
		return 1;
	}
	while (n < CONF_SHOW_VALUES_MAX && str_word(&rest, &word) &&
	       str_copy(at, (size_t)(words + WORDS_MAX - at), word)) {
		value[n++] = at;
		at += word.n + 1;
	}
	return n;
}

/* Whether what the file says of it is something else than the default. */
static bool changed(const struct conf_shower *s, const struct conf_given_key *given, int last)
{
	const char *normal[CONF_SHOW_VALUES_MAX];
	char words[WORDS_MAX];
	size_t n = defaults(s->key, words, normal);

	if (last >= 0 && last_words[last].normal)
		return strcmp(s->out.value[0], last_words[last].normal) != 0;
	if (n != given->n_value)
		return true;
	for (size_t i = 0; i < n; i++)
		if (!means_the_same(s->key, given->value[i], normal[i]))
			return true;
	return false;
}

static const struct conf_given_key *given_key(const struct conf_shower *s)
{
	if (s->section->kind == CONF_SECTION_TITLED)
		return conf_given_in(&s->conf->given, s->of, s->key->name);
	return conf_given_find(&s->conf->given, s->section->name, "", s->key->name);
}

/* The section delivery has a say where a route has none: its row for that key; NULL: no say. */
static const struct conf_key *row_behind(const struct conf_shower *s)
{
	if (strcmp(s->section->name, "route") != 0 || s->key->normal)
		return NULL;
	return conf_section_key(conf_section_find(STR("delivery")), str_of(s->key->name));
}

/* What the file says of a key, else the default of its row. */
static void fill_values(struct conf_shower *s, const struct conf_given_key *given,
			const struct conf_key *row)
{
	struct conf_show *out = &s->out;

	out->line = given ? given->line : 0;
	out->n_value = given ? 0 : defaults(row, s->words, out->value);
	for (size_t i = 0; given && i < given->n_value && i < CONF_SHOW_VALUES_MAX; i++)
		out->value[out->n_value++] = given->value[i];
}

/* The demand of a route follows from other keys of it, too. */
static void fill_tls(struct conf_shower *s)
{
	const struct conf_route **t = bsearch(s->out.title, s->route, s->conf->n_route,
					      sizeof(const struct conf_route *), for_title);
	struct str rest = str_of(s->key->words), word = STR_NONE;

	for (int i = 0; t && i <= (int)(*t)->delivery.tls; i++)
		(void)str_word(&rest, &word);
	if (str_copy(s->words, sizeof(s->words), word))
		s->out.value[0] = s->words;
}

static void fill(struct conf_shower *s)
{
	const struct conf_given_key *own = given_key(s), *given = own;
	const struct conf_key *behind = row_behind(s);
	struct conf_show *out = &s->out;
	int last = last_word(s->section, s->key);

	out->key = s->key->name;
	out->list = s->key->empty != NULL;
	if (!own && behind)
		given = conf_given_in(&s->conf->given, s->delivery, s->key->name);
	fill_values(s, given, own || !behind ? s->key : behind);
	if (last >= 0) {
		const char *text;
		memcpy(&text, (const char *)s->conf + last_words[last].at, sizeof(text));
		out->value[0] = text;
		out->n_value = 1;
	}
	if (strcmp(s->section->name, "route") == 0 && strcmp(s->key->name, "tls") == 0)
		fill_tls(s);
	out->changed = own && (behind || changed(s, own, last));
}

/* The next section of the file that is of this kind, after s->of; NULL: there is none. */
static const struct conf_given_key *next_of_kind(const struct conf_shower *s)
{
	const struct conf_given *given = &s->conf->given;

	for (size_t i = s->of ? (size_t)(s->of - given->all) + 1 : 0; i < given->n; i++)
		if (!given->all[i].key && strcmp(given->all[i].section, s->section->name) == 0)
			return &given->all[i];
	return NULL;
}

/*
 * Whether s->of, before which `before` was shown, is to be: without a listener of the file there is
 * one, and no other section is there unsaid.
 */
static bool is_there(const struct conf_shower *s, const struct conf_given_key *before)
{
	return s->of || s->section->kind == CONF_SECTION_ONCE ||
	       (!before && strcmp(s->section->name, "listen") == 0);
}

static const struct conf_show *show_section(struct conf_shower *s)
{
	bool titled = s->section->kind == CONF_SECTION_TITLED;
	const char *usual = titled ? s->conf->listen[0].text : "";

	s->key = s->section->keys;
	s->out = (struct conf_show){ .section = s->section->name,
				     .title = s->of ? s->of->title : usual,
				     .line = s->of ? s->of->line : 0,
				     .changed = s->of && titled };
	return &s->out;
}

/* Whether the key would be refused in a section of that title; so it cannot be given there. */
static bool misplaced(const struct conf_shower *s)
{
	struct str section = str_of(s->section->name), title = str_of(s->out.title);
	bool listen = str_eq(section, STR("listen")), socket = str_starts(title, STR("unix:"));
	bool embedded = str_eq(section, STR("resolver")) &&
			str_eq(title, dns_channel_kind(DNS_CHANNEL_EMBEDDED)->name);
	bool route = str_eq(section, STR("route"));
	const struct {
		const char *key;
		bool here;
	} rows[] = {
		{ "mode", listen && !socket },
		{ "group", listen && !socket },
		{ "relay-from", listen && socket },
		{ "channel", embedded },
		{ "total", route },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].here && strcmp(rows[i].key, s->key->name) == 0)
			return true;
	return false;
}

const struct conf_show *conf_show_next(struct conf_shower *s)
{
	while (s->section->name) {
		if (s->key && s->key->name && misplaced(s)) {
			s->key++;
			continue;
		}
		if (s->key && s->key->name) {
			s->out.section = s->section == conf_section_table ? "" : s->section->name;
			fill(s);
			s->key++;
			return &s->out;
		}
		bool more = !s->key || (s->of && s->section->kind == CONF_SECTION_TITLED);
		const struct conf_given_key *before = s->of;
		s->key = NULL;
		s->of = more ? next_of_kind(s) : NULL;
		if (more && is_there(s, before))
			return show_section(s);
		s->section++;
		s->of = NULL;
	}
	return NULL;
}
