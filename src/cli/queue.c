/*
 * `signpost queue`: a view of the daemon's queue, and errands to it.
 */
#include "base/text.h"
#include "base/time.h"
#include "cli/errand.h"
#include "cli/listing.h"
#include "cli/measure.h"
#include "cli/walk.h"
#include "control/control.h"
#include "os/clock.h"

#include <stdlib.h>
#include <string.h>

enum {
	FLUSH_AT = 1 << 20,
	CHUNK_MAX = CONTROL_FRAME_MAX,
	ROWS_AT_ONCE = 256,
	ROWS_MAX = 1 << 28,
	STATE_ROOM = 1 << 10
};

static const struct cli_option options[] = {
	{ "from", '\0', "ADDRESS", "of that sender, or of @DOMAIN; <> is the null sender" },
	{ "to", '\0', "ADDRESS", "with that recipient waiting, or one at @DOMAIN" },
	{ "state", '\0', "WORD", "active, deferred, held or failed" },
	{ "status", '\0', "CODE", "with a recipient waiting of that code: 4.7.1, 4.7 or 4" },
	{ "older", '\0', "TIME", "that came so long ago, or before: 4h, 2d" },
	{ "all", '\0', NULL, "every message, in place of an ID" },
	{ "yes", '\0', NULL, "remove, bounce: do not ask, also where it is more than one" },
	{ "summary", '\0', NULL, "list: recipients by domain and code" },
	{ "content", '\0', NULL, "show: the message itself, octet by octet" },
	{ "json", '\0', NULL, "for machines: JSON" },
	CLI_COLOR_OPTION,
	{ 0 },
};

static const char details[] =
	"  list           a line a message, oldest first, and their sum\n"
	"  show ID        one message with its recipients\n"
	"  retry          try now; not what is held\n"
	"  hold           do not try until released\n"
	"  release        try again\n"
	"  remove         delete, telling nobody\n"
	"  bounce         give up without another attempt, and tell the sender\n"
	"\n"
	"The last five take an ID, or all that the options choose, or --all.  remove and\n"
	"bounce of more than one message ask, or want --yes.\n";

static void add_text(struct buf *out, const json_t *object, const char *key)
{
	text_escape(out, str_of(cli_client_text(object, key)));
}

/* A word of ours, in its tone. */
static void add_state(struct term_text *t, const json_t *object)
{
	CLEANUP(buf_free) struct buf state = BUF_MAX(STATE_ROOM);

	add_text(&state, object, "state");
	term_text_word(t, buf_str(&state));
}

static void show_recipient(struct term_text *t, const json_t *r)
{
	struct buf *out = &t->text;

	buf_add(out, STR("    "));
	add_text(out, r, "to");
	buf_add(out, STR(": "));
	add_state(t, r);
	if (cli_client_text(r, "status")[0]) {
		buf_add(out, STR(", "));
		add_text(out, r, "status");
		buf_addc(out, ' ');
		add_text(out, r, "text");
	}
	if (cli_client_text(r, "remote")[0]) {
		buf_add(out, STR(" (from "));
		add_text(out, r, "remote");
		buf_addc(out, ')');
	}
	buf_addc(out, '\n');
}

static void show_message(struct term_text *t, const json_t *m)
{
	const json_t *recipients = json_object_get(m, "recipients"), *r;
	struct buf *out = &t->text;
	size_t i;

	add_text(out, m, "id");
	buf_add(out, STR("  "));
	add_text(out, m, "arrived");
	buf_add(out, STR("  "));
	cli_measure_size(out, (uint64_t)cli_client_number(m, "size"));
	buf_add(out, STR("  "));
	add_state(t, m);
	buf_add(out, STR("  <"));
	add_text(out, m, "from");
	buf_add(out, cli_client_true(m, "report") ? STR(">  report of ours\n") : STR(">\n"));
	buf_addf(out, "    attempts: %lld", (long long)cli_client_number(m, "attempts"));
	if (cli_client_text(m, "next")[0]) {
		buf_add(out, STR(", next: "));
		add_text(out, m, "next");
	}
	buf_addc(out, '\n');
	json_array_foreach(recipients, i, r) show_recipient(t, r);
}

/* What COLUMNS says; else a pipe or a file takes all. */
static struct cli_listing room(void)
{
	struct cli_listing l = { .now_wall_ms = os_clock_wall() };
	const char *columns = getenv("COLUMNS");
	uint32_t n = 0;

	if (columns && str_u32(str_of(columns), &n) && n > 0)
		l = (struct cli_listing){ n, true, l.now_wall_ms };
	return l;
}

static void list_json(struct cli *cli, struct cli_walk *walk)
{
	struct jsonw j = jsonw_to(&cli->out);
	json_t *m;

	jsonw_array(&j, NULL);
	while ((m = cli_walk_next(walk)) != NULL) {
		cli_client_json(&j, NULL, m);
		buf_addc(&cli->out, '\n');
		if (cli->out.n > FLUSH_AT)
			walk->client->status = cli_flush(cli, walk->client->status);
	}
	jsonw_array_end(&j);
	buf_addc(&cli->out, '\n');
}

