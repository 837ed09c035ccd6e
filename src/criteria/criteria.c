/*
 * The criteria file, read whole.
 *
 * Messages are matched against header names far more often than criteria are
 * read, so the names go into a hash table once.  Only the administrator's names
 * are in it, so nobody else can make its chains long.
 *
 * Not here: the syntax of a line (line.c), the match (match.c).
 */
#include "criteria/criteria.h"

#include "base/text.h"
#include "base/unicode.h"
#include "criteria/key.h"
#include "criteria/line.h"
#include "message/address.h"

#include <stdlib.h>

#define FILE_OCTETS (16u << 20)
#define FOLDED_OCTETS 65536 /* of a pattern; a line has at most 4096 octets */

/* FNV-1a over the folded name. */
static uint32_t hash(struct str name)
{
	uint32_t h = 2166136261u;

	for (size_t i = 0; i < name.n; i++)
		h = (h ^ str_fold(name.p[i])) * 16777619u;
	return h;
}

const struct criteria_group *criteria_group_find(const struct criteria *c, struct str header)
{
	const struct criteria_group *g = c->buckets[hash(header) & c->mask];

	while (g && !str_eq_nocase(g->header, header))
		g = g->next;
	return g;
}

static enum criteria_kind kind_of(struct str header)
{
	if (str_eq_nocase(header, STR("Envelope-From")))
		return CRITERIA_ENVELOPE_FROM;
	if (str_eq_nocase(header, STR("Envelope-To")))
		return CRITERIA_ENVELOPE_TO;
	return message_addresses_field(header) ? CRITERIA_ADDRESSES : CRITERIA_TEXT;
}

/* Give rule the group of its header, a new one where it is the first. */
static enum err add_to_group(struct criteria *c, struct criteria_rule *rule)
{
	struct criteria_group **bucket = &c->buckets[hash(rule->shown.header) & c->mask];
	struct criteria_group *g = *bucket;

	while (g && !str_eq_nocase(g->header, rule->shown.header))
		g = g->next;
	if (!g) {
		g = arena_alloc(&c->arena, sizeof(*g));
		if (!g)
			return ERR_NOMEM;
		g->header = rule->shown.header;
		g->kind = kind_of(g->header);
		g->next = *bucket;
		*bucket = g;
	}
	rule->group = g;
	return ERR_OK;
}

static enum err add_rule(struct criteria *c, const struct criteria_line *line, unsigned line_no)
{
	struct criteria_rule *rule = &c->rules[c->n];
	struct buf folded = BUF_MAX(FOLDED_OCTETS);
	struct str glob = STR_NONE;

	unicode_fold(&folded, line->glob);
	enum err e = buf_err(&folded);
	if (e == ERR_OK)
		e = arena_str(&c->arena, buf_str(&folded), &glob);
	if (e == ERR_OK)
		e = arena_str(&c->arena, line->pattern, &rule->shown.pattern);
	if (e == ERR_OK)
		e = arena_str(&c->arena, line->text, &rule->shown.line);
	buf_free(&folded);
	if (e != ERR_OK)
		return e;
	rule->shown.header = str_head(rule->shown.line, line->header.n);
	rule->shown.line_no = line_no;
	rule->shown.modifier = line->modifier;
	rule->glob = criteria_glob_of(glob);
	rule->exact = line->exact;
	c->n++;
	e = add_to_group(c, rule);
	if (e != ERR_OK)
		return e;
	rule->group->exact |= rule->exact;
	return criteria_key_add(c, rule);
}

static void add_place(struct buf *why, struct str name, unsigned line_no)
{
	text_line(why);
	buf_add(why, name);
	buf_addc(why, ':');
	buf_addu(why, line_no);
	buf_add(why, STR(": "));
}

/* Read all lines into c.  ERR_SYNTAX where any of them is bad. */
static enum err read_lines(struct criteria *c, struct str file, struct buf *why)
{
	enum err result = ERR_OK;
	unsigned line_no = 0;
	struct str line;

