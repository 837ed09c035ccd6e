#include "message/octets.h"

#include "base/text.h"

#include <string.h>

bool message_octets_are_lines(struct str text)
{
	if (text.n > 0 && memchr(text.p, '\0', text.n))
		return false;
	while (text.n > 0) {
		const char *cr = memchr(text.p, '\r', text.n);
		struct str line = str_head(text, cr ? (size_t)(cr - text.p) : text.n);
		if (str_has(line, '\n'))
			return false;
		text = str_skip(text, line.n);
		if (cr && !str_starts(text, STR("\r\n")))
			return false;
		text = str_skip(text, 2);
	}
	return true;
}

bool message_octets_have_long_line(struct str text)
{
	struct str line;

	while (str_line(&text, &line))
		if (line.n > MESSAGE_OCTETS_LINE)
			return true;
	return false;
}

bool message_octets_measure(size_t *line, struct str s)
{
	while (s.n > 0) {
		const char *lf = memchr(s.p, '\n', s.n);
		size_t n = lf ? (size_t)(lf - s.p) : s.n;
		bool cr = n > 0 && s.p[n - 1] == '\r';
		if (*line + n - cr > MESSAGE_OCTETS_LINE)
			return true;
		*line = lf ? 0 : *line + n - cr;
		s = str_skip(s, lf ? n + 1 : n);
	}
	return false;
}

static bool has_bare(bool *after_cr, struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		if (*after_cr != (s.p[i] == '\n') || s.p[i] == '\0')
			return true;
		*after_cr = s.p[i] == '\r';
	}
	return false;
}

void message_octets_add(struct message_octets *o, struct str piece)
{
	o->eight = o->eight || !text_is_ascii(piece);
	o->bare = o->bare || has_bare(&o->after_cr, piece);
	o->is_long = o->is_long || message_octets_measure(&o->line, piece);
}

bool message_octets_added_lines(const struct message_octets *o)
{
	return !o->bare && !o->after_cr;
}
