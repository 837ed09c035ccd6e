/*
 * Mailboxes and paths, read by the grammar of RFC 5321 section 4.1.2 with the
 * UTF-8 of RFC 6531 section 3.3.
 *
 * Every reader here takes what it accepts off the front of its input, so that
 * a path is read once, from left to right, and a '>' inside a quoted local part
 * cannot end it.
 */
#include "smtp/path.h"

#include "base/text.h"

#define LABEL_MAX 63 /* octets, RFC 1035 section 2.3.4 */

static bool is_alnum(char c)
{
	unsigned char u = str_fold(c);

	return (u >= 'a' && u <= 'z') || (u >= '0' && u <= '9');
}

/* An octet of a UTF-8 character beyond ASCII; that they form characters is seen to later. */
static bool is_high(char c)
{
	return (unsigned char)c >= 0x80;
}

static bool is_atext(char c)
{
	return is_alnum(c) || is_high(c) || str_has(STR("!#$%&'*+-/=?^_`{|}~"), c);
}

static bool is_printable(char c)
{
	return c >= ' ' && c <= '~';
}

/* Take octet c off the front of *s. */
static bool take(struct str *s, char c)
{
	if (s->n == 0 || s->p[0] != c)
		return false;
	*s = str_skip(*s, 1);
	return true;
}

/* Take the octets for which is() holds; how many. */
static size_t take_all(struct str *s, bool (*is)(char c))
{
	size_t n = 0;

	while (n < s->n && is(s->p[n]))
		n++;
	*s = str_skip(*s, n);
	return n;
}

/* Dot-string = Atom *("." Atom) */
static enum err take_dot_string(struct str *s)
{
	do {
		if (take_all(s, is_atext) == 0)
			return ERR_SYNTAX;
	} while (take(s, '.'));
	return ERR_OK;
}

/* Quoted-string = DQUOTE *(qtextSMTP / quoted-pairSMTP) DQUOTE; *s is after the first one */
static enum err take_quoted(struct str *s)
{
	while (!take(s, '"')) {
		bool pair = take(s, '\\');
		if (s->n == 0)
			return ERR_SYNTAX;
		if (!is_printable(s->p[0]) && (pair || !is_high(s->p[0])))
			return ERR_SYNTAX;
		*s = str_skip(*s, 1);
	}
	return ERR_OK;
}

static bool is_label(char c)
{
	return is_alnum(c) || is_high(c) || c == '-' || c == '_';
}

/* Domain = sub-domain *("." sub-domain) */
static enum err take_name(struct str *s)
{
	do {
		const char *label = s->p;
		size_t n = take_all(s, is_label);
		if (n == 0 || label[0] == '-' || label[n - 1] == '-')
			return ERR_SYNTAX;
		if (n > LABEL_MAX)
			return ERR_LIMIT;
	} while (take(s, '.'));
	return ERR_OK;
}

/* address-literal of IPv4 or IPv6; *s is after the "[" */
static enum err take_literal(struct str *s, struct ip *out)
{
	struct str text;

	if (!str_cut(s, ']', &text))
		return ERR_SYNTAX;

	uint8_t family = 4;
	if (str_starts_nocase(text, STR("IPv6:"))) {
		text = str_skip(text, 5);
		family = 6;
	}
	/* An IPv4 address in IPv6 clothes is one; but the tag must fit the text. */
	if (str_has(text, ':') != (family == 6))
		return ERR_SYNTAX;
	return ip_read(text, out);
}

/* What follows the "@". */
static enum err take_domain(struct str *s, struct smtp_mailbox *m)
{
	struct str before = *s;
	bool literal = take(s, '[');
	enum err e = literal ? take_literal(s, &m->literal) : take_name(s);

	m->kind = literal ? SMTP_DOMAIN_LITERAL : SMTP_DOMAIN_NAME;
	m->domain = str_head(before, before.n - s->n);
	return e;
}

static enum err take_mailbox(struct str *s, struct smtp_mailbox *m)
{
	struct str before = *s;
	enum err e = take(s, '"') ? take_quoted(s) : take_dot_string(s);

	if (e != ERR_OK)
		return e;
	m->local = str_head(before, before.n - s->n);
	if (take(s, '@'))
		e = take_domain(s, m);
	else if (str_eq_nocase(m->local, STR("postmaster")))
		m->kind = SMTP_DOMAIN_NONE;
	else
		e = ERR_SYNTAX;
	if (e != ERR_OK)
		return e;

	struct str whole = str_head(before, before.n - s->n);
	struct str rest = whole;
	m->utf8 = take_all(&rest, is_printable) < whole.n;
	if (whole.n > SMTP_PATH_MAX - 2)
		return ERR_LIMIT;
	return !m->utf8 || text_is_utf8(whole) ? ERR_OK : ERR_SYNTAX;
}

enum err smtp_path_mailbox(struct str s, struct smtp_mailbox *out)
{
	struct smtp_mailbox m = { .domain = STR("") };
	enum err e = take_mailbox(&s, &m);

	if (e != ERR_OK)
		return e;
	if (s.n > 0)
		return ERR_SYNTAX;
	*out = m;
	return ERR_OK;
}

/* A-d-l ":" (RFC 5321 section 4.1.2): At-domain *("," At-domain) ":"; *s is after the first "@" */
static enum err take_route(struct str *s)
{
	for (;;) {
		enum err e = take_name(s);
		if (e != ERR_OK)
			return e;
		if (take(s, ':'))
			return ERR_OK;
		if (!take(s, ',') || !take(s, '@'))
			return ERR_SYNTAX;
	}
}

enum err smtp_path_read(struct str *s, struct str *address)
{
	struct str rest = *s;
	struct smtp_mailbox m;

	if (!take(&rest, '<'))
		return ERR_SYNTAX;
	if (take(&rest, '>')) {
		*s = rest;
		*address = STR("");
		return ERR_OK;
	}
	if (take(&rest, '@')) {
		enum err e = take_route(&rest);
		if (e != ERR_OK)
			return e;
	}

	struct str before = rest;
	enum err e = take_mailbox(&rest, &m);
	if (e != ERR_OK)
		return e;
	size_t n = before.n - rest.n;
	if (!take(&rest, '>'))
		return ERR_SYNTAX;
	if (s->n - rest.n > SMTP_PATH_MAX)
		return ERR_LIMIT;
	*s = rest;
	*address = str_head(before, n);
	return ERR_OK;
}
