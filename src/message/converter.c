/*
 * Of the 980 names that iconv() has, 824 are of charsets in which an octet is a character.  For
 * these the build makes tables (tools/charsets.c): all that iconv() has for them are 200 objects
 * with code, which cost 3 MB of memory, and most of the time in which the daemon starts.
 *
 * A converter of the others has a state, so who decodes has it for that time, and begins with the
 * first.  This is the one file of the room that touches the machine, and it does so once.  These
 * names share some 50 objects, and each that is open has 32 KiB between its characters and UTF-8,
 * but nothing where it goes no further than to characters: so the name that had an object loaded
 * stays open like this, which holds that object, and a way to UTF-8 is opened when it is needed,
 * which then loads nothing.
 */
#include "message/converter.h"

#include "base/text.h"
#include "message/tables_priv.h"

#include <errno.h>
#include <iconv.h>
#include <link.h>
#include <pthread.h>
#include <string.h>

#define REPLACEMENT STR("\xef\xbf\xbd") /* U+FFFD */
#define CHUNK 4096

/*
 * Charsets in which the order of octets is told by a mark, and is the big end first where there is
 * none (RFC 2781 section 4.3; Unicode says so of UTF-32): iconv() goes by the machine then.
 */
static const struct order {
	const char *name, *big, *little;
	struct str mark; /* of the little end first; that of the other is dropped as any is */
} orders[] = {
	{ "CSUNICODE", "UTF-16BE", "UTF-16LE", STR_INIT("\xff\xfe") },
	{ "ISO-10646/UCS2", "UCS-2BE", "UCS-2LE", STR_INIT("\xff\xfe") },
	{ "UCS-2", "UCS-2BE", "UCS-2LE", STR_INIT("\xff\xfe") },
	{ "UNICODE", "UTF-16BE", "UTF-16LE", STR_INIT("\xff\xfe") },
	{ "UTF-16", "UTF-16BE", "UTF-16LE", STR_INIT("\xff\xfe") },
	{ "UTF-32", "UTF-32BE", "UTF-32LE", STR_INIT("\xff\xfe\0\0") },
};

struct message_converter {
	bool known;      /* the library has it; of those without a table, as is all below */
	iconv_t held;    /* NULL: another name holds what it needs */
	iconv_t to_utf8; /* NULL: not open */
	const struct order *order; /* NULL: its octets have one */
	pthread_mutex_t lock;
};

#define NAME(name) name,
static const char *const names[] = {
#include "message/converters.def"
};

#define COUNT (sizeof(names) / sizeof(names[0]))

static struct message_converter converters[COUNT];
static pthread_once_t opened = PTHREAD_ONCE_INIT;

/* What mail calls a charset by names that iconv() does not know. */
static const struct {
	const char *alias, *name;
} aliases[] = {
	{ "big5-eten", "BIG5" },
	{ "cn-big5", "BIG5" },
	{ "cn-gb", "GB2312" },
	{ "gb-2312-80", "GB2312" },
	{ "csiso58gb231280", "GB2312" },
	{ "iso-ir-58", "GB2312" },
	{ "chinese", "GB2312" },
	{ "ks-c-5601", "EUC-KR" },
	{ "ks-c-5601-1987", "EUC-KR" },
	{ "ks-c-5601-1989", "EUC-KR" },
	{ "ksc-5601", "EUC-KR" },
	{ "csksc56011987", "EUC-KR" },
	{ "iso-ir-149", "EUC-KR" },
	{ "korean", "EUC-KR" },
	{ "windows-949", "UHC" },
	{ "windows-950", "CP950" },
	{ "windows-932", "CP932" },
	{ "mac-roman", "MACINTOSH" },
	{ "ptcp154", "PT154" },
	{ "unicode-1-1-utf-7", "UTF-7" },
	{ "unicode-1-1-utf-8", "UTF-8" },
};

/* The next letter or digit of *s, folded, cut off with what is before it; 0 at the end. */
static unsigned char next_sign(struct str *s)
{
	while (s->n) {
		unsigned char c = str_fold(s->p[0]);
		*s = str_skip(*s, 1);
		if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
			return c;
	}
	return 0;
}

/* Compare names by their letters and digits. */
static int compare(struct str a, struct str b)
{
	for (;;) {
		unsigned char x = next_sign(&a), y = next_sign(&b);
		if (x != y || x == 0)
			return (int)x - (int)y;
	}
}

/* NULL: it is iconv()'s. */
static const uint16_t *table_of(const struct message_converter *c)
{
	int16_t which = message_table_of[c - converters];

	return which < 0 ? NULL : message_tables[which];
}

static struct message_converter *find_name(struct str name)
{
	size_t from = 0, to = COUNT;

	while (from < to) {
		size_t at = from + (to - from) / 2;
		int order = compare(name, str_of(names[at]));
		if (order == 0)
			return converters[at].known || table_of(&converters[at]) ? &converters[at]
										 : NULL;
		if (order < 0)
			to = at;
		else
			from = at + 1;
	}
	return NULL;
}

static int note_loads(struct dl_phdr_info *info, size_t size, void *arg)
{
	(void)size;
	*(unsigned long long *)arg = info->dlpi_adds;
	return 1;
}

/* How many objects this process has ever loaded. */
static unsigned long long loads(void)
{
	unsigned long long n = 0;

	(void)dl_iterate_phdr(note_loads, &n);
	return n;
}

