#include "smtp/chunk.h"

#include "smtp/line.h"

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

size_t smtp_chunk_text(bool *after_cr, struct str s)
{
	size_t n = *after_cr;

	if (s.n == 0 || (n > 0 && s.p[0] != '\n'))
		return 0;
	n += smtp_line_run(str_skip(s, n));
	*after_cr = n < s.n && s.p[n] == '\r';
	return n + *after_cr;
}
