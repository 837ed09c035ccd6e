/*
 * libConfuse parses, the tables of section.c say what each key may be, and here
 * the two meet.
 *
 * Every value is judged in libConfuse's callback for it, while its line is
 * known.  What depends on other keys (paths below the state directory) and
 * defaults that depend on the machine come when all is read.
 *
 * libConfuse gives its callbacks no argument of ours, so `now` is what is being
 * read; its scanner is one for the process anyway.
 */
#include "conf/parse.h"

#include "base/near.h"
#include "conf/conf_priv.h"
#include "conf/foreign_priv.h"
#include "conf/given_priv.h"
#include "conf/paths.h"
#include "conf/route_priv.h"
#include "conf/section_priv.h"
#include "conf/source.h"

#include <confuse.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

enum { SECTIONS_MAX = 16, HOSTNAME_MAX = 256, PATH_TEXT_MAX = 4096 };

static struct parse {
	struct conf_reading r;
	struct conf_source source;
	size_t ended;                      /* sections that have been read to their end */
	size_t taken;                      /* of source.empty: those of these sections */
	unsigned root_line[CONF_KEYS_MAX]; /* where the keys outside any section were set */
	unsigned once[SECTIONS_MAX];       /* where sections were, as conf_section_table has them */
} * now;

/* What libConfuse has in quotes, of its words. */
static struct str quoted(const char *words)
{
	struct str rest = str_of(words), before, name;

	return str_cut(&rest, '\'', &before) && str_cut(&rest, '\'', &name) ? name : STR_NONE;
}

/* The same but for case, and for "_" in the place of "-". */
static bool looks_like(struct str word, struct str key)
{
	bool same = word.n == key.n;

	for (size_t i = 0; same && i < key.n; i++)
		same = str_fold(word.p[i] == '_' ? '-' : word.p[i]) == (unsigned char)key.p[i];
	return same;
}

/* Where such a key stands, parted by ", "; nothing: nowhere. */
static void places_of(struct buf *out, struct str key)
{
	for (const struct conf_section *s = conf_section_table; s->name; s++) {
		if (!conf_section_key(s, key))
			continue;
		buf_add(out, out->n ? STR(", ") : STR(""));
		if (s == conf_section_table)
			buf_add(out, STR("outside of sections"));
		else
			buf_addf(out, "in %s", s->name);
	}
}

static void unknown_key(cfg_t *cfg, const char *words)
{
	CLEANUP(buf_free)
	struct buf known = BUF_MAX(PATH_TEXT_MAX), places = BUF_MAX(PATH_TEXT_MAX);
	struct str word = quoted(words);
	struct near near = { .word = word, .meant = str_of(conf_foreign_key(word)) };

	for (const cfg_opt_t *o = cfg->opts; o->name; o++) {
		buf_addf(&known, " %s", o->name);
		if (looks_like(word, str_of(o->name)))
			near.meant = str_of(o->name);
	}
	places_of(&places, word);
	for (const cfg_opt_t *o = cfg->opts; o->name && places.n == 0; o++)
		near_offer(&near, str_of(o->name));
	if (near.meant.n)
		(void)conf_value_refuse(&now->r, "%s: write %.*s; known here are%.*s", words,
					STR_ARG(near.meant), STR_ARG(buf_str(&known)));
	else if (places.n)
		(void)conf_value_refuse(&now->r, "%s: it stands %.*s; known here are%.*s", words,
					STR_ARG(buf_str(&places)), STR_ARG(buf_str(&known)));
	else
		(void)conf_value_refuse(&now->r,
					"%s: write KEY = VALUE with a key that is known; known "
					"here are%.*s",
					words, STR_ARG(buf_str(&known)));
}

/* The file ends in the middle of something, which is told where it began. */
static void ends_early(const char *words)
{
	struct str text = str_of(now->source.text);

	for (; text.n && strchr(" \t\r\n", text.p[text.n - 1]); text.n--)
		now->r.line -= text.p[text.n - 1] == '\n' && now->r.line > 1;
	(void)conf_value_refuse(&now->r,
				"%s: the last line is not complete: write KEY = VALUE, or NAME { }",
				words);
}

static bool is_titled(struct str name)
{
	const struct conf_section *s = conf_section_find(name);

	return s && s->kind == CONF_SECTION_TITLED;
}

