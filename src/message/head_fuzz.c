/*
 * The head of a message, from any octets.  Seeds: src/message/corpus/head/.
 *
 * What must hold: fields lie in the message, in order, and each reads as itself
 * again from "name:body"; unfolding twice is unfolding once; what is decoded is
 * UTF-8; the sizes add up; the head ends behind the first empty line, and no line of
 * it that could be a field is missing from the walk.
 */
#include "message/head.h"

#include "base/text.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void must(bool true_)
{
	if (!true_)
		abort();
}

static void check_text(struct str body)
{
	struct buf once = BUF_MAX(body.n), twice = BUF_MAX(body.n), text = BUF_MAX(16 * body.n);

	message_head_unfold(&once, body);
	message_head_unfold(&twice, buf_str(&once));
	must(buf_err(&once) == ERR_OK && str_eq(buf_str(&once), buf_str(&twice)));
	buf_clear(&twice);
	message_head_unfold_single(&twice, body);
	must(buf_err(&twice) == ERR_OK && !str_has(buf_str(&twice), '\n'));
	message_head_decode(&text, NULL, body);
	must(buf_err(&text) == ERR_OK && text_is_utf8(buf_str(&text)));
	buf_free(&once);
	buf_free(&twice);
	buf_free(&text);
}

static void check_field(const struct message_field *f)
{
	struct buf again = BUF_MAX(f->name.n + f->body.n + 3);
	struct message_field g;

	buf_add(&again, f->name);
	buf_addc(&again, ':');
	buf_add(&again, f->body);
	buf_add(&again, STR("\r\n"));
	struct str rest = buf_str(&again);
	must(message_head_next(&rest, &g));
	must(rest.n == 0 && str_eq(g.name, f->name) && str_eq(g.body, f->body));
	buf_free(&again);
	check_text(f->body);
}

/* How many lines of a head begin with a field, looked at each for itself. */
static size_t lines_of_fields(struct str head)
{
	struct message_field f;
	struct str line, alone;
	size_t n = 0;

	while (str_line(&head, &line)) {
		must(line.n > 0 || head.n == 0);
		alone = line;
		n += message_head_next(&alone, &f);
	}
	return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct str message = { (const char *)data, n }, rest = message;
	struct message_field f;
	size_t fields = 0, named = 0;

	while (message_head_next(&rest, &f)) {
		must(f.name.n > 0 && f.name.p >= message.p && f.body.p > f.name.p);
		must(f.body.p + f.body.n <= rest.p && rest.p + rest.n == message.p + n);
		check_field(&f);
		fields++;
		named += str_eq_nocase(f.name, STR("Received"));
	}
	must(message_head_size(message) == n - rest.n);
	must(lines_of_fields(str_head(message, n - rest.n)) == fields);
	must(message_head_count(message, STR("received")) == named);
	must(message_head_find(message, STR("RECEIVED"), &f) == (named > 0));
	if (fields == 0)
		check_text(message);
	return 0;
}
