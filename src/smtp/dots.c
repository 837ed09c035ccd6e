/*
 * The doubling of dots, read and written in pieces as large as they come.
 *
 * Both directions walk from line end to line end with memchr(), which is where
 * the time of a large message goes: a line costs two searches, whatever is in it.
 *
 * In reading, what cannot be judged yet is left unread: a CR whose LF has not
 * come, and a dot at the start of a line with less than the two octets that may
 * make it the last.  So nothing but the start of a line need be remembered, and
 * where the data was split cannot change what it says.
 */
#include "smtp/dots.h"

#include <string.h>

/*
 * How many octets from the start of s are sound: up to a bad one, to a CR that
 * ends s, and, but for the first line, to a line that begins with a dot.  d is
 * left as it is true there.
 */
static size_t sound(struct smtp_dots *d, struct str s)
{
	const char *p = s.p, *end = s.p + s.n;

	while (p < end) {
		const char *cr = memchr(p, '\r', (size_t)(end - p));
		const char *stop = cr ? cr : end;
		const char *lf = memchr(p, '\n', (size_t)(stop - p));
		if (lf)
			stop = lf;
		if (stop > p)
			d->at_start = false;
		if (stop != cr || cr + 1 == end || cr[1] != '\n')
			return (size_t)(stop - s.p);
		d->at_start = true;
		p = cr + 2;
		if (p < end && *p == '.')
			break;
	}
	return (size_t)(p - s.p);
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
	size_t n = sound(d, rest);
	const char *nul = n ? memchr(rest.p, '\0', n) : NULL;
	if (nul)
		n = (size_t)(nul - rest.p);
	if (n == 0)
		return SMTP_DOTS_BAD;
	*piece = str_head(rest, n);
	*used = dot + n;
	return SMTP_DOTS_PIECE;
}

bool smtp_dots_clean(struct str message)
{
	struct smtp_dots d = SMTP_DOTS_BEGIN;

	if (message.n > 0 && memchr(message.p, '\0', message.n))
		return false;
	while (message.n > 0) {
		size_t n = sound(&d, message);
		if (n == 0)
			return false;
		message = str_skip(message, n);
	}
	return true;
}

/* How many octets of a clean s are written as they are: up to the next line that begins with a dot. */
static size_t plain(struct smtp_dots *d, struct str s)
{
	const char *p = s.p, *end = s.p + s.n;

	do {
		const char *lf = memchr(p, '\n', (size_t)(end - p));
		d->at_start = lf && lf + 1 == end;
		if (!lf)
			return s.n;
		p = lf + 1;
	} while (p < end && *p != '.');
	d->at_start = true;
	return (size_t)(p - s.p);
}

void smtp_dots_write(struct smtp_dots *d, struct str *message, struct buf *out, size_t room)
{
	/* Two octets: a line may begin with a dot. */
	while (message->n > 0 && out->n + 2 <= room) {
		if (d->at_start && message->p[0] == '.')
			buf_addc(out, '.');
		size_t n = plain(d, str_head(*message, room - out->n));
		buf_add(out, str_head(*message, n));
		*message = str_skip(*message, n);
	}
}

void smtp_dots_end(struct smtp_dots *d, struct buf *out)
{
	if (!d->at_start)
		buf_add(out, STR("\r\n"));
	d->at_start = true;
	buf_add(out, STR(".\r\n"));
}
