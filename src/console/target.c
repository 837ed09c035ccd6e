/*
 * Escapes are undone once, after the target was cut at its "?", "&" and "=": what an escape
 * hides is never a separator.
 */
#include "console/target.h"

#include "base/text.h"

#include <string.h>

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	unsigned char low = str_fold(c);
	return low >= 'a' && low <= 'f' ? low - 'a' + 10 : -1;
}

enum plus { PLUS_STAYS, PLUS_IS_SPACE };

/* Append s without its escapes. */
static enum err decode(struct buf *out, struct str s, enum plus plus)
{
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '+' && plus == PLUS_IS_SPACE) {
			buf_addc(out, ' ');
			continue;
		}
		if (s.p[i] != '%') {
			buf_addc(out, s.p[i]);
			continue;
		}
		int high = i + 2 < s.n ? digit(s.p[i + 1]) : -1;
		int low = i + 2 < s.n ? digit(s.p[i + 2]) : -1;
		if (high < 0 || low < 0)
			return ERR_SYNTAX;
		buf_addc(out, (char)(high << 4 | low));
		i += 2;
	}
	return buf_err(out);
}

static bool has_control(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] < ' ' || s.p[i] == 0x7f)
			return true;
	return false;
}

static bool plain_path(struct str path)
{
	struct str rest = str_skip(path, 1), part;
	bool more = true;

	if (!str_starts(path, STR("/")) || has_control(path) || !text_is_utf8(path))
		return false;
	while (more) {
		more = str_cut(&rest, '/', &part);
		if (!more)
			part = rest;
		if (str_eq(part, STR(".")) || str_eq(part, STR("..")) || (part.n == 0 && more))
			return false;
	}
	return true;
}

/* Scheme and authority of a target in absolute form, and what follows them; empty: it has none. */
static struct str take_origin(struct str *raw)
{
	static const struct str schemes[] = { STR_INIT("http://"), STR_INIT("https://") };
	size_t n = 0;

	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++)
		if (str_starts_nocase(*raw, schemes[i]))
			n = schemes[i].n;
	while (n > 0 && n < raw->n && raw->p[n] != '/' && raw->p[n] != '?')
		n++;
	struct str origin = str_head(*raw, n);
	*raw = str_skip(*raw, n);
	return origin;
}

enum err console_target_read(struct str raw, struct console_target *out)
{
	*out = (struct console_target){ .path = BUF_MAX(CONSOLE_TARGET_MAX) };
	if (raw.n > CONSOLE_TARGET_MAX)
		return ERR_SYNTAX;
	out->origin = take_origin(&raw);
	struct str query = raw, path = raw;
	if (!str_cut(&query, '?', &path))
		query = STR_NONE;
	if (path.n == 0 && out->origin.n > 0)
		path = STR("/");
	enum err e = decode(&out->path, path, PLUS_STAYS);
	if (e != ERR_OK)
		return e;
	/* An escaped slash would make two parts of one. */
	size_t slashes = 0, seen = 0;
	for (size_t i = 0; i < path.n; i++)
		slashes += path.p[i] == '/';
	for (size_t i = 0; i < out->path.n; i++)
		seen += out->path.p[i] == '/';
	if (slashes != seen || !plain_path(buf_str(&out->path)))
		return ERR_SYNTAX;
	e = console_parameters_read(query, &out->query);
	return e == ERR_LIMIT ? ERR_SYNTAX : e;
}

void console_target_clear(struct console_target *t)
{
	buf_free(&t->path);
	console_parameters_clear(&t->query);
}

/* One "name=value" at the end of the text; where they begin is kept as a length for now. */
static enum err read_one(struct str one, struct console_parameters *out)
{
	struct str value = one, name = one;
	struct console_parameter *p = &out->all[out->n];

	if (!str_cut(&value, '=', &name))
		value = STR_NONE;
	size_t begin = out->text.n;
	enum err e = decode(&out->text, name, PLUS_IS_SPACE);
	p->name.n = out->text.n - begin;
	if (e == ERR_OK)
		e = decode(&out->text, value, PLUS_IS_SPACE);
	p->value.n = out->text.n - begin - p->name.n;
	out->n++;
	return e;
}

/* The text does not move any more: names and values point into it. */
static enum err settle(struct console_parameters *out)
{
	struct str rest = buf_str(&out->text);

	for (size_t i = 0; i < out->n; i++) {
		struct console_parameter *p = &out->all[i];
		p->name = str_head(rest, p->name.n);
		rest = str_skip(rest, p->name.n);
		p->value = str_head(rest, p->value.n);
		rest = str_skip(rest, p->value.n);
		if (!text_is_utf8(p->name) || !text_is_utf8(p->value) || str_has(p->value, '\0') ||
		    p->name.n == 0)
			return ERR_SYNTAX;
		for (size_t k = 0; k < i; k++)
			if (str_eq(out->all[k].name, p->name))
				return ERR_SYNTAX;
	}
	return ERR_OK;
}

enum err console_parameters_read(struct str raw, struct console_parameters *out)
{
	struct str one;
	bool more = raw.n > 0;

	*out = (struct console_parameters){ .text = BUF_MAX(raw.n) };
	while (more) {
		more = str_cut(&raw, '&', &one);
		if (!more)
			one = raw;
		if (one.n == 0)
			continue;
		if (out->n == CONSOLE_PARAMETERS_MAX)
			return ERR_LIMIT;
		enum err e = read_one(one, out);
		if (e != ERR_OK)
			return e;
	}
	return settle(out);
}

void console_parameters_clear(struct console_parameters *p)
{
	buf_wipe(&p->text); /* a password may be in it */
	p->n = 0;
}

struct str console_parameter(const struct console_parameters *p, const char *name)
{
	for (size_t i = 0; i < p->n; i++)
		if (str_eq(p->all[i].name, str_of(name)))
			return p->all[i].value;
	return STR_NONE;
}

struct str console_parameter_unknown(const struct console_parameters *p, const char *const *names)
{
	for (size_t i = 0; i < p->n; i++) {
		bool known = false;
		for (const char *const *n = names; *n && !known; n++)
			known = str_eq(p->all[i].name, str_of(*n));
		if (!known)
			return p->all[i].name;
	}
	return STR_NONE;
}
