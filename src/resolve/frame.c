#include "resolve/frame.h"

#include "dns/message.h"

void resolve_frame_init(struct resolve_frame *f, size_t piece)
{
	*f = (struct resolve_frame){ .in = BUF_MAX(RESOLVE_FRAME_MAX + piece) };
}

void resolve_frame_clear(struct resolve_frame *f)
{
	buf_free(&f->in);
	f->used = 0;
}

struct buf *resolve_frame_in(struct resolve_frame *f)
{
	buf_drop(&f->in, f->used);
	f->used = 0;
	return &f->in;
}

enum resolve_framed resolve_frame_next(struct resolve_frame *f, struct str *message)
{
	struct str left = str_skip(buf_str(&f->in), f->used);

	if (left.n < 2)
		return RESOLVE_FRAME_MORE;
	size_t n = (size_t)(uint8_t)left.p[0] << 8 | (uint8_t)left.p[1];
	/* Said at once, not when so few octets have come: nothing is waited for. */
	if (n < DNS_HEADER_OCTETS)
		return RESOLVE_FRAME_WRONG;
	if (left.n < 2 + n)
		return RESOLVE_FRAME_MORE;
	f->used += 2 + n;
	*message = (struct str){ left.p + 2, n };
	return RESOLVE_FRAME_MESSAGE;
}
