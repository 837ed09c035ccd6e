/*
 * Reading the command line.  Not getopt_long(): its messages are its own, its
 * state is global, and it cannot stop at the command and then go on with
 * another table.
 */
#include "cli/options.h"

#include "base/near.h"

#include <stdlib.h>
#include <string.h>

static const struct cli_option *find_in(const struct cli_option *table, struct str name,
					char letter)
{
	for (; table && table->name; table++)
		if (letter ? table->letter == letter : str_eq(name, str_of(table->name)))
			return table;
	return NULL;
}

static const struct cli_option *find(struct cli_tables t, struct str name, char letter)
{
	const struct cli_option *found = find_in(t.a, name, letter);

	return found ? found : find_in(t.b, name, letter);
}

/*
 * One argument that begins with a dash.  *value is what follows in the same
 * argument, or NULL.
 */
static const struct cli_option *match(struct cli_tables t, const char *arg, const char **value)
{
	struct str name;

	*value = NULL;
	if (arg[1] != '-') {
		*value = arg[2] ? arg + 2 : NULL;
		return find(t, STR_NONE, arg[1]);
	}
	struct str rest = str_of(arg + 2);
	if (str_cut(&rest, '=', &name))
		*value = arg + 2 + name.n + 1;
	else
		name = rest;
	return find(t, name, '\0');
}

static enum err refuse(struct buf *why, const char *what, const char *arg)
{
	buf_addf(why, "%s %s", what, arg);
	return ERR_SYNTAX;
}

static void offer(struct near *near, const struct cli_option *table)
{
	for (; table && table->name; table++)
		near_offer(near, str_of(table->name));
}

/* With the one that was meant, also where a dash is missing: a letter is near to nothing. */
static enum err unknown(struct cli_tables t, const char *arg, struct buf *why)
{
	struct str rest = str_of(arg + (arg[1] == '-' ? 2 : 1));
	struct near near = { .word = rest };

	(void)str_cut(&rest, '=', &near.word);
	if (near.word.n > 1) {
		offer(&near, t.a);
		offer(&near, t.b);
	}
	(void)refuse(why, "unknown option", arg);
	if (near.meant.n)
		buf_addf(why, ": did you mean --%.*s?", STR_ARG(near.meant));
	return ERR_SYNTAX;
}

/* The option at args.v[*i]; *i moves past it and its value. */
static enum err read_option(struct cli_tables t, struct cli_argv args, int *i,
			    struct cli_options *o, struct buf *why)
{
	const char *arg = args.v[*i], *value;
	const struct cli_option *option = match(t, arg, &value);

	if (!option)
		return unknown(t, arg, why);
	if (!option->value && value)
		return refuse(why, "no value belongs to this option:", arg);
	if (option->value && !value) {
		if (*i + 1 == args.n) {
			(void)refuse(why, "a value is missing after", arg);
			buf_addf(why, ": %s", option->value);
			return ERR_SYNTAX;
		}
		value = args.v[++*i];
	}
	if (option->value && !value[0] && strcmp(option->value, "FILE") == 0) {
		buf_addf(why, "an empty name after --%s: name a file, or leave it out",
			 option->name);
		return ERR_SYNTAX;
	}
	++*i;
	o->given[o->n_given++] = (struct cli_given){ option, value };
	return ERR_OK;
}

enum err cli_options_read(struct cli_tables tables, struct cli_argv args, enum cli_until until,
			  struct cli_options *out, struct buf *why)
{
	size_t room = (size_t)args.n + 1;
	struct cli_options o = { .given = calloc(room, sizeof(o.given[0])),
				 .word = calloc(room, sizeof(o.word[0])) };
	enum err e = o.given && o.word ? ERR_OK : ERR_NOMEM;
	bool words_only = false;
	int i = 0;

	while (e == ERR_OK && i < args.n) {
		const char *arg = args.v[i];
		if (!words_only && strcmp(arg, "--") == 0) {
			words_only = true;
			i++;
		} else if (!words_only && arg[0] == '-' && arg[1]) {
			e = read_option(tables, args, &i, &o, why);
		} else if (until == CLI_FIRST_WORD) {
			break;
		} else {
			o.word[o.n_word++] = arg;
			o.n_free += !words_only;
			i++;
		}
	}
	o.used = (size_t)i;
	if (e != ERR_OK)
		cli_options_clear(&o);
	else
		*out = o;
	return e;
}

void cli_options_clear(struct cli_options *o)
{
	free(o->given);
	free(o->word);
	*o = (struct cli_options){ 0 };
}

bool cli_options_has(const struct cli_options *o, const char *name)
{
	for (size_t i = 0; i < o->n_given; i++)
		if (strcmp(o->given[i].option->name, name) == 0)
			return true;
	return false;
}

/* An argument is a word or an option, so there is room for one of either. */
void cli_options_turn(struct cli_options *o, size_t i, const struct cli_option *option,
		      const char *value)
{
	o->n_word--;
	o->n_free -= i < o->n_free;
	memmove(o->word + i, o->word + i + 1, (o->n_word - i) * sizeof(o->word[0]));
	o->given[o->n_given++] = (struct cli_given){ option, value };
}

const char *cli_options_next(const struct cli_options *o, const char *name, size_t *i)
{
	while (*i < o->n_given) {
		const struct cli_given *g = &o->given[(*i)++];
		if (strcmp(g->option->name, name) == 0)
			return g->value;
	}
	return NULL;
}

const char *cli_options_value(const struct cli_options *o, const char *name)
{
	const char *last = NULL;
	size_t i = 0;

	for (const char *v; (v = cli_options_next(o, name, &i)) != NULL;)
		last = v;
	return last;
}

bool cli_options_blank(const struct cli_options *o, const char *name)
{
	const char *value = cli_options_value(o, name);

	return value && !value[0];
}
