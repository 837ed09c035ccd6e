#include "criteria/key.h"

#include "criteria/gram.h"

#include <string.h>

/* FNV-1a.  Only the administrator's values are in the table: no stranger makes its chains long. */
static uint32_t hash(const struct criteria_group *g, enum criteria_key_kind kind, struct str text)
{
	uint32_t h = 2166136261u ^ (uint32_t)kind;

	for (size_t i = 0; i < g->header.n; i++)
		h = (h ^ str_fold(g->header.p[i])) * 16777619u;
	for (size_t i = 0; i < text.n; i++)
		h = (h ^ (unsigned char)text.p[i]) * 16777619u;
	return h;
}

static bool is_plain(struct str text)
{
	return !str_has(text, CRITERIA_GLOB_RUN) && !str_has(text, CRITERIA_GLOB_ONE);
}

enum criteria_key_kind criteria_key_kind(const struct criteria_glob *glob, struct str *text)
{
	struct str domain = str_skip(glob->tail, 1);

	*text = STR_NONE;
	if (glob->any)
		return CRITERIA_KEY_ANY;
	if (is_plain(glob->text)) {
		*text = glob->text;
		return CRITERIA_KEY_VALUE;
	}
	if (glob->head.n || glob->middle.n || !str_starts(glob->tail, STR("@")) ||
	    !is_plain(domain) || str_has(domain, '@'))
		return CRITERIA_KEY_NONE;
	*text = domain;
	return CRITERIA_KEY_DOMAIN;
}

static struct criteria_key *find(const struct criteria *c, const struct criteria_key *like)
{
	struct criteria_key *k = c->keys[hash(like->group, like->kind, like->text) & c->mask];

	while (k && !(k->group == like->group && k->kind == like->kind && k->exact == like->exact &&
		      str_eq(k->text, like->text)))
		k = k->next;
	return k;
}

static struct criteria_key *add(struct criteria *c, const struct criteria_key *like)
{
	struct criteria_key **bucket =
		&c->keys[hash(like->group, like->kind, like->text) & c->mask];
	struct criteria_key *k = arena_alloc(&c->arena, sizeof(*k));

	if (!k)
		return NULL;
	*k = *like;
	k->next = *bucket;
	*bucket = k;
	return k;
}

static void append(struct criteria_rules *to, struct criteria_rule *rule)
{
	if (to->last)
		to->last->next = rule;
	else
		to->first = rule;
	to->last = rule;
}

enum err criteria_key_add(struct criteria *c, struct criteria_rule *rule)
{
	struct criteria_group *g = rule->group;
	struct criteria_key like = { .group = g };

	like.kind = criteria_key_kind(&rule->glob, &like.text);
	like.exact = rule->exact && like.kind != CRITERIA_KEY_ANY;
	if (like.kind == CRITERIA_KEY_NONE) {
		append(&g->patterns, rule);
		return criteria_gram_add(c, rule);
	}
	struct criteria_key *k = find(c, &like);
	if (!k)
		k = add(c, &like);
	if (!k)
		return ERR_NOMEM;
	append(&k->rules, rule);
	rule->key = k;
	if (criteria_rule_before(rule, k->best))
		k->best = rule;
	if (!k->observed && rule->shown.modifier->observe)
		k->observed = rule;
	if (k->kind == CRITERIA_KEY_ANY)
		g->any = k;
	else
		g->keys = true;
	return ERR_OK;
}

size_t criteria_key_find(const struct criteria *c, const struct criteria_group *g, struct str value,
			 bool exact, const struct criteria_key *found[CRITERIA_KEYS_MAX])
{
	const char *at = value.n ? memrchr(value.p, '@', value.n) : NULL;
	struct criteria_key like = {
		.group = g, .kind = CRITERIA_KEY_VALUE, .exact = exact, .text = value
	};
	size_t n = 0;

	if (!g->keys)
		return 0;
	found[n] = find(c, &like);
	n += found[n] != NULL;
	if (!at)
		return n;
	like.kind = CRITERIA_KEY_DOMAIN;
	like.text = str_skip(value, (size_t)(at - value.p) + 1);
	found[n] = find(c, &like);
	return n + (found[n] != NULL);
}
