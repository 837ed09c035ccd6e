#include "tls/octets_priv.h"

#include "base/test.h"

/* What is fed, and how much is taken at once: it comes whole, in its order, and then no more. */
static const struct {
	const char *label;
	struct str first, second; /* fed before and after the first was taken from */
	int step;
} cases[] = {
	{ "whole", STR_INIT("abcdef"), STR_INIT("ghi"), 100 },
	{ "one at a time", STR_INIT("abcdef"), STR_INIT("ghi"), 1 },
	{ "all but one", STR_INIT("abcdef"), STR_INIT("ghi"), 5 },
	{ "just as much", STR_INIT("abcdef"), STR_INIT("ghi"), 6 },
	{ "nothing", STR_INIT(""), STR_INIT(""), 1 },
};

static void check_in(size_t i, const BIO_METHOD *method)
{
	CLEANUP(buf_free) struct buf got = BUF_MAX(100), want = BUF_MAX(100);
	const char *label = cases[i].label;
	struct tls_octets o;
	BIO *b = tls_octets_bio(method, &o);
	char octets[100];
	int n = 0;

	buf_add(&want, cases[i].first);
	buf_add(&want, cases[i].second);
	CHECK_INT(label, tls_octets_feed(&o, cases[i].first), ERR_OK);
	if ((n = BIO_read(b, octets, cases[i].step)) > 0)
		buf_add(&got, (struct str){ octets, (size_t)n });
	CHECK_INT(label, tls_octets_feed(&o, cases[i].second), ERR_OK);
	while ((n = BIO_read(b, octets, cases[i].step)) > 0)
		buf_add(&got, (struct str){ octets, (size_t)n });
	CHECK_STR(label, buf_str(&got), buf_str(&want));
	CHECK_INT(label, n == -1 && BIO_should_read(b), 1);
	CHECK_INT(label, o.in.p == NULL && o.in.n == 0 && o.read == 0, 1);
	BIO_free(b);
	tls_octets_clear(&o);
}

static void check_out(const BIO_METHOD *method)
{
	struct tls_octets o;
	BIO *b = tls_octets_bio(method, &o);

	CHECK_INT("written", BIO_write(b, "abcdef", 6), 6);
	CHECK_INT("flushed", BIO_flush(b), 1);
	tls_octets_sent(&o, 2);
	CHECK_INT("more", BIO_write(b, "gh", 2), 2);
	CHECK_STR("what has not gone", buf_str(&o.out), STR("cdefgh"));
	tls_octets_sent(&o, 6);
	CHECK_INT("nothing is kept", o.out.p == NULL && o.out.n == 0, 1);
	o.out.max = 3;
	CHECK_INT("no room", BIO_write(b, "abcd", 4), -1);
	CHECK_INT("which is no wish to wait", BIO_should_retry(b), 0);
	o.in.max = 3;
	CHECK_INT("nor here", tls_octets_feed(&o, STR("abcd")), ERR_LIMIT);
	BIO_free(b);
	tls_octets_clear(&o);
}

int main(void)
{
	BIO_METHOD *method = tls_octets_method();

	for (size_t i = 0; i < COUNT_OF(cases); i++)
		check_in(i, method);
	check_out(method);
	BIO_meth_free(method);
	return TEST_EXIT();
}
