#include "cli/mailer.h"

#include "smtp/envelope.h"
#include "smtp/xtext.h"

#include <stdlib.h>
#include <string.h>

/* What stands behind the letter of an option. */
enum operand {
	NONE,
	VALUE,    /* the rest of the word, or else the next one */
	ATTACHED, /* the rest of the word, which may be empty */
};

struct reading {
	struct cli_mailer *m;
	struct cli_argv args; /* what is left */
	struct buf *why;
};

typedef bool apply(struct reading *r, const char *value);

static bool refuse(struct reading *r, const char *option, const char *value, const char *what)
{
	buf_addf(r->why, "%s%s: %s", option, value, what);
	return false;
}

static bool ignore(struct reading *r, const char *value)
{
	(void)r, (void)value;
	return true;
}

static bool set_conf(struct reading *r, const char *value)
{
	if (!value[0])
		return refuse(r, "-C", value, "an empty name: name a file, or leave it out");
	r->m->conf = value;
	return true;
}

static bool set_from(struct reading *r, const char *value)
{
	r->m->from = value;
	return true;
}

static bool set_name(struct reading *r, const char *value)
{
	r->m->name = value;
	return true;
}

/* Octets that are no xtext would be other parameters of MAIL. */
static bool set_envid(struct reading *r, const char *value)
{
	struct str s = str_of(value);

	if (s.n == 0 || s.n > SMTP_ENVID_MAX || !smtp_xtext_ok(s))
		return refuse(r, "-V ", value,
			      "an ID of at most 100 octets, +20 for a space, +2B for a +");
	r->m->envid = value;
	return true;
}

static bool set_extract(struct reading *r, const char *value)
{
	(void)value;
	r->m->extract = true;
	return true;
}

static bool set_dots(struct reading *r, const char *value)
{
	(void)value;
	r->m->dots = true;
	return true;
}

static bool set_verbose(struct reading *r, const char *value)
{
	(void)value;
	r->m->verbose = true;
	return true;
}

/* -oi, -O IgnoreDots, -O IgnoreDots=True; the others are about things that a relay has not. */
static bool set_option(struct reading *r, const char *value)
{
	struct str rest = str_of(value), name = rest;
	bool said = str_cut(&rest, '=', &name);

	/* As Sendmail reads what is yes or no: nothing, true or yes. */
	if (strcmp(value, "i") == 0 || str_eq_nocase(name, STR("IgnoreDots")))
		r->m->dots = !said || rest.n == 0 || str_has(STR("tTyY"), rest.p[0]);
	return true;
}

/* -q, with an interval or what to choose: the schedule is the daemon's own. */
static bool set_flush(struct reading *r, const char *value)
{
	(void)value;
	if (r->m->what == CLI_MAILER_SEND)
		r->m->what = CLI_MAILER_FLUSH;
	return true;
}

static bool set_mode(struct reading *r, const char *value)
{
	static const struct {
		const char *value;
		enum cli_mailer_what what;
	} modes[] = {
		{ "m", CLI_MAILER_SEND },
		{ "s", CLI_MAILER_SMTP },
		{ "p", CLI_MAILER_LIST },
		{ "i", CLI_MAILER_ALIASES },
	};

	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++)
		if (strcmp(value, modes[i].value) == 0) {
			r->m->what = modes[i].what;
			return true;
		}
	if (strcmp(value, "d") == 0 || strcmp(value, "D") == 0)
		return refuse(r, "-b", value, "the daemon is started by `signpost serve`");
	return refuse(r, "-b", value, "only -bm, -bs, -bp and -bi are known");
}

static bool set_aliases(struct reading *r, const char *value)
{
	(void)value;
	r->m->what = CLI_MAILER_ALIASES;
	return true;
}

static bool set_return(struct reading *r, const char *value)
{
	if (str_eq_nocase(str_of(value), STR("full")))
		r->m->flags = SMTP_MAIL_RET_FULL;
	else if (str_eq_nocase(str_of(value), STR("hdrs")))
		r->m->flags = SMTP_MAIL_RET_HDRS;
	else
		return refuse(r, "-R ", value, "full or hdrs");
	return true;
}

