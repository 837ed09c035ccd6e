/*
 * smtp_reply_read() on any octets.  Seeds: src/smtp/corpus/reply/.
 *
 * What must hold: what is read at once is read octet by octet, at the same
 * place; nothing is decided before a line is whole; text is never longer than
 * what was taken; the code is the last line's; and the reply written again line by
 * line is read again.
 */
#include "smtp/reply.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void must(bool holds)
{
	if (!holds)
		abort();
}

/* As it comes from a socket, an octet at a time. */
static enum err read_slowly(struct str in, struct buf *scratch, struct smtp_reply *r, size_t *used)
{
	enum err e = ERR_OK;

	*used = 0;
	for (size_t n = 1; n <= in.n && e == ERR_OK && *used == 0; n++)
		e = smtp_reply_read(str_head(in, n), scratch, r, used);
	return e;
}

/* The code of the last line, that which counts. */
static int code_of_last(struct str reply)
{
	struct str line = reply;

	while (str_line(&reply, &line))
		;
	return (line.p[0] - '0') * 100 + (line.p[1] - '0') * 10 + line.p[2] - '0';
}

static void write_reply(struct buf *out, const struct smtp_reply *r)
{
	struct str rest = r->text, line;
	const char *enhanced = r->enhanced;

	while (str_cut(&rest, '\n', &line)) {
		buf_addf(out, "%d-%s%s", r->code, enhanced, enhanced[0] ? " " : "");
		buf_add(out, line);
		buf_add(out, STR("\r\n"));
	}
	buf_addf(out, "%d %s%s", r->code, enhanced, enhanced[0] ? " " : "");
	buf_add(out, rest);
	buf_add(out, STR("\r\n"));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	CLEANUP(buf_free) struct buf one = BUF_MAX(SMTP_REPLY_OCTETS_MAX);
	CLEANUP(buf_free) struct buf two = BUF_MAX(SMTP_REPLY_OCTETS_MAX);
	CLEANUP(buf_free) struct buf wire = BUF_MAX(4 * SMTP_REPLY_OCTETS_MAX);
	struct str in = { (const char *)data, n };
	struct smtp_reply a, b;
	size_t used = 0, used_slowly = 0;

	enum err e = smtp_reply_read(in, &one, &a, &used);
	must(read_slowly(in, &two, &b, &used_slowly) == e);
	if (e != ERR_OK || used == 0)
		return 0;
	must(used == used_slowly && used <= n && data[used - 1] == '\n');
	must(a.code == b.code && str_eq(a.text, b.text) && a.text.n < used);
	must(a.code >= 200 && a.code <= 599);
	must(code_of_last(str_head(in, used)) == a.code);

	/* A line of the text may begin with what looks like a second enhanced code. */
	char again[12];
	struct str rest = a.text, line;
	bool odd = false;
	while (str_cut(&rest, '\n', &line))
		odd |= smtp_reply_enhanced(line, again, &line);
	odd |= smtp_reply_enhanced(rest, again, &rest);
	write_reply(&wire, &a);
	if (odd || wire.n > SMTP_REPLY_OCTETS_MAX)
		return 0;
	must(smtp_reply_read(buf_str(&wire), &two, &b, &used) == ERR_OK && used == wire.n);
	must(b.code == a.code && str_eq(str_of(a.enhanced), str_of(b.enhanced)));
	must(str_eq(b.text, a.text));
	return 0;
}
