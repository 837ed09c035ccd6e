#include "console/request.h"

#include "base/jsonw.h"
#include "console/words.h"
#include "os/clock.h"

#include <stdlib.h>

enum { WORDS_MAX = 1 << 16 };

void console_request_json(struct console_exchange *x, int status, struct str json)
{
	console_exchange_answer(x, &(struct console_answer){ .status = status,
							     .type = "application/json",
							     .body = json });
}

void console_request_document(struct console_exchange *x, struct buf *json)
{
	buf_addc(json, '\n');
	if (buf_err(json) == ERR_OK)
		console_request_json(x, 200, buf_str(json));
	else
		console_request_unbegun(x, ERR_NOMEM);
}

void console_request_refuse_with(struct console_exchange *x, int status, struct str why,
				 struct console_field field)
{
	CLEANUP(buf_free) struct buf body = BUF_MAX(WORDS_MAX);
	struct jsonw j = jsonw_to(&body);

	jsonw_object(&j, NULL);
	jsonw_str(&j, "message", str_head(why, WORDS_MAX / 8));
	jsonw_object_end(&j);
	buf_addc(&body, '\n');
	console_exchange_answer(x, &(struct console_answer){ .status = status,
							     .type = "application/json",
							     .body = buf_str(&body),
							     .field = { field } });
}

void console_request_refuse(struct console_exchange *x, int status, struct str why)
{
	console_request_refuse_with(x, status, why, (struct console_field){ 0 });
}

void *console_request_work(struct console_request *r, size_t size, void (*clear)(void *work))
{
	r->work = calloc(1, size);
	r->clear = clear;
	if (!r->work)
		console_request_refuse(r->x, 503, STR(CONSOLE_WORDS_NO_MEMORY));
	return r->work;
}

bool console_request_known(struct console_request *r, const char *const *names)
{
	struct str unknown = console_parameter_unknown(&r->target.query, names);
	CLEANUP(buf_free) struct buf why = BUF_MAX(WORDS_MAX);

	if (unknown.n == 0)
		return true;
	buf_add(&why, STR("no such parameter: "));
	buf_add(&why, unknown);
	console_request_refuse(r->x, 400, buf_str(&why));
	return false;
}

bool console_request_bare(struct console_request *r)
{
	static const char *const none[] = { NULL };

	return console_request_known(r, none);
}

void console_request_unbegun(struct console_exchange *x, enum err e)
{
	console_request_refuse(
		x, 503, e == ERR_LIMIT ? STR(CONSOLE_WORDS_BUSY) : STR(CONSOLE_WORDS_NO_MEMORY));
}

/*
 * Names and addresses are counted side by side: neither passes for the other.  What comes from an
 * address that is kept out counts for no name: else it could make the table forget who is kept out.
 */
bool console_request_try(struct console_request *r, struct str name)
{
	int64_t now = os_clock_mono();
	char from[IP_TEXT_MAX];

	(void)str_copy(r->name, sizeof(r->name), name);
	console_throttle_key(r->name_key, STR("name "), name);
	console_throttle_key(r->peer_key, STR("from "),
			     console_throttle_from(console_exchange_peer(r->x), from));
	return console_throttle_try(&r->site->throttle, str_of(r->peer_key), now) &&
	       console_throttle_try(&r->site->throttle, str_of(r->name_key), now);
}

void console_request_untry(struct console_request *r)
{
	console_throttle_right(&r->site->throttle, str_of(r->name_key));
	console_throttle_right(&r->site->throttle, str_of(r->peer_key));
}
