/*
 * What a file of many sections costs: comparisons of strings, counted, libConfuse's with ours.
 * Twice the sections are twice the work and a little more; where each section is held against all
 * others they are four times the work.
 */
#include "base/test.h"
#include "conf/parse.h"
#include "conf/show.h"

#include <string.h>

enum { FEW = 500, ROOM = 1 << 20, WHY_MAX = 4096 };

static long long comparisons;

/* In the place of the C library's, for all that is linked. */
int strcmp(const char *a, const char *b)
{
	comparisons++;
	for (; *a && *a == *b; a++)
		b++;
	return (unsigned char)*a - (unsigned char)*b;
}

static const struct {
	const char *label, *head, *tail; /* of a section; between them stands its number */
} rows[] = {
	{ "route", "route \"d", ".example\" { via = \"[192.0.2.7]:25\" tls = may }\n" },
	{ "all below", "route \".d", ".example\" { retry = {1m, 2m} }\n" },
	{ "exempt", "exempt \"d", ".example\" { reason = x until = \"2099-01-01\" }\n" },
	{ "exempt below", "exempt \"*.d", ".example\" { reason = x until = \"2099-01-01\" }\n" },
};

static struct conf *read_many(size_t row, int n)
{
	CLEANUP(buf_free) struct buf text = BUF_MAX(ROOM), why = BUF_MAX(WHY_MAX);
	struct conf *c = NULL;

	for (int i = 0; i < n; i++)
		buf_addf(&text, "%s%d%s", rows[row].head, i, rows[row].tail);
	CHECK_INT(rows[row].label, conf_parse("/c", buf_str(&text), &c, &why), ERR_OK);
	return c;
}

static long long cost_of_reading(size_t row, int n)
{
	long long before = comparisons;
	CLEANUP(conf_free) struct conf *c = read_many(row, n);

	return comparisons - before;
}

static long long cost_of_showing(size_t row, int n)
{
	CLEANUP(conf_free) struct conf *c = read_many(row, n);
	CLEANUP(conf_show_free) struct conf_shower *s = conf_show_new(c);
	long long before = comparisons;

	while (conf_show_next(s))
		;
	return comparisons - before;
}

static void check(size_t row, long long (*cost)(size_t row, int n))
{
	long long few = cost(row, FEW), many = cost(row, 2 * FEW);

	CHECK_INT(rows[row].label, few > FEW, true);
	CHECK_INT(rows[row].label, (many + few / 2) / few, 2);
}

int main(void)
{
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		check(i, cost_of_reading);
		check(i, cost_of_showing);
	}
	return TEST_EXIT();
}
