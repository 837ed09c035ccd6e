#include "criteria/gram.h"

#include "base/test.h"
#include "criteria/criteria.h"

/* By which gram the pattern of the last line is found; .size 0: by none. */
static const struct {
	const char *label;
	struct str file;
	size_t size;
	struct str gram;
} cases[] = {
	{ "eight octets", STR_INIT("X *quarterly*"), 8, STR_INIT("quarterl") },
	{ "four", STR_INIT("X a?invoice"), 4, STR_INIT("invo") },
	{ "two", STR_INIT("X *abc*"), 2, STR_INIT("ab") },
	{ "one", STR_INIT("X *a*"), 1, STR_INIT("a") },
	{ "the longer stretch", STR_INIT("X a*bc?defgh*"), 4, STR_INIT("defg") },
	{ "wildcards alone", STR_INIT("X *??*"), 0, STR_INIT("") },
	{ "escaped wildcards are none", STR_INIT("X *\\**"), 1, STR_INIT("*") },
	{ "folded", STR_INIT("X *\xc3\x84*"), 2, STR_INIT("\xc3\xa4") },
	{ "not what others have", STR_INIT("X *invoice 1*\nX *invoice 2*"), 8,
	  STR_INIT("nvoice 2") },
	{ "of another header it is free", STR_INIT("Y *invoice 1*\nX *invoice 1*"), 8,
	  STR_INIT("invoice ") },
};

/* The last rule of the set is found by the gram in TEXT that .size and .gram say. */
static bool found(const struct criteria *c, struct str text, size_t size, struct str octets)
{
	const struct criteria_rule *last = &c->rules[c->n - 1];
	struct criteria_gram_walk w = { .c = c, .group = last->group, .text = text };
	const struct criteria_gram *g;

	while ((g = criteria_gram_next(&w))) {
		struct str at = str_head(str_skip(text, w.at), g->size);
		for (const struct criteria_rule *r = g->rules; r; r = r->mate)
			if (r == last)
				return g->size == size && str_eq(at, octets);
	}
	return false;
}

static void check_cases(void)
{
	struct buf why = BUF_MAX(256), text = BUF_MAX(256);

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct criteria *c = NULL;
		CHECK_INT(cases[i].label, criteria_parse(cases[i].file, STR("f"), &c, &why),
			  ERR_OK);
		buf_clear(&text);
		buf_add(&text, cases[i].gram);
		CHECK_INT(cases[i].label, found(c, buf_str(&text), cases[i].size, cases[i].gram),
			  cases[i].size > 0);
		CHECK_INT(cases[i].label, c->rules[c->n - 1].group->bare != NULL,
			  cases[i].size == 0);
		buf_add(&text, STR(" and more"));
		CHECK_INT("in front", found(c, buf_str(&text), cases[i].size, cases[i].gram),
			  cases[i].size > 0);
		buf_free(&text);
		criteria_free(&c);
	}
	buf_free(&why);
}

static void check_pairs(void)
{
	const uint64_t text = criteria_gram_pairs(STR("the invoice of may"));

	CHECK_INT("none of one octet", (long long)criteria_gram_pairs(STR("a")), 0);
	CHECK_INT("what matches has them",
		  (criteria_gram_pairs(STR("\xfein\xffoice\xfe")) & ~text) == 0, true);
	CHECK_INT("across a wildcard there is none",
		  (long long)criteria_gram_pairs(STR("a\xff\x62\xfe\x63")), 0);
	CHECK_INT("another has not", (criteria_gram_pairs(STR("quarterly")) & ~text) != 0, true);
}

int main(void)
{
	check_cases();
	check_pairs();
	return TEST_EXIT();
}
