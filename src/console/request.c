#include "console/request.h"

#include "base/jsonw.h"

enum { WORDS_MAX = 1 << 16 };

void console_request_json(struct console_exchange *x, int status, struct str json)
{
	console_exchange_answer(x, &(struct console_answer){ .status = status,
							     .type = "application/json",
							     .body = json });
}

void console_request_refuse(struct console_exchange *x, int status, struct str why)
{
	CLEANUP(buf_free) struct buf body = BUF_MAX(WORDS_MAX);
	struct jsonw j = jsonw_to(&body);

	jsonw_object(&j, NULL);
	jsonw_str(&j, "message", str_head(why, WORDS_MAX / 8));
	jsonw_object_end(&j);
	buf_addc(&body, '\n');
	console_request_json(x, status, buf_str(&body));
}
