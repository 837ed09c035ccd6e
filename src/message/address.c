/*
 * Addresses in a field body.
 *
 * Mail in the wild is worse than RFC 5322 section 4.4 allows, and whoever is
 * looked for here must be found.  So an item of the list is first tried as a
 * bare address; else everything up to "<" is a name that nobody asks for, and
 * what is in the brackets is tried; else the item is passed over.
 *
 * The time is linear in the body.  An item is walked a few times at most, and a
 * try at an address ends at the first octet that cannot belong to one.  The end of a
 * quote or a parenthesis that has none is searched once in the whole body: from
 * there on they are plain text.  Nesting of comments is counted, not recursed into.
 */
#include "message/address.h"

#include "base/text.h"

#include <string.h>

#define SIDE_OCTETS 512 /* eight times what RFC 5321 section 4.5.3.1.1 grants a local part */

/* An addr-spec, its quoting undone. */
struct spec {
	char local[SIDE_OCTETS];
	char domain[SIDE_OCTETS];
	size_t n_local, n_domain;
	bool quoted;      /* some of the local part stood in quotes */
	bool bare;        /* there was no domain */
	struct str after; /* what follows the local part */
};

struct message_addresses message_addresses_of(struct str body)
{
	return (struct message_addresses){ .rest = body };
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool is_control(char c)
{
	return (unsigned char)c < ' ' || c == 0x7f;
}

/* RFC 5322 section 3.2.3, and RFC 6532 section 3.2. */
static bool is_atext(char c)
{
	return (unsigned char)c >= 0x80 || (!is_control(c) && !strchr(" ()<>[]:;@\\,.\"", c));
}

/* The next octet; 0, which has no meaning here, at the end. */
static char peek(const struct message_addresses *a)
{
	return a->rest.n ? a->rest.p[0] : 0;
}

static void skip(struct message_addresses *a, size_t n)
{
	a->rest = str_skip(a->rest, n);
}

/* Octets of the quoted string at the start of s; 0 when it has no end. */
static size_t quoted_size(struct str s)
{
	for (size_t i = 1; i < s.n; i++) {
		if (s.p[i] == '"')
			return i + 1;
		if (s.p[i] == '\\')
			i++;
	}
	return 0;
}

/* Octets of the comment at the start of s, comments in it included; 0 when it has no end. */
static size_t comment_size(struct str s)
{
	size_t depth = 0;

	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '(')
			depth++;
		else if (s.p[i] == ')' && --depth == 0)
			return i + 1;
		else if (s.p[i] == '\\')
			i++;
	}
	return 0;
}

/* The size of the quoted string or comment that comes next; 0 where none does. */
static size_t enclosed(struct message_addresses *a)
{
	size_t n = 0;

	if (peek(a) == '"' && !a->plain_quote) {
		n = quoted_size(a->rest);
		a->plain_quote = n == 0;
	} else if (peek(a) == '(' && !a->plain_paren) {
		n = comment_size(a->rest);
		a->plain_paren = n == 0;
	}
	return n;
}

/* White space and comments: CFWS, section 3.2.2. */
static void skip_cfws(struct message_addresses *a)
{
	for (;;) {
		size_t n = is_space(peek(a)) ? 1 : peek(a) == '(' ? enclosed(a) : 0;
		if (n == 0)
			return;
		skip(a, n);
	}
}

static bool put(char side[static SIDE_OCTETS], size_t *n, char c)
{
	if (*n == SIDE_OCTETS || is_control(c))
		return false;
	side[(*n)++] = c;
	return true;
}

static bool put_atom(struct message_addresses *a, char side[static SIDE_OCTETS], size_t *n)
{
	while (a->rest.n && is_atext(a->rest.p[0])) {
		if (!put(side, n, a->rest.p[0]))
			return false;
		skip(a, 1);
	}
	return true;
}

/* What is in the quoted string that comes next and has size octets. */
static bool put_quoted(struct message_addresses *a, struct spec *spec, size_t size)
{
	struct str in = { a->rest.p + 1, size - 2 };

	spec->quoted = true;
	skip(a, size);
	for (size_t i = 0; i < in.n; i++) {
		if (in.p[i] == '\r' || in.p[i] == '\n')
			continue;
		if (in.p[i] == '\\')
			i++; /* there is one more: else the string had not ended here */
		char c = in.p[i] == '\t' ? ' ' : in.p[i];
		if (!put(spec->local, &spec->n_local, c))
			return false;
	}
	return true;
}

