/*
 * `signpost criteria`: the criteria file read, checked, tried and changed.
 */
#include "criteria/criteria.h"

#include "base/jsonw.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/envelope.h"
#include "cli/report.h"
#include "cli/words.h"
#include "conf/file.h"
#include "criteria/note.h"
#include "message/word.h"
#include "os/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

enum { FILE_MAX = 16 << 20, WHY_MAX = 1 << 20, WIDTH = 10 };

static const struct cli_option options[] = {
	{ "from", '\0', "ADDRESS", "test: the envelope sender (else that of From)" },
	{ "to", '\0', "ADDRESS",
	  "test: an envelope recipient, may be repeated (else To, Cc, Bcc)" },
	{ "since", '\0', "TIME", "report: from a time on (2026-11-24), or as long ago (24h)" },
	{ "try", '\0', "LINE", "report: of a line that is not in the file" },
	{ "json", '\0', NULL, "for machines: JSON" },
	{ 0 },
};

static const char details[] =
	"  list             the criteria in force after the next reload, numbered\n"
	"  check [FILE]     whether the file can be read whole, and what is odd in it\n"
	"  add LINE         add a criterion at the end; the file is replaced whole or not at all\n"
	"  remove N         remove criterion N of the list, likewise\n"
	"  test FILE.eml    which criteria a message matches, for each recipient\n"
	"  report           from the delivery records: by criterion and by domain, messages,\n"
	"                   outcomes, and what SECURE would have bounced\n";

/* A criteria file, read. */
struct reading {
	const char *path; /* where it is */
	struct str name;  /* what messages call it */
	struct buf text;
	struct criteria *criteria; /* NULL: there is no such file */
	bool disabled;             /* enabled = false */
};

static void reading_clear(struct reading *r)
{
	buf_free(&r->text);
	criteria_free(&r->criteria);
}

static struct str service_text(const struct criterion *k)
{
	return k ? k->modifier->word : STR("off");
}

/* Parse text as r's file.  It was said what is wrong, unless CLI_DONE. */
static int parse(struct reading *r, struct str text)
{
	CLEANUP(buf_free) struct buf why = BUF_MAX(WHY_MAX);
	enum err e = criteria_parse(text, r->name, &r->criteria, &why);

	if (e == ERR_SYNTAX || e == ERR_LIMIT)
		return cli_fail_lines(CLI_USAGE, buf_str(&why));
	return e == ERR_OK ? CLI_DONE : cli_nomem();
}

/* Read the file that is named, "-" being standard input, or that of the configuration. */
static int read_file(struct cli *cli, const char *named, struct reading *r)
{
	const struct conf *conf = named ? NULL : cli_conf(cli);

	if (!named && !conf)
		return CLI_USAGE;
	r->path = named ? named : conf->dnssec.criteria;
	r->name = str_of(r->path);
	r->text = BUF_MAX(FILE_MAX);
	enum err e = named && strcmp(named, "-") == 0 ? cli_read_input(named, &r->text)
						      : os_file_read(r->path, &r->text);
	if (e == ERR_IO && errno == ENOENT && !named)
		return CLI_DONE;
	if (e == ERR_IO || e == ERR_LIMIT)
		return cli_fail_file(CLI_USAGE, r->path, e);
	return e == ERR_OK ? parse(r, buf_str(&r->text)) : cli_nomem();
}

static size_t count(const struct reading *r)
{
	return r->criteria ? criteria_count(r->criteria) : 0;
}

static void json_criterion(struct jsonw *j, const struct criterion *k)
{
	jsonw_int(j, "line_number", k->line_no);
	jsonw_str(j, "line", k->line);
	jsonw_str(j, "header", k->header);
	jsonw_str(j, "value", k->pattern);
	jsonw_str(j, "service", service_text(k));
	jsonw_bool(j, "observe", k->modifier->observe);
	jsonw_bool(j, "dane", k->modifier->dane);
}

