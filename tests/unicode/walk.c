/* Each code point above ASCII that text_escape() or jsonw_str() does not leave as it is: a line. */
#include "base/jsonw.h"
#include "base/text.h"

#include <stdio.h>

/* Whether the character stands in shown as it is. */
static bool is_there(struct str shown, struct str character)
{
	for (size_t i = 0; i + character.n <= shown.n; i++)
		if (str_eq((struct str){ shown.p + i, character.n }, character))
			return true;
	return false;
}

static void walk(uint32_t cp)
{
	CLEANUP(buf_free) struct buf character = BUF_MAX(8);
	CLEANUP(buf_free) struct buf text = BUF_MAX(64);
	CLEANUP(buf_free) struct buf json = BUF_MAX(64);
	struct jsonw j = jsonw_to(&json);

	text_utf8_add(&character, cp);
	text_escape(&text, buf_str(&character));
	jsonw_str(&j, NULL, buf_str(&character));
	bool in_text = is_there(buf_str(&text), buf_str(&character));
	bool in_json = is_there(buf_str(&json), buf_str(&character));
	if (!in_text || !in_json)
		(void)printf("%x %d %d %.*s\n", cp, in_text, in_json, STR_ARG(buf_str(&json)));
}

int main(void)
{
	for (uint32_t cp = 0x80; cp <= 0x10ffff; cp++)
		if (cp < 0xd800 || cp >= 0xe000)
			walk(cp);
	return 0;
}
