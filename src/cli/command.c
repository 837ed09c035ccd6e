/*
 * What happens before and after the command that was asked for, and what all
 * commands use.  The table of them is in commands.def.
 */
#include "cli/command.h"

#include "base/near.h"
#include "base/text.h"
#include "cli/progress.h"
#include "cli/screen.h"
#include "cli/whom.h"
#include "cli/words.h"
#include "conf/file.h"
#include "console/spawner.h"
#include "os/confine.h"
#include "os/file.h"
#include "relay/reading.h"
#include "term/wrap.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LINE_MAX_OCTETS = 16384, OUT_MAX = 1 << 28, COLUMN = 28 };

const struct cli_option cli_common_options[] = {
	{ "conf", 'c', "FILE",
	  "the configuration (else $SIGNPOST_CONF, /etc/signpost/signpost.conf)" },
	{ "help", 'h', NULL, "this help" },
	{ 0 },
};

const struct cli_option cli_global_options[] = {
	{ "version", 'V', NULL, "the version" },
	{ 0 },
};

const struct cli_option cli_show_options[] = {
	{ "json", '\0', NULL, "for machines: JSON" },
	CLI_COLOR_OPTION,
	{ 0 },
};

/* One line on standard error. */
__attribute__((format(printf, 2, 0))) static void complain(const char *before, const char *fmt,
							   va_list ap)
{
	CLEANUP(buf_free) struct buf line = BUF_MAX(4 * LINE_MAX_OCTETS);
	char words[LINE_MAX_OCTETS];

	(void)vsnprintf(words, sizeof(words), fmt, ap);
	text_escape(&line, str_of(words));
	cli_progress_hide();
	(void)fprintf(stderr, "%s%.*s\n", before, STR_ARG(buf_str(&line)));
}

int cli_fail(int status, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	complain("signpost: ", fmt, ap);
	va_end(ap);
	return status;
}

int cli_usage(const struct cli *cli, const char *fmt, ...)
{
	char words[LINE_MAX_OCTETS];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(words, sizeof(words), fmt, ap);
	va_end(ap);
	int status = cli->command->usage_exit ? cli->command->usage_exit : CLI_USAGE;
	return cli_fail(status, "%s: %s (see signpost %s --help)", cli->command->name, words,
			cli->command->name);
}

int cli_fail_lines(int status, struct str lines)
{
	cli_progress_hide();
	relay_reading_say(lines);
	return status;
}

int cli_fail_file(int status, const char *file, enum err e)
{
	CLEANUP(buf_free) struct buf line = BUF_MAX(LINE_MAX_OCTETS);

	conf_file_refuse(&line, file, e);
	return cli_fail_lines(status, buf_str(&line));
}

void cli_note_whom(const struct cli *cli, const char *option)
{
	CLEANUP(buf_free) struct buf note = BUF_MAX(4 * LINE_MAX_OCTETS);

	cli_whom_note(&note, str_of(cli_options_value(&cli->options, option)));
	if (note.n)
		(void)cli_fail(CLI_DONE, "a note: --%s %.*s", option, STR_ARG(buf_str(&note)));
}

int cli_nomem(void)
{
	return cli_fail(CLI_NO, CLI_WORDS_NO_MEMORY);
}

/* Lay out what is for people, behind what is written already. */
static void lay_out(struct cli *cli)
{
	term_wrap_text(&cli->out, &cli->text, &cli->style);
	term_text_clear(&cli->text);
}

/* It may block for as long as its reader likes. */
static bool write_out(struct str out)
{
	if (out.n)
		cli_progress_pause();
	bool ok = fwrite(out.p ? out.p : "", 1, out.n, stdout) == out.n && fflush(stdout) == 0;
	int error = errno;
	cli_progress_resume();
	errno = error;
	return ok;
}

int cli_flush(struct cli *cli, int status)
{
	lay_out(cli);

	struct str out = buf_str(&cli->out);
	if (buf_err(&cli->out) != ERR_OK)
		return cli_nomem();
	if (cli->unwritten)
		return CLI_NO;
	if (!write_out(out)) {
		cli->unwritten = true;
		return cli_fail(CLI_NO, "cannot write to standard output: %s", strerror(errno));
	}
	buf_clear(&cli->out);
	return status;
}

