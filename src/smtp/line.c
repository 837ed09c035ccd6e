#include "smtp/line.h"

#include <string.h>

enum smtp_line_got smtp_line_read(struct str in, struct str *line)
{
	const char *cr = in.n ? memchr(in.p, '\r', in.n) : NULL;

	*line = str_head(in, cr ? (size_t)(cr - in.p) : in.n);
	if (str_has(*line, '\n') || str_has(*line, '\0'))
		return SMTP_LINE_BAD;
	if (in.n - line->n < 2)
		return SMTP_LINE_PART;
	return cr[1] == '\n' ? SMTP_LINE_WHOLE : SMTP_LINE_BAD;
}

bool smtp_line_size(struct str word, uint64_t *size)
{
	if (word.n == 0 || word.n > 20)
		return false;
	for (size_t i = 0; i < word.n; i++)
		if (word.p[i] < '0' || word.p[i] > '9')
			return false;
	if (!str_u64(word, size))
		*size = UINT64_MAX;
	return true;
}