static void list_text(struct cli *cli, struct cli_walk *walk)
{
	struct cli_listing_sum sum = { 0 };
	struct cli_listing l = room();
	json_t *m;

	while ((m = cli_walk_next(walk)) != NULL) {
		cli_listing_line(&cli->out, &l, m);
		cli_listing_add(&sum, m);
		if (cli->out.n > FLUSH_AT)
			walk->client->status = cli_flush(cli, walk->client->status);
	}
	cli_listing_sum(&cli->out, &sum);
}

/* On a terminal: some rows at a time, as the first are wanted soon. */
static void list_table(struct cli *cli, struct cli_walk *walk)
{
	CLEANUP(term_table_free)
	struct term_table table = TERM_TABLE(cli_listing_columns, CLI_LISTING_COLUMNS, ROWS_MAX);
	struct cli_listing l = { .now_wall_ms = os_clock_wall() };
	struct cli_listing_sum sum = { 0 };
	json_t *m;

	while ((m = cli_walk_next(walk)) != NULL) {
		cli_listing_row(&table, &l, m);
		cli_listing_add(&sum, m);
		if (sum.messages % ROWS_AT_ONCE)
			continue;
		cli_show_table(cli, &table);
		walk->client->status = cli_flush(cli, walk->client->status);
	}
	cli_show_table(cli, &table);
	cli_listing_sum(&cli->text.text, &sum);
}

static int run_summary(struct cli *cli, struct cli_walk *walk)
{
	struct cli_listing_sum sum = { 0 };
	struct jsonw j = jsonw_to(&cli->out);
	json_t *rows = json_object(), *m;
	bool ok = rows != NULL;

	while ((m = cli_walk_next(walk)) != NULL) {
		cli_listing_add(&sum, m);
		ok = ok && cli_listing_gather(rows, m);
	}
	int status = walk->client->status;
	if (status == CLI_DONE && !ok) {
		status = cli_nomem();
	} else if (status == CLI_DONE && cli_json(cli)) {
		cli_listing_table_json(&j, rows);
		buf_addc(&cli->out, '\n');
	} else if (status == CLI_DONE) {
		cli_listing_table(&cli->text.text, rows);
		cli_listing_sum(&cli->text.text, &sum);
	}
	json_decref(rows);
	return status;
}

static int run_list(struct cli *cli, struct cli_client *c, const struct cli_filter *filter)
{
	struct cli_walk walk = { .client = c, .filter = filter };

	if (cli_options_has(&cli->options, "summary"))
		return run_summary(cli, &walk);
	(cli_json(cli) ? list_json : cli_wide(cli) ? list_table : list_text)(cli, &walk);
	if (c->status != CLI_DONE) { /* half a list is none */
		buf_clear(&cli->out);
		term_text_clear(&cli->text);
	}
	return c->status;
}

/*
 * The message's octets: as they come, or as one string of JSON where that is asked
 * for.  Base64 goes by threes, and a chunk may end in the middle of one: *carry
 * keeps what is left for the next.
 */
static void show_content(struct cli *cli, const json_t *frame, struct buf *carry)
{
	struct str chunk = str_of(cli_client_text(frame, "content"));

	if (text_unbase64(cli_json(cli) ? carry : &cli->out, chunk) != ERR_OK)
		cli->out.err = ERR_NOMEM;
	size_t whole = carry->n - carry->n % 3;
	text_base64(&cli->out, str_head(buf_str(carry), whole));
	buf_drop(carry, whole);
}

/* The message itself. */
static void show_contents(struct cli *cli, struct cli_client *c)
{
	CLEANUP(buf_free) struct buf carry = BUF_MAX(CHUNK_MAX);
	json_t *frame;

	while ((frame = cli_client_next(c)) != NULL && !cli_client_last(frame)) {
		show_content(cli, frame, &carry);
		if (cli->out.n > FLUSH_AT)
			c->status = cli_flush(cli, c->status);
	}
	text_base64(&cli->out, buf_str(&carry));
}

/* The message's members, and its octets as one more where they are wanted. */
static void show_json(struct cli *cli, struct cli_client *c, json_t *message, bool content)
{
	struct jsonw j = jsonw_to(&cli->out);
	const char *key;
	json_t *value;

	jsonw_object(&j, NULL);
	json_object_foreach(message, key, value) cli_client_json(&j, key, value);
	if (content) {
		jsonw_text(&j, "content");
		show_contents(cli, c);
		jsonw_text_end(&j);
	}
	jsonw_object_end(&j);
	buf_addc(&cli->out, '\n');
}

