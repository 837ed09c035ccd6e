#include "base/jsonw.h"

#include "base/text.h"

/* What stands before the place where the next thing is written. */
enum { START, OPENED, VALUE };

struct jsonw jsonw_to(struct buf *out)
{
	return (struct jsonw){ .out = out };
}

/* RFC 8259 section 7: beyond U+FFFF as two halves. */
static void escaped(struct buf *out, uint32_t c)
{
	switch (c) {
	case '"':
	case '\\':
		buf_addc(out, '\\');
		buf_addc(out, (char)c);
		return;
	case '\n':
		buf_add(out, STR("\\n"));
		return;
	case '\r':
		buf_add(out, STR("\\r"));
		return;
	case '\t':
		buf_add(out, STR("\\t"));
		return;
	default:
		if (c > 0xffff)
			buf_addf(out, "\\u%04x", 0xd800 + ((c - 0x10000) >> 10));
		buf_addf(out, "\\u%04x", c > 0xffff ? 0xdc00 + (c & 0x3ff) : c);
	}
}

static void quoted(struct buf *out, struct str s)
{
	size_t plain = 0;

	buf_addc(out, '"');
	for (size_t i = text_plain(s); i < s.n; i += text_plain(str_skip(s, i))) {
		uint32_t c = (unsigned char)s.p[i];
		size_t n = c < 0x80 ? 1 : text_utf8(str_skip(s, i), &c);
		if (n && c != '"' && c != '\\' && !text_is_hidden(c)) {
			i += n;
			continue;
		}
		buf_add(out, (struct str){ s.p + plain, i - plain });
		if (n && c)
			escaped(out, c);
		else
			text_utf8_add(out, 0xfffd);
		i += n ? n : 1;
		plain = i;
	}
	if (plain < s.n)
		buf_add(out, str_skip(s, plain));
	buf_addc(out, '"');
}

/* The comma and the key before a value. */
static void before(struct jsonw *j, const char *key)
{
	if (j->last == VALUE)
		buf_addc(j->out, ',');
	if (key) { /* a plain literal: nothing in it has to be escaped */
		buf_addc(j->out, '"');
		buf_add(j->out, str_of(key));
		buf_add(j->out, STR("\":"));
	}
	j->last = VALUE;
}

static void opened(struct jsonw *j, const char *key, char bracket)
{
	before(j, key);
	buf_addc(j->out, bracket);
	j->last = OPENED;
	j->depth++;
}

static void closed(struct jsonw *j, char bracket)
{
	buf_addc(j->out, bracket);
	j->depth--;
	j->last = j->depth ? VALUE : START;
}

void jsonw_object(struct jsonw *j, const char *key)
{
	opened(j, key, '{');
}

void jsonw_object_end(struct jsonw *j)
{
	closed(j, '}');
}

void jsonw_array(struct jsonw *j, const char *key)
{
	opened(j, key, '[');
}

void jsonw_array_end(struct jsonw *j)
{
	closed(j, ']');
}

void jsonw_str(struct jsonw *j, const char *key, struct str value)
{
	before(j, key);
	quoted(j->out, value);
}

void jsonw_base64(struct jsonw *j, const char *key, struct str octets)
{
	jsonw_text(j, key);
	text_base64(j->out, octets);
	jsonw_text_end(j);
}

void jsonw_raw(struct jsonw *j, const char *key, struct str json)
{
	before(j, key);
	buf_add(j->out, json);
}

void jsonw_text(struct jsonw *j, const char *key)
{
	before(j, key);
	buf_addc(j->out, '"');
}

void jsonw_text_end(struct jsonw *j)
{
	buf_addc(j->out, '"');
}

void jsonw_int(struct jsonw *j, const char *key, int64_t value)
{
	before(j, key);
	if (value < 0)
		buf_addc(j->out, '-');
	buf_addu(j->out, value < 0 ? 0 - (uint64_t)value : (uint64_t)value);
}

void jsonw_bool(struct jsonw *j, const char *key, bool value)
{
	before(j, key);
	buf_add(j->out, value ? STR("true") : STR("false"));
}

void jsonw_null(struct jsonw *j, const char *key)
{
	before(j, key);
	buf_add(j->out, STR("null"));
}