static bool set_notify(struct reading *r, const char *value)
{
	static const struct {
		struct str word;
		unsigned flag;
	} words[] = {
		{ STR_INIT("never"), SMTP_NOTIFY_NEVER },
		{ STR_INIT("success"), SMTP_NOTIFY_SUCCESS },
		{ STR_INIT("failure"), SMTP_NOTIFY_FAILURE },
		{ STR_INIT("delay"), SMTP_NOTIFY_DELAY },
	};
	struct str rest = str_of(value), word;
	unsigned given = 0;

	while (rest.n) {
		if (!str_cut(&rest, ',', &word)) {
			word = rest;
			rest = STR_NONE;
		}
		unsigned flag = 0;
		for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
			flag |= str_eq_nocase(word, words[i].word) ? words[i].flag : 0;
		if (!flag)
			return refuse(r, "-N ", value, "never, or some of success,failure,delay");
		given |= flag;
	}
	if (!given || (given & SMTP_NOTIFY_NEVER && given != SMTP_NOTIFY_NEVER))
		return refuse(r, "-N ", value, "never, or some of success,failure,delay");
	r->m->notify = given;
	return true;
}

static const struct {
	char letter;
	enum operand operand;
	apply *apply;
} options[] = {
	{ 'A', VALUE, ignore },       { 'B', VALUE, ignore },     { 'C', VALUE, set_conf },
	{ 'F', VALUE, set_name },     { 'G', NONE, ignore },      { 'I', NONE, set_aliases },
	{ 'L', VALUE, ignore },       { 'N', VALUE, set_notify }, { 'O', VALUE, set_option },
	{ 'R', VALUE, set_return },   { 'U', NONE, ignore },      { 'V', VALUE, set_envid },
	{ 'X', VALUE, ignore },       { 'b', VALUE, set_mode },   { 'c', VALUE, set_conf },
	{ 'd', ATTACHED, ignore },    { 'e', VALUE, ignore },     { 'f', VALUE, set_from },
	{ 'h', VALUE, ignore },       { 'i', NONE, set_dots },    { 'm', NONE, ignore },
	{ 'n', NONE, ignore },        { 'o', VALUE, set_option }, { 'p', VALUE, ignore },
	{ 'q', ATTACHED, set_flush }, { 'r', VALUE, set_from },   { 's', NONE, ignore },
	{ 't', NONE, set_extract },   { 'v', NONE, set_verbose }, { 'x', VALUE, ignore },
};

static const char *next_word(struct cli_argv *args)
{
	if (args->n == 0)
		return NULL;
	args->n--;
	return *args->v++;
}

/* The option at *letters, which stand together behind one dash; what is used of them is cut off. */
static bool read_letter(struct reading *r, const char **letters)
{
	char name[] = { '-', **letters, '\0' };
	const char *rest = *letters + 1, *value = "";
	size_t i = 0, n = sizeof(options) / sizeof(options[0]);

	while (i < n && options[i].letter != **letters)
		i++;
	if (i == n)
		return refuse(r, name, "", "there is no such option");
	*letters = rest;
	if (options[i].operand != NONE) {
		value = rest;
		*letters = "";
	}
	if (options[i].operand == VALUE && !*value)
		value = next_word(&r->args);
	if (!value)
		return refuse(r, name, "", "wants a value");
	return options[i].apply(r, value);
}

static bool read_word(struct reading *r, const char *word, bool *options_end)
{
	if (*options_end || word[0] != '-' || !word[1]) {
		r->m->word[r->m->n_word++] = word;
		return true;
	}
	if (strcmp(word, "--") == 0) {
		*options_end = true;
		return true;
	}
	if (strcmp(word, "--help") == 0) {
		r->m->what = CLI_MAILER_HELP;
		return true;
	}
	if (word[1] == '-')
		return refuse(r, word, "", "there is no such option");
	const char *letters = word + 1;
	while (*letters)
		if (!read_letter(r, &letters))
			return false;
	return true;
}

enum err cli_mailer_read(const char *called, struct cli_argv args, struct cli_mailer *out,
			 struct buf *why)
{
	struct reading r = { out, args, why };
	bool options_end = false;
	const char *word;

	*out = (struct cli_mailer){ .word = calloc((size_t)args.n + 1, sizeof(out->word[0])) };
	if (!out->word)
		return ERR_NOMEM;
	if (strcmp(called, "mailq") == 0)
		out->what = CLI_MAILER_LIST;
	else if (strcmp(called, "newaliases") == 0)
		out->what = CLI_MAILER_ALIASES;
	while ((word = next_word(&r.args)) != NULL)
		if (!read_word(&r, word, &options_end))
			return ERR_SYNTAX;
	return ERR_OK;
}

void cli_mailer_clear(struct cli_mailer *m)
{
	free(m->word);
	m->word = NULL;
	m->n_word = 0;
}
