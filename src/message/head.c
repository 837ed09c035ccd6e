/*
 * Walking over the head of a message.
 *
 * A field is whatever begins with a name and a colon (RFC 5322 section 2.2; white
 * space before the colon is the obsolete form of section 4.5) and goes on for
 * as long as the next line begins with white space, be there nothing else in
 * that line.  The head goes to the first empty line: whoever reads the message
 * further on may see fields behind a line that is none, such as the "From " of a
 * mailbox, so we do.  Lines may end in LF alone, since files do.  Each octet is
 * looked at two times at most, most of them once, by memchr().
 *
 * Not here: encoded words.  See message/word.c.
 */
#include "message/head.h"

#include "base/text.h"
#include "message/word.h"

#include <string.h>

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* RFC 5322 section 3.6.8: ftext. */
static bool is_ftext(char c)
{
	return c > ' ' && c <= '~' && c != ':';
}

/* The octet after the line that begins at from, s.n at the end. */
static size_t line_after(struct str s, size_t from)
{
	const char *nl = from < s.n ? memchr(s.p + from, '\n', s.n - from) : NULL;

	return nl ? (size_t)(nl - s.p) + 1 : s.n;
}

/* Octets of the line break at the start of s: 0, 1 or 2. */
static size_t break_size(struct str s)
{
	if (s.n > 0 && s.p[0] == '\n')
		return 1;
	return s.n > 1 && s.p[0] == '\r' && s.p[1] == '\n' ? 2 : 0;
}

/* Octets of the line break that body ends with; a CR alone is one too. */
static size_t break_at_end(struct str body)
{
	size_t n = body.n;

	if (n > 0 && body.p[n - 1] == '\n')
		n--;
	if (n > 0 && body.p[n - 1] == '\r')
		n--;
	return body.n - n;
}

/* Where the colon is of the field that s begins with, and its name; 0: it begins with none. */
static size_t colon_of(struct str s, struct str *name)
{
	const char *p = s.p, *end = s.p + s.n;

	while (p < end && is_ftext(*p))
		p++;
	*name = str_head(s, (size_t)(p - s.p));
	while (p < end && is_blank(*p))
		p++;
	return name->n > 0 && p < end && *p == ':' ? (size_t)(p - s.p) : 0;
}

bool message_head_is_field(struct str line)
{
	struct str name;

	return colon_of(line, &name) > 0;
}

bool message_head_next(struct str *rest, struct message_field *field)
{
	struct str s = *rest, name;
	size_t colon = 0;

	while (s.n > 0 && break_size(s) == 0 && (colon = colon_of(s, &name)) == 0)
		s = str_skip(s, line_after(s, 0));
	if (colon == 0) {
		*rest = str_skip(s, break_size(s));
		return false;
	}
	size_t end = line_after(s, colon + 1);
	while (end < s.n && is_blank(s.p[end]))
		end = line_after(s, end);
	field->name = name;
	field->body = (struct str){ s.p + colon + 1, end - colon - 1 };
	field->body.n -= break_at_end(field->body);
	*rest = str_skip(s, end);
	return true;
}

void message_head_unfold(struct buf *out, struct str body)
{
	struct str s = str_trim(body);

	for (;;) {
		size_t after = line_after(s, 0);
		if (after == s.n)
			break;
		size_t text = after - (after > 1 && s.p[after - 2] == '\r' ? 2 : 1);
		for (size_t more; (more = break_size(str_skip(s, after))) > 0;)
			after += more;
		/* s is trimmed, so something follows the break. */
		buf_add(out, str_head(s, is_blank(s.p[after]) ? text : after));
		s = str_skip(s, after);
	}
	buf_add(out, s);
}

void message_head_unfold_single(struct buf *out, struct str body)
{
	struct str rest = body;
	bool more = false;

	while (rest.n) {
		size_t after = line_after(rest, 0);
		struct str line = str_trim(str_head(rest, after));
		rest = str_skip(rest, after);
		if (line.n == 0)
			continue;
		if (more)
			buf_addc(out, ' ');
		buf_add(out, line);
		more = true;
	}
}

/* Unfold the body, and decode its words where there are any: together, or apart. */
static void decode(struct buf *out, struct buf *undecoded, struct str body, bool apart)
{
	size_t before = out->n;

	message_head_unfold(out, body);
	if (buf_err(out) != ERR_OK)
		return;
	struct str text = str_skip(buf_str(out), before);
	if (text.n == 0 || (!memmem(text.p, text.n, "=?", 2) && text_is_utf8(text)))
		return;

	struct buf raw = BUF_MAX(text.n);
	buf_add(&raw, text);
	out->n = before;
	if (apart)
		message_word_decode_apart(out, buf_str(&raw));
	else
		message_word_decode(out, undecoded, buf_str(&raw));
	if (buf_err(&raw) != ERR_OK)
		out->err = buf_err(&raw);
	buf_free(&raw);
}

bool message_head_has_words(struct str body)
{
	return body.n && memmem(body.p, body.n, "=?", 2);
}

void message_head_decode(struct buf *out, struct buf *undecoded, struct str body)
{
	decode(out, undecoded, body, false);
}

void message_head_decode_apart(struct buf *out, struct str body)
{
	decode(out, NULL, body, true);
}

/*
 * The rest of the head from the next line on that begins as name does; none: there is none.
 * The line of a field begins with its name and no other line of the field can, so that most
 * are passed over by their first octet.
 */
static struct str skip_to(struct str rest, struct str name)
{
	unsigned char first = str_fold(name.p[0]);

	while (rest.n > 0 && (str_fold(rest.p[0]) != first || !str_starts_nocase(rest, name))) {
		if (break_size(rest) > 0)
			return STR_NONE;
		rest = str_skip(rest, line_after(rest, 0));
	}
	return rest;
}

/* The next field of that name; *rest is what follows it, as in message_head_next(). */
static bool find_next(struct str *rest, struct str name, struct message_field *field)
{
	while ((*rest = skip_to(*rest, name)).n > 0 && message_head_next(rest, field))
		if (str_eq_nocase(field->name, name))
			return true;
	return false;
}

bool message_head_find(struct str message, struct str name, struct message_field *field)
{
	struct message_field each;
	bool found = find_next(&message, name, &each);

	if (found)
		*field = each;
	return found;
}

size_t message_head_count(struct str message, struct str name)
{
	struct message_field each;
	size_t n = 0;

	while (find_next(&message, name, &each))
		n++;
	return n;
}

size_t message_head_size(struct str message)
{
	struct message_field each;
	struct str rest = message;

	while (message_head_next(&rest, &each))
		;
	return message.n - rest.n;
}
