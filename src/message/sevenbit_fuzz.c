/*
 * Any octets as a message that must become lines of ASCII.  Seeds: src/message/corpus/sevenbit/.
 *
 * What must hold: no octet of a text is lost: each that was not encoded reads as it did; what has
 * become so is no longer 8-bit behind its header but for what headers of parts hold, and is not
 * changed by becoming so once more; mail of clean lines stays so; no more comes out than is
 * promised; wherever it is cut, it becomes the same.
 */
#include "message/sevenbit.h"

#include "base/text.h"
#include "message/octets.h"
#include "message/quoted.h"

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

#define TEXTS 16 /* that are compared; each is looked for from the start */

/* The text of a message that is its nth, as it is there, and its encoding.  False: it has fewer. */
static bool find_text(struct str message, size_t nth, struct buf *text,
		      enum message_mime_encoding *encoding)
{
	CLEANUP(message_parts_clear) struct message_parts p;
	enum message_parts_kind kind;
	struct str some;
	size_t heads = 0;

	message_parts_init(&p, message.n);
	for (struct str rest = message; heads <= nth + 1;) {
		kind = message_parts_next(&p, &rest, &some);
		if (kind == MESSAGE_PARTS_MORE) {
			message_parts_over(&p);
			continue;
		}
		if (kind > MESSAGE_PARTS_MORE)
			break;
		heads += kind == MESSAGE_PARTS_HEAD;
		if (heads != nth + 1)
			continue;
		if (kind == MESSAGE_PARTS_HEAD)
			*encoding = p.leaf ? p.mime.encoding : MESSAGE_MIME_UNKNOWN;
		if (kind == MESSAGE_PARTS_TEXT)
			buf_add(text, some);
	}
	return heads > nth;
}

/* Base64 without its line ends. */
static void decode_base64(struct buf *out, struct str text)
{
	CLEANUP(buf_free) struct buf lines = BUF_MAX(1 << 26);

	for (size_t i = 0; i < text.n; i++)
		if (!str_has(STR("\r\n"), text.p[i]))
			buf_addc(&lines, text.p[i]);
	must(text_unbase64(out, buf_str(&lines)) == ERR_OK);
}

static void decode(struct buf *out, struct str text, enum message_mime_encoding encoding)
{
	if (encoding == MESSAGE_MIME_QUOTED)
		message_quoted_read(out, text);
	else if (encoding == MESSAGE_MIME_BASE64)
		decode_base64(out, text);
	else
		buf_add(out, text);
}

/* What was not encoded reads as it did. */
static void check_texts(struct str in, struct str out)
{
	enum message_mime_encoding was, is;

	for (size_t nth = 0; nth < TEXTS; nth++) {
		CLEANUP(buf_free) struct buf before = BUF_MAX(1 << 26);
		CLEANUP(buf_free) struct buf after = BUF_MAX(1 << 26);
		CLEANUP(buf_free) struct buf read = BUF_MAX(1 << 26);
		bool found = find_text(in, nth, &before, &was);
		must(find_text(out, nth, &after, &is) == found);
		if (!found)
			return;
		if (was >= MESSAGE_MIME_QUOTED)
			continue;
		decode(&read, buf_str(&after), is);
		must(str_eq(buf_str(&read), buf_str(&before)));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	const struct str in = { (const char *)data, n };
	CLEANUP(buf_free) struct buf out = BUF_MAX(1 << 26);
	CLEANUP(buf_free) struct buf again = BUF_MAX(1 << 26);

	if (message_sevenbit_write(&out, in) != MESSAGE_SEVENBIT_DONE)
		return 0;
	must(buf_err(&out) == ERR_OK && out.n <= 4 * n + 200 * (n / 8 + 1));
	check_texts(in, buf_str(&out));
	check_pieces(in, buf_str(&out), 1);
	check_pieces(in, buf_str(&out), 1 + n % 61);
	must(message_sevenbit_write(&again, buf_str(&out)) == MESSAGE_SEVENBIT_DONE);
	must(str_eq(buf_str(&again), buf_str(&out)));
	must(!message_octets_are_lines(in) || message_octets_are_lines(buf_str(&out)));
	must(!text_is_ascii(in) || text_is_ascii(buf_str(&out)));
	return 0;
}
