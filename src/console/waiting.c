/*
 * The daemon tells it page by page, and is asked for the next while there is time: of a long queue
 * the rest is left out, and the answer says so.
 */
#include "console/waiting.h"

#include "base/jsonw.h"
#include "console/tally.h"
#include "console/words.h"

#include <stdlib.h>

enum { REQUEST_MAX = 1 << 16, LAST_MAX = 64, PAGES_MS = 150 };

struct waiting {
	char *line;
	json_t *records;
	struct console_tally tally;
	char last[LAST_MAX]; /* ID that was looked at; "" none yet */
	int64_t until;       /* no more pages from then on */
	enum err err;
};

static void waiting_free(void *work)
{
	struct waiting *w = work;

	free(w->line);
	json_decref(w->records);
	console_tally_clear(&w->tally);
	free(w);
}

bool console_waiting_prepare(struct console_request *r, struct str line)
{
	struct waiting *w = console_request_work(r, sizeof(*w), waiting_free);

	if (!w)
		return false;
	w->line = str_z(line);
	if (console_tally_init(&w->tally) == ERR_OK && w->line)
		return true;
	console_request_unbegun(r->x, ERR_NOMEM);
	return false;
}

/* waiting: NULL where nothing is known of it. */
static void answer(struct console_request *r, json_t *waiting)
{
	struct waiting *w = r->work;
	bool ok = json_object_set_new(w->records, "waiting", waiting ? waiting : json_null()) == 0;
	char *text = ok ? json_dumps(w->records, JSON_COMPACT) : NULL;

	if (text)
		console_request_json(r->x, 200, str_of(text));
	else
		console_request_unbegun(r->x, ERR_NOMEM);
	free(text);
}

static bool told(void *arg, struct str json)
{
	struct console_request *r = arg;
	struct waiting *w = r->work;
	json_t *page = json_loadb(json.p, json.n, 0, NULL);

	if (w->err == ERR_OK)
		w->err = console_tally_add(&w->tally, page);
	json_decref(page);
	return true;
}

static void ask_page(struct console_request *r);

static void page_ended(void *arg, const struct console_ask_end *end)
{
	struct console_request *r = arg;
	struct waiting *w = r->work;
	bool more = json_is_true(json_object_get(end->last, "more"));

	(void)str_copy(w->last, sizeof(w->last),
		       str_of(json_string_value(json_object_get(end->last, "last"))));
	if (end->how != CONSOLE_ASK_DONE || w->err != ERR_OK)
		answer(r, NULL);
	else if (more && loop_now(r->site->loop) < w->until)
		ask_page(r);
	else
		answer(r, console_tally_document(&w->tally, more));
}

static void ask_page(struct console_request *r)
{
	static const struct console_ask_ops ops = { told, page_ended };
	struct waiting *w = r->work;
	CLEANUP(buf_free) struct buf request = BUF_MAX(REQUEST_MAX);
	struct jsonw j = jsonw_to(&request);

	jsonw_object(&j, NULL);
	jsonw_str(&j, "command", STR("criteria-try"));
	jsonw_str(&j, "line", str_of(w->line));
	if (w->last[0])
		jsonw_str(&j, "after", str_of(w->last));
	jsonw_object_end(&j);
	if (buf_err(&request) != ERR_OK ||
	    console_ask(r->site->asks, r->role, buf_str(&request), &ops, r) != ERR_OK)
		answer(r, NULL);
}

void console_waiting_answer(struct console_request *r, json_t *records)
{
	struct waiting *w = r->work;

	w->records = records;
	w->until = loop_now(r->site->loop) + PAGES_MS;
	ask_page(r);
}