static int run_list(struct cli *cli, struct reading *r)
{
	struct jsonw j = jsonw_to(&cli->out);

	if (cli_json(cli))
		jsonw_array(&j, NULL);
	for (size_t i = 0; i < count(r); i++) {
		const struct criterion *k = criteria_at(r->criteria, i);
		if (cli_json(cli)) {
			jsonw_object(&j, NULL);
			jsonw_int(&j, "number", (int64_t)i + 1);
			json_criterion(&j, k);
			jsonw_object_end(&j);
		} else {
			buf_addf(&cli->text.text, "%4zu  %-*.*s ", i + 1, WIDTH,
				 STR_ARG(service_text(k)));
			term_text_hang(&cli->text);
			text_escape_own(&cli->text.text, k->line);
			buf_addc(&cli->text.text, '\n');
		}
	}
	if (cli_json(cli)) {
		jsonw_array_end(&j);
		buf_addc(&cli->out, '\n');
	} else if (count(r) == 0) {
		buf_addf(&cli->text.text, "no criteria: no message gets the service: %s%s\n",
			 r->path,
			 r->criteria ? " has none" : " is not there; criteria add makes it");
	}
	return CLI_DONE;
}

/* The notes on criterion i, each a line; or the members of an array. */
static void show_notes(struct cli *cli, struct jsonw *j, const struct reading *r, size_t i)
{
	CLEANUP(buf_free) struct buf notes = BUF_MAX(WHY_MAX);
	const struct criterion *k = criteria_at(r->criteria, i);
	struct str note;

	criteria_note_add(r->criteria, i, &notes);
	for (struct str rest = buf_str(&notes); str_line(&rest, &note);) {
		if (cli_json(cli)) {
			jsonw_object(j, NULL);
			jsonw_int(j, "line_number", k->line_no);
			jsonw_str(j, "text", note);
			jsonw_object_end(j);
			continue;
		}
		text_escape(&cli->text.text, r->name);
		buf_addf(&cli->text.text, ":%u: note: %.*s\n", k->line_no, STR_ARG(note));
	}
}

static int run_check(struct cli *cli, struct reading *r)
{
	CLEANUP(buf_free) struct buf why = BUF_MAX(WHY_MAX);
	struct jsonw j = jsonw_to(&cli->out);
	size_t n = count(r);

	if (!r->criteria && conf_file_criteria(cli->conf, &why) != ERR_OK)
		return cli_fail_lines(CLI_USAGE, buf_str(&why));
	if (cli_json(cli)) {
		jsonw_object(&j, NULL);
		jsonw_str(&j, "file", str_of(r->path));
		jsonw_int(&j, "criteria", (int64_t)n);
		jsonw_array(&j, "notes");
	} else {
		struct buf *out = &cli->text.text;
		text_escape(out, str_of(r->path));
		buf_add(out, STR(": "));
		text_count(out, n, "criterion", "criteria");
		if (!r->criteria)
			buf_add(out, STR(": there is no such file, and need not be"));
		buf_addc(out, '\n');
	}
	for (size_t i = 0; i < n; i++)
		show_notes(cli, &j, r, i);
	if (cli_json(cli)) {
		jsonw_array_end(&j);
		jsonw_object_end(&j);
		buf_addc(&cli->out, '\n');
	}
	return CLI_DONE;
}

/* The service that mail gets, whatever a criterion asks for while it is switched off. */
static struct str service_of(const struct reading *r, const struct criterion *decides)
{
	return r->disabled ? STR("off") : service_text(decides);
}

/* Which criteria hold for one recipient.  Whether it gets the service. */
static bool test_recipient(struct cli *cli, const struct reading *r, const struct criteria_match *m,
			   struct str rcpt)
{
	const struct criterion *decides = m ? criteria_match_rcpt(m, rcpt) : NULL;
	struct buf *out = &cli->text.text;

	text_escape(out, rcpt.n ? rcpt : STR("(no recipient)"));
	buf_addf(out, ": %.*s%s\n", STR_ARG(service_of(r, decides)),
		 r->disabled ? " (enabled = false)" : "");
	for (size_t i = 0; m && i < count(r); i++) {
		const struct criterion *k = criteria_at(r->criteria, i);
		if (!criteria_match_has(m, i, rcpt))
			continue;
		buf_addf(out, "    %s  ", k == decides ? "decides" : "matches");
		text_escape(out, criteria_name(r->criteria));
		buf_addf(out, ":%u  ", k->line_no);
		term_text_hang(&cli->text);
		text_escape_own(out, k->line);
		buf_addc(out, '\n');
	}
	return decides && !r->disabled;
}

