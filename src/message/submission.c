#include "message/submission.h"

#include "base/text.h"
#include "base/time.h"
#include "message/head.h"

enum {
	ADDRESS_MAX = 1100,
	WORD_OCTETS = 42 /* in an encoded word of at most 75 */
};

/* No octet of a line may end it for anybody else: each such becomes a space. */
static void add_line(struct buf *out, struct str line)
{
	while (line.n && line.p[line.n - 1] == '\r')
		line.n--;
	for (size_t i = 0; i < line.n; i++)
		buf_addc(out, line.p[i] == '\r' || line.p[i] == '\0' ? ' ' : line.p[i]);
	buf_add(out, STR("\r\n"));
}

void message_submission_lines(struct buf *out, struct str in, enum message_submission_end end)
{
	struct str line;

	while (str_line(&in, &line)) {
		if (end == MESSAGE_SUBMISSION_DOT && str_eq(line, STR(".")))
			return;
		add_line(out, line);
	}
}

/* Whether a field of that name, Resent- in front of it or not, says to whom; *resent says which. */
static bool is_destination(struct str name, bool *resent)
{
	*resent = str_starts_nocase(name, STR("Resent-"));
	if (*resent)
		name = str_skip(name, sizeof("Resent-") - 1);
	return str_eq_nocase(name, STR("To")) || str_eq_nocase(name, STR("Cc")) ||
	       str_eq_nocase(name, STR("Bcc"));
}

static bool is_resent(struct str message)
{
	struct message_field f;
	bool resent = false;

	while (message_head_next(&message, &f))
		if (is_destination(f.name, &resent) && resent)
			return true;
	return false;
}

struct message_addresses_unread message_submission_recipients(struct buf *out, struct str message,
							      struct str domain)
{
	CLEANUP(buf_free) struct buf address = BUF_MAX(ADDRESS_MAX);
	struct message_addresses_unread unread = { 0 };
	bool wanted = is_resent(message), resent = false;
	struct message_field f;

	while (message_head_next(&message, &f)) {
		struct message_addresses all = message_addresses_of(f.body);
		all.own = domain;
		if (!is_destination(f.name, &resent) || resent != wanted)
			continue;
		while (message_addresses_next(&all, &address)) {
			buf_add(out, buf_str(&address));
			buf_addc(out, '\n');
		}
		if (buf_err(&address) != ERR_OK) /* who is left is not known */
			out->err = buf_err(&address);
		if (unread.n == 0)
			unread.first = all.unread.first;
		unread.n += all.unread.n;
	}
	return unread;
}

/* In quotes, which any ASCII bears (RFC 5322 section 3.2.4). */
static void add_quoted(struct buf *out, struct str name)
{
	buf_addc(out, '"');
	for (size_t i = 0; i < name.n; i++) {
		char c = name.p[i];
		if (c == '"' || c == '\\')
			buf_addc(out, '\\');
		buf_addc(out, c < ' ' || c == 0x7f ? ' ' : c);
	}
	buf_add(out, STR("\" "));
}

/* As much of a name as an encoded word holds, in whole characters. */
static struct str take_word(struct str *name)
{
	struct str all = *name;

	while (name->n > 0) {
		size_t n = text_utf8(*name, NULL);
		if (all.n - name->n + n > WORD_OCTETS)
			break;
		*name = str_skip(*name, n);
	}
	return str_head(all, all.n - name->n);
}

/* In encoded words (RFC 2047 section 2), which are read as if no line end stood between them. */
static void add_encoded(struct buf *out, struct str name)
{
	while (name.n > 0) {
		buf_add(out, STR("=?utf-8?B?"));
		text_base64(out, take_word(&name));
		buf_add(out, name.n > 0 ? STR("?=\r\n ") : STR("?= "));
	}
}

/* `"The Root" <root@host>`. */
static void add_from(struct buf *out, const struct message_submission *s)
{
	buf_add(out, STR("From: "));
	if (s->name.n && text_is_ascii(s->name))
		add_quoted(out, s->name);
	else if (s->name.n && text_is_utf8(s->name))
		add_encoded(out, s->name);
	buf_addf(out, "<%.*s>\r\n", STR_ARG(s->from));
}

static bool lacks(struct str message, struct str name)
{
	struct message_field f;

	return !message_head_find(message, name, &f);
}

static void add_missing(struct buf *out, struct str message, const struct message_submission *s)
{
	char date[TIME_TEXT_MAX];

	if (s->from.n && lacks(message, STR("From")))
		add_from(out, s);
	if (lacks(message, STR("Date")))
		buf_addf(out, "Date: %.*s\r\n", STR_ARG(time_rfc5322(s->wall_ms, date)));
	if (lacks(message, STR("Message-ID")))
		buf_addf(out, "Message-ID: <%.*s@%.*s>\r\n", STR_ARG(s->id), STR_ARG(s->domain));
}

/* The field of a line, where it begins one. */
static bool begins_field(struct str line, struct message_field *f)
{
	return message_head_next(&line, f);
}

static bool is_blind(struct str name)
{
	return str_eq_nocase(name, STR("Bcc")) || str_eq_nocase(name, STR("Resent-Bcc"));
}

/* A line and those that fold it, ends included, cut off *rest; the empty line has none. */
static struct str take_field(struct str *rest)
{
	struct str all = *rest, line = STR_NONE;

	(void)str_line(rest, &line);
	while (line.n && (str_starts(*rest, STR(" ")) || str_starts(*rest, STR("\t"))))
		(void)str_line(rest, &line);
	return str_head(all, all.n - rest->n);
}

/* A field, with a domain behind each address.  An encoded word is a name, and nobody's address. */
static void add_addresses(struct buf *out, struct str field, struct str body, struct str domain)
{
	CLEANUP(buf_free) struct buf address = BUF_MAX(ADDRESS_MAX);
	struct message_addresses all = message_addresses_of(body);

	all.own = domain;
	while (message_addresses_next(&all, &address)) {
		if (!all.bare || str_starts(buf_str(&address), STR("=?")))
			continue;
		size_t n = (size_t)(all.after.p - field.p);
		buf_add(out, str_head(field, n));
		buf_addf(out, "@%.*s", STR_ARG(domain));
		field = str_skip(field, n);
	}
	if (buf_err(&address) != ERR_OK)
		out->err = buf_err(&address);
	buf_add(out, field);
}

/* The header but for blind fields, with the empty line that ends it; what follows is in *rest. */
static void add_header(struct buf *out, struct str *rest, struct str domain)
{
	struct message_field f;

	while (rest->n > 0) {
		struct str field = take_field(rest);
		bool named = begins_field(field, &f);
		if (named && is_blind(f.name))
			continue;
		if (named && message_addresses_field(f.name))
			add_addresses(out, field, f.body, domain);
		else
			buf_add(out, field);
		if (str_eq(field, STR("\r\n")))
			return;
	}
}

void message_submission_write(struct buf *out, struct str message,
			      const struct message_submission *s)
{
	struct str rest = message, line = STR_NONE;
	struct message_field f;

	(void)str_line(&rest, &line);
	if (str_starts(line, STR("From ")) && !begins_field(line, &f)) {
		message = rest;
		line = STR_NONE;
		(void)str_line(&rest, &line);
	}
	bool header = line.n > 0 && begins_field(line, &f);
	add_missing(out, header ? message : STR_NONE, s);
	if (header)
		add_header(out, &message, s->domain);
	else if (line.n > 0)
		buf_add(out, STR("\r\n"));
	buf_add(out, message);
}
