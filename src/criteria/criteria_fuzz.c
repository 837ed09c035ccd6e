/*
 * The criteria file, from any octets.  Seeds: src/criteria/corpus/criteria/.
 *
 * What must hold: a criterion's .line is a line of the file that says the same,
 * and matches the same.  A file that is refused has its complaint, in lines of its
 * own form.  The input doubles as the message.
 */
#include "criteria/criteria.h"

#include "base/text.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void must(bool true_)
{
	if (!true_)
		abort();
}

static void check_complaint(struct str why)
{
	struct str line;

	must(why.n > 0 && text_is_utf8(why));
	while (str_line(&why, &line))
		must(str_starts(line, STR("f:")) && line.n > sizeof("f:1: ") - 1);
}

static bool matches(const struct criteria *c, size_t i, struct str message)
{
	struct str addr = str_head(message, 300);
	struct criteria_match *m = criteria_match_new(c, message, addr, &addr, 1);

	must(m != NULL);
	bool has = criteria_match_has(m, i, addr);
	const struct criterion *k = criteria_match_rcpt(m, addr);
	must(!has || (k && criteria_modifier_cmp(k->modifier, criteria_at(c, i)->modifier) >= 0));
	criteria_match_free(&m);
	return has;
}

static void check_again(const struct criteria *c, size_t i, struct str message)
{
	const struct criterion *k = criteria_at(c, i);
	struct buf why = BUF_MAX(4096);
	struct criteria *again = NULL;

	must(criteria_parse(k->line, STR("f"), &again, &why) == ERR_OK);
	must(criteria_count(again) == 1);
	const struct criterion *l = criteria_at(again, 0);
	must(str_eq(k->header, l->header) && str_eq(k->pattern, l->pattern));
	must(str_eq(k->line, l->line) && k->modifier == l->modifier);
	must(matches(c, i, message) == matches(again, 0, message));
	criteria_free(&again);
	buf_free(&why);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct str file = { (const char *)data, n };
	struct buf why = BUF_MAX(16 * n + 65536);
	struct criteria *c = NULL;

	enum err e = criteria_parse(file, STR("f"), &c, &why);
	if (e == ERR_OK) {
		must(why.n == 0);
		for (size_t i = 0; i < criteria_count(c) && i < 16; i++)
			check_again(c, i, file);
	} else {
		must(e == ERR_SYNTAX && !c);
		if (buf_err(&why) == ERR_OK)
			check_complaint(buf_str(&why));
	}
	criteria_free(&c);
	buf_free(&why);
	return 0;
}