/* libConfuse's words are its own; what to do about it is added to them. */
__attribute__((format(printf, 2, 0))) static void on_error(cfg_t *cfg, const char *fmt, va_list ap)
{
	static const struct {
		const char *words, *remedy;
	} remedies[] = {
		{ "missing equal sign", ": write KEY = VALUE" },
		{ "unexpected token", ": write KEY = VALUE, a list as {\"a\", \"b\"}" },
	};
	char words[PATH_TEXT_MAX];
	const char *remedy = "";

	(void)vsnprintf(words, sizeof(words), fmt, ap);
	for (size_t i = 0; i < sizeof(remedies) / sizeof(remedies[0]); i++)
		if (str_starts(str_of(words), str_of(remedies[i].words)))
			remedy = remedies[i].remedy;
	now->r.line = (unsigned)cfg->line;
	bool unknown = str_starts(str_of(words), STR("no such option"));
	struct str name = quoted(words);
	if (str_starts(str_of(words), STR("premature end"))) {
		ends_early(words);
		return;
	}
	/* No key has a colon or an "=" in it.  A value may, and may be a secret. */
	if (str_starts(str_of(words), STR("no sub-section")) || (unknown && strchr(words, ':')))
		(void)conf_value_refuse(&now->r, "there is a value without its key: write KEY = "
						 "VALUE");
	else if (unknown)
		unknown_key(cfg, words);
	else if (str_starts(str_of(words), STR("missing title")))
		(void)conf_value_refuse(&now->r, "%s: write %.*s \"TITLE\" {", words,
					STR_ARG(name));
	else if (str_starts(str_of(words), STR("missing opening brace")))
		(void)conf_value_refuse(&now->r, "%s: write %.*s%s {", words, STR_ARG(name),
					is_titled(name) ? " \"TITLE\"" : "");
	else
		(void)conf_value_refuse(&now->r, "%s%s", words, remedy);
}

/* A key is set once; a list, whose values come one by one, too. */
static bool note_given(const struct conf_section *s, const struct conf_key *k)
{
	unsigned *lines = s == conf_section_table ? now->root_line : now->r.set_line;
	unsigned *line = &lines[k - s->keys];

	if (*line)
		return conf_value_refuse(&now->r, "%s is set already on line %u: remove one",
					 k->name, *line);
	*line = now->r.line;
	return true;
}

/* Keep what was said: of the section itself, where key is NULL. */
static bool note(cfg_t *cfg, const struct conf_section *s, const char *key, const char *value)
{
	const struct conf_given_as as = { .section = s->name,
					  .title = cfg_title(cfg),
					  .key = key,
					  .value = value,
					  .line = now->r.line };

	return conf_given_add(&now->r.conf->given, &as) == ERR_OK || conf_value_nomem(&now->r);
}

static bool note_more(const char *value)
{
	return conf_given_more(&now->r.conf->given, value) == ERR_OK || conf_value_nomem(&now->r);
}

static int on_value(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result)
{
	const struct conf_section *s = conf_section_find(str_of(cfg->name));
	const struct conf_key *k = s ? conf_section_key(s, str_of(opt->name)) : NULL;
	const char **text = result;

	now->r.line = (unsigned)cfg->line;
	if (!k) {
		(void)conf_value_refuse(&now->r, "%s cannot be set here", opt->name);
		return -1;
	}
	char *at = (char *)s->base(&now->r) + k->at;
	bool first = !k->empty || opt->nvalues == 1;
	if (first && !note_given(s, k))
		return -1;
	if (first && k->empty)
		k->empty(at);
	if (!(first ? note(cfg, s, k->name, value) : note_more(value)))
		return -1;
	if (!k->read(&now->r, k, str_of(value), at))
		return -1;
	*text = value;
	return 0;
}

/* KEY = {} makes no value, so libConfuse calls nobody.  Sections end in the order of the lists. */
static bool empty_lists(const struct conf_section *s, cfg_t *cfg, size_t number)
{
	const struct conf_source *all = &now->source;

	while (now->taken < all->n_empty && all->empty[now->taken].section == number) {
		const struct conf_source_empty *e = &all->empty[now->taken++];
		const struct conf_key *k = conf_section_key(s, e->key);
		if (!k || !k->empty)
			continue;
		now->r.line = e->line;
		if (!note_given(s, k))
			return false;
		k->empty((char *)s->base(&now->r) + k->at);
		if (!note(cfg, s, k->name, NULL))
			return false;
	}
	return true;
}

