/*
 * What a refusal says may be written is taken: the bounds that it names, of every key.
 */
#include "base/test.h"
#include "conf/section_priv.h"

enum { WHY_MAX = 512 };

union target {
	unsigned count;
	uint64_t size;
	int64_t ms;
};

static bool takes(const struct conf_key *k, struct str value, struct buf *why)
{
	union target at;
	struct conf_reading r = { .file = "f", .why = why };

	return k->read(&r, k, value, &at);
}

/* The words on both sides of the last " to " of a refusal: "... from 1d to 36500d". */
static void bounds_of(struct str said, struct str *from, struct str *to)
{
	size_t i = said.n;

	while (i > 0 && !str_starts(str_skip(said, i), STR(" to ")))
		i--;
	*to = str_skip(said, i + 4);
	for (size_t n = i; n > 0; n--)
		if (said.p[n - 1] == ' ') {
			*from = (struct str){ said.p + n, i - n };
			return;
		}
}

static bool is_bounded(const struct conf_key *k)
{
	return k->read == conf_value_count || k->read == conf_value_size ||
	       k->read == conf_value_span;
}

static void check_key(const struct conf_key *k)
{
	CLEANUP(buf_free) struct buf said = BUF_MAX(WHY_MAX);
	CLEANUP(buf_free) struct buf why = BUF_MAX(WHY_MAX);
	struct str from = STR(""), to = STR("");

	CHECK_INT(k->name, takes(k, STR("x"), &said), false);
	bounds_of(buf_str(&said), &from, &to);
	CHECK_INT(k->name, takes(k, from, &why), true);
	CHECK_INT(k->name, takes(k, to, &why), true);
	CHECK_STR(k->name, buf_str(&why), STR(""));
}

int main(void)
{
	int seen = 0;

	for (const struct conf_section *s = conf_section_table; s->name; s++)
		for (const struct conf_key *k = s->keys; k->name; k++)
			if (is_bounded(k)) {
				seen++;
				check_key(k);
			}
	CHECK_INT("keys with bounds", seen > 20, true);
	return TEST_EXIT();
}
