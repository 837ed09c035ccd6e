/*
 * What the command line and a message make of an envelope.
 */
#include "cli/envelope.h"

#include "base/test.h"

#include <stdlib.h>
#include <sysexits.h>
#include <unistd.h>

enum { ARGS_MAX = 6, TEXT_MAX = 1024 };

static const struct cli_option options[] = {
	{ "from", '\0', "ADDRESS", "" },
	{ "to", '\0', "ADDRESS", "" },
	{ 0 },
};

#define HEAD "From: \"A, B\" <a@b.example>, c@d.example\nTo: x@y.example, z <z@y.example>\n"

/* from, then each recipient, joined by ' ' */
static const struct {
	const char *label;
	const char *message;
	const char *args[ARGS_MAX];
	int status;
	struct str envelope;
} cases[] = {
	{ "all from the head",
	  HEAD "\nx",
	  { NULL },
	  0,
	  STR_INIT("a@b.example x@y.example z@y.example") },
	{ "Cc and Bcc too",
	  "Bcc: b@x\nX: q@x\ncc: c@x\nTo: t@x\n\n",
	  { NULL },
	  0,
	  STR_INIT(" t@x c@x b@x") },
	{ "To twice", "To: a@x\nTo: b@x\n", { NULL }, 0, STR_INIT(" a@x b@x") },
	{ "--to alone counts", HEAD "\n", { "--to", "q@r" }, 0, STR_INIT("a@b.example q@r") },
	{ "--to twice",
	  HEAD "\n",
	  { "--to=q@r", "--to=<s@r>" },
	  0,
	  STR_INIT("a@b.example q@r s@r") },
	{ "--from", HEAD "\n", { "--from=q@r", "--to=s@t" }, 0, STR_INIT("q@r s@t") },
	{ "null sender", HEAD "\n", { "--from=", "--to=s@t" }, 0, STR_INIT(" s@t") },
	{ "null sender in brackets", HEAD "\n", { "--from=<>", "--to=s@t" }, 0, STR_INIT(" s@t") },
	{ "nobody", "Subject: x\n\nTo: a@x\n", { NULL }, 0, STR_INIT("") },
	{ "no head", "hello\n", { NULL }, EX_DATAERR, STR_INIT("") },
	{ "nothing", "", { NULL }, EX_DATAERR, STR_INIT("") },
};

static void check(size_t i, const char *path)
{
	CLEANUP(buf_free) struct buf got = BUF_MAX(TEXT_MAX);
	CLEANUP(cli_envelope_clear) struct cli_envelope e = { 0 };
	struct cli cli = { 0 };
	const char *v[ARGS_MAX];
	struct cli_argv args = { .v = (char **)(uintptr_t)v };
	FILE *f = fopen(path, "we");

	if (!f || fputs(cases[i].message, f) < 0 || fclose(f) < 0)
		exit(1);
	for (; args.n < ARGS_MAX && cases[i].args[args.n]; args.n++)
		v[args.n] = cases[i].args[args.n];
	CHECK_INT(cases[i].label,
		  cli_options_read((struct cli_tables){ options, NULL }, args, CLI_ALL,
				   &cli.options, &got),
		  ERR_OK);
	CHECK_INT(cases[i].label, cli_envelope_read(&cli, path, &e), cases[i].status);
	buf_add(&got, e.from);
	for (size_t k = 0; k < e.n_rcpt; k++)
		buf_addf(&got, " %.*s", STR_ARG(e.rcpt[k]));
	CHECK_STR(cases[i].label, buf_str(&got), cases[i].envelope);
	cli_options_clear(&cli.options);
}

int main(void)
{
	CLEANUP(cli_envelope_clear) struct cli_envelope e = { 0 };
	char path[] = "/tmp/cli_envelope_test.XXXXXX";
	int fd = mkstemp(path);

	if (fd < 0 || close(fd) < 0)
		return 1;
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		check(i, path);
	(void)unlink(path);
	CHECK_INT("no such file", cli_envelope_read(&(struct cli){ 0 }, path, &e), EX_NOINPUT);
	return TEST_EXIT();
}
