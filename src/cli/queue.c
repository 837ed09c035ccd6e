/*
 * `signpost queue`: a view of the daemon's queue, and errands to it.
 */
#include "base/text.h"
#include "cli/client.h"
#include "cli/measure.h"
#include "control/control.h"
#include "queue/id.h"

#include <stdio.h>
#include <string.h>

enum { FLUSH_AT = 1 << 20, CHUNK_MAX = CONTROL_FRAME_MAX };

static const struct cli_option options[] = {
	{ "all", '\0', NULL, "retry, hold, release: every message, in place of an ID" },
	{ "content", '\0', NULL, "show: the message itself, octet by octet" },
	{ "json", '\0', NULL, "for machines: JSON" },
	{ 0 },
};

static const char details[] =
	"  list           what waits, oldest first\n"
	"  show ID        one message with its recipients\n"
	"  retry ID       try now\n"
	"  hold ID        do not try until released\n"
	"  release ID     try again\n"
	"  remove ID      delete, telling nobody\n"
	"  bounce ID      give up at the next attempt, which is now, and tell the sender\n";

static void add_text(struct buf *out, const json_t *object, const char *key)
{
	text_escape(out, str_of(cli_client_text(object, key)));
}

static void show_recipient(struct buf *out, const json_t *r)
{
	buf_add(out, STR("    "));
	add_text(out, r, "to");
	buf_add(out, STR(": "));
	add_text(out, r, "state");
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

static void show_message(struct buf *out, const json_t *m)
{
	const json_t *recipients = json_object_get(m, "recipients"), *r;
	size_t i;

	add_text(out, m, "id");
	buf_add(out, STR("  "));
	add_text(out, m, "arrived");
	buf_add(out, STR("  "));
	cli_measure_size(out, (uint64_t)cli_client_number(m, "size"));
	buf_add(out, STR("  "));
	add_text(out, m, "state");
	buf_add(out, STR("  <"));
	add_text(out, m, "from");
	buf_add(out, cli_client_true(m, "report") ? STR(">  report of ours\n") : STR(">\n"));
	buf_addf(out, "    attempts: %lld", (long long)cli_client_number(m, "attempts"));
	if (cli_client_text(m, "next")[0]) {
		buf_add(out, STR(", next: "));
		add_text(out, m, "next");
	}
	buf_addc(out, '\n');
	json_array_foreach(recipients, i, r) show_recipient(out, r);
}

/* One answer of at most as many messages as the daemon gives at once.  Whether there are more. */
static bool list_some(struct cli *cli, struct cli_client *c, struct jsonw *j, uint64_t *count,
		      char *last)
{
	json_t *frame;

	cli_client_ask(c, &(struct cli_request){ .command = "queue-list",
						 .after = last[0] ? last : NULL });
	while ((frame = cli_client_next(c)) != NULL && !cli_client_last(frame)) {
		if (cli_json(cli)) {
			cli_client_json(j, NULL, frame);
			buf_addc(&cli->out, '\n');
		} else {
			show_message(&cli->out, frame);
		}
		(void)snprintf(last, QUEUE_ID_MAX, "%s", cli_client_text(frame, "id"));
		++*count;
		if (cli->out.n > FLUSH_AT)
			c->status = cli_flush(cli, c->status);
	}
	return frame && cli_client_true(frame, "more");
}

static int run_list(struct cli *cli, struct cli_client *c)
{
	char last[QUEUE_ID_MAX] = "";
	struct jsonw j = jsonw_to(&cli->out);
	uint64_t count = 0;

	if (cli_json(cli))
		jsonw_array(&j, NULL);
	while (list_some(cli, c, &j, &count, last))
		continue;
	if (c->status != CLI_DONE)
		return c->status;
	if (cli_json(cli)) {
		jsonw_array_end(&j);
		buf_addc(&cli->out, '\n');
	} else if (count == 0) {
		buf_add(&cli->out, STR("the queue is empty\n"));
	}
	return CLI_DONE;
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
		show_message(&cli->out, frame);
	return c->status;
}

/* What is asked of the daemon for one message, or all: not what cannot be undone. */
static const struct errand {
	const char *verb, *command, *done;
	bool all;
} errands[] = {
	{ "retry", "queue-retry", "to be tried now", true },
	{ "hold", "queue-hold", "held", true },
	{ "release", "queue-release", "released", true },
	{ "remove", "queue-remove", "removed", false },
	{ "bounce", "queue-bounce", "to be given up now", false },
};

static void show_count(struct cli *cli, const struct errand *e, int64_t n)
{
	struct jsonw j = jsonw_to(&cli->out);

	if (!cli_json(cli)) {
		buf_addf(&cli->out, "%lld %s %s\n", (long long)n, n == 1 ? "message" : "messages",
			 e->done);
		return;
	}
	jsonw_object(&j, NULL);
	jsonw_int(&j, "count", n);
	jsonw_object_end(&j);
	buf_addc(&cli->out, '\n');
}

static int run_errand(struct cli *cli, struct cli_client *c, const struct errand *e)
{
	bool all = cli_options_has(&cli->options, "all");
	json_t *frame;

	cli_client_ask(c, &(struct cli_request){
				  .command = e->command, .id = cli_word(cli, 1), .all = all });
	while ((frame = cli_client_next(c)) != NULL) {
		if (!cli_client_last(frame))
			continue;
		show_count(cli, e, cli_client_number(frame, "count"));
		break;
	}
	return c->status;
}

/* NULL where verb is no errand. */
static const struct errand *find_errand(const char *verb)
{
	for (size_t i = 0; i < sizeof(errands) / sizeof(errands[0]); i++)
		if (strcmp(verb, errands[i].verb) == 0)
			return &errands[i];
	return NULL;
}

static int run(struct cli *cli)
{
	const char *verb = cli_word(cli, 0) ? cli_word(cli, 0) : "", *id = cli_word(cli, 1);
	const struct errand *errand = find_errand(verb);
	bool list = strcmp(verb, "list") == 0, show = strcmp(verb, "show") == 0;
	bool all = cli_options_has(&cli->options, "all");

	if (!list && !show && !errand)
		return cli_usage(cli,
				 "what to do? list, show, retry, hold, release, remove, bounce");
	if (list && id)
		return cli_usage(cli, "list takes no words");
	if (show && (!id || cli_word(cli, 2)))
		return cli_usage(cli, "show takes one ID");
	if (errand && (all == (id != NULL) || cli_word(cli, 2) || (all && !errand->all)))
		return cli_usage(cli, "%s takes one ID%s", verb, errand->all ? ", or --all" : "");

	CLEANUP(cli_client_close) struct cli_client c = cli_client_open(cli);
	if (c.status != CLI_DONE)
		return c.status;
	if (errand)
		return run_errand(cli, &c, errand);
	return list ? run_list(cli, &c) : run_show(cli, &c);
}

const struct cli_command cli_queue = {
	.name = "queue",
	.usage = "list | show ID | retry ID | hold ID | release ID | remove ID | bounce ID",
	.summary = "look at mail that waits, and act on it",
	.details = details,
	.options = options,
	.run = run,
};