bool cli_wide(const struct cli *cli)
{
	return cli->style.width > 0;
}

void cli_show_tree(struct cli *cli, struct term_tree *tree, size_t indent)
{
	lay_out(cli);
	term_tree_show(&cli->out, tree, &cli->style, indent);
}

void cli_show_table(struct cli *cli, struct term_table *table)
{
	lay_out(cli);
	term_table_show(&cli->out, table, &cli->style);
}

bool cli_json(const struct cli *cli)
{
	return cli_options_has(&cli->options, "json");
}

const char *cli_word(const struct cli *cli, size_t i)
{
	return i < cli->options.n_word ? cli->options.word[i] : NULL;
}

int cli_file_word(const struct cli *cli, size_t i)
{
	const char *name = cli_word(cli, i);

	if (!name || name[0])
		return CLI_DONE;
	return cli_usage(cli, "an empty name: name a file, or - for standard input");
}

int cli_conf_exit(const struct cli *cli)
{
	return cli->command->conf_exit ? cli->command->conf_exit : CLI_USAGE;
}

const struct conf *cli_conf(struct cli *cli)
{
	CLEANUP(buf_free) struct buf why = BUF_MAX(LINE_MAX_OCTETS);
	const char *file = cli->conf_file ? cli->conf_file : conf_default_file();

	if (cli->conf)
		return cli->conf;
	enum err e = (cli->command->read ? cli->command->read : conf_read)(file, &cli->conf, &why);
	if (e == ERR_OK && why.n)
		buf_addf(&why, "; a warning: %s needs but the paths in it, and goes on",
			 cli->command->name);
	if (why.n && (e == ERR_OK || e == ERR_SYNTAX || e == ERR_IO))
		(void)cli_fail_lines(0, buf_str(&why));
	else if (e != ERR_OK)
		(void)cli_nomem();
	cli->no_memory = e == ERR_NOMEM;
	return e == ERR_OK ? cli->conf : NULL;
}

/* Standard input stays open. */
static void close_input(FILE **f)
{
	if (*f && *f != stdin)
		(void)fclose(*f);
}

enum err cli_read_input(const char *path, struct buf *out)
{
	bool standard = !path || strcmp(path, "-") == 0;
	CLEANUP(close_input) FILE *f = standard ? stdin : fopen(path, "re");
	char octets[65536];
	size_t n;

	if (!f)
		return ERR_IO;
	while ((n = fread(octets, 1, sizeof(octets), f)) > 0)
		buf_add(out, (struct str){ octets, n });
	return ferror(f) ? ERR_IO : buf_err(out);
}

/* On a terminal; whatever --color says, as there are no colours in it. */
static struct term_text *help_text(struct cli *cli)
{
	struct term_screen_facts facts = cli_screen_facts(&cli->options, STDOUT_FILENO);

	facts.color = NULL;
	if (term_screen_style(&facts, &cli->style) != ERR_OK)
		cli->style = (struct term_style){ 0 };
	return &cli->text;
}

static void help_row(struct term_text *t, const char *left, const char *words)
{
	buf_addf(&t->text, "  %-*s ", COLUMN - 2, left);
	term_text_hang(t);
	buf_addf(&t->text, "%s\n", words);
}

static void help_options(struct term_text *t, const struct cli_option *o)
{
	char left[LINE_MAX_OCTETS];

	for (; o && o->name; o++) {
		char letter[] = { '-', o->letter, ',', ' ', '\0' };
		(void)snprintf(left, sizeof(left), "%s--%s%s%s", o->letter ? letter : "", o->name,
			       o->value ? " " : "", o->value ? o->value : "");
		help_row(t, left, o->help);
	}
}

void cli_help(struct cli *cli)
{
	const struct cli_command *c = cli->command;
	struct term_text *t = help_text(cli);

	buf_addf(&t->text, "usage: signpost %s [OPTIONS]%s%s\n\n%s\n", c->name,
		 c->usage[0] ? " " : "", c->usage, c->summary);
	if (c->details)
		buf_addf(&t->text, "\n%s", c->details);
	buf_add(&t->text, STR("\noptions\n"));
	help_options(t, c->options);
	help_options(t, cli_common_options);
}

