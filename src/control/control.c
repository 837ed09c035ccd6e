/*
 * The framing of the control protocol.  The vocabulary is in README.md.
 *
 * A length is read before anything is kept, so a peer that announces more than
 * the reader wants is refused on its first four octets.
 */
#include "control/control.h"

#include "base/jsonw.h"
#include "base/rd.h"

enum { HEAD = 4 }; /* octets of length before a frame's body */

enum err control_write(struct buf *out, struct str body)
{
	if (body.n > CONTROL_FRAME_MAX)
		return ERR_LIMIT;

	char head[HEAD] = { (char)(body.n >> 24), (char)(body.n >> 16), (char)(body.n >> 8),
			    (char)body.n };
	buf_add(out, (struct str){ head, HEAD });
	buf_add(out, body);
	return buf_err(out);
}

enum err control_read(struct str in, size_t max, struct str *body, size_t *used)
{
	struct rd r = rd_over(in.p, in.n);
	uint32_t n = rd_u32(&r);

	if (rd_ok(&r) && n > max)
		return ERR_LIMIT;
	*used = 0;
	if (!rd_ok(&r) || rd_left(&r) < n)
		return ERR_OK;
	*body = (struct str){ in.p + HEAD, n };
	*used = HEAD + (size_t)n;
	return ERR_OK;
}

void control_write_last(struct buf *out, const struct control_last *last)
{
	CLEANUP(buf_free) struct buf body = BUF_MAX(CONTROL_FRAME_MAX);
	struct jsonw j = jsonw_to(&body);

	jsonw_object(&j, NULL);
	jsonw_bool(&j, "end", true);
	if (last->error.n) {
		jsonw_str(&j, "error", last->error);
		jsonw_int(&j, "exit", last->exit);
	}
	if (last->count)
		jsonw_int(&j, "count", (int64_t)*last->count);
	if (last->refused) {
		jsonw_int(&j, "refused", (int64_t)last->refused);
		jsonw_str(&j, "why", last->why);
	}
	if (last->remedy.n)
		jsonw_str(&j, "remedy", last->remedy);
	if (last->more) {
		jsonw_bool(&j, "more", true);
		jsonw_str(&j, "last", last->last);
	}
	jsonw_object_end(&j);

	enum err e = buf_err(&body);
	if (e == ERR_OK)
		e = control_write(out, buf_str(&body));
	if (e != ERR_OK)
		out->err = e;
}
