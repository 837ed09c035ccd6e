#include "message/octets.h"

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