	if (str_starts(file, STR("\xef\xbb\xbf"))) /* byte order mark */
		file = str_skip(file, 3);
	while (str_line(&file, &line)) {
		struct criteria_line read;
		struct buf wrong = BUF_MAX(FOLDED_OCTETS);
		line_no++;
		if (criteria_line_idle(line))
			continue;
		enum err e = criteria_line_read(line, &read, &wrong);
		if (e == ERR_SYNTAX) {
			add_place(why, c->name, line_no);
			buf_add(why, buf_str(&wrong));
			result = e;
		} else if (e == ERR_OK) {
			e = add_rule(c, &read, line_no);
			criteria_line_clear(&read);
		}
		buf_free(&wrong);
		if (e != ERR_OK && e != ERR_SYNTAX)
			return e;
	}
	return result;
}

static size_t count_lines(struct str file)
{
	struct str line;
	size_t n = 0;

	while (str_line(&file, &line))
		n += !criteria_line_idle(line);
	return n;
}

/* A set without criteria, with room for n. */
static struct criteria *new_set(struct str name, size_t n)
{
	struct criteria *c = calloc(1, sizeof(*c));
	size_t buckets = 8;

	if (!c)
		return NULL;
	while (buckets < 2 * n)
		buckets *= 2;
	c->arena = ARENA_MAX(SIZE_MAX / 2);
	c->mask = buckets - 1;
	c->buckets = arena_alloc(&c->arena, buckets * sizeof(struct criteria_group *));
	c->keys = arena_alloc(&c->arena, buckets * sizeof(struct criteria_key *));
	c->grams = arena_alloc(&c->arena, buckets * sizeof(struct criteria_gram *));
	c->rules = arena_alloc(&c->arena, (n + 1) * sizeof(struct criteria_rule));
	if (!c->buckets || !c->keys || !c->grams || !c->rules ||
	    arena_str(&c->arena, name, &c->name) != ERR_OK)
		criteria_free(&c);
	return c;
}

/* By its byte order mark, or as its first letter is ASCII: else each line is told as no UTF-8. */
static bool is_utf16(struct str file)
{
	return str_starts(file, STR("\xff\xfe")) || str_starts(file, STR("\xfe\xff")) ||
	       str_has(str_head(file, 2), '\0');
}

/* Whether a rule cannot do without the message's head: `To *` is all mail, whatever its head. */
static bool asks_head(const struct criteria *c, const struct criteria_rule *rule)
{
	return rule->group != c->envelope_from && rule->group != c->envelope_to &&
	       !(rule->group == c->to && rule->glob.any);
}

enum err criteria_parse(struct str file, struct str name, struct criteria **out, struct buf *why)
{
	if (file.n > FILE_OCTETS) {
		add_place(why, name, 1);
		buf_add(why, STR("the file is larger than 16 MiB"));
		return ERR_LIMIT;
	}
	if (is_utf16(file)) {
		add_place(why, name, 1);
		buf_add(why, STR("the file is UTF-16: save it as UTF-8"));
		return ERR_SYNTAX;
	}
	struct criteria *c = new_set(name, count_lines(file));
	if (!c)
		return ERR_NOMEM;
	enum err e = read_lines(c, file, why);
	if (e != ERR_OK) {
		criteria_free(&c);
		return e;
	}
	c->to = criteria_group_find(c, STR("To"));
	c->envelope_from = criteria_group_find(c, STR("Envelope-From"));
	c->envelope_to = criteria_group_find(c, STR("Envelope-To"));
	for (size_t i = 0; i < c->n; i++)
		c->asks_head |= asks_head(c, &c->rules[i]);
	*out = c;
	return ERR_OK;
}

void criteria_free(struct criteria **c)
{
	if (!*c)
		return;
	arena_clear(&(*c)->arena);
	free(*c);
	*c = NULL;
}

size_t criteria_count(const struct criteria *c)
{
	return c->n;
}

const struct criterion *criteria_at(const struct criteria *c, size_t i)
{
	return i < c->n ? &c->rules[i].shown : NULL;
}

struct str criteria_name(const struct criteria *c)
{
	return c->name;
}
