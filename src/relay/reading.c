#include "relay/reading.h"

#include "base/text.h"
#include "conf/read.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum err relay_reading_absolutely(struct conf *conf)
{
	CLEANUP(buf_free) struct buf whole = BUF_MAX(2 * PATH_MAX);
	char here[PATH_MAX];

	if (!conf->file || conf->file[0] == '/' || !getcwd(here, sizeof(here)))
		return ERR_OK;
	buf_addf(&whole, "%s/%s", here, conf->file);
	char *name = str_z(buf_str(&whole));
	if (!name)
		return ERR_NOMEM;
	free(conf->file);
	conf->file = name;
	conf->given.file = name;
	return ERR_OK;
}

/* NULL is "". */
static bool differ(const char *a, const char *b)
{
	return strcmp(a ? a : "", b ? b : "") != 0;
}

/* A key, or without one a section. */
struct place {
	const char *section, *title, *key;
};

static void add_name(struct buf *out, const struct place *at)
{
	if (strcmp(at->section, "root") != 0)
		buf_addf(out, "%s%s", at->section, at->key || at->title ? " " : "");
	if (at->title) {
		buf_addc(out, '"');
		text_escape(out, str_of(at->title));
		buf_addc(out, '"');
	}
	buf_addf(out, "%s%s", at->title && at->key ? " " : "", at->key ? at->key : "");
}

/* Of what is written, what is to be said of it and its line; of what is gone, where it was. */
static bool tell(const struct place *at, const char *what, const struct conf *a,
		 const struct conf *b, struct buf *why)
{
	const struct conf_given_key *was =
		conf_given_find(&a->given, at->section, at->title, at->key);

	if (conf_given_find(&b->given, at->section, at->title, at->key)) {
		conf_given_where(why, &b->given, at->section, at->title, at->key);
		add_name(why, at);
		buf_addf(why, " %s", what);
		return true;
	}
	text_escape(why, str_of(b->file ? b->file : "configuration"));
	buf_add(why, STR(": "));
	add_name(why, at);
	if (was)
		buf_addf(why, " was in line %u, and is not there any more", was->line);
	else
		buf_addf(why, " %s", what);
	return true;
}

/* The section listen of that title; NULL: there is none. */
static const struct conf_listen *listen_of(const struct conf *c, const char *text)
{
	for (size_t i = 0; i < c->n_listen; i++)
		if (strcmp(c->listen[i].text, text) == 0)
			return &c->listen[i];
	return NULL;
}

/* A socket is bound once, for those who may connect to it. */
static bool fixed_of_listen(const struct conf *a, const struct conf *b,
			    const struct conf_listen *new, struct buf *why)
{
	const struct conf_listen *old = listen_of(a, new->text);

	if (!old && !new->line)
		return false; /* the default, in the place of what is gone */
	if (!old)
		return tell(&(struct place){ "listen", new->text, NULL }, "is new", a, b, why);
	if (old->mode != new->mode)
		return tell(&(struct place){ "listen", new->text, "mode" }, "has changed", a, b,
			    why);
	return differ(old->group, new->group) &&
	       tell(&(struct place){ "listen", new->text, "group" }, "has changed", a, b, why);
}

/* What is behind each socket goes by its place among them. */
static bool fixed_of_listeners(const struct conf *a, const struct conf *b, struct buf *why)
{
	for (size_t i = 0; i < b->n_listen; i++)
		if (fixed_of_listen(a, b, &b->listen[i], why))
			return true;
	for (size_t i = 0; i < a->n_listen; i++)
		if (!listen_of(b, a->listen[i].text))
			return tell(&(struct place){ "listen", a->listen[i].text, NULL }, "is gone",
				    a, b, why);
	for (size_t i = 0; i < b->n_listen; i++)
		if (i >= a->n_listen || strcmp(a->listen[i].text, b->listen[i].text) != 0)
			return tell(&(struct place){ "listen", b->listen[i].text, NULL },
				    "stands in another place", a, b, why);
	return false;
}

bool relay_reading_fixed(const struct conf *a, const struct conf *b, struct buf *why)
{
	const struct {
		struct place at;
		bool differs;
	} keys[] = {
		{ { "root", NULL, "state-directory" },
		  strcmp(a->state_directory, b->state_directory) != 0 },
		{ { "control", NULL, "socket" }, strcmp(a->control_path, b->control_path) != 0 },
		{ { "control", NULL, "mode" }, a->control_mode != b->control_mode },
		{ { "control", NULL, "group" }, differ(a->control_group, b->control_group) },
		{ { "queue", NULL, "store" }, strcmp(a->queue_store, b->queue_store) != 0 },
		{ { "root", NULL, "user" }, differ(a->user, b->user) },
		{ { "root", NULL, "log-directory" },
		  strcmp(a->log_directory, b->log_directory) != 0 },
		{ { "root", NULL, "workers" }, a->workers != b->workers },
	};

	if (fixed_of_listeners(a, b, why))
		return true;
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (keys[i].differs)
			return tell(&keys[i].at, "has changed", a, b, why);
	return false;
}

enum err relay_reading_again(struct conf **conf, struct buf *why)
{
	struct conf *again = NULL;

	if (!(*conf)->file)
		return ERR_OK;
	enum err e = conf_read((*conf)->file, &again, why);

	if (e != ERR_OK) {
		buf_addf(why, " (read as user %s)", (*conf)->user);
		return e;
	}
	if (relay_reading_fixed(*conf, again, why)) {
		buf_add(why, STR(" while it was read: start again"));
		conf_free(&again);
		return ERR_SYNTAX;
	}
	conf_free(conf);
	*conf = again;
	return ERR_OK;
}

/* "FILE:LINE: ..." stands by itself. */
static bool has_place(struct str line)
{
	struct str file, number;
	uint32_t n;

	return str_cut(&line, ':', &file) && file.n && str_cut(&line, ':', &number) &&
	       str_u32(number, &n) && str_starts(line, STR(" "));
}

#define REACH                                                                                      \
	": see that the daemon's user may read it (as root: signpost serve --check); the daemon "  \
	"reaches the directories alone that its configuration named at the start: where this is "  \
	"another, restart it then"

void relay_reading_reach(struct buf *why)
{
	CLEANUP(buf_free) struct buf all = BUF_MAX(why->max);
	struct str rest = str_trim(buf_str(why)), line, denied = str_of(strerror(EACCES));
	bool told = false, more = true;

	while (more) {
		more = str_cut(&rest, '\n', &line);
		line = more ? line : rest;
		bool is_it = !told && line.n > 0 && memmem(line.p, line.n, denied.p, denied.n);
		buf_add(&all, line);
		buf_add(&all, is_it ? STR(REACH) : STR_NONE);
		buf_add(&all, more ? STR("\n") : STR_NONE);
		told |= is_it;
	}
	if (buf_err(&all) != ERR_OK)
		return;
	buf_clear(why);
	buf_add(why, buf_str(&all));
}

void relay_reading_say(struct str lines)
{
	struct str line;

	while (str_line(&lines, &line))
		(void)fprintf(stderr, "%s%.*s\n",
			      has_place(line) ? "" : "signpost: ", STR_ARG(line));
}

void relay_reading_tell(struct buf *why)
{
	relay_reading_say(buf_str(why));
	buf_clear(why);
}

int relay_reading_refuse(enum err e, const struct buf *why)
{
	relay_reading_say(why->n ? buf_str(why) : str_of(err_text(e)));
	return RELAY_READING_REFUSED;
}
