/*
 * Delivery records, read back.
 *
 * What reads them all looks at a dozen fields of a million lines.  Our own lines have their
 * members in one order, so the name of each is first guessed to be the one after that of the
 * last; a line of another hand is read as well, only slower.
 *
 * Not here: files and days.  See records.c.
 */
#include "journal/record.h"

#include "base/text.h"
#include "journal/recipient.h"

#include <string.h>

/* Of which type a member is. */
enum kind { TEXT, NUMBER, RAW };

/* In the order of journal_delivery(). */
static const struct {
	struct str name;
	enum kind kind;
	size_t at;
} members[] = {
	{ STR_INIT("time"), TEXT, offsetof(struct journal_record, time) },
	{ STR_INIT("session"), TEXT, offsetof(struct journal_record, session) },
	{ STR_INIT("message"), TEXT, offsetof(struct journal_record, message) },
	{ STR_INIT("from"), TEXT, offsetof(struct journal_record, from) },
	{ STR_INIT("to"), TEXT, offsetof(struct journal_record, to) },
	{ STR_INIT("domain"), TEXT, offsetof(struct journal_record, domain) },
	{ STR_INIT("service"), TEXT, offsetof(struct journal_record, service) },
	{ STR_INIT("criterion"), TEXT, offsetof(struct journal_record, criterion) },
	{ STR_INIT("mx_status"), TEXT, offsetof(struct journal_record, mx_status) },
	{ STR_INIT("address_status"), TEXT, offsetof(struct journal_record, address_status) },
	{ STR_INIT("host"), TEXT, offsetof(struct journal_record, host) },
	{ STR_INIT("address"), TEXT, offsetof(struct journal_record, address) },
	{ STR_INIT("tls"), TEXT, offsetof(struct journal_record, tls) },
	{ STR_INIT("dane"), TEXT, offsetof(struct journal_record, dane) },
	{ STR_INIT("outcome"), TEXT, offsetof(struct journal_record, outcome) },
	{ STR_INIT("status"), TEXT, offsetof(struct journal_record, status) },
	{ STR_INIT("reply"), TEXT, offsetof(struct journal_record, reply) },
	{ STR_INIT("delay_ms"), NUMBER, offsetof(struct journal_record, delay_ms) },
	{ STR_INIT("dns_ms"), NUMBER, offsetof(struct journal_record, dns_ms) },
	{ STR_INIT("observe"), TEXT, offsetof(struct journal_record, observe) },
	{ STR_INIT("exempt"), TEXT, offsetof(struct journal_record, exempt) },
	{ STR_INIT("was_secure"), TEXT, offsetof(struct journal_record, was_secure) },
	{ STR_INIT("user"), TEXT, offsetof(struct journal_record, user) },
	{ STR_INIT("headers"), RAW, offsetof(struct journal_record, headers) },
	{ STR_INIT("observed"), TEXT, offsetof(struct journal_record, observed) },
};

enum { MEMBERS = sizeof(members) / sizeof(members[0]) };

/* What is left of a line.  .bad: it is not JSON, and all that is read is empty. */
struct scan {
	struct str left;
	const char *escape; /* the first backslash that may not have been passed; NULL: no more */
	struct buf *room; /* has all that the line can give: what is put there stays where it is */
	bool bad;
};

static struct scan scan_of(struct str text, struct buf *room)
{
	return (struct scan){ .left = text,
			      .escape = text.n ? memchr(text.p, '\\', text.n) : NULL,
			      .room = room };
}

static inline bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static inline void blank(struct scan *s)
{
	while (s->left.n && is_blank(s->left.p[0]))
		s->left = (struct str){ s->left.p + 1, s->left.n - 1 };
}

/* Whether c comes next; then it is passed. */
static bool next_is(struct scan *s, char c)
{
	if (s->left.n && s->left.p[0] != c)
		blank(s);
	if (s->left.n == 0 || s->left.p[0] != c)
		return false;
	s->left = (struct str){ s->left.p + 1, s->left.n - 1 };
	return true;
}

static void want(struct scan *s, char c)
{
	if (!next_is(s, c))
		s->bad = true;
}

