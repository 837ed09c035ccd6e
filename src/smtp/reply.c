/*
 * Replies, written, and taken off the front of what has arrived.
 *
 * In reading nothing is concluded before a line is complete, and the whole reply is read
 * again from its first line each time: so where the octets were split in
 * transit cannot be seen in what comes out.  Both limits together keep that
 * cheap.
 */
#include "smtp/reply.h"

#include <string.h>

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* One to three digits off the front of *s. */
static bool take_number(struct str *s)
{
	size_t n = 0;

	while (n < 3 && n < s->n && is_digit(s->p[n]))
		n++;
	*s = str_skip(*s, n);
	return n > 0;
}

static bool take_dot(struct str *s)
{
	if (s->n == 0 || s->p[0] != '.')
		return false;
	*s = str_skip(*s, 1);
	return true;
}

/* RFC 2034 section 4: class "." subject "." detail, then a space or the end. */
bool smtp_reply_enhanced(struct str s, char enhanced[static 12], struct str *rest)
{
	struct str left = s;

	if (!take_number(&left) || s.n - left.n != 1 || !str_has(STR("245"), s.p[0]))
		return false;
	if (!take_dot(&left) || !take_number(&left) || !take_dot(&left) || !take_number(&left))
		return false;

	size_t n = s.n - left.n; /* at most "5.999.999" */
	if (left.n > 0 && left.p[0] != ' ')
		return false;
	memcpy(enhanced, s.p, n);
	enhanced[n] = '\0';
	*rest = str_skip(left, 1);
	return true;
}

/* A line taken apart: Reply-code [ SP textstring ], or with "-" when more follow. */
struct line {
	int code;
	bool last;
	struct str text;
};

static bool read_line(struct str s, struct line *out)
{
	if (s.n < 3 || !is_digit(s.p[0]) || !is_digit(s.p[1]) || !is_digit(s.p[2]))
		return false;
	if (s.n > 3 && s.p[3] != ' ' && s.p[3] != '-')
		return false;
	out->code = (s.p[0] - '0') * 100 + (s.p[1] - '0') * 10 + (s.p[2] - '0');
	out->last = s.n == 3 || s.p[3] == ' ';
	out->text = str_skip(s, 4);
	return out->code >= 200 && out->code <= 599;
}

/* The next line of *in up to its LF, without CR LF; false when it is not complete. */
static bool take_line(struct str *in, struct str *line)
{
	if (!str_cut(in, '\n', line))
		return false;
	if (line->n > 0 && line->p[line->n - 1] == '\r')
		line->n--;
	return true;
}

static void add_text(struct buf *scratch, struct str text, struct smtp_reply *reply, size_t nth)
{
	char enhanced[12];

	if (nth > 0)
		buf_addc(scratch, '\n');
	if (smtp_reply_enhanced(text, enhanced, &text) && nth == 0)
		memcpy(reply->enhanced, enhanced, sizeof(enhanced));
	buf_add(scratch, text);
}

enum err smtp_reply_read(struct str in, struct buf *scratch, struct smtp_reply *out, size_t *used)
{
	struct smtp_reply reply = { .code = 0 };
	struct str rest = in, text;
	struct line line = { .last = false };

	buf_clear(scratch);
	for (size_t nth = 0; !line.last; nth++) {
		bool whole = take_line(&rest, &text);
		if (in.n - rest.n > SMTP_REPLY_OCTETS_MAX || nth == SMTP_REPLY_LINES_MAX)
			return ERR_LIMIT;
		if (!whole) {
			if (in.n > SMTP_REPLY_OCTETS_MAX)
				return ERR_LIMIT;
			*used = 0;
			return ERR_OK;
		}
		if (!read_line(text, &line) || (nth > 0 && line.code != reply.code))
			return ERR_SYNTAX;
		reply.code = line.code;
		add_text(scratch, line.text, &reply, nth);
	}
	if (buf_err(scratch) != ERR_OK)
		return buf_err(scratch);
	reply.text = buf_str(scratch);
	*out = reply;
	*used = in.n - rest.n;
	return ERR_OK;
}

void smtp_reply_write(struct buf *out, int code, struct str text)
{
	char line[SMTP_REPLY_LINE_MAX];
	size_t n = 0;

	line[n++] = (char)('0' + code / 100);
	line[n++] = (char)('0' + code / 10 % 10);
	line[n++] = (char)('0' + code % 10);
	line[n++] = ' ';
	for (size_t i = 0; i < text.n && n < sizeof(line) - 2; i++)
		line[n++] = (unsigned char)text.p[i] < ' ' ? '?' : text.p[i];
	line[n++] = '\r';
	line[n++] = '\n';
	buf_add(out, (struct str){ line, n });
}
