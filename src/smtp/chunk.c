#include "smtp/chunk.h"

#include "smtp/line.h"

#include <string.h>

bool smtp_chunk_read(struct str args, struct smtp_chunk *out)
{
	struct smtp_chunk chunk = { .place = SMTP_CHUNK_MORE };
	struct str word;

	if (!str_word(&args, &word) || !smtp_line_size(word, &chunk.size))
		return false;
	if (str_word(&args, &word)) {
		if (!str_eq_nocase(word, STR("LAST")) || str_trim(args).n > 0)
			return false;
		chunk.place = SMTP_CHUNK_LAST;
	}
	*out = chunk;
	return true;
}

/* The octets of s before the first that no line may hold. */
static struct str before_bad(struct str s)
{
	static const char bad[] = { '\n', '\0' };

	for (size_t i = 0; i < sizeof(bad) && s.n > 0; i++) {
		const char *at = memchr(s.p, bad[i], s.n);
		if (at)
			s.n = (size_t)(at - s.p);
	}
	return s;
}

size_t smtp_chunk_text(bool *after_cr, struct str s)
{
	struct str rest = s;

	while (rest.n > 0) {
		if (*after_cr && rest.p[0] != '\n')
			break;
		rest = str_skip(rest, *after_cr);
		*after_cr = false;
		const char *cr = rest.n ? memchr(rest.p, '\r', rest.n) : NULL;
		struct str line = str_head(rest, cr ? (size_t)(cr - rest.p) : rest.n);
		struct str good = before_bad(line);
		rest = str_skip(rest, good.n);
		if (good.n < line.n)
			break;
		*after_cr = cr != NULL;
		rest = str_skip(rest, cr != NULL);
	}
	return s.n - rest.n;
}
