/*
 * The envelope is gathered twice over: its text first, into one buffer that
 * moves as it grows; then the slices into it, when it has come to rest.
 */
#include "cli/envelope.h"

#include "message/address.h"
#include "message/head.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

enum { TEXT_MAX = 1 << 24, ADDRESS_MAX = 1024 };
#define MESSAGE_MAX (1u << 31)

/* "<a@b>" is a@b, "<>" the null sender. */
static struct str without_brackets(struct str s)
{
	s = str_trim(s);
	if (str_starts(s, STR("<")) && str_ends(s, STR(">")))
		s = (struct str){ s.p + 1, s.n - 2 };
	return s;
}

/* Addresses stand in text one after the other, each ended by NUL, which none of them holds. */
static void add_address(struct cli_envelope *e, struct str address)
{
	buf_add(&e->text, address);
	buf_addc(&e->text, '\0');
	e->n_rcpt++;
}

/* The addresses of all fields of that name, at most max of them. */
static void add_field(struct cli_envelope *e, struct str name, size_t max)
{
	struct str rest = buf_str(&e->message);
	struct message_field f;

	while (message_head_next(&rest, &f)) {
		struct message_addresses all = message_addresses_of(f.body);
		CLEANUP(buf_free) struct buf address = BUF_MAX(ADDRESS_MAX);
		while (max > 0 && str_eq_nocase(f.name, name) &&
		       message_addresses_next(&all, &address)) {
			add_address(e, buf_str(&address));
			max--;
		}
		if (buf_err(&address) != ERR_OK) /* who is left is not known */
			e->text.err = buf_err(&address);
	}
}

static void gather(struct cli *cli, struct cli_envelope *e)
{
	const char *from = cli_options_value(&cli->options, "from");
	size_t i = 0;

	if (from)
		add_address(e, without_brackets(str_of(from)));
	else
		add_field(e, STR("From"), 1);
	if (e->n_rcpt == 0)
		add_address(e, STR_NONE);
	e->n_rcpt = 0;
	for (const char *to; (to = cli_options_next(&cli->options, "to", &i)) != NULL;)
		add_address(e, without_brackets(str_of(to)));
	if (cli_options_has(&cli->options, "to"))
		return;
	add_field(e, STR("To"), SIZE_MAX);
	add_field(e, STR("Cc"), SIZE_MAX);
	add_field(e, STR("Bcc"), SIZE_MAX);
}

/* Mail is to somebody: an empty --to is a variable of a script that is not set. */
static bool to_nobody(const struct cli *cli)
{
	size_t i = 0;

	for (const char *to; (to = cli_options_next(&cli->options, "to", &i)) != NULL;)
		if (without_brackets(str_of(to)).n == 0)
			return true;
	return false;
}

/* Slices of the text, which is complete. */
static enum err slice(struct cli_envelope *e)
{
	struct str rest = buf_str(&e->text);

	e->rcpt = calloc(e->n_rcpt + 1, sizeof(e->rcpt[0]));
	if (!e->rcpt || buf_err(&e->text) != ERR_OK || !str_cut(&rest, '\0', &e->from))
		return ERR_NOMEM;
	for (size_t i = 0; i < e->n_rcpt; i++)
		if (!str_cut(&rest, '\0', &e->rcpt[i]))
			return ERR_NOMEM;
	return ERR_OK;
}

int cli_envelope_read(struct cli *cli, const char *file, struct cli_envelope *out)
{
	struct cli_envelope e = { .message = BUF_MAX(MESSAGE_MAX), .text = BUF_MAX(TEXT_MAX) };
	const char *name = file ? file : "standard input";
	int status = CLI_DONE;

	if (to_nobody(cli))
		return cli_usage(cli, "--to: it is empty: write an address, or leave it out");
	switch (cli_read_input(file, &e.message)) {
	case ERR_OK:
		break;
	case ERR_IO:
		status = cli_fail(EX_NOINPUT, "cannot read %s: %s", name, strerror(errno));
		break;
	case ERR_LIMIT:
		status = cli_fail(EX_DATAERR, "%s: larger than 2 GiB", name);
		break;
	case ERR_SYNTAX:
	case ERR_NOMEM:
		status = cli_nomem();
		break;
	}
	struct str rest = buf_str(&e.message);
	if (status == CLI_DONE && !message_head_next(&rest, &(struct message_field){ 0 }))
		status = cli_fail(EX_DATAERR, "%s: not a message: it has no header field", name);
	if (status == CLI_DONE) {
		gather(cli, &e);
		status = slice(&e) == ERR_OK ? CLI_DONE : cli_nomem();
	}
	if (status == CLI_DONE)
		*out = e;
	else
		cli_envelope_clear(&e);
	return status;
}

void cli_envelope_clear(struct cli_envelope *e)
{
	buf_free(&e->message);
	buf_free(&e->text);
	free(e->rcpt);
	*e = (struct cli_envelope){ 0 };
}