static void open_one(struct message_converter *c, const char *name)
{
	unsigned long long before = loads();
	iconv_t to = iconv_open("UTF-8", name);

	if (to == (iconv_t)-1)
		return;
	c->known = pthread_mutex_init(&c->lock, NULL) == 0;
	if (c->known && loads() != before)
		c->held = iconv_open("WCHAR_T", name);
	if (c->held == (iconv_t)-1)
		c->held = to;
	else
		(void)iconv_close(to);
}

static void open_all(void)
{
	for (size_t i = 0; i < COUNT; i++)
		if (!table_of(&converters[i]))
			open_one(&converters[i], names[i]);
	for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
		struct message_converter *c = find_name(str_of(orders[i].name));
		if (c)
			c->order = &orders[i];
	}
}

void message_converter_open(void)
{
	(void)pthread_once(&opened, open_all);
}

static struct message_converter *find_alias(struct str name)
{
	struct message_converter *c = find_name(name);

	for (size_t i = 0; i < sizeof(aliases) / sizeof(aliases[0]) && !c; i++)
		if (compare(name, str_of(aliases[i].alias)) == 0)
			c = find_name(str_of(aliases[i].name));
	return c;
}

struct message_converter *message_converter_find(struct str name)
{
	message_converter_open();
	struct message_converter *c = find_alias(name);
	if (!c && str_starts_nocase(name, STR("x-")))
		c = find_alias(str_skip(name, 2));
	return c;
}

/* Pass over the octet at *from, which cannot be decoded. */
static void replace(struct buf *out, char **from, size_t *left)
{
	if ((unsigned char)**from < 0x80)
		buf_addc(out, **from);
	else
		buf_add(out, REPLACEMENT);
	++*from;
	--*left;
}

/* Append s without byte order marks: each word of UTF-16 begins with one. */
static void add_unmarked(struct buf *out, struct str s)
{
	static const struct str mark = STR_INIT("\xef\xbb\xbf");
	const char *at;

	while (s.n && (at = memmem(s.p, s.n, mark.p, mark.n)) != NULL) {
		size_t n = (size_t)(at - s.p);
		buf_add(out, str_head(s, n));
		s = str_skip(s, n + mark.n);
	}
	buf_add(out, s);
}

/* One turn: whether it went well.  It takes an octet, or gives one if they have no end. */
static bool step(iconv_t to, struct buf *out, char **from, size_t *left, bool *good)
{
	char octets[CHUNK], *at = octets;
	size_t room = sizeof(octets);
	size_t got = iconv(to, *left ? from : NULL, *left ? left : NULL, &at, &room);

	struct str text = { octets, (size_t)(at - octets) };
	if (text_is_utf8(text)) {
		add_unmarked(out, text);
	} else { /* UCS-4 has room for what Unicode has not */
		buf_add(out, REPLACEMENT);
		*good = false;
	}
	return got != (size_t)-1 || (errno == E2BIG && at != octets);
}

static bool decode(iconv_t to, struct buf *out, char *from, size_t left)
{
	bool good = true;

	while (left) {
		size_t before = left;
		if (step(to, out, &from, &left, &good))
			continue;
		good = false;
		/* Some converters fail behind the octets that they could not decode. */
		if (left == 0 || left > before) {
			buf_add(out, REPLACEMENT);
			break;
		}
		replace(out, &from, &left);
	}
	/* A letter that an accent may follow is held back until there is none. */
	return step(to, out, &from, &left, &good) && good;
}

/*
 * Whether the little end is first: by the mark, or as each character would be of Latin-1 then.
 * Programs of Windows, and iconv() there and here, write that without a mark; whole words of
 * nothing but U+nn00 nobody writes.
 */
static bool little_first(const struct order *o, struct str octets)
{
	size_t unit = o->mark.n;

	if (str_starts(octets, o->mark))
		return true;
	for (size_t i = 0; i < octets.n; i++)
		if ((i % unit == 0) == (octets.p[i] == 0))
			return false;
	return octets.n > 0 && octets.n % unit == 0;
}

/* The converter for these octets. */
static struct message_converter *in_order(struct message_converter *c, struct str octets)
{
	const struct order *o = c->order;
	struct message_converter *found = NULL;

	if (o)
		found = find_name(str_of(little_first(o, octets) ? o->little : o->big));
	return found ? found : c;
}

/* Its first state, opened where it is not.  False: out of memory. */
static bool reset(struct message_converter *c)
{
	if (c->to_utf8) {
		(void)iconv(c->to_utf8, NULL, NULL, NULL, NULL);
		return true;
	}
	iconv_t to = iconv_open("UTF-8", names[c - converters]);
	if (to == (iconv_t)-1)
		return false;
	c->to_utf8 = to;
	return true;
}

static bool decode_by_table(const uint16_t *table, struct buf *out, struct str octets)
{
	bool good = true;

	for (size_t i = 0; i < octets.n; i++) {
		uint8_t octet = (uint8_t)octets.p[i];
		if (table[octet] || !octet)
			text_utf8_add(out, table[octet]);
		else
			text_utf8_add(out, octet < 0x80 ? octet : 0xfffd);
		good = good && (table[octet] || !octet);
	}
	return good;
}

bool message_converter_decode(struct message_converter *c, struct buf *out, struct str octets)
{
	bool good = false;

	if (table_of(c))
		return decode_by_table(table_of(c), out, octets);
	c = in_order(c, octets);
	(void)pthread_mutex_lock(&c->lock);
	if (reset(c)) /* iconv() takes the octets without promising, but does not change them */
		good = decode(c->to_utf8, out, (char *)(uintptr_t)octets.p, octets.n);
	else
		out->err = ERR_NOMEM;
	(void)pthread_mutex_unlock(&c->lock);
	return good;
}