/* Four digits behind "\u", cut off; 0xfffd where they are not there. */
static uint32_t code_unit(struct str *s)
{
	uint32_t u = 0;

	for (size_t i = 0; i < 4; i++) {
		static const char digits[] = "0123456789abcdef";
		char c = i < s->n ? (char)str_fold(s->p[i]) : ' ';
		const char *at = memchr(digits, c, sizeof(digits) - 1);
		if (!at)
			return 0xfffd;
		u = u << 4 | (uint32_t)(at - digits);
	}
	*s = str_skip(*s, 4);
	return u;
}

/* A character of one or two units (RFC 8259 section 7); half of a pair is U+FFFD. */
static uint32_t code_point(struct str *s)
{
	uint32_t u = code_unit(s);

	if (u < 0xd800 || u > 0xdfff)
		return u;
	if (u > 0xdbff || !str_starts(*s, STR("\\u")))
		return 0xfffd;
	struct str low = str_skip(*s, 2);
	uint32_t v = code_unit(&low);
	if (v < 0xdc00 || v > 0xdfff)
		return 0xfffd;
	*s = low;
	return 0x10000 + ((u - 0xd800) << 10) + (v - 0xdc00);
}

/*
 * Whether there is room for every string of the text without its escapes.  A "\u" without digits is
 * two octets, and becomes U+FFFD, which is three: no other escape grows.
 */
static bool room_for_all(struct buf *room, struct str text)
{
	return buf_room(room, text.n + text.n / 2 + 1);
}

/* The octets of a string without its escapes. */
static struct str unescape(struct buf *room, struct str s)
{
	static const char from[] = "bfnrt", to[] = "\b\f\n\r\t";
	size_t begin = room->n;
	struct str plain;

	while (str_cut(&s, '\\', &plain)) {
		buf_add(room, plain);
		char c = s.n ? s.p[0] : '\\';
		const char *at = memchr(from, c, sizeof(from) - 1);
		s = str_skip(s, 1);
		if (c == 'u')
			text_utf8_add(room, code_point(&s));
		else
			buf_addc(room, at ? to[at - from] : c);
	}
	buf_add(room, s);
	return str_skip(buf_str(room), begin);
}

/* The first backslash from here on that is before end; NULL: there is none. */
static const char *escape_before(struct scan *s, const char *from, const char *end)
{
	if (s->escape && s->escape < from)
		s->escape = memchr(from, '\\', (size_t)(s->left.p + s->left.n - from));
	return s->escape && s->escape < end ? s->escape : NULL;
}

/* How long the string is that begins here, behind its quotation mark; .left.n: it has no end. */
static size_t string_size(struct scan *s, bool *escaped)
{
	const char *from = s->left.p, *end = s->left.p + s->left.n;

	*escaped = false;
	while (from < end) {
		const char *q = memchr(from, '"', (size_t)(end - from));
		const char *e = q ? escape_before(s, from, q) : NULL;
		if (!e)
			return q ? (size_t)(q - s->left.p) : s->left.n;
		*escaped = true;
		from = e + 2; /* whatever is escaped, be it the quotation mark */
	}
	return s->left.n;
}

/* The string that comes next, as it stands between its quotation marks. */
static struct str raw_string(struct scan *s, bool *escaped)
{
	const char *begin = s->left.p + 1;

	if (!s->escape && s->left.n > 1 && s->left.p[0] == '"') { /* as nearly all are */
		const char *end = memchr(begin, '"', s->left.n - 1);
		*escaped = false;
		if (end) {
			s->left.n -= (size_t)(end + 1 - s->left.p);
			s->left.p = end + 1;
			return (struct str){ begin, (size_t)(end - begin) };
		}
	}
	want(s, '"');
	size_t n = string_size(s, escaped);
	if (s->bad || n >= s->left.n) {
		s->bad = true;
		return STR_NONE;
	}
	struct str raw = { s->left.p, n };
	s->left = (struct str){ s->left.p + n + 1, s->left.n - n - 1 };
	return raw;
}

static struct str string(struct scan *s)
{
	bool escaped;
	struct str raw = raw_string(s, &escaped);

	return escaped ? unescape(s->room, raw) : raw;
}

/* What stands there up to what may follow a number or a word. */
static void scalar(struct scan *s)
{
	size_t n = 0;

	while (n < s->left.n && !str_has(STR(",:]} \t\r\n\"[{"), s->left.p[n]))
		n++;
	s->bad |= n == 0;
	s->left = str_skip(s->left, n);
}

