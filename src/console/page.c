/*
 * Files of the program, as they are or with one blank filled in: what is filled in is text,
 * whatever it holds, and never markup.
 */
#include "console/page.h"

#include "console/asset.h"
#include "console/words.h"

enum { PAGE_MAX = 1 << 20 };

static void add_as_text(struct buf *out, struct str text)
{
	for (size_t i = 0; i < text.n; i++) {
		switch (text.p[i]) {
		case '&':
			buf_add(out, STR("&amp;"));
			break;
		case '<':
			buf_add(out, STR("&lt;"));
			break;
		case '>':
			buf_add(out, STR("&gt;"));
			break;
		case '"':
			buf_add(out, STR("&quot;"));
			break;
		case '\'':
			buf_add(out, STR("&#39;"));
			break;
		default:
			buf_addc(out, text.p[i]);
		}
	}
}

bool console_page_file(struct console_exchange *x, struct str name)
{
	const struct console_asset *a = console_asset_find(name);

	if (!a)
		return false;
	bool known = console_head_none_match(console_exchange_field(x, "If-None-Match"), a->etag);
	bool gzip = console_head_gzip(console_exchange_field(x, "Accept-Encoding"));
	struct console_answer answer = { .status = known ? 304 : 200,
					 .type = known ? NULL : a->type,
					 .body = known  ? STR_NONE
						 : gzip ? a->gzip
							: a->plain,
					 .field = { { "ETag", a->etag },
						    { "Cache-Control", STR("no-cache") },
						    { "Vary", STR("Accept-Encoding, Cookie") } } };

	if (gzip && !known)
		answer.field[3] = (struct console_field){ "Content-Encoding", STR("gzip") };
	console_exchange_answer(x, &answer);
	return true;
}

/* The page with words in its blank. */
static void filled(struct console_exchange *x, struct str name, int status, struct str words)
{
	const struct console_asset *a = console_asset_find(name);
	CLEANUP(buf_free) struct buf page = BUF_MAX(PAGE_MAX);
	struct str rest = a ? a->plain : STR_NONE, mark = STR("<!--say-->");

	while (rest.n > 0) {
		if (str_starts(rest, mark)) {
			add_as_text(&page, words);
			rest = str_skip(rest, mark.n);
		} else {
			buf_addc(&page, rest.p[0]);
			rest = str_skip(rest, 1);
		}
	}
	if (!a || buf_err(&page) != ERR_OK)
		console_request_refuse(x, 503, STR(CONSOLE_WORDS_NO_MEMORY));
	else
		console_exchange_answer(x, &(struct console_answer){ .status = status,
								     .type = a->type,
								     .body = buf_str(&page) });
}

void console_page_once(struct console_exchange *x)
{
	filled(x, STR("once.html"), 200, STR_NONE);
}

void console_page_login(struct console_exchange *x, int status, struct str message)
{
	filled(x, STR("login.html"), status, message);
}
