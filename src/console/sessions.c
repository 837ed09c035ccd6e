#include "console/sessions.h"

#include "base/time.h"
#include "console/filter.h"
#include "console/past.h"
#include "console/words.h"
#include "os/clock.h"

#include <errno.h>
#include <jansson.h>
#include <string.h>

enum { BODY_MAX = 32 << 20, WHY_MAX = 1 << 14, RECORD_MAX = 1 << 19 };

#define HOUR_MS INT64_C(3600000)
#define NO_SESSION "no such session in the records"

static enum err read_past(struct console_request *r, const struct console_filter *f,
			  struct buf *body, char until[static 32])
{
	enum err e = console_past_read(r->site->conf->log_directory, f, body, until);
	CLEANUP(buf_free) struct buf why = BUF_MAX(WHY_MAX);

	if (e == ERR_IO) {
		buf_addf(&why, "the records cannot be read: %s", strerror(errno));
		console_request_refuse(r->x, 503, buf_str(&why));
	} else if (e != ERR_OK) {
		console_request_unbegun(r->x, ERR_NOMEM);
	}
	return e;
}

/* Where there is more, a field says before which time. */
void console_sessions_list(struct console_request *r)
{
	CLEANUP(buf_free) struct buf body = BUF_MAX(BODY_MAX), why = BUF_MAX(WHY_MAX);
	struct console_filter f;
	char until[32];

	if (console_filter_read(&r->target.query, os_clock_wall(), &f, &why) != ERR_OK) {
		console_request_refuse(r->x, 400, buf_str(&why));
		return;
	}
	buf_addc(&body, '[');
	if (read_past(r, &f, &body, until) != ERR_OK)
		return;
	buf_add(&body, STR("]\n"));
	struct console_answer a = { .status = 200,
				    .type = "application/json",
				    .body = buf_str(&body) };
	if (until[0])
		a.field[0] = (struct console_field){ "X-Signpost-Before", str_of(until) };
	if (buf_err(&body) == ERR_OK)
		console_exchange_answer(r->x, &a);
	else
		console_request_unbegun(r->x, ERR_NOMEM);
}

/* Of the sessions of a message, the one that was asked for. */
static void shown(void *arg, const struct console_hand_end *end)
{
	struct console_request *r = arg;
	struct str rest = end->out, line, found = STR_NONE;

	while (end->exit == 0 && str_line(&rest, &line)) {
		json_t *block = json_loadb(line.p, line.n, 0, NULL);
		const char *session = json_string_value(json_object_get(block, "session"));
		if (session && str_eq(r->id, str_of(session)))
			found = line;
		json_decref(block);
	}
	if (found.n)
		console_request_json(r->x, 200, found);
	else
		console_request_refuse(r->x, 404, STR(NO_SESSION));
}

/* The session log by the message of a record, from a while before it was written. */
static void ask_log(struct console_request *r, const struct journal_record *record)
{
	struct console_order o = { .kind = CONSOLE_ORDER_LOG };
	char text[TIME_TEXT_MAX];
	int64_t wall_ms = 0;
	struct str time = record->time;

	if (time_read(time, &wall_ms) == ERR_OK)
		time = time_rfc3339(wall_ms - HOUR_MS, text);
	console_order_add(&o, CONSOLE_ORDER_MESSAGE, record->message);
	console_order_add(&o, CONSOLE_ORDER_SINCE, time);
	enum err e = console_order_ok(&o) ? console_hand(r->site->hands, &o, STR_NONE, shown, r)
					  : ERR_LIMIT;
	if (e != ERR_OK)
		console_request_unbegun(r->x, e);
}

void console_sessions_show(struct console_request *r)
{
	CLEANUP(buf_free) struct buf line = BUF_MAX(BODY_MAX), room = BUF_MAX(RECORD_MAX);
	struct console_filter f = { .session = r->id, .limit = 1 };
	struct journal_record record;
	char until[32];

	if (!console_request_bare(r) || read_past(r, &f, &line, until) != ERR_OK)
		return;
	if (line.n && journal_record_read(buf_str(&line), &room, &record) == ERR_OK)
		ask_log(r, &record);
	else
		console_request_refuse(r->x, 404, STR(NO_SESSION));
}
