/*
 * Whatever comes, in whatever pieces, gives the messages that it gives when it
 * comes whole, and ends the stream at the same place.
 */
#include "resolve/frame.h"

#include <stdlib.h>

enum { PIECE = 4096 };

/* Each message behind its length, then how it ended. */
static void run(struct str octets, size_t first, size_t step, struct buf *out)
{
	struct resolve_frame f;
	struct str message;
	enum resolve_framed framed = RESOLVE_FRAME_MORE;
	size_t piece = first;

	resolve_frame_init(&f, PIECE);
	while (octets.n > 0 && framed != RESOLVE_FRAME_WRONG) {
		buf_add(resolve_frame_in(&f), str_head(octets, piece));
		octets = str_skip(octets, piece);
		while ((framed = resolve_frame_next(&f, &message)) == RESOLVE_FRAME_MESSAGE) {
			buf_addf(out, "%zu:", message.n);
			buf_add(out, message);
		}
		if (buf_err(&f.in) != ERR_OK)
			abort();
		piece = step;
	}
	buf_addf(out, "%d", (int)framed);
	resolve_frame_clear(&f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct buf whole = BUF_MAX(1 << 22), pieces = BUF_MAX(1 << 22);

	if (n < 2)
		return 0;
	struct str octets = { (const char *)data + 2, n - 2 };
	run(octets, PIECE, PIECE, &whole);
	run(octets, 1 + data[0], 1 + data[1], &pieces);
	if (!str_eq(buf_str(&whole), buf_str(&pieces)))
		abort();
	buf_free(&whole);
	buf_free(&pieces);
	return 0;
}