/*
 * obs-local-part (section 4.4): words with dots and CFWS between them.  Dots
 * at the ends and doubled ones are not in the grammar, but in use.
 */
static bool read_local(struct message_addresses *a, struct spec *spec)
{
	bool word = false; /* the last thing read was a word */

	for (;;) {
		skip_cfws(a);
		size_t size = peek(a) == '"' ? enclosed(a) : 0;
		if (peek(a) == '.') {
			if (!put(spec->local, &spec->n_local, '.'))
				return false;
			skip(a, 1);
			spec->after = a->rest;
			word = false;
		} else if (word) {
			return true;
		} else if (size) {
			if (!put_quoted(a, spec, size))
				return false;
			spec->after = a->rest;
			word = true;
		} else {
			size_t before = spec->n_local;
			if (!put_atom(a, spec->local, &spec->n_local))
				return false;
			if (spec->n_local == before)
				return spec->n_local > 0;
			spec->after = a->rest;
			word = true;
		}
	}
}

/* "[192.0.2.1]": section 3.4.1. */
static bool read_literal(struct message_addresses *a, struct spec *spec)
{
	do {
		char c = peek(a);
		if (c == '\\' || a->rest.n == 0)
			return false;
		if (!is_space(c) && !put(spec->domain, &spec->n_domain, c))
			return false;
		skip(a, 1);
		if (c == ']')
			return true;
	} while (peek(a) != '[');
	return false;
}

/* obs-domain: atoms with dots and CFWS between them; a final dot is dropped. */
static bool read_domain(struct message_addresses *a, struct spec *spec)
{
	skip_cfws(a);
	if (peek(a) == '[')
		return read_literal(a, spec);
	for (;;) {
		size_t before = spec->n_domain;
		if (!put_atom(a, spec->domain, &spec->n_domain))
			return false;
		if (spec->n_domain == before)
			break;
		skip_cfws(a);
		if (peek(a) != '.')
			return true;
		skip(a, 1);
		skip_cfws(a);
		if (!put(spec->domain, &spec->n_domain, '.'))
			return false;
	}
	if (spec->n_domain == 0)
		return false;
	spec->n_domain--; /* the final dot */
	return true;
}

/* A local part alone: its domain is our own. */
static bool take_own(const struct message_addresses *a, struct spec *spec)
{
	for (size_t i = 0; i < a->own.n; i++)
		if (!put(spec->domain, &spec->n_domain, a->own.p[i]))
			return false;
	return a->own.n > 0;
}

/* local@domain up to what ends it (a parenthesis that is left has no end); whether that came. */
static bool read_spec(struct message_addresses *a, struct spec *spec, const char *ends)
{
	spec->n_local = spec->n_domain = 0;
	spec->quoted = false;
	if (!read_local(a, spec))
		return false;
	spec->bare = peek(a) != '@';
	if (spec->bare) {
		if (!take_own(a, spec))
			return false;
	} else {
		skip(a, 1);
		if (!read_domain(a, spec))
			return false;
	}
	skip_cfws(a);
	return a->rest.n == 0 || (peek(a) && strchr(ends, peek(a)));
}

/* "@a,@b:" at the start of what is in brackets: obs-route. */
static bool skip_route(struct message_addresses *a)
{
	skip_cfws(a);
	if (peek(a) != '@' && peek(a) != ',')
		return true;
	for (;;) {
		skip_cfws(a);
		char c = peek(a);
		if (c == ':') {
			skip(a, 1);
			return true;
		}
		if (!c ||
		    (c != '@' && c != ',' && c != '.' && c != '[' && c != ']' && !is_atext(c)))
			return false;
		skip(a, 1);
	}
}

/* Whether s is a dot-atom, which needs no quotes (section 3.2.3). */
static bool is_dot_atom(struct str s)
{
	bool dot = true; /* as if one came before */

	for (size_t i = 0; i < s.n; i++) {
		if (!is_atext(s.p[i]) && (s.p[i] != '.' || dot))
			return false;
		dot = s.p[i] == '.';
	}
	return !dot;
}

