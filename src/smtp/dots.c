/*
 * The doubling of dots, read and written in pieces as large as they come.
 *
 * Both directions look for a dot at the start of a line by memchr(), which is where the time of a
 * large message goes, besides what line.c takes for its line ends.
 *
 * In reading, what cannot be judged yet is left unread: a CR whose LF has not
 * come, and a dot at the start of a line with less than the two octets that may
 * make it the last.  So nothing but the start of a line need be remembered, and
 * where the data was split cannot change what it says.
 */
#include "smtp/dots.h"

#include "smtp/line.h"

#include <string.h>

/* s up to the next line, but for the first one, that begins with a dot. */
static struct str before_dot(struct str s)
{
	const char *end = s.p + s.n, *at = s.p;

	if (s.n == 0)
		return s;
	do
		at = memchr(at + 1, '.', (size_t)(end - at) - 1);
	while (at && at[-1] != '\n');
	return str_head(s, at ? (size_t)(at - s.p) : s.n);
}

static bool is_cr(struct str s)
{
	return s.n == 1 && s.p[0] == '\r';
}

enum smtp_dots_got smtp_dots_read(struct smtp_dots *d, struct str in, struct str *piece,
				  size_t *used)
{
	size_t dot = 0;

	*used = 0;
	if (d->at_start && in.n > 0 && in.p[0] == '.') {
		if (str_starts(in, STR(".\r\n"))) {
			*used = 3;
			return SMTP_DOTS_END;
		}
		dot = 1;
	}

	struct str rest = str_skip(in, dot);
	if (rest.n == 0 || is_cr(rest))
		return SMTP_DOTS_MORE;
	size_t n = smtp_line_run(before_dot(rest));
	if (n == 0)
		return SMTP_DOTS_BAD;
	d->at_start = rest.p[n - 1] == '\n';
	*piece = str_head(rest, n);
	*used = dot + n;
	return SMTP_DOTS_PIECE;
}

bool smtp_dots_clean(struct str message)
{
	return smtp_line_run(message) == message.n;
}

void smtp_dots_write(struct smtp_dots *d, struct str *message, struct buf *out, size_t room)
{
	/* Two octets: a line may begin with a dot. */
	while (message->n > 0 && out->n + 2 <= room) {
		if (d->at_start && message->p[0] == '.')
			buf_addc(out, '.');
		struct str some = before_dot(str_head(*message, room - out->n));
		buf_add(out, some);
		*message = str_skip(*message, some.n);
		d->at_start = some.p[some.n - 1] == '\n';
	}
}

void smtp_dots_end(struct smtp_dots *d, struct buf *out)
{
	if (!d->at_start)
		buf_add(out, STR("\r\n"));
	d->at_start = true;
	buf_add(out, STR(".\r\n"));
}
