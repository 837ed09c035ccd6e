#include "console/target.h"

#include "base/test.h"

static const struct {
	const char *raw;
	enum err err;
	const char *path, *a, *b; /* parameters of these names */
} targets[] = {
	{ "/", ERR_OK, "/", "", "" },
	{ "/api/queue", ERR_OK, "/api/queue", "", "" },
	{ "/api/queue?a=1&b=2", ERR_OK, "/api/queue", "1", "2" },
	{ "/x?", ERR_OK, "/x", "", "" },
	{ "/x?a", ERR_OK, "/x", "", "" },
	{ "/x?a=b=c", ERR_OK, "/x", "b=c", "" },
	{ "/x?a=b?c", ERR_OK, "/x", "b?c", "" },
	{ "/x?&&a=1&", ERR_OK, "/x", "1", "" },
	{ "/x?a=%26b%3d2", ERR_OK, "/x", "&b=2", "" },
	{ "/x?a=x+y%2Bz", ERR_OK, "/x", "x y+z", "" },
	{ "/x+y", ERR_OK, "/x+y", "", "" },
	{ "/%c3%a4", ERR_OK, "/\xc3\xa4", "", "" },
	{ "/x?a=%C3%A4", ERR_OK, "/x", "\xc3\xa4", "" },
	{ "/x?%61=1", ERR_OK, "/x", "1", "" },
	{ "/x/", ERR_OK, "/x/", "", "" },
	{ "/x?a=1&a=2", ERR_SYNTAX, "", "", "" },
	{ "/x?=1", ERR_SYNTAX, "", "", "" },
	{ "/x?a=%", ERR_SYNTAX, "", "", "" },
	{ "/x?a=%4", ERR_SYNTAX, "", "", "" },
	{ "/x?a=%gg", ERR_SYNTAX, "", "", "" },
	{ "/x?a=%00", ERR_SYNTAX, "", "", "" },
	{ "/x?a=%ff", ERR_SYNTAX, "", "", "" },
	{ "/%zz", ERR_SYNTAX, "", "", "" },
	{ "/x%00", ERR_SYNTAX, "", "", "" },
	{ "/x%0a", ERR_SYNTAX, "", "", "" },
	{ "/x%2fy", ERR_SYNTAX, "", "", "" },
	{ "/x//y", ERR_SYNTAX, "", "", "" },
	{ "/./x", ERR_SYNTAX, "", "", "" },
	{ "/x/..", ERR_SYNTAX, "", "", "" },
	{ "/%2e%2e/x", ERR_SYNTAX, "", "", "" },
	{ "/\xff", ERR_SYNTAX, "", "", "" },
	{ "", ERR_SYNTAX, "", "", "" },
	{ "x", ERR_SYNTAX, "", "", "" },
	{ "*", ERR_SYNTAX, "", "", "" },
	{ "http:/x", ERR_SYNTAX, "", "", "" },
	{ "ftp://a.example/", ERR_SYNTAX, "", "", "" },
	{ "http://a.example//x", ERR_SYNTAX, "", "", "" },
	{ "http://a.example/../x", ERR_SYNTAX, "", "", "" },
	{ "http://a.example", ERR_OK, "/", "", "" },
	{ "http://a.example?a=1", ERR_OK, "/", "1", "" },
	{ "HTTPS://a.example:8025/x?a=/b", ERR_OK, "/x", "/b", "" },
};

static const struct {
	const char *raw, *origin;
} origins[] = {
	{ "/x", "" },
	{ "/x?http://a.example/", "" },
	{ "http://a.example/", "http://a.example" },
	{ "http://a.example", "http://a.example" },
	{ "http://a.example?a=//b", "http://a.example" },
	{ "HTTPS://a.example:8025/x", "HTTPS://a.example:8025" },
	{ "http://user@a.example/", "http://user@a.example" },
	{ "http://[::1]:8025/", "http://[::1]:8025" },
	{ "http:///x", "http://" },
};

static void check_origin(size_t i)
{
	struct console_target t;

	CHECK_INT(origins[i].raw, console_target_read(str_of(origins[i].raw), &t), ERR_OK);
	CHECK_STR(origins[i].raw, t.origin, str_of(origins[i].origin));
	console_target_clear(&t);
}

static void check_target(size_t i)
{
	struct console_target t;
	enum err e = console_target_read(str_of(targets[i].raw), &t);

	CHECK_INT(targets[i].raw, e, targets[i].err);
	if (e == ERR_OK) {
		CHECK_STR(targets[i].raw, buf_str(&t.path), str_of(targets[i].path));
		CHECK_STR(targets[i].raw, console_parameter(&t.query, "a"), str_of(targets[i].a));
		CHECK_STR(targets[i].raw, console_parameter(&t.query, "b"), str_of(targets[i].b));
	}
	console_target_clear(&t);
}

/* So many parameters are taken, and a target so long. */
static void check_bounds(void)
{
	static const char *const known[] = { "n0", "n1", NULL };
	CLEANUP(buf_free) struct buf raw = BUF_MAX(2 * CONSOLE_TARGET_MAX);
	struct console_parameters p;

	for (unsigned i = 0; i < CONSOLE_PARAMETERS_MAX; i++)
		buf_addf(&raw, "n%u=%u&", i, i);
	CHECK_INT("as many as there may be", console_parameters_read(buf_str(&raw), &p), ERR_OK);
	CHECK_STR("unknown", console_parameter_unknown(&p, known), STR("n2"));
	console_parameters_clear(&p);
	buf_add(&raw, STR("one=more"));
	CHECK_INT("one more", console_parameters_read(buf_str(&raw), &p), ERR_LIMIT);
	console_parameters_clear(&p);

	struct console_target t;
	buf_clear(&raw);
	buf_addc(&raw, '/');
	while (raw.n < CONSOLE_TARGET_MAX)
		buf_addc(&raw, 'x');
	CHECK_INT("long", console_target_read(buf_str(&raw), &t), ERR_OK);
	console_target_clear(&t);
	buf_addc(&raw, 'x');
	CHECK_INT("longer", console_target_read(buf_str(&raw), &t), ERR_SYNTAX);
	console_target_clear(&t);
}

int main(void)
{
	for (size_t i = 0; i < COUNT_OF(targets); i++)
		check_target(i);
	for (size_t i = 0; i < COUNT_OF(origins); i++)
		check_origin(i);
	check_bounds();
	return TEST_EXIT();
}