static void help_all(struct cli *cli, const struct cli_command *const *commands)
{
	struct term_text *t = help_text(cli);

	buf_add(&t->text, STR("usage: signpost COMMAND [OPTIONS]\n\n"
			      "an outbound mail relay with DNSSEC by criterion\n\ncommands\n"));
	for (const struct cli_command *const *c = commands; *c; c++)
		help_row(t, (*c)->name, (*c)->summary);
	buf_add(&t->text, STR("\noptions\n"));
	help_options(t, cli_common_options);
	help_options(t, cli_global_options);
	buf_add(&t->text, STR("\nsignpost help COMMAND tells more; so does signpost(1)\n"));
}

static const struct cli_command *find_command(const struct cli_command *const *commands,
					      const char *name)
{
	while (*commands && strcmp((*commands)->name, name) != 0)
		commands++;
	return *commands;
}

/* What whoever comes from another program may type; NULL: we do not know. */
static const char *elsewhere(const char *word)
{
	static const struct {
		const char *word, *ours;
	} words[] = {
		{ "start", "serve" },
		{ "run", "serve" },
		{ "daemon", "serve" },
		{ "mailq", "queue list" },
		{ "flush", "queue retry --all" },
		{ "dig", "lookup" },
		{ "query", "lookup" },
		{ "resolve", "lookup" },
		{ "check", "doctor" },
		{ "version", "--version" },
		{ "trace", "connect" },
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(word, words[i].word) == 0)
			return words[i].ours;
	return NULL;
}

static int unknown_command(const struct cli_command *const *commands, const char *word)
{
	struct near near = { .word = str_of(word), .meant = str_of(elsewhere(word)) };

	for (; *commands; commands++)
		near_offer(&near, str_of((*commands)->name));
	near_offer(&near, STR("help"));
	if (!word[0])
		return cli_fail(CLI_USAGE, "an empty command (see signpost --help)");
	if (near.meant.n == 0)
		return cli_fail(CLI_USAGE, "unknown command %s (see signpost --help)", word);
	return cli_fail(CLI_USAGE, "unknown command %s: did you mean %.*s? (see signpost --help)",
			word, STR_ARG(near.meant));
}

int cli_unknown_word(const struct cli *cli, const char *word, const char *known)
{
	struct near near = { .word = str_of(word) };
	struct str rest = str_of(known), one;

	if (!word || !word[0])
		return cli_usage(cli, "what to do? %s", known);
	while (str_word(&rest, &one))
		near_offer(&near, str_ends(one, STR(",")) ? str_head(one, one.n - 1) : one);
	if (near.meant.n == 0)
		return cli_usage(cli, "%s is not known: write one of: %s", word, known);
	return cli_usage(cli, "%s is not known: did you mean %.*s? There are %s", word,
			 STR_ARG(near.meant), known);
}

/* The help of the command of that name; NULL: of all. */
static int help_of(struct cli *cli, const struct cli_command *const *commands, const char *word)
{
	cli->command = word ? find_command(commands, word) : NULL;
	if (word && !cli->command)
		return unknown_command(commands, word);
	if (cli->command)
		cli_help(cli);
	else
		help_all(cli, commands);
	return cli_flush(cli, CLI_DONE);
}

/* Before a command: help or version asked for, or no command at all. */
static int without_command(struct cli *cli, const struct cli_command *const *commands,
			   const char *word)
{
	if (cli_options_has(&cli->options, "help"))
		return help_of(cli, commands, word);
	if (cli_options_has(&cli->options, "version"))
		buf_add(&cli->out, STR("signpost " SIGNPOST_VERSION "\n"));
	else if (!word)
		return cli_fail(CLI_USAGE, "no command (see signpost --help)");
	else
		return unknown_command(commands, word);
	return cli_flush(cli, CLI_DONE);
}

/* How standard output is to be written, for the options that there are. */
static int find_style(struct cli *cli)
{
	struct term_screen_facts facts = cli_screen_facts(&cli->options, STDOUT_FILENO);

	if (term_screen_style(&facts, &cli->style) != ERR_OK)
		return cli_usage(cli, "--color %s: auto, always or never", facts.color);
	return CLI_DONE;
}