/* A section has been read to its closing brace. */
static int on_section(cfg_t *cfg, cfg_opt_t *opt)
{
	const struct conf_section *s = conf_section_find(str_of(opt->name));
	cfg_t *section = cfg_opt_getnsec(opt, cfg_opt_size(opt) - 1);
	struct conf_reading *r = &now->r;
	bool ok = true;

	(void)cfg;
	if (!s || !section || now->ended == now->source.n_sections)
		return -1;
	if (!empty_lists(s, section, now->ended))
		return -1;
	r->line = now->source.section[now->ended++];
	if (!note(section, s, NULL, NULL))
		return -1;
	if (s->kind == CONF_SECTION_TITLED) {
		ok = s->end(r, str_of(cfg_title(section))) && conf_section_defaults(r, s);
		/* libConfuse would hold every title against all that it still has. */
		(void)cfg_opt_rmnsec(opt, cfg_opt_size(opt) - 1);
	} else {
		unsigned *once = &now->once[s - conf_section_table];
		if (*once)
			ok = conf_value_refuse(r,
					       "section %s is there already on line %u: join them",
					       s->name, *once);
		*once = r->line;
		ok = ok && (!s->end || s->end(r, STR("")));
	}
	memset(r->set_line, 0, sizeof(r->set_line));
	return ok ? 0 : -1;
}

static void options_of(const struct conf_section *s, cfg_opt_t opts[static CONF_KEYS_MAX + 1])
{
	size_t n = 0;

	for (const struct conf_key *k = s->keys; k->name; k++) {
		cfg_opt_t one = CFG_STR_CB(k->name, NULL, CFGF_NONE, on_value);
		cfg_opt_t list = CFG_STR_LIST_CB(k->name, NULL, CFGF_NONE, on_value);
		opts[n++] = k->empty ? list : one;
	}
	opts[n] = (cfg_opt_t)CFG_END();
}

/* libConfuse copies what it is given. */
static cfg_t *make_parser(void)
{
	cfg_opt_t sub[SECTIONS_MAX][CONF_KEYS_MAX + 1];
	cfg_opt_t root[CONF_KEYS_MAX + SECTIONS_MAX + 1];
	size_t n = 0;

	options_of(conf_section_table, root);
	while (root[n].name)
		n++;
	for (size_t i = 1; conf_section_table[i].name; i++) {
		cfg_flag_t titled = CFGF_TITLE | CFGF_MULTI;
		bool many = conf_section_table[i].kind == CONF_SECTION_TITLED;
		options_of(&conf_section_table[i], sub[i]);
		root[n] = (cfg_opt_t)CFG_SEC(conf_section_table[i].name, sub[i],
					     many ? titled : CFGF_NONE);
		root[n++].validcb = on_section;
	}
	root[n] = (cfg_opt_t)CFG_END();

	cfg_t *cfg = cfg_init(root, CFGF_NONE);
	if (cfg)
		(void)cfg_set_error_function(cfg, on_error);
	return cfg;
}

static enum err parse(struct parse *p)
{
	cfg_t *cfg = make_parser();

	if (!cfg)
		return ERR_NOMEM;
	now = p;
	int got = cfg_parse_buf(cfg, p->source.text);
	now = NULL;
	(void)cfg_free(cfg);
	if (p->r.err != ERR_OK)
		return p->r.err;
	return got == CFG_SUCCESS ? ERR_OK : ERR_NOMEM;
}

/* Below: what is left when the file has been read. */

/* $VARIABLE/signpost, else ~/FALLBACK/signpost. */
static char *own_directory(const char *variable, const char *fallback)
{
	const char *base = getenv(variable);
	const char *home = getenv("HOME");
	const struct passwd *pw = getpwuid(getuid());
	char path[PATH_TEXT_MAX];

	if (!home || home[0] != '/')
		home = pw ? pw->pw_dir : "/";
	if (base && base[0] == '/')
		(void)snprintf(path, sizeof(path), "%s/signpost", base);
	else
		(void)snprintf(path, sizeof(path), "%s/%s/signpost", home, fallback);
	return strdup(path);
}

static char *default_directory(const struct conf_reading *r, const char *system, const char *below)
{
	if (r->file || geteuid() == 0)
		return strdup(system);

	char *own = own_directory("XDG_STATE_HOME", ".local/state");
	char *path = own ? conf_value_join(own, str_of(below)) : NULL;
	free(own);
	return path;
}