static bool json_recipient(struct jsonw *j, const struct reading *r, const struct criteria_match *m,
			   struct str rcpt)
{
	const struct criterion *decides = m ? criteria_match_rcpt(m, rcpt) : NULL;
	CLEANUP(buf_free) struct buf note = BUF_MAX(WHY_MAX);

	jsonw_object(j, NULL);
	jsonw_str(j, "to", rcpt);
	jsonw_str(j, "service", service_of(r, decides));
	jsonw_array(j, "matches");
	for (size_t i = 0; m && i < count(r); i++) {
		const struct criterion *k = criteria_at(r->criteria, i);
		if (!criteria_match_has(m, i, rcpt))
			continue;
		jsonw_object(j, NULL);
		json_criterion(j, k);
		jsonw_bool(j, "decides", k == decides);
		jsonw_object_end(j);
	}
	jsonw_array_end(j);
	jsonw_array(j, "notes");
	for (struct str names = m ? criteria_match_undecoded(m) : STR_NONE;
	     message_word_note(&names, &note); buf_clear(&note))
		jsonw_str(j, NULL, buf_str(&note));
	jsonw_array_end(j);
	jsonw_object_end(j);
	return decides && !r->disabled;
}

/* What criteria could not read of the message. */
static void test_notes(struct cli *cli, const struct criteria_match *m)
{
	struct str names = m ? criteria_match_undecoded(m) : STR_NONE;

	while (message_word_note(&names, &cli->text.text))
		buf_addc(&cli->text.text, '\n');
}

static int run_test(struct cli *cli, struct reading *r)
{
	CLEANUP(cli_envelope_clear) struct cli_envelope e = { 0 };
	CLEANUP(criteria_match_free) struct criteria_match *m = NULL;
	struct jsonw j = jsonw_to(&cli->out);
	struct str nobody = STR_NONE;
	bool any = false;
	int status = cli_envelope_read(cli, cli_word(cli, 1), &e);

	if (status != CLI_DONE)
		return status == EX_DATAERR || status == EX_NOINPUT ? CLI_USAGE : status;
	r->disabled = cli->conf && !cli->conf->dnssec.enabled;
	if (r->criteria) {
		m = criteria_match_new(r->criteria, buf_str(&e.message), e.from, e.rcpt, e.n_rcpt);
		if (!m)
			return cli_nomem();
	}
	const struct str *rcpt = e.n_rcpt ? e.rcpt : &nobody;
	if (cli_json(cli))
		jsonw_array(&j, NULL);
	for (size_t i = 0; i < (e.n_rcpt ? e.n_rcpt : 1); i++)
		any |= cli_json(cli) ? json_recipient(&j, r, m, rcpt[i])
				     : test_recipient(cli, r, m, rcpt[i]);
	if (cli_json(cli)) {
		jsonw_array_end(&j);
		buf_addc(&cli->out, '\n');
	} else {
		test_notes(cli, m);
	}
	if (m && criteria_match_err(m) != ERR_OK)
		return cli_nomem();
	return any ? CLI_DONE : CLI_NO;
}

/*
 * Put text in the place of the file, which is locked by its directory while it
 * is changed: two who change it at once do so one after the other.
 */
static int replace(const struct reading *r, int dir, struct str text)
{
	const char *slash = strrchr(r->path, '/');
	const char *name = slash ? slash + 1 : r->path;
	enum err e = os_file_replace(dir, name, text);

	/* A new one is for all to read: the daemon is somebody else than root. */
	if (e == ERR_OK && !r->criteria && fchmodat(dir, name, 0644, 0) < 0)
		e = ERR_IO;
	if (e != ERR_OK)
		return cli_fail(CLI_USAGE, CLI_WORDS_NOT_WRITTEN, r->path,
				e == ERR_IO ? strerror(errno) : err_text(e));
	return CLI_DONE;
}

