/* A packet: kind and slot, an octet each; then of each value its word and its length, and it. */
#include "console/order.h"

#include "base/rd.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_MAX = 3, FIXED_MAX = 4, RULES_MAX = 2 };
enum { SLOT_AT = 1, HEAD = 2, VALUE_HEAD = 3, VALUE_MAX = 0xffff, WORD_MAX = 1 << 20 };

/* So many values of that word. */
struct rule {
	enum console_order_word word;
	size_t least, most;
};

#define ONE(word)                                                                                  \
	{                                                                                          \
		word, 1, 1                                                                         \
	}
#define MAYBE(word)                                                                                \
	{                                                                                          \
		word, 0, 1                                                                         \
	}
#define ANY(word, least)                                                                           \
	{                                                                                          \
		word, least, CONSOLE_ORDER_VALUES                                                  \
	}

static const struct {
	const char *fixed[FIXED_MAX + 1];
	struct rule rule[RULES_MAX];
} commands[] = {
	[CONSOLE_ORDER_END] = { { NULL }, { { 0 } } },
	[CONSOLE_ORDER_DOCTOR] = { { "doctor", "--json" }, { { 0 } } },
	[CONSOLE_ORDER_ROUTE] = { { "route", "--json", "--" }, { ONE(CONSOLE_ORDER_BARE) } },
	[CONSOLE_ORDER_LOOKUP] = { { "lookup", "--json", "--" }, { ANY(CONSOLE_ORDER_BARE, 1) } },
	[CONSOLE_ORDER_EXPLAIN] = { { "explain", "--json" },
				    { MAYBE(CONSOLE_ORDER_FROM), ANY(CONSOLE_ORDER_TO, 0) } },
	[CONSOLE_ORDER_REPORT] = { { "criteria", "report", "--json", "--since=24h" }, { { 0 } } },
	[CONSOLE_ORDER_TRY] = { { "criteria", "report", "--json" },
				{ ONE(CONSOLE_ORDER_LINE), MAYBE(CONSOLE_ORDER_SINCE) } },
	[CONSOLE_ORDER_LOG] = { { "log", "--json" },
				{ ONE(CONSOLE_ORDER_MESSAGE), ONE(CONSOLE_ORDER_SINCE) } },
	[CONSOLE_ORDER_METRICS] = { { "status", "--openmetrics" }, { { 0 } } },
};

/* What stands before the value. */
static const char *const options[] = {
	[CONSOLE_ORDER_BARE] = "",          [CONSOLE_ORDER_FROM] = "--from=",
	[CONSOLE_ORDER_TO] = "--to=",       [CONSOLE_ORDER_LINE] = "--try=",
	[CONSOLE_ORDER_SINCE] = "--since=", [CONSOLE_ORDER_MESSAGE] = "--message=",
};

enum {
	COMMANDS = sizeof(commands) / sizeof(commands[0]),
	OPTIONS = sizeof(options) / sizeof(options[0]),
};

void console_order_add(struct console_order *o, enum console_order_word word, struct str text)
{
	if (o->n < CONSOLE_ORDER_VALUES) {
		o->value[o->n].word = word;
		o->value[o->n].text = text;
	}
	if (o->n <= CONSOLE_ORDER_VALUES)
		o->n++;
}

static size_t count(const struct console_order *o, enum console_order_word word)
{
	size_t n = 0;

	for (size_t i = 0; i < o->n; i++)
		n += o->value[i].word == word;
	return n;
}

/* Whether each rule is kept, and no value is without one. */
static bool obeys(const struct console_order *o)
{
	size_t known = 0;

	for (size_t i = 0; i < RULES_MAX; i++) {
		const struct rule *r = &commands[o->kind].rule[i];
		size_t n = r->most ? count(o, r->word) : 0;
		if (n < r->least || n > r->most)
			return false;
		known += n;
	}
	return known == o->n;
}

bool console_order_ok(const struct console_order *o)
{
	size_t octets = HEAD;

	if (o->n > CONSOLE_ORDER_VALUES)
		return false;
	for (size_t i = 0; i < o->n; i++) {
		struct str text = o->value[i].text;
		if (text.n > VALUE_MAX || str_has(text, '\0'))
			return false;
		octets += VALUE_HEAD + text.n;
	}
	return octets <= CONSOLE_ORDER_MAX && obeys(o);
}

void console_order_write(const struct console_order *o, struct buf *out)
{
	buf_addc(out, (char)o->kind);
	buf_addc(out, (char)o->slot);
	for (size_t i = 0; i < o->n; i++) {
		struct str text = o->value[i].text;
		buf_addc(out, (char)o->value[i].word);
		buf_addc(out, (char)(text.n >> 8));
		buf_addc(out, (char)(text.n & 0xff));
		buf_add(out, text);
	}
}

void console_order_move(struct buf *packet, unsigned slot)
{
	packet->p[SLOT_AT] = (char)slot;
}

enum err console_order_read(struct str packet, struct console_order *out)
{
	struct rd r = rd_over(packet.p, packet.n);
	unsigned kind = rd_u8(&r);

	out->slot = rd_u8(&r);
	out->n = 0;
	if (!rd_ok(&r) || kind >= COMMANDS || out->slot >= CONSOLE_ORDER_SLOTS)
		return ERR_SYNTAX;
	out->kind = kind;
	while (rd_left(&r) > 0) {
		unsigned word = rd_u8(&r);
		size_t n = rd_u16(&r);
		const uint8_t *text = rd_take(&r, n);
		if (!rd_ok(&r) || word >= OPTIONS || out->n == CONSOLE_ORDER_VALUES)
			return ERR_SYNTAX;
		console_order_add(out, word, (struct str){ (const char *)text, n });
	}
	return console_order_ok(out) ? ERR_OK : ERR_SYNTAX;
}

/* One word more: option, and text right behind it. */
static bool add(char **words, size_t *n, const char *option, struct str text)
{
	CLEANUP(buf_free) struct buf word = BUF_MAX(WORD_MAX);

	buf_add(&word, str_of(option));
	buf_add(&word, text);
	words[*n] = buf_err(&word) == ERR_OK ? str_z(buf_str(&word)) : NULL;
	return words[(*n)++];
}

char **console_order_words(const struct console_order *o, const char *conf_file)
{
	const char *const first[] = { "signpost", conf_file ? "-c" : NULL, conf_file };
	const char *const *fixed = commands[o->kind].fixed;
	size_t n = 0;
	char **words = calloc(FIRST_MAX + FIXED_MAX + o->n + 1, sizeof(*words));
	bool ok = words;

	for (size_t i = 0; ok && i < FIRST_MAX && first[i]; i++)
		ok = add(words, &n, first[i], STR_NONE);
	for (size_t i = 0; ok && fixed[i]; i++)
		ok = add(words, &n, fixed[i], STR_NONE);
	for (size_t i = 0; ok && i < o->n; i++)
		ok = add(words, &n, options[o->value[i].word], o->value[i].text);
	if (!ok)
		console_order_words_free(&words);
	return words;
}

void console_order_words_free(char ***wp)
{
	char **words = *wp;

	*wp = NULL;
	for (char **w = words; w && *w; w++)
		free(*w);
	free(words);
}