/* The host's own name where it is one; "localhost" where it is not. */
static bool own_hostname(struct conf_reading *r)
{
	static const struct conf_key key = { .name = "hostname" };
	char name[HOSTNAME_MAX] = "";
	enum { ROOM = 512 };
	struct buf no = BUF_MAX(ROOM);
	struct conf_reading trial = { .file = "", .why = &no };

	(void)gethostname(name, sizeof(name) - 1);
	bool ok = name[0] && conf_value_host(&trial, &key, str_of(name), &r->conf->hostname);
	buf_free(&no);
	return ok || conf_value_keep(r, &r->conf->hostname, STR("localhost"));
}

/* A path of the file is relative to the state directory. */
static bool below_state(struct conf_reading *r, char **path)
{
	char *joined = conf_value_join(r->conf->state_directory, str_of(*path));

	free(*path);
	*path = joined;
	return joined || conf_value_nomem(r);
}

/* The same of the path in "sqlite:path". */
static bool store_below_state(struct conf_reading *r, char **store)
{
	CLEANUP(buf_free) struct buf whole = BUF_MAX(2 * PATH_TEXT_MAX);
	struct str where = str_of(*store), word;

	(void)str_cut(&where, ':', &word);
	char *path = conf_value_join(r->conf->state_directory, where);
	buf_add(&whole, word);
	buf_addc(&whole, ':');
	buf_add(&whole, str_of(path));
	free(*store);
	*store = path && buf_err(&whole) == ERR_OK ? str_z(buf_str(&whole)) : NULL;
	free(path);
	return *store || conf_value_nomem(r);
}

static bool default_listener(struct conf_reading *r)
{
	return r->conf->n_listen > 0 ||
	       conf_section_find(STR("listen"))->end(r, STR("127.0.0.1:2525"));
}

/* The path of a socket, which is refused on line where it is too long for one. */
static bool socket_below_state(struct conf_reading *r, char **path, const char *key, unsigned line)
{
	if (!below_state(r, path))
		return false;
	if (strlen(*path) < sizeof(((struct sockaddr_un *)0)->sun_path))
		return true;
	r->line = line ? line : r->state_line;
	return conf_value_refuse(r, "the path %s is too long for a socket: set %s", *path, key);
}

static bool sockets_below_state(struct conf_reading *r)
{
	struct conf *c = r->conf;
	bool ok = socket_below_state(r, &c->control_path, "control.socket", r->socket_line);

	for (size_t i = 0; ok && i < c->n_listen; i++)
		if (c->listen[i].path)
			ok = socket_below_state(r, &c->listen[i].path, "a shorter one",
						c->listen[i].line);
	if (ok && c->console.path)
		ok = socket_below_state(r, &c->console.path, "a shorter one", c->console.line);
	if (ok && c->console.text)
		ok = socket_below_state(r, &c->console.login_path, "console.login-socket",
					r->login_line ? r->login_line : r->socket_line);
	return ok;
}

static bool finish(struct conf_reading *r)
{
	struct conf *c = r->conf;

	r->line = 0;
	if (!c->state_directory)
		c->state_directory = default_directory(r, "/var/lib/signpost", ".");
	if (!c->log_directory)
		c->log_directory = default_directory(r, "/var/log/signpost", "log");
	if (!c->state_directory || !c->log_directory)
		return conf_value_nomem(r);
	if (!c->hostname[0] && !own_hostname(r))
		return false;
	return conf_route_finish(r) && store_below_state(r, &c->queue_store) &&
	       sockets_below_state(r) && default_listener(r);
}

/* The directory of file, absolute.  NULL: out of memory. */
static char *directory_of(const char *file)
{
	const char *slash = strrchr(file, '/');
	struct str dir = slash ? (struct str){ file, (size_t)(slash - file) } : STR_NONE;
	char here[PATH_TEXT_MAX];

	if (slash == file)
		return strdup("/");
	if (file[0] == '/')
		return str_z(dir);
	if (!getcwd(here, sizeof(here)))
		here[0] = '\0';
	return dir.n ? conf_value_join(here, dir) : strdup(here);
}