static int run_show(struct cli *cli, struct cli_client *c)
{
	bool content = cli_options_has(&cli->options, "content");
	json_t *frame;

	cli_client_ask(c, &(struct cli_request){ .command = "queue-show",
						 .id = cli_word(cli, 1),
						 .content = content });
	frame = cli_client_next(c);
	if (!frame)
		return c->status;
	if (cli_json(cli))
		show_json(cli, c, frame, content);
	else if (content)
		show_contents(cli, c);
	else
		show_message(&cli->text, frame);
	return c->status;
}

/* The option that was given without a text, which would choose everything; NULL: none. */
static const char *blank_option(const struct cli_options *o)
{
	static const char *const names[] = { "to", "state", "status", "older" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (cli_options_blank(o, names[i]))
			return names[i];
	return NULL;
}

/* "4.7.1", "4.7" or "4" (RFC 3463 section 2); "450" is no class, and no message would have it. */
static bool is_code(struct str s)
{
	struct str part;
	size_t n = 0;
	uint32_t number;
	bool more;

	do {
		more = str_cut(&s, '.', &part);
		if (!str_u32(more ? part : s, &number) || number > 999)
			return false;
		if (n == 0 && number != 2 && number != 4 && number != 5)
			return false;
	} while (++n < 3 && more);
	return !more;
}

/* --older TIME, --state WORD and the others.  *any: one of them was given. */
static int read_filter(struct cli *cli, struct cli_filter *f, bool *any)
{
	static const char states[] = "active deferred held failed";
	const struct cli_options *o = &cli->options;
	const char *older = cli_options_value(o, "older"), *blank = blank_option(o);
	struct str rest = str_of(states), word;
	bool known = false;

	*f = (struct cli_filter){ .from = cli_options_value(o, "from"),
				  .to = cli_options_value(o, "to"),
				  .state = cli_options_value(o, "state"),
				  .status = cli_options_value(o, "status") };
	*any = f->from || f->to || f->state || f->status || older;
	if (blank)
		return cli_usage(cli, "--%s: it is empty: write what to choose by", blank);
	if (f->from && !f->from[0])
		f->from = "<>";
	while (f->state && !known && str_word(&rest, &word))
		known = str_eq(word, str_of(f->state));
	if (f->state && !known)
		return cli_usage(cli, "--state %s: write one of: %s", f->state, states);
	if (f->status && !is_code(str_of(f->status)))
		return cli_usage(cli, "--status %s: write a code like 4.7.1, 4.7 or 4", f->status);
	if (older && time_read_span(str_of(older), &f->older_ms) != ERR_OK)
		return cli_usage(cli, "--older %s: write how long ago, like 4h or 2d", older);
	return CLI_DONE;
}

/* Words and options that do not go together; NULL: they do. */
static const char *misused(const struct cli *cli, const char *verb, bool filtered)
{
	bool id = cli_word(cli, 1), more = cli_word(cli, 2);
	bool all = cli_options_has(&cli->options, "all");

	if (strcmp(verb, "list") == 0)
		return id || all ? "list takes no ID: choose by --from, --to, --state, --status, "
				   "--older"
				 : NULL;
	if (strcmp(verb, "show") == 0)
		return !id || more || all || filtered ? "show takes one ID" : NULL;
	return id + all + filtered != 1 || more ? "name one ID, or choose by --from, --to, "
						  "--state, --status, --older, or --all"
						: NULL;
}

static int run(struct cli *cli)
{
	const char *verb = cli_word(cli, 0) ? cli_word(cli, 0) : "";
	const struct cli_errand *errand = cli_errand_find(verb);
	bool list = strcmp(verb, "list") == 0, show = strcmp(verb, "show") == 0, filtered = false;
	struct cli_filter filter;

	if (!list && !show && !errand)
		return cli_unknown_word(cli, cli_word(cli, 0),
					"list, show, retry, hold, release, remove, bounce");
	int status = read_filter(cli, &filter, &filtered);
	if (status != CLI_DONE)
		return status;
	const char *why = misused(cli, verb, filtered);
	if (why)
		return cli_usage(cli, "%s", why);
	cli_note_whom(cli, "from");
	cli_note_whom(cli, "to");

	CLEANUP(cli_client_close) struct cli_client c = cli_client_open(cli);
	if (c.status != CLI_DONE)
		return c.status;
	if (list)
		return run_list(cli, &c, &filter);
	if (show)
		return run_show(cli, &c);
	return cli_word(cli, 1) ? cli_errand_one(cli, &c, errand, cli_word(cli, 1))
				: cli_errand_many(cli, &c, errand, filtered ? &filter : NULL);
}

const struct cli_command cli_queue = {
	.name = "queue",
	.usage = "list | show ID | retry|hold|release|remove|bounce ID",
	.summary = "look at mail that waits, and act on it",
	.details = details,
	.options = options,
	.run = run,
	.read = conf_read_paths,
};
