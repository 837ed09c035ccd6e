/*
 * control_read() on any octets.  Seeds: src/control/corpus/control/.
 *
 * What must hold: a frame that was read is written again as it stood; feeding
 * octet by octet finds the same frames as feeding whole; nothing is read past
 * the end, nothing longer than the maximum is taken.
 */
#include "control/control.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

enum { MAX = 4096, OUT_MAX = 1 << 21 };

/* All whole frames at the start of in, written again to out.  Octets used. */
static size_t walk(struct str in, struct buf *out)
{
	size_t all = 0;

	for (;;) {
		struct str body;
		size_t used;
		if (control_read(str_skip(in, all), MAX, &body, &used) != ERR_OK || used == 0)
			return all;
		if (body.n > MAX || body.p + body.n > in.p + in.n || used != body.n + 4)
			abort();
		if (control_write(out, body) != ERR_OK)
			abort();
		all += used;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct str in = { (const char *)data, n };
	CLEANUP(buf_free) struct buf whole = BUF_MAX(OUT_MAX);
	CLEANUP(buf_free) struct buf pieces = BUF_MAX(OUT_MAX);
	size_t at = 0;

	if (n > OUT_MAX / 2)
		return 0;
	size_t used = walk(in, &whole);
	if (!str_eq(buf_str(&whole), str_head(in, used)))
		abort();
	for (size_t seen = 1; seen <= n; seen++)
		at += walk(str_skip(str_head(in, seen), at), &pieces);
	if (!str_eq(buf_str(&pieces), buf_str(&whole)))
		abort();
	return 0;
}