/* The command with its arguments. */
static int with_command(struct cli *cli, struct cli_argv args)
{
	CLEANUP(buf_free) struct buf why = BUF_MAX(LINE_MAX_OCTETS);
	struct cli_tables tables = { cli->command->options, cli_common_options };
	enum err e = cli_options_read(tables, args, CLI_ALL, &cli->options, &why);

	if (e == ERR_SYNTAX)
		return cli_usage(cli, "%.*s", STR_ARG(buf_str(&why)));
	if (e != ERR_OK)
		return cli_nomem();
	if (cli_options_has(&cli->options, "help")) {
		cli_help(cli);
		return cli_flush(cli, CLI_DONE);
	}
	if (cli_options_value(&cli->options, "conf"))
		cli->conf_file = cli_options_value(&cli->options, "conf");
	int status = find_style(cli);
	if (status == CLI_DONE)
		status = cli->command->run(cli);
	cli_progress_stop();
	return cli_flush(cli, status);
}

int cli_command_instead(struct cli *cli, const struct cli_command *other, struct cli_argv args)
{
	cli_options_clear(&cli->options);
	cli->command = other;
	return with_command(cli, args);
}

static void cli_clear(struct cli *cli)
{
	cli_options_clear(&cli->options);
	conf_free(&cli->conf);
	buf_free(&cli->out);
	term_text_free(&cli->text);
}

/* A command that reads its words itself. */
static int with_raw(struct cli *cli, const char *called, struct cli_argv args)
{
	int status = cli->command->raw(cli, called, args);

	return cli_flush(cli, status);
}

/* "sendmail" of "/usr/sbin/sendmail". */
static const char *name_of(const char *program)
{
	const char *slash = program ? strrchr(program, '/') : NULL;

	return slash ? slash + 1 : program ? program : "";
}

/* The command that the program is when it is called so; NULL: it is itself. */
static const struct cli_command *by_name(const struct cli_command *const *commands,
					 const char *called)
{
	static const char *const names[] = { "sendmail", "mailq", "newaliases",
					     "signpost-sendmail" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(called, names[i]) == 0)
			return find_command(commands, "sendmail");
	return NULL;
}

static bool is_help(const char *word)
{
	return strcmp(word, "help") == 0 || strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0;
}

int cli_command_main(const struct cli_command *const *commands, int argc, char **argv)
{
	CLEANUP(cli_clear) struct cli cli = { .out = BUF_MAX(OUT_MAX), .text = TERM_TEXT(OUT_MAX) };
	const char *called = name_of(argc > 0 ? argv[0] : NULL);
	CLEANUP(buf_free) struct buf why = BUF_MAX(LINE_MAX_OCTETS);
	struct cli_argv args = { argc > 0 ? argc - 1 : 0, argv + 1 };
	struct cli_tables tables = { cli_common_options, cli_global_options };

	if (os_fd_stand_in() != ERR_OK)
		return CLI_NO; /* and nowhere to say so */
	if (getenv(CONSOLE_SPAWNED) && os_confine_core() != ERR_OK)
		return cli_fail(CLI_NO, "the kernel keeps no secret: %s", strerror(errno));
	cli.command = by_name(commands, called);
	if (cli.command)
		return with_raw(&cli, called, args);
	enum err e = cli_options_read(tables, args, CLI_FIRST_WORD, &cli.options, &why);
	if (e != ERR_OK)
		return e == ERR_SYNTAX ? cli_fail(CLI_USAGE, "%.*s (see signpost --help)",
						  STR_ARG(buf_str(&why)))
				       : cli_nomem();
	int used = (int)cli.options.used;
	const char *word = used < args.n ? args.v[used] : NULL;
	if (word && strcmp(word, "help") == 0) {
		word = used + 1 < args.n ? args.v[used + 1] : NULL;
		return help_of(&cli, commands, word && is_help(word) ? NULL : word);
	}
	cli.command = word ? find_command(commands, word) : NULL;
	cli.conf_file = cli_options_value(&cli.options, "conf");
	if (!cli.command || cli_options_has(&cli.options, "help") ||
	    cli_options_has(&cli.options, "version"))
		return without_command(&cli, commands, word);
	args = (struct cli_argv){ args.n - used - 1, args.v + used + 1 };
	if (cli.command->raw)
		return with_raw(&cli, called, args);
	cli_options_clear(&cli.options);
	return with_command(&cli, args);
}
