/*
 * What cannot be undone (remove, bounce) is done to many only once they are counted, and
 * somebody has said yes: on the terminal, or by --yes.
 */
#include "cli/errand.h"

#include "base/text.h"
#include "cli/progress.h"
#include "cli/walk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SOME = 256 }; /* IDs in one request */

static const struct cli_errand errands[] = {
	{ "retry", "queue-retry", "to be tried now", true, false },
	{ "hold", "queue-hold", "held", true, false },
	{ "release", "queue-release", "released", true, false },
	{ "remove", "queue-remove", "removed", false, true },
	{ "bounce", "queue-bounce", "to be given up now", false, true },
};

const struct cli_errand *cli_errand_find(const char *verb)
{
	for (size_t i = 0; i < sizeof(errands) / sizeof(errands[0]); i++)
		if (strcmp(verb, errands[i].verb) == 0)
			return &errands[i];
	return NULL;
}

/* What became of it. */
struct tally {
	int64_t count, refused;
	char why[256], remedy[256];
};

static void add_frame(struct tally *t, const json_t *frame)
{
	if (t->refused == 0) {
		(void)str_copy(t->why, sizeof(t->why), str_of(cli_client_text(frame, "why")));
		(void)str_copy(t->remedy, sizeof(t->remedy),
			       str_of(cli_client_text(frame, "remedy")));
	}
	t->count += cli_client_number(frame, "count");
	t->refused += cli_client_number(frame, "refused");
}

static void ask(struct cli_client *c, const struct cli_request *request, struct tally *t)
{
	json_t *frame;

	cli_client_ask(c, request);
	while ((frame = cli_client_next(c)) != NULL && !cli_client_last(frame))
		continue;
	if (frame)
		add_frame(t, frame);
}

/* Where the daemon went away amid many, what was done until then is told as well. */
static int show(struct cli *cli, struct cli_client *c, const struct cli_errand *e,
		const struct tally *t)
{
	struct jsonw j = jsonw_to(&cli->out);
	char words[sizeof(t->why) + 64];

	if (c->status != CLI_DONE && t->count + t->refused == 0)
		return c->status;
	if (cli_json(cli)) {
		jsonw_object(&j, NULL);
		jsonw_int(&j, "count", t->count);
		if (t->refused)
			jsonw_int(&j, "refused", t->refused);
		jsonw_object_end(&j);
		buf_addc(&cli->out, '\n');
	} else {
		text_count(&cli->out, (uint64_t)t->count, "message", "messages");
		buf_addf(&cli->out, " %s\n", e->done);
	}
	if (t->refused == 0 || c->status != CLI_DONE)
		return c->status;
	(void)snprintf(words, sizeof(words), "%lld message%s not: %s", (long long)t->refused,
		       t->refused == 1 ? "" : "s", t->why);
	return cli_client_refused(cli, CLI_NO, words, t->remedy);
}

int cli_errand_one(struct cli *cli, struct cli_client *c, const struct cli_errand *e,
		   const char *id)
{
	struct tally t = { 0 };

	ask(c, &(struct cli_request){ .command = e->command, .id = id }, &t);
	return show(cli, c, e, &t);
}

/* IDs, one behind the other. */
struct ids {
	struct buf text;
	size_t n;
};

static int collect(struct cli_client *c, const struct cli_filter *filter, struct ids *ids)
{
	struct cli_walk walk = { .client = c, .filter = filter };
	json_t *m;

	cli_progress_begin("finding messages");
	while ((m = cli_walk_next(&walk)) != NULL) {
		cli_progress_say("finding messages: %zu", ids->n);
		buf_add(&ids->text, str_of(cli_client_text(m, "id")));
		buf_addc(&ids->text, '\0');
		ids->n++;
	}
	cli_progress_end();
	if (c->status == CLI_DONE && buf_err(&ids->text) != ERR_OK)
		c->status = cli_nomem();
	return c->status;
}

/* Whether that may be done to so many.  Of --all nobody knows how many it will be the next time. */
static int confirm(struct cli *cli, const struct cli_errand *e, size_t n)
{
	bool all = cli_options_has(&cli->options, "all");
	bool asked = isatty(STDIN_FILENO) && isatty(STDERR_FILENO);
	char answer[16] = "";

	if (!e->ask || (n < 2 && !(all && !asked)) || cli_options_has(&cli->options, "yes"))
		return CLI_DONE;
	if (!asked)
		return cli_usage(cli, "%s of %zu message%s: add --yes, if it is meant", e->verb, n,
				 n == 1 ? "" : "s");
	(void)fprintf(stderr, "%s %zu message%s? [y/N] ", e->verb, n, n == 1 ? "" : "s");
	if (!fgets(answer, sizeof(answer), stdin) || (answer[0] != 'y' && answer[0] != 'Y'))
		return cli_fail(CLI_NO, "nothing was done");
	return CLI_DONE;
}

static void act(struct cli_client *c, const struct cli_errand *e, const struct ids *ids,
		struct tally *t)
{
	const char *some[SOME], *at = ids->text.p;

	cli_progress_begin("%s", e->verb);
	for (size_t done = 0; c->status == CLI_DONE && done < ids->n;) {
		cli_progress_say("%s: %zu of %zu messages", e->verb, done, ids->n);
		struct cli_request request = { .command = e->command, .ids = some };
		for (; request.n_ids < SOME && done < ids->n; done++) {
			some[request.n_ids++] = at;
			at += strlen(at) + 1;
		}
		ask(c, &request, t);
	}
	cli_progress_end();
}

int cli_errand_many(struct cli *cli, struct cli_client *c, const struct cli_errand *e,
		    const struct cli_filter *filter)
{
	struct ids ids = { .text = BUF_MAX(SIZE_MAX / 2) };
	struct tally t = { 0 };

	if (!filter && e->all) {
		cli_progress_begin("%s: all messages", e->verb);
		ask(c, &(struct cli_request){ .command = e->command, .all = true }, &t);
		cli_progress_end();
		return show(cli, c, e, &t);
	}
	int status = collect(c, filter, &ids);
	if (status == CLI_DONE)
		status = confirm(cli, e, ids.n);
	if (status == CLI_DONE) {
		act(c, e, &ids, &t);
		status = show(cli, c, e, &t);
	}
	buf_free(&ids.text);
	return status;
}