/* Append the address; false, and *addr is empty, where it cannot be one. */
static bool add_spec(struct buf *addr, const struct spec *spec)
{
	struct str local = { spec->local, spec->n_local };

	if (spec->quoted && !is_dot_atom(local)) {
		buf_addc(addr, '"');
		for (size_t i = 0; i < local.n; i++) {
			if (local.p[i] == '"' || local.p[i] == '\\')
				buf_addc(addr, '\\');
			buf_addc(addr, local.p[i]);
		}
		buf_addc(addr, '"');
	} else {
		buf_add(addr, local);
	}
	buf_addc(addr, '@');
	buf_add(addr, (struct str){ spec->domain, spec->n_domain });
	if (buf_err(addr) == ERR_OK && text_is_utf8(buf_str(addr)))
		return true;
	addr->n = 0;
	if (buf_err(addr) == ERR_LIMIT)
		buf_clear(addr);
	return false;
}

/* Pass over what is left of an item, its comma or semicolon included; whether an "@" was in it. */
static bool pass_over(struct message_addresses *a)
{
	bool at = false;

	while (a->rest.n) {
		char c = peek(a);
		size_t n = enclosed(a);
		skip(a, n ? n : c == '\\' ? 2 : 1);
		if (c == ',' || c == ';')
			break;
		at = at || (n == 0 && c == '@');
	}
	return at;
}

static void note_unread(struct message_addresses *a, struct str item)
{
	item.n -= a->rest.n;
	if (item.n && (item.p[item.n - 1] == ',' || item.p[item.n - 1] == ';'))
		item.n--;
	if (a->unread.n++ == 0)
		a->unread.first = str_trim(item);
}

/* At "<": the address in the brackets; before another behind them nothing parts the two. */
static bool read_angle(struct message_addresses *a, struct spec *spec)
{
	while (peek(a) == '<')
		skip(a, 1);
	struct str inside = a->rest;
	bool good = skip_route(a) && read_spec(a, spec, ">,;(");
	if (!good)
		a->rest = inside;
	struct str behind = str_skip(a->rest, peek(a) == '>');
	if (pass_over(a) && good)
		note_unread(a, behind);
	return good;
}

/* NOTHING: the name of a group, a bare separator, a comment. */
enum item { ADDRESS, NOTHING, UNREADABLE };

/* What comes next in the list.  *item: all of it, its end too. */
static enum item read_item(struct message_addresses *a, struct spec *spec, struct str *item)
{
	skip_cfws(a);
	*item = a->rest;
	if (read_spec(a, spec, ",;(")) {
		(void)pass_over(a);
		return ADDRESS;
	}
	a->rest = *item;
	while (a->rest.n) {
		char c = peek(a);
		if (c == '<')
			return read_angle(a, spec) ? ADDRESS : UNREADABLE;
		size_t before = a->rest.n, n = enclosed(a);
		skip(a, n ? n : c == '\\' ? 2 : 1);
		if (c == ':')
			return NOTHING;
		if (c == ',' || c == ';')
			return before == item->n ? NOTHING : UNREADABLE;
	}
	return item->n ? UNREADABLE : NOTHING;
}

bool message_addresses_next(struct message_addresses *a, struct buf *addr)
{
	struct spec spec;
	struct str item;

	buf_clear(addr);
	while (a->rest.n && buf_err(addr) == ERR_OK) {
		enum item what = read_item(a, &spec, &item);
		if (what == ADDRESS && add_spec(addr, &spec)) {
			a->bare = spec.bare;
			a->after = spec.after;
			return true;
		}
		if (what != NOTHING)
			note_unread(a, item);
	}
	return false;
}

bool message_addresses_field(struct str name)
{
	static const struct str fields[] = {
		STR_INIT("From"), STR_INIT("Sender"), STR_INIT("Reply-To"),
		STR_INIT("To"),   STR_INIT("Cc"),     STR_INIT("Bcc"),
	};

	if (str_starts_nocase(name, STR("Resent-")))
		name = str_skip(name, sizeof("Resent-") - 1);
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		if (str_eq_nocase(name, fields[i]))
			return true;
	return false;
}
