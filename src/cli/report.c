#include "cli/report.h"

#include "base/text.h"
#include "cli/progress.h"
#include "cli/since.h"
#include "cli/words.h"
#include "review/review.h"
#include "review/trial.h"

#include <errno.h>
#include <string.h>

enum { WHY_MAX = 4096, COUNTS = 6, TABLE_MAX = 1 << 28 };

/* Of the file, or of the line that is tried. */
static int begin(const char *line, const struct criteria *criteria, struct review **out)
{
	CLEANUP(buf_free) struct buf why = BUF_MAX(WHY_MAX);
	struct review_trial *trial = NULL;
	enum err e;

	if (!line)
		return review_new(criteria, out) == ERR_OK ? CLI_DONE : cli_nomem();
	e = review_trial_new(str_of(line), &trial, &why);
	if (e == ERR_SYNTAX || e == ERR_LIMIT)
		return cli_fail_lines(CLI_USAGE, buf_str(&why));
	if (e == ERR_OK)
		e = review_new_trial(trial, out);
	return e == ERR_OK ? CLI_DONE : cli_nomem();
}

/* Nothing can be said of a field that no record holds. */
static int check_held(const struct review *r)
{
	struct str header = review_header(r);

	if (header.n == 0 || review_looked(r).held)
		return CLI_DONE;
	return cli_fail(
		CLI_NO,
		"no delivery record there holds the field %.*s: only Envelope-From, "
		"Envelope-To, and To by recipient are in all; set keep-headers in dnssec to "
		"have others kept from now on",
		STR_ARG(header));
}

static void add_row(struct term_table *table, const struct review_shown *s, bool trial)
{
	CLEANUP(buf_free) struct buf words = BUF_MAX(WHY_MAX);
	const struct review_row *r = s->row;
	const uint64_t counts[COUNTS] = { r->messages, r->delivered,    r->deferred,
					  r->bounced,  r->would_bounce, r->not_known };

	for (size_t i = 0; i < COUNTS; i++) {
		buf_clear(&words);
		if (trial || i < COUNTS - 1)
			buf_addu(&words, counts[i]);
		term_table_add(table, &(struct term_cell){ buf_str(&words), TERM_PLAIN });
	}
	buf_clear(&words);
	if (s->line)
		buf_addu(&words, s->line);
	term_table_add(table, &(struct term_cell){ buf_str(&words), TERM_PLAIN });
	buf_clear(&words);
	text_escape_own(&words, r->word);
	term_table_add(table, &(struct term_cell){ buf_str(&words), TERM_PLAIN });
}

/* A criterion that is not in the file now has no line. */
static void show_table(struct cli *cli, const struct review *r, enum review_by by)
{
	bool trial = cli_options_value(&cli->options, "try");
	const struct term_column columns[] = {
		{ STR_INIT("MESSAGES"), 8, TERM_WHOLE, 0, TERM_RIGHT },
		{ STR_INIT("DELIVERED"), 4, TERM_WHOLE, 0, TERM_RIGHT },
		{ STR_INIT("DEFERRED"), 3, TERM_WHOLE, 0, TERM_RIGHT },
		{ STR_INIT("BOUNCED"), 5, TERM_WHOLE, 0, TERM_RIGHT },
		{ STR_INIT("WOULD BOUNCE"), 7, TERM_WHOLE, 0, TERM_RIGHT },
		{ trial ? STR("NOT KNOWN") : STR(""), 2, TERM_WHOLE, 0, TERM_RIGHT },
		{ by == REVIEW_BY_DOMAIN || trial ? STR("") : STR("LINE"), 6, TERM_WHOLE, 0,
		  TERM_RIGHT },
		{ by == REVIEW_BY_DOMAIN ? STR("DOMAIN") : STR("CRITERION"), 9,
		  by == REVIEW_BY_DOMAIN ? TERM_CUT_BEGINNING : TERM_CUT_END, 16, TERM_LEFT },
	};
	CLEANUP(term_table_free)
	struct term_table table = TERM_TABLE(columns, COUNTS + 2, TABLE_MAX);
	struct review_shown s;

	for (size_t i = 0; (s = review_shown(r, by, i)).row; i++)
		add_row(&table, &s, trial);
	cli_show_table(cli, &table);
}

static void show(struct cli *cli, struct review *r, struct str file)
{
	struct jsonw j = jsonw_to(&cli->out);
	struct review_looked looked = review_looked(r);

	if (cli_json(cli)) {
		review_json(r, &j);
		buf_addc(&cli->out, '\n');
		return;
	}
	if (cli_wide(cli)) {
		review_sort(r);
		show_table(cli, r, REVIEW_BY_CRITERION);
		buf_addc(&cli->text.text, '\n');
		show_table(cli, r, REVIEW_BY_DOMAIN);
	} else {
		review_text(r, file, &cli->text.text);
	}
	if (review_header(r).n && looked.held < looked.records)
		buf_addf(&cli->text.text,
			 "\n%llu of %llu records do not hold the field: left out\n",
			 (unsigned long long)(looked.records - looked.held),
			 (unsigned long long)looked.records);
}

/* Of a file that is damaged the rest is counted, and that it is so is said. */
static void tell_notes(const struct review *r, const char *dir)
{
	struct str notes = review_notes(r), note;

	while (str_line(&notes, &note))
		(void)cli_fail(CLI_DONE, "%s/%.*s", dir, STR_ARG(note));
}

int cli_report(struct cli *cli, const struct criteria *criteria, struct str file)
{
	CLEANUP(review_free) struct review *r = NULL;
	const struct conf *conf = cli_conf(cli);
	int64_t since_wall_ms;
	int status = cli_since(cli, &since_wall_ms);

	if (status == CLI_DONE && !conf)
		status = CLI_USAGE;
	if (status == CLI_DONE)
		status = begin(cli_options_value(&cli->options, "try"), criteria, &r);
	if (status != CLI_DONE)
		return status;
	cli_progress_begin("reading the delivery records in %s", conf->log_directory);
	enum err e = review_read(r, conf->log_directory, since_wall_ms);
	cli_progress_end();
	if (e == ERR_IO)
		return cli_fail(CLI_NO, CLI_WORDS_NO_LOGS, conf->log_directory, strerror(errno));
	if (e != ERR_OK)
		return cli_nomem();
	tell_notes(r, conf->log_directory);
	status = check_held(r);
	if (status == CLI_DONE)
		show(cli, r, file);
	return status;
}
