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

#define BLOCK 128 /* octets */

typedef char octets
	__attribute__((vector_size(16))); /* sixteen, in one go where the processor can */

static octets octets_at(const char *p)
{
	octets v;

	memcpy(&v, p, sizeof(v));
	return v;
}

/* Whether BLOCK octets, the one behind them known, have CR before each LF alone, and no NUL. */
static bool is_whole(const char *p)
{
	octets bad = { 0 };
	uint64_t half[2];

	for (size_t i = 0; i < BLOCK; i += sizeof(bad)) {
		octets here = octets_at(p + i), next = octets_at(p + i + 1);
		bad |= ((here == '\r') ^ (next == '\n')) | (here == '\0');
	}
	memcpy(half, &bad, sizeof(half));
	return !(half[0] | half[1]);
}

/* The same of one, and the one behind it. */
static bool is_good(char here, char next)
{
	return (here == '\r') == (next == '\n') && here != '\0';
}

/* Of a message in pieces of any size: most of it is blocks in which nothing is to be found. */
size_t smtp_line_run(struct str s)
{
	size_t n = 0;

	if (s.n == 0 || s.p[0] == '\n')
		return 0;
	while (s.n - n > BLOCK && is_whole(s.p + n))
		n += BLOCK;
	if (n > 0 && s.n - n <= BLOCK && is_whole(s.p + s.n - BLOCK - 1))
		n = s.n - 1;
	while (n < s.n && is_good(s.p[n], n + 1 < s.n ? s.p[n + 1] : '\0'))
		n++;
	bool behind = n < s.n && s.p[n] != '\r' && s.p[n] != '\0'; /* it is the LF there */
	return n + behind;
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