/* The text with one line more, and that line's words joined from the command line. */
static int text_added(struct cli *cli, const struct reading *r, struct buf *text)
{
	struct str old = buf_str(&r->text);

	if (!cli_word(cli, 1))
		return cli_usage(cli, "add takes a line: add 'Envelope-To *@bank.example SECURE'");
	buf_add(text, old);
	if (old.n && !str_ends(old, STR("\n")))
		buf_addc(text, '\n');
	size_t begin = text->n;
	for (size_t i = 1; cli_word(cli, i); i++) {
		if (i > 1)
			buf_addc(text, ' ');
		buf_add(text, str_of(cli_word(cli, i)));
	}
	if (str_has(str_skip(buf_str(text), begin), '\n'))
		return cli_usage(cli, "add takes one line, not several");
	buf_addc(text, '\n');
	return CLI_DONE;
}

/* The text without the line of criterion N. */
static int text_removed(struct cli *cli, const struct reading *r, struct buf *text)
{
	const char *word = cli_word(cli, 1);
	struct str rest = buf_str(&r->text), line;
	unsigned line_no = 0;
	uint32_t n;

	if (!word || cli_word(cli, 2) || !str_u32(str_of(word), &n))
		return cli_usage(cli, "remove takes the number of a criterion in the list");
	if (n == 0 || n > count(r))
		return cli_fail(
			CLI_NO,
			"there is no criterion %s: the file has %zu: criteria list numbers them",
			word, count(r));
	unsigned gone = criteria_at(r->criteria, n - 1)->line_no;
	for (const char *begin = rest.p; str_line(&rest, &line); begin = rest.p)
		if (++line_no != gone)
			buf_add(text, (struct str){ begin, (size_t)(rest.p - begin) });
	return CLI_DONE;
}

