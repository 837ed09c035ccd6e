#include "message/mime.h"

#include "message/head.h"

/* RFC 2045 section 5.1: tspecials, white space and controls end a token. */
static bool is_token(char c)
{
	return c > ' ' && c <= '~' && !str_has(STR("()<>@,;:\\\"/[]?="), c);
}

/* Past the comment that *s begins with (RFC 5322 section 3.2.2); they may stand in each other. */
static void skip_comment(struct str *s)
{
	size_t depth = 0, i = 0;

	do {
		if (s->p[i] == '\\')
			i++;
		else if (s->p[i] == '(')
			depth++;
		else if (s->p[i] == ')')
			depth--;
		i++;
	} while (i < s->n && depth > 0);
	*s = str_skip(*s, i);
}

static void skip_space(struct str *s)
{
	while (s->n > 0 && str_has(STR(" \t\r\n("), s->p[0])) {
		if (s->p[0] == '(')
			skip_comment(s);
		else
			*s = str_skip(*s, 1);
	}
}

/* The token at the start of *s, cut off it; empty where there is none. */
static struct str take_token(struct str *s)
{
	size_t n = 0;

	skip_space(s);
	while (n < s->n && is_token(s->p[n]))
		n++;
	struct str token = str_head(*s, n);
	*s = str_skip(*s, n);
	return token;
}

/* Whether *s goes on with c, which is then cut off. */
static bool take(struct str *s, char c)
{
	skip_space(s);
	if (s->n == 0 || s->p[0] != c)
		return false;
	*s = str_skip(*s, 1);
	return true;
}

/* A value of a parameter: quoted, or what stands there up to white space or the next. */
static void take_value(struct str *s, struct buf *out)
{
	size_t i = 0;

	if (!take(s, '"')) {
		while (i < s->n && !str_has(STR(" \t\r\n;"), s->p[i]))
			i++;
		buf_add(out, str_head(*s, i));
		*s = str_skip(*s, i);
		return;
	}
	for (; i < s->n && s->p[i] != '"'; i++) {
		if (s->p[i] == '\\' && i + 1 < s->n)
			i++;
		if (s->p[i] != '\r' && s->p[i] != '\n') /* a fold */
			buf_addc(out, s->p[i]);
	}
	*s = str_skip(*s, i + 1);
}

/* White space at the end of a boundary is padding (RFC 2046 section 5.1.1). */
static void trim_end(struct buf *b, size_t from)
{
	while (b->n > from && (b->p[b->n - 1] == ' ' || b->p[b->n - 1] == '\t'))
		b->n--;
}

static void read_boundary(struct str params, struct buf *boundary)
{
	size_t from = boundary->n;
	struct str name;

	while (params.n > 0) {
		while (params.n > 0 && !take(&params, ';'))
			params = str_skip(params, 1);
		name = take_token(&params);
		if (!take(&params, '='))
			continue;
		take_value(&params, boundary);
		if (str_eq_nocase(name, STR("boundary"))) {
			trim_end(boundary, from);
			return;
		}
		boundary->n = from;
	}
}

static const struct {
	struct str type, subtype; /* empty: any that is in no row above */
	enum message_mime_kind kind;
} kinds[] = {
	{ STR_INIT("text"), STR_INIT(""), MESSAGE_MIME_TEXT },
	{ STR_INIT("multipart"), STR_INIT("signed"), MESSAGE_MIME_SEALED },
	{ STR_INIT("multipart"), STR_INIT("encrypted"), MESSAGE_MIME_SEALED },
	{ STR_INIT("multipart"), STR_INIT("digest"), MESSAGE_MIME_DIGEST },
	{ STR_INIT("multipart"), STR_INIT(""), MESSAGE_MIME_MULTIPART },
	{ STR_INIT("message"), STR_INIT("rfc822"), MESSAGE_MIME_MESSAGE },
	{ STR_INIT("message"), STR_INIT("partial"), MESSAGE_MIME_FROZEN },
	{ STR_INIT("message"), STR_INIT("external-body"), MESSAGE_MIME_FROZEN },
};

static enum message_mime_kind kind_of(struct str type, struct str subtype)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (str_eq_nocase(type, kinds[i].type) &&
		    (kinds[i].subtype.n == 0 || str_eq_nocase(subtype, kinds[i].subtype)))
			return kinds[i].kind;
	return MESSAGE_MIME_OTHER;
}

static enum message_mime_kind read_type(struct str body, struct buf *boundary)
{
	struct str type = take_token(&body), subtype = STR_NONE;

	if (take(&body, '/'))
		subtype = take_token(&body);
	if (type.n == 0 || subtype.n == 0)
		return MESSAGE_MIME_TEXT;
	enum message_mime_kind kind = kind_of(type, subtype);
	if (kind == MESSAGE_MIME_MULTIPART || kind == MESSAGE_MIME_DIGEST)
		read_boundary(body, boundary);
	return kind;
}

static const struct str encodings[] = {
	[MESSAGE_MIME_7BIT] = STR_INIT("7bit"),
	[MESSAGE_MIME_8BIT] = STR_INIT("8bit"),
	[MESSAGE_MIME_BINARY] = STR_INIT("binary"),
	[MESSAGE_MIME_QUOTED] = STR_INIT("quoted-printable"),
	[MESSAGE_MIME_BASE64] = STR_INIT("base64"),
};

static enum message_mime_encoding read_encoding(struct str body)
{
	struct str word = take_token(&body);

	for (size_t e = 0; e < sizeof(encodings) / sizeof(encodings[0]); e++)
		if (str_eq_nocase(word, encodings[e]))
			return (enum message_mime_encoding)e;
	return MESSAGE_MIME_UNKNOWN;
}

struct message_mime message_mime_read(struct str head, enum message_mime_kind kind,
				      struct buf *boundary)
{
	struct message_mime m = { .kind = kind };
	struct message_field f;
	bool encoded = false;

	while (message_head_next(&head, &f)) {
		if (str_eq_nocase(f.name, STR("MIME-Version"))) {
			m.versioned = true;
		} else if (!m.typed && str_eq_nocase(f.name, STR("Content-Type"))) {
			m.typed = true;
			m.kind = read_type(f.body, boundary);
		} else if (!encoded && str_eq_nocase(f.name, STR("Content-Transfer-Encoding"))) {
			encoded = true;
			m.encoding = read_encoding(f.body);
		}
	}
	return m;
}

struct str message_mime_encoding_text(enum message_mime_encoding e)
{
	return encodings[e];
}
