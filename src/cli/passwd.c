/*
 * `signpost passwd`: a line for a file of users.
 */
#include "auth/hash.h"
#include "auth/users.h"
#include "base/jsonw.h"
#include "cli/command.h"
#include "os/confine.h"
#include "os/terminal.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { WORDS_MAX = 4096 };

static const struct cli_option options[] = {
	{ "role", '\0', "view|admin", "for users-file of the console, in this role" },
	{ "json", '\0', NULL, "for machines: JSON" },
	{ 0 },
};

static const char details[] =
	"  Asks for the password twice where standard input is a terminal; else it is its\n"
	"  first line.  The line that is printed belongs into auth-file; with --role, into\n"
	"  users-file.\n";

/* The first line of what there is; an empty one where there is nothing.  False: errno. */
static bool read_piped(struct buf *out)
{
	char octet;
	ssize_t n;

	while ((n = read(STDIN_FILENO, &octet, 1)) == 1 && octet != '\n')
		buf_addc(out, octet);
	octet = '\0';
	if (out->n && out->p[out->n - 1] == '\r')
		out->n--;
	return n >= 0;
}

/* Twice, since nobody sees what is typed.  The exit status, CLI_DONE: it is in *out. */
static int read_typed(const char *user, struct buf *out)
{
	CLEANUP(buf_wipe) struct buf again = BUF_MAX(WORDS_MAX);
	char prompt[2 * AUTH_USERS_NAME_MAX];

	(void)buf_room(&again, AUTH_HASH_PASSWORD_MAX + 1);
	(void)snprintf(prompt, sizeof(prompt), "Password of %s: ", user);
	if (os_terminal_secret(prompt, out) != ERR_OK ||
	    os_terminal_secret("Once more: ", &again) != ERR_OK)
		return cli_fail(CLI_NO, "no password was read");
	if (!str_eq(buf_str(out), buf_str(&again)))
		return cli_fail(CLI_NO, "these are two different passwords: nothing was made");
	return CLI_DONE;
}

static int print(struct cli *cli, const char *user, const char *role, struct str hash)
{
	if (cli_json(cli)) {
		struct jsonw w = jsonw_to(&cli->out);
		jsonw_object(&w, NULL);
		jsonw_str(&w, "user", str_of(user));
		jsonw_str(&w, "role", str_of(role));
		jsonw_str(&w, "hash", hash);
		jsonw_object_end(&w);
	} else {
		buf_addf(&cli->out, "%s:%s%s%.*s", user, role ? role : "", role ? ":" : "",
			 STR_ARG(hash));
	}
	buf_addc(&cli->out, '\n');
	return cli_flush(cli, CLI_DONE);
}

static int hash(struct cli *cli, const char *user, struct str password)
{
	CLEANUP(buf_free) struct buf made = BUF_MAX(WORDS_MAX);

	if (password.n == 0)
		return cli_fail(CLI_USAGE, "the password is empty: nothing was made");
	switch (auth_hash_make(&made, password)) {
	case ERR_OK:
		return print(cli, user, cli_options_value(&cli->options, "role"), buf_str(&made));
	case ERR_LIMIT:
		return cli_fail(CLI_USAGE, "the password is longer than %d octets",
				AUTH_HASH_PASSWORD_MAX);
	case ERR_SYNTAX:
		return cli_fail(CLI_USAGE, "there is a NUL in the password");
	case ERR_NOMEM:
		return cli_nomem();
	case ERR_IO:
		break;
	}
	return cli_fail(CLI_NO, "crypt(3) makes no hash on this system");
}

static int run(struct cli *cli)
{
	CLEANUP(buf_wipe) struct buf password = BUF_MAX(WORDS_MAX);
	const char *user = cli_word(cli, 0), *role = cli_options_value(&cli->options, "role");

	if (!user || cli_word(cli, 1))
		return cli_usage(cli, "it takes one word, the name of the user");
	if (!auth_users_name_ok(str_of(user)))
		return cli_usage(cli,
				 "\"%s\" is no name of a user: no colon, no control character, "
				 "no # or space before it, at most %d octets",
				 user, AUTH_USERS_NAME_MAX);
	if (role && strcmp(role, "view") != 0 && strcmp(role, "admin") != 0)
		return cli_usage(cli, "--role: \"%s\" is none: write view or admin", role);
	if (os_confine_core() != ERR_OK)
		return cli_fail(CLI_NO, "the kernel keeps no secret: %s", strerror(errno));
	if (!buf_room(&password, WORDS_MAX))
		return cli_nomem();
	int status = CLI_DONE;
	if (isatty(STDIN_FILENO))
		status = read_typed(user, &password);
	else if (!read_piped(&password))
		status = cli_fail(CLI_NO, "standard input cannot be read");
	if (status != CLI_DONE)
		return status;
	if (buf_err(&password) != ERR_OK)
		return cli_fail(CLI_USAGE, "the password is longer than %d octets",
				AUTH_HASH_PASSWORD_MAX);
	return hash(cli, user, buf_str(&password));
}

const struct cli_command cli_passwd = {
	.name = "passwd",
	.usage = "[--role view|admin] USER",
	.summary = "make a line for auth-file or users-file",
	.details = details,
	.options = options,
	.run = run,
};