/* The directory of the file, made where it is not there, and locked; -1: it was said why not. */
static int lock_directory(const char *path)
{
	CLEANUP(buf_free) struct buf dir = BUF_MAX(WHY_MAX);
	const char *slash = strrchr(path, '/');

	buf_add(&dir, slash ? (struct str){ path, (size_t)(slash - path) + 1 } : STR("."));
	buf_addc(&dir, '\0');
	bool there = buf_err(&dir) == ERR_OK && os_file_mkdirs(dir.p, 0755) == ERR_OK;
	int fd = there ? open(dir.p, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	if (fd < 0 || flock(fd, LOCK_EX) < 0) {
		(void)cli_fail(CLI_USAGE, CLI_WORDS_NOT_WRITTEN, path, strerror(errno));
		os_fd_close(&fd);
	}
	return fd;
}

static void show_change(struct cli *cli, const struct reading *before, const struct reading *after)
{
	buf_addf(&cli->text.text, "%s: ", before->path);
	text_count(&cli->text.text, count(after), "criterion", "criteria");
	buf_add(&cli->text.text, STR(" now; `signpost reload` puts that in force\n"));
	if (count(after) > count(before)) /* what was added is the last */
		show_notes(cli, NULL, after, count(after) - 1);
}

/* What `criteria check --json` says of the file, the notes being those on the line that came. */
static void json_change(struct cli *cli, const struct reading *before, const struct reading *after)
{
	bool added = count(after) > count(before);
	struct jsonw j = jsonw_to(&cli->out);
	uint32_t n = (uint32_t)count(after); /* what was added is the last */

	if (!added)
		(void)str_u32(str_of(cli_word(cli, 1)), &n);
	jsonw_object(&j, NULL);
	jsonw_str(&j, "file", str_of(before->path));
	jsonw_int(&j, "criteria", (int64_t)count(after));
	jsonw_object(&j, added ? "added" : "removed");
	jsonw_int(&j, "number", n);
	json_criterion(&j, criteria_at((added ? after : before)->criteria, n - 1));
	jsonw_object_end(&j);
	jsonw_array(&j, "notes");
	if (added)
		show_notes(cli, &j, after, count(after) - 1);
	jsonw_array_end(&j);
	jsonw_object_end(&j);
	buf_addc(&cli->out, '\n');
}

typedef int change_fn(struct cli *cli, const struct reading *r, struct buf *text);

/* The file as it is, the text that it shall have, and what is in that. */
static int work_out(struct cli *cli, change_fn *change, struct reading *before,
		    struct reading *after, struct buf *text)
{
	int status = read_file(cli, NULL, before);

	if (status == CLI_DONE)
		status = change(cli, before, text);
	if (status == CLI_DONE && buf_err(text) != ERR_OK)
		status = cli_fail(CLI_USAGE, "%s would be larger than 16 MiB", before->path);
	after->name = before->name;
	if (status == CLI_DONE)
		status = parse(after, buf_str(text));
	if (status == CLI_DONE && count(after) == count(before))
		status = cli_usage(
			cli, "this is no criterion, but a comment, or empty: write HEADER VALUE");
	return status;
}

/* Whether it can be done at all: where nothing is there yet nothing is made in vain. */
static int try_out(struct cli *cli, change_fn *change)
{
	CLEANUP(buf_free) struct buf text = BUF_MAX(FILE_MAX);
	CLEANUP(reading_clear) struct reading before = { 0 }, after = { 0 };

	return work_out(cli, change, &before, &after, &text);
}

static int run_change(struct cli *cli, change_fn *change)
{
	const struct conf *conf = cli_conf(cli);
	CLEANUP(buf_free) struct buf text = BUF_MAX(FILE_MAX);
	CLEANUP(reading_clear) struct reading before = { 0 }, after = { 0 };

	if (!conf)
		return CLI_USAGE;
	/* A link is followed, so that it stays one. */
	char *path = realpath(conf->dnssec.criteria, NULL);
	if (path) {
		free(cli->conf->dnssec.criteria);
		cli->conf->dnssec.criteria = path;
	}
	int status = path ? CLI_DONE : try_out(cli, change);
	if (status != CLI_DONE)
		return status;
	CLEANUP(os_fd_close) int dir = lock_directory(conf->dnssec.criteria);
	status = dir < 0 ? CLI_USAGE : work_out(cli, change, &before, &after, &text);
	if (status == CLI_DONE)
		status = replace(&before, dir, buf_str(&text));
	if (status == CLI_DONE)
		(cli_json(cli) ? json_change : show_change)(cli, &before, &after);
	return status;
}

static int run(struct cli *cli)
{
	CLEANUP(reading_clear) struct reading r = { 0 };
	const char *verb = cli_word(cli, 0);
	struct str name = str_of(verb);
	bool list = str_eq(name, STR("list")), check = str_eq(name, STR("check"));
	bool test = str_eq(name, STR("test")), report = str_eq(name, STR("report"));
	int status;

	if (!report &&
	    (cli_options_has(&cli->options, "since") || cli_options_has(&cli->options, "try")))
		return cli_usage(cli, "--since and --try are of report");

	if (str_eq(name, STR("add")))
		return run_change(cli, text_added);
	if (str_eq(name, STR("remove")))
		return run_change(cli, text_removed);
	if (!list && !check && !test && !report)
		return cli_unknown_word(cli, verb, "list, check, add, remove, test, report");
	if (cli_word(cli, list || report ? 1 : 2))
		return cli_usage(cli, "%s takes %s", verb,
				 list || report ? "no words" : "one file");
	if (test && !cli_word(cli, 1))
		return cli_usage(cli, "test takes a file with a message");
	status = check || test ? cli_file_word(cli, 1) : CLI_DONE;
	if (status == CLI_DONE)
		status = read_file(cli, check ? cli_word(cli, 1) : NULL, &r);
	if (status != CLI_DONE)
		return status;
	if (report)
		return cli_report(cli, r.criteria, str_of(cli->conf->dnssec.criteria_name));
	return list ? run_list(cli, &r) : check ? run_check(cli, &r) : run_test(cli, &r);
}

const struct cli_command cli_criteria = {
	.name = "criteria",
	.usage = "list | check [FILE] | add LINE | remove N | test FILE.eml | report",
	.summary = "read, check and change the criteria file",
	.details = details,
	.options = options,
	.read = conf_read_without_login,
	.run = run,
};
