/*
 * Replies, written, and taken off the front of what has arrived.
 *
 * In reading nothing is concluded before a line is complete, and the whole reply is read
 * again from its first line each time: so where the octets were split in
 * transit cannot be seen in what comes out.  Both limits together keep that
 * cheap.
 *
 * RFC 5321 section 4.2.1 wants one code in all lines.  There are hosts that begin
 * to greet and then think better of it ("220-mx", "521 no"); as other clients do,
 * we take the last line at its word, and keep all of them.
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

/*
 * Walk over the lines of one reply.  *last is its last line, *used the octets up to
 * and with it, 0 where more is needed.  Where it fails, *used goes to the end of
 * the line that is wrong, or as far as in does; to the last line that may be.
 */
static enum err walk(struct str in, struct line *last, size_t *used)
{
	struct line line = { .last = false };
	struct str rest = in, text;
	bool good = true;

	for (size_t nth = 0; good && !line.last; nth++) {
		*used = in.n - rest.n;
		if (nth == SMTP_REPLY_LINES_MAX)
			return ERR_LIMIT;
		bool whole = take_line(&rest, &text);
		*used = whole ? in.n - rest.n : in.n;
		if (*used > SMTP_REPLY_OCTETS_MAX)
			return ERR_LIMIT;
		if (!whole) {
			*used = 0;
			return ERR_OK;
		}
		good = read_line(text, &line);
	}
	*last = line;
	return good ? ERR_OK : ERR_SYNTAX;
}

/*
 * Append the text of a line; its enhanced code goes to enhanced.  A line with
 * another code than the last, which must not be, is shown with it.
 */
static void add_line(struct buf *scratch, const struct line *line, int code,
		     char enhanced[static 12])
{
	struct str text = line->text;

	enhanced[0] = '\0';
	if (line->code == code) {
		(void)smtp_reply_enhanced(text, enhanced, &text);
	} else {
		buf_addu(scratch, (uint64_t)line->code);
		buf_addc(scratch, ' ');
	}
	buf_add(scratch, text);
}

/* The text of the reply that in is, and its enhanced code. */
static void read_text(struct str in, struct buf *scratch, struct smtp_reply *reply)
{
	struct line line = { .last = false };
	struct str text;
	char enhanced[12];
	bool found = false;

	for (bool first = true; take_line(&in, &text); first = false) {
		(void)read_line(text, &line);
		if (!first)
			buf_addc(scratch, '\n');
		add_line(scratch, &line, reply->code, enhanced);
		if (line.code == reply->code && !found) {
			memcpy(reply->enhanced, enhanced, sizeof(enhanced));
			found = true;
		}
	}
	reply->text = buf_str(scratch);
}

enum err smtp_reply_read(struct str in, struct buf *scratch, struct smtp_reply *out, size_t *used)
{
	struct line last = { .last = false };
	size_t end = 0;
	enum err e = walk(in, &last, &end);

	buf_clear(scratch);
	if (e == ERR_OK && end > 0) {
		struct smtp_reply reply = { .code = last.code };
		read_text(str_head(in, end), scratch, &reply);
		e = buf_err(scratch);
		if (e == ERR_OK)
			*out = reply;
	}
	if (e == ERR_OK)
		*used = end;
	return e;
}

struct str smtp_reply_junk(struct str in)
{
	struct line last;
	size_t used = 0;

	(void)walk(in, &last, &used);
	return str_head(in, used);
}

#define LINE_TEXT_MAX (SMTP_REPLY_LINE_MAX - 6) /* "250 ", and the end of the line */

/* How much of text goes in a line that has room for so much: all, or up to the last space. */
static size_t line_of(struct str text, size_t room)
{
	size_t n = room;

	if (text.n <= room)
		return text.n;
	while (n > room / 2 && text.p[n] != ' ')
		n--;
	return text.p[n] == ' ' ? n : room;
}

/* One line: the code, '-' or ' ', the enhanced code, and text, which fits. */
static void write_line(struct buf *out, int code, char mark, struct str enhanced, struct str text)
{
	char line[SMTP_REPLY_LINE_MAX];
	size_t n = 0;

	line[n++] = (char)('0' + code / 100);
	line[n++] = (char)('0' + code / 10 % 10);
	line[n++] = (char)('0' + code % 10);
	line[n++] = mark;
	for (size_t i = 0; i < enhanced.n; i++)
		line[n++] = enhanced.p[i];
	for (size_t i = 0; i < text.n; i++)
		line[n++] = (unsigned char)text.p[i] < ' ' ? '?' : text.p[i];
	line[n++] = '\r';
	line[n++] = '\n';
	buf_add(out, (struct str){ line, n });
}

void smtp_reply_write(struct buf *out, int code, struct str text)
{
	char word[12];
	struct str rest = text, enhanced = STR_NONE;
	size_t lines = 0, n;

	if (text.n > LINE_TEXT_MAX && smtp_reply_enhanced(text, word, &rest))
		enhanced = str_head(text, text.n - rest.n);
	bool last;
	do {
		n = line_of(rest, LINE_TEXT_MAX - enhanced.n);
		last = n == rest.n || ++lines == SMTP_REPLY_LINES_WRITTEN;
		write_line(out, code, last ? ' ' : '-', enhanced, str_head(rest, n));
		rest = str_skip(rest, n < rest.n && rest.p[n] == ' ' ? n + 1 : n);
	} while (!last);
}