/* One token of an array or object: how much deeper it leads. */
static int token(struct scan *s)
{
	bool escaped;
	char c = s->left.n ? s->left.p[0] : '\0';

	if (c == '"')
		(void)raw_string(s, &escaped);
	else if (c == '\0' || !str_has(STR("{[]},:"), c))
		scalar(s);
	else
		s->left = str_skip(s->left, 1);
	return c == '{' || c == '[' ? 1 : c == '}' || c == ']' ? -1 : 0;
}

/* A value that is none of ours, or is kept as it stands: its brackets are counted, no more. */
static struct str value(struct scan *s)
{
	const char *begin = s->left.p;
	int depth = 0;

	if (s->left.n && str_has(STR("]},:"), s->left.p[0]))
		s->bad = true;
	do {
		blank(s);
		depth += token(s);
	} while (!s->bad && depth > 0);
	return s->bad ? STR_NONE : (struct str){ begin, (size_t)(s->left.p - begin) };
}

static int64_t number(struct scan *s)
{
	struct str raw = value(s);
	bool minus = str_starts(raw, STR("-"));
	uint64_t n;

	if (!str_u64(str_skip(raw, minus), &n) || n > INT64_MAX)
		return 0;
	return minus ? -(int64_t)n : (int64_t)n;
}

/* Whether the name of member i comes next, as we write it; then it and the colon are passed. */
static bool guessed(struct scan *s, size_t i)
{
	const struct str name = members[i].name;
	const char *p = s->left.p;

	if (s->left.n < name.n + 3 || p[0] != '"' || memcmp(p + 1, name.p, name.n) != 0 ||
	    p[name.n + 1] != '"' || p[name.n + 2] != ':')
		return false;
	s->left = (struct str){ p + name.n + 3, s->left.n - name.n - 3 };
	return true;
}

/* Which member comes next, its name and the colon passed; MEMBERS: none of ours. */
static size_t name(struct scan *s, size_t guess)
{
	size_t i = 0;

	if (guessed(s, guess))
		return guess;
	struct str text = string(s);
	want(s, ':');
	while (i < MEMBERS && !str_eq(members[i].name, text))
		i++;
	return i;
}

/* Whether a value of the kind of member i begins here. */
static bool fits(const struct scan *s, size_t i)
{
	char c = s->left.n ? s->left.p[0] : '\0';

	return i < MEMBERS && (members[i].kind == TEXT) == (c == '"') &&
	       (members[i].kind == RAW) == (c == '[');
}

static void read_member(struct scan *s, size_t i, struct journal_record *r)
{
	void *at = i < MEMBERS ? (char *)r + members[i].at : NULL;

	blank(s);
	if (!fits(s, i))
		(void)value(s);
	else if (members[i].kind == TEXT)
		*(struct str *)at = string(s);
	else if (members[i].kind == NUMBER)
		*(int64_t *)at = number(s);
	else
		*(struct str *)at = value(s);
}

static void read_members(struct scan *s, struct journal_record *r)
{
	size_t i = MEMBERS - 1;

	want(s, '{');
	if (next_is(s, '}'))
		return;
	do {
		i = name(s, i + 1 < MEMBERS ? i + 1 : 0);
		if (!s->bad)
			read_member(s, i, r);
	} while (!s->bad && next_is(s, ','));
	want(s, '}');
}

enum err journal_record_read(struct str line, struct buf *room, struct journal_record *out)
{
	struct journal_record r = { 0 };
	struct scan s = scan_of(line, room);

	buf_clear(room);
	if (!room_for_all(room, line))
		return buf_err(room);
	read_members(&s, &r);
	blank(&s);
	if (s.bad || s.left.n || r.time.n == 0)
		return ERR_SYNTAX;
	*out = r;
	return ERR_OK;
}

bool journal_record_header(struct str *headers, struct buf *room, struct str *field)
{
	struct scan s = scan_of(*headers, room);

	buf_clear(room);
	if (!room_for_all(room, *headers) || (!next_is(&s, '[') && !next_is(&s, ',')))
		return false;
	*field = string(&s);
	*headers = s.left;
	return !s.bad;
}

bool journal_record_passes(const struct journal_record *r, const struct journal_record_filter *f)
{
	return (f->message.n == 0 || str_eq(r->message, f->message)) &&
	       (f->outcome.n == 0 || str_eq(r->outcome, f->outcome)) &&
	       (!f->dnssec || !str_eq(r->service, STR("off"))) &&
	       (f->to.n == 0 || journal_recipient_is(r->to, f->to));
}
