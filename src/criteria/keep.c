#include "criteria/keep.h"

#include "base/jsonw.h"
#include "criteria/set_priv.h"
#include "message/head.h"

/* Kept whatever criteria name. */
static const struct str always[] = { STR_INIT("From"), STR_INIT("To"), STR_INIT("Cc"),
				     STR_INIT("Subject") };

static bool is_always(struct str name)
{
	for (size_t i = 0; i < sizeof(always) / sizeof(always[0]); i++)
		if (str_eq_nocase(name, always[i]))
			return true;
	return false;
}

static void add_field(struct jsonw *j, const struct message_field *field, struct buf *text)
{
	buf_clear(text);
	buf_add(text, field->name);
	buf_add(text, STR(": "));
	message_head_unfold(text, field->body);
	jsonw_str(j, NULL, buf_str(text));
}

/* The name alone, where the message has no such field. */
static void add_missing(struct jsonw *j, struct str message, struct str name)
{
	struct message_field field;

	if (!message_head_find(message, name, &field))
		jsonw_str(j, NULL, name);
}

static bool is_named(const struct criteria *c, struct str name)
{
	return c && criteria_group_find(c, name) != NULL;
}

/* The names that criteria add, where the message lacks them.  All records tell of the envelope. */
static void add_others(struct jsonw *j, const struct criteria *c, struct str message)
{
	for (size_t i = 0; i <= c->mask; i++) {
		for (const struct criteria_group *g = c->buckets[i]; g; g = g->next) {
			if (g != c->envelope_from && g != c->envelope_to && !is_always(g->header))
				add_missing(j, message, g->header);
		}
	}
}

enum err criteria_keep(const struct criteria *c, struct str message, struct buf *out)
{
	CLEANUP(buf_free) struct buf kept = BUF_MAX(CRITERIA_KEEP_MAX);
	CLEANUP(buf_free) struct buf text = BUF_MAX(CRITERIA_KEEP_MAX);
	struct jsonw j = jsonw_to(&kept);
	struct message_field field;
	enum err e = ERR_OK;

	jsonw_array(&j, NULL);
	for (struct str rest = message; e == ERR_OK && message_head_next(&rest, &field);) {
		if (!is_always(field.name) && !is_named(c, field.name))
			continue;
		add_field(&j, &field, &text);
		e = buf_err(&text);
	}
	for (size_t i = 0; i < sizeof(always) / sizeof(always[0]); i++)
		add_missing(&j, message, always[i]);
	if (c)
		add_others(&j, c, message);
	jsonw_array_end(&j);
	if (e == ERR_OK)
		e = buf_err(&kept);
	if (e == ERR_OK)
		buf_add(out, buf_str(&kept));
	return e == ERR_LIMIT ? ERR_OK : e == ERR_OK ? buf_err(out) : e;
}