static enum err begin(struct conf_reading *r)
{
	r->conf = calloc(1, sizeof(*r->conf));
	if (!r->conf || !r->dir)
		return ERR_NOMEM;
	for (const struct conf_section *s = conf_section_table; s->name; s++)
		if (!conf_section_defaults(r, s))
			return r->err;
	return ERR_OK;
}

/* Whatever was left unfinished goes; the configuration too, where e is an error. */
static enum err end(struct parse *p, enum err e, struct conf **out)
{
	conf_listen_clear(&p->r.listen);
	conf_resolver_clear(&p->r.resolver);
	conf_route_clear(&p->r.route);
	conf_exempt_clear(&p->r.exempt);
	conf_console_clear(&p->r.console);
	conf_value_forget(&p->r);
	conf_source_clear(&p->source);
	if (e == ERR_OK)
		*out = p->r.conf;
	else
		conf_free(&p->r.conf);
	return e;
}

/* Some editors begin a file with a byte order mark, which nobody sees. */
static struct str without_mark(struct str text)
{
	return str_starts(text, STR("\xef\xbb\xbf")) ? str_skip(text, 3) : text;
}

static enum err parse_whole(struct parse *p, struct str text, struct conf **out)
{
	enum { WORDS = 256 };
	CLEANUP(buf_free) struct buf what = BUF_MAX(WORDS);
	enum err e = begin(&p->r);

	if (e == ERR_OK)
		e = conf_source_read(without_mark(text), &p->source, &p->r.line, &what);
	if (e == ERR_SYNTAX)
		(void)conf_value_refuse(&p->r, "%.*s", STR_ARG(buf_str(&what)));
	if (e == ERR_LIMIT) {
		(void)conf_value_refuse(&p->r, "the file is longer than %u octets",
					CONF_SOURCE_MAX);
		e = ERR_SYNTAX;
	}
	if (e == ERR_OK)
		e = parse(p);
	if (e == ERR_OK && !finish(&p->r))
		e = p->r.err;
	if (e == ERR_OK && !(p->r.conf->file = strdup(p->r.file)))
		e = ERR_NOMEM;
	if (e == ERR_OK)
		p->r.conf->given.file = p->r.conf->file;
	return end(p, e, out);
}

enum err conf_parse_for(enum conf_reader who, const char *file, struct str text, struct conf **out,
			struct buf *why)
{
	struct parse p = {
		.r = { .who = who, .file = file, .dir = directory_of(file), .why = why }
	};

	return parse_whole(&p, text, out);
}

enum err conf_parse(const char *file, struct str text, struct conf **out, struct buf *why)
{
	return conf_parse_for(CONF_READER_DAEMON, file, text, out, why);
}

/* value as the value of that key, where there is one. */
static bool take_path(struct conf_reading *r, const char *section, const char *key,
		      struct str value)
{
	const struct conf_section *s = conf_section_find(str_of(section));
	const struct conf_key *k = conf_section_key(s, str_of(key));

	return value.n == 0 || k->read(r, k, value, (char *)s->base(r) + k->at);
}

enum err conf_parse_paths(const char *file, struct str text, struct conf **out)
{
	CLEANUP(buf_free) struct buf why = BUF_MAX(PATH_TEXT_MAX);
	struct parse p = { .r = { .file = file, .dir = directory_of(file), .why = &why } };
	const struct conf_paths found = conf_paths_find(without_mark(text));
	struct conf_reading *r = &p.r;
	enum err e = begin(r);

	if (e == ERR_OK && !(take_path(r, "root", "state-directory", found.state_directory) &&
			     take_path(r, "root", "log-directory", found.log_directory) &&
			     take_path(r, "control", "socket", found.socket) && finish(r)))
		e = r->err;
	if (e == ERR_OK && !(r->conf->file = strdup(file)))
		e = ERR_NOMEM;
	return end(&p, e, out);
}

enum err conf_parse_defaults(struct conf **out, struct buf *why)
{
	bool root = geteuid() == 0;
	char *dir = root ? strdup("/etc/signpost") : own_directory("XDG_CONFIG_HOME", ".config");
	struct parse p = { .r = { .dir = dir, .why = why } };
	enum err e = begin(&p.r);

	if (e == ERR_OK && !root && !conf_value_keep(&p.r, &p.r.conf->user, STR_NONE))
		e = ERR_NOMEM;
	if (e == ERR_OK && !finish(&p.r))
		e = p.r.err;
	return end(&p, e, out);
}
