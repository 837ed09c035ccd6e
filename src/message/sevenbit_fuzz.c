/*
 * Any octets as a message that must become lines of ASCII.  Seeds: src/message/corpus/sevenbit/.
 *
 * What must hold: what has become so is no longer 8-bit behind its header but for what headers of
 * parts hold, and is not changed by becoming so once more; mail of clean lines stays so; no
 * more comes out than is promised; wherever it is cut, it becomes the same.
 */
#include "message/sevenbit.h"

#include "base/text.h"
#include "message/octets.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void must(bool holds)
{
	if (!holds)
		abort();
}

/* In pieces of that many octets it becomes the same. */
static void check_pieces(struct str in, struct str out, size_t piece)
{
	CLEANUP(message_sevenbit_free)
	struct message_sevenbit_work *w = message_sevenbit_new(in.n);
	CLEANUP(buf_free) struct buf again = BUF_MAX(1 << 26);
	enum message_sevenbit result;

	must(w != NULL);
	for (struct str rest = in; rest.n > 0 && !message_sevenbit_decided(w);
	     rest = str_skip(rest, piece))
		message_sevenbit_look(w, str_head(rest, piece));
	must(message_sevenbit_judge(w, &result) == ERR_OK && result == MESSAGE_SEVENBIT_DONE);
	for (struct str rest = in; rest.n > 0; rest = str_skip(rest, piece))
		message_sevenbit_add(w, &again, str_head(rest, piece));
	message_sevenbit_end(w, &again);
	must(str_eq(buf_str(&again), out));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	const struct str in = { (const char *)data, n };
	CLEANUP(buf_free) struct buf out = BUF_MAX(1 << 26);
	CLEANUP(buf_free) struct buf again = BUF_MAX(1 << 26);

	if (message_sevenbit_write(&out, in) != MESSAGE_SEVENBIT_DONE)
		return 0;
	must(buf_err(&out) == ERR_OK && out.n <= 4 * n + 200 * (n / 8 + 1));
	check_pieces(in, buf_str(&out), 1);
	check_pieces(in, buf_str(&out), 1 + n % 61);
	must(message_sevenbit_write(&again, buf_str(&out)) == MESSAGE_SEVENBIT_DONE);
	must(str_eq(buf_str(&again), buf_str(&out)));
	must(!message_octets_are_lines(in) || message_octets_are_lines(buf_str(&out)));
	must(!text_is_ascii(in) || text_is_ascii(buf_str(&out)));
	return 0;
}
