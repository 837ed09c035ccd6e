/*
 * What a shell completes, out of the tables of commands and options:
 *
 *	completions bash|zsh|fish
 */
#include "cli/command.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define COMMAND(name) extern const struct cli_command cli_##name;
#include "cli/commands.def"
#undef COMMAND

#define COMMAND(name) &cli_##name,
static const struct cli_command *const commands[] = {
#include "cli/commands.def"
};
#undef COMMAND

enum { COMMANDS = sizeof(commands) / sizeof(commands[0]), WORDS_MAX = 512 };

static const struct cli_option none[] = { { 0 } };

static const struct cli_option *options_of(const struct cli_command *c)
{
	return c->options ? c->options : none;
}

/* A help text within single quotes; brackets and colons mean something to zsh. */
static void quoted(const char *text)
{
	for (; *text; text++) {
		if (strchr("[]:", *text))
			(void)printf("\\");
		(void)printf(*text == '\'' ? "'\\''" : "%c", *text);
	}
}

/* The words that stand in a usage as they are typed: "list | show ID" has list and show. */
static void subcommands(const char *usage, const char *before, const char *after)
{
	char text[WORDS_MAX], *rest = text, *word;

	(void)snprintf(text, sizeof(text), "%s", usage);
	while ((word = strtok_r(rest, " ", &rest)) != NULL) {
		if (word[0] == '[' && word[1] == '-') { /* an option, and what its value may be */
			(void)strtok_r(rest, " ", &rest);
			continue;
		}
		for (char *one; (one = strtok_r(word, "[]|", &word)) != NULL;)
			if (islower((unsigned char)one[0]))
				(void)printf("%s%s%s", before, one, after);
	}
}

static bool is_file(const struct cli_option *o)
{
	return o->value && strcmp(o->value, "FILE") == 0;
}

/* The words that a value may be, where they are few and known; NULL: it may be anything. */
static const char *choices(const struct cli_option *o)
{
	return o->value && strcmp(o->name, "color") == 0 ? "auto always never" : NULL;
}

/* bash */

static void bash_words(const struct cli_option *o)
{
	for (; o->name; o++)
		(void)printf(" --%s", o->name);
}

static void bash(void)
{
	(void)puts("# bash completion of signpost; made from its tables of options.\n"
		   "_signpost() {\n"
		   "    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} "
		   "command= i words\n"
		   "    COMPREPLY=()\n"
		   "    case $prev in\n"
		   "    -c | --conf) COMPREPLY=($(compgen -f -- \"$cur\")); return ;;\n"
		   "    --color) COMPREPLY=($(compgen -W 'auto always never' -- \"$cur\")); return "
		   ";;\n"
		   "    esac\n"
		   "    for ((i = 1; i < COMP_CWORD; i++)); do\n"
		   "        case ${COMP_WORDS[i]} in\n"
		   "        -c | --conf) ((i++)) ;;\n"
		   "        -*) ;;\n"
		   "        *) command=${COMP_WORDS[i]}; break ;;\n"
		   "        esac\n"
		   "    done\n"
		   "    case $command in");
	(void)printf("    '') words='");
	for (size_t i = 0; i < COMMANDS; i++)
		(void)printf("%s ", commands[i]->name);
	bash_words(cli_common_options);
	bash_words(cli_global_options);
	(void)puts("' ;;");
	for (size_t i = 0; i < COMMANDS; i++) {
		(void)printf("    %s) words='", commands[i]->name);
		subcommands(commands[i]->usage, "", " ");
		bash_words(options_of(commands[i]));
		bash_words(cli_common_options);
		(void)puts("' ;;");
	}
	(void)puts("    *) words= ;;\n"
		   "    esac\n"
		   "    COMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n"
		   "    [[ $cur == -* || ${#COMPREPLY[@]} -gt 0 ]] || COMPREPLY=($(compgen -f -- "
		   "\"$cur\"))\n"
		   "}\n"
		   "complete -o filenames -F _signpost signpost");
}

/* zsh */

static void zsh_options(const struct cli_option *o)
{
	for (; o->name; o++) {
		if (o->letter)
			(void)printf(" '(-%c --%s)'{-%c,--%s}'[", o->letter, o->name, o->letter,
				     o->name);
		else
			(void)printf(" '--%s[", o->name);
		quoted(o->help);
		(void)printf("]");
		if (choices(o))
			(void)printf(":%s:(%s)", o->value, choices(o));
		else if (o->value)
			(void)printf(":%s:%s", o->value, is_file(o) ? "_files" : "");
		(void)printf("'");
	}
}

static void zsh(void)
{
	(void)puts("#compdef signpost\n"
		   "# zsh completion of signpost; made from its tables of options.\n"
		   "local -a commands\n"
		   "commands=(");
	for (size_t i = 0; i < COMMANDS; i++) {
		(void)printf("    '%s:", commands[i]->name);
		quoted(commands[i]->summary);
		(void)puts("'");
	}
	(void)puts(")\n"
		   "if ((CURRENT == 2)); then");
	(void)printf("    _arguments");
	zsh_options(cli_common_options);
	zsh_options(cli_global_options);
	(void)puts(" '*: :->command'\n"
		   "    _describe command commands\n"
		   "    return\n"
		   "fi\n"
		   "case $words[2] in");
	for (size_t i = 0; i < COMMANDS; i++) {
		(void)printf("%s) _arguments", commands[i]->name);
		zsh_options(options_of(commands[i]));
		zsh_options(cli_common_options);
		(void)printf(" '*:word:(");
		subcommands(commands[i]->usage, "", " ");
		(void)puts(")' ;;");
	}
	(void)puts("esac");
}

/* fish */

static void fish_options(const struct cli_option *o, const char *when)
{
	for (; o->name; o++) {
		(void)printf("complete -c signpost%s -l %s", when, o->name);
		if (o->letter)
			(void)printf(" -s %c", o->letter);
		if (o->value)
			(void)printf(is_file(o) ? " -r -F" : " -x");
		if (choices(o))
			(void)printf(" -a '%s'", choices(o));
		(void)printf(" -d '");
		for (const char *h = o->help; *h; h++)
			(void)printf(*h == '\'' ? "\\'" : "%c", *h);
		(void)puts("'");
	}
}

static void fish(void)
{
	char when[WORDS_MAX], before[2 * WORDS_MAX];

	(void)puts("# fish completion of signpost; made from its tables of options.");
	fish_options(cli_common_options, "");
	fish_options(cli_global_options, " -n __fish_use_subcommand");
	for (size_t i = 0; i < COMMANDS; i++) {
		(void)printf("complete -c signpost -f -n __fish_use_subcommand -a %s -d '%s'\n",
			     commands[i]->name, commands[i]->summary);
		(void)snprintf(when, sizeof(when), " -n '__fish_seen_subcommand_from %s'",
			       commands[i]->name);
		(void)snprintf(before, sizeof(before), "complete -c signpost%s -a ", when);
		fish_options(options_of(commands[i]), when);
		subcommands(commands[i]->usage, before, "\n");
	}
}

static const struct {
	const char *name;
	void (*write)(void);
} shells[] = { { "bash", bash }, { "zsh", zsh }, { "fish", fish } };

int main(int argc, char **argv)
{
	for (size_t i = 0; argc == 2 && i < sizeof(shells) / sizeof(shells[0]); i++)
		if (strcmp(argv[1], shells[i].name) == 0) {
			shells[i].write();
			return 0;
		}
	(void)fputs("usage: completions bash|zsh|fish\n", stderr);
	return 2;
}
