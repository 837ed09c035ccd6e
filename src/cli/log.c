/*
 * `signpost log`: the session logs as they stand, or block by block as JSON.
 */
#include "cli/logjson.h"
#include "cli/logview.h"
#include "cli/progress.h"
#include "cli/since.h"
#include "cli/words.h"
#include "journal/reader.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

enum { FLUSH_AT = 1 << 20, FOLLOW_MS = 250 };

static const struct cli_option options[] = {
	{ "follow", 'f', NULL,
	  "then go on with what is logged from now on (--since 0s: only that)" },
	{ "in", '\0', NULL, "the sessions of clients: what came in" },
	{ "message", '\0', "ID", "sessions of one message" },
	{ "to", '\0', "ADDRESS", "sessions with a recipient; @DOMAIN: any of a domain" },
	{ "dnssec", '\0', NULL, "sessions with the service on" },
	{ "since", '\0', "TIME", "from a time on (2026-11-24T10:00:00Z), or as long ago (4h)" },
	{ "json", '\0', NULL, "for machines: one JSON object a session and line" },
	CLI_COLOR_OPTION,
	{ 0 },
};

static const char details[] =
	"Shows the blocks of smtp-out-*.log in the log directory, oldest first; with --in those\n"
	"of smtp-in-*.log.  In both \"-->\" is what Signpost said, and \"<--\" what it was told.\n";

static void show_block(struct cli *cli, struct str block)
{
	struct jsonw j = jsonw_to(&cli->out);

	if (!cli_json(cli)) {
		if (cli_wide(cli))
			cli_logview(&cli->text, block, CLI_LOGVIEW_SHORT);
		else if (cli->style.colour == TERM_COLOUR_ANSI)
			cli_logview(&cli->text, block, CLI_LOGVIEW_WHOLE);
		else
			buf_add(&cli->out, block);
		return;
	}
	cli_logjson(&j, block, !cli_options_has(&cli->options, "in"));
	buf_addc(&cli->out, '\n');
}

/* What is damaged is said by name; the rest is shown. */
static void tell_notes(struct journal_reader *r, const char *dir)
{
	struct str notes = journal_reader_notes(r), note;

	while (str_line(&notes, &note))
		(void)cli_fail(CLI_DONE, "%s/%.*s", dir, STR_ARG(note));
}

/* Everything that is there now; *n counts the blocks. */
static int show_all(struct cli *cli, struct journal_reader *r, const char *dir, uint64_t *n)
{
	int status = CLI_DONE;
	struct str block;

	while (status == CLI_DONE) {
		enum err e = journal_reader_next(r, &block);
		if (e == ERR_IO)
			return cli_fail(CLI_NO, CLI_WORDS_NO_LOGS, dir, strerror(errno));
		if (e != ERR_OK)
			return cli_nomem();
		if (block.n == 0)
			break;
		tell_notes(r, dir);
		show_block(cli, block);
		++*n;
		if (cli->out.n + cli->text.text.n > FLUSH_AT)
			status = cli_flush(cli, status);
	}
	tell_notes(r, dir);
	return status;
}

static int read_filter(struct cli *cli, struct journal_filter *f)
{
	const struct cli_options *o = &cli->options;

	*f = (struct journal_filter){ .way = cli_options_has(o, "in") ? JOURNAL_IN : JOURNAL_OUT,
				      .message = str_of(cli_options_value(o, "message")),
				      .to = str_of(cli_options_value(o, "to")),
				      .dnssec = cli_options_has(o, "dnssec") };
	if (cli_word(cli, 0))
		return cli_usage(cli, "it takes no words: choose by %s %s",
				 strchr(cli_word(cli, 0), '@') ? "--to" : "--message",
				 cli_word(cli, 0));
	if (cli_options_blank(o, "message") || cli_options_blank(o, "to"))
		return cli_usage(cli, "--message, --to: it is empty: write an ID, an address, or "
				      "leave it out");
	if (f->way == JOURNAL_IN && f->dnssec)
		return cli_usage(cli, "--dnssec is of what goes out: leave out --in, or --dnssec");
	cli_note_whom(cli, "to");
	return cli_since(cli, &f->since_wall_ms);
}

static int run(struct cli *cli)
{
	CLEANUP(journal_reader_close) struct journal_reader *r = NULL;
	struct journal_filter filter;
	uint64_t n = 0;
	int status = read_filter(cli, &filter);

	if (status != CLI_DONE)
		return status;
	const struct conf *conf = cli_conf(cli);
	if (!conf)
		return cli_conf_exit(cli);
	enum err e = journal_reader_open(conf->log_directory, &filter, &r);
	if (e == ERR_IO)
		return cli_fail(CLI_NO, CLI_WORDS_NO_LOGS, conf->log_directory, strerror(errno));
	if (e != ERR_OK)
		return cli_nomem();
	cli_progress_begin("reading the logs in %s", conf->log_directory);
	status = show_all(cli, r, conf->log_directory, &n);
	cli_progress_end();
	while (status == CLI_DONE && cli_options_has(&cli->options, "follow")) {
		status = cli_flush(cli, status);
		(void)poll(NULL, 0, FOLLOW_MS);
		if (status == CLI_DONE)
			status = show_all(cli, r, conf->log_directory, &n);
	}
	if (status == CLI_DONE && n == 0 && filter.message.n)
		return cli_fail(CLI_NO, "no session of message %.*s", STR_ARG(filter.message));
	return status;
}

const struct cli_command cli_log = {
	.name = "log",
	.usage = "",
	.summary = "show the session logs",
	.details = details,
	.options = options,
	.run = run,
	.read = conf_read_paths,
};
