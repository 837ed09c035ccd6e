/*
 * Memory runs out: the n-th allocation fails, for every n, and all after it or
 * only that one.  What must hold: the failure is told as ERR_NOMEM, nothing is
 * handed out, and nothing leaks (with a sanitizer).
 */
#include "../failing.h"
#include "base/test.h"
#include "dns/build.h"
#include "dns/craft.h"
#include "dns/text.h"

static struct craft alias, target;
static struct dns_name a_name, b_name;

static enum err build(const struct craft *c, const struct dns_name *name, struct dns_answer **out)
{
	struct dns_asked asked = {
		.name = name, .type = DNS_TYPE_TXT, .ad = true, .trust = DNS_TRUST_STATED
	};
	struct dns_message m;
	enum err e = dns_message_read(craft_str(c), &m);

	return e == ERR_OK ? dns_build_answer(&m, &asked, out) : e;
}

static enum err show(const struct dns_answer *a)
{
	CLEANUP(buf_free) struct buf text = BUF_MAX(4096), rdata = BUF_MAX(4096);

	for (size_t i = 0; i < a->n_rr; i++)
		dns_text_rr(&text, &a->rr[i]);
	if (buf_err(&text) != ERR_OK)
		return buf_err(&text);
	return dns_text_read_rdata(DNS_TYPE_TXT, STR("\"a\" b"), &rdata);
}

/* The whole life of answers: built, joined, copied, shown; and one without a server. */
static enum err run(void)
{
	CLEANUP(dns_answer_free) struct dns_answer *head = NULL;
	CLEANUP(dns_answer_free) struct dns_answer *tail = NULL;
	CLEANUP(dns_answer_free) struct dns_answer *joined = NULL;
	CLEANUP(dns_answer_free) struct dns_answer *copy = NULL;
	CLEANUP(dns_answer_free) struct dns_answer *none = NULL;
	struct dns_asked asked = { .name = &a_name, .type = DNS_TYPE_TXT };
	enum err e = build(&alias, &a_name, &head);

	CHECK_INT("handed out", head != NULL, e == ERR_OK);
	if (e == ERR_OK) {
		e = build(&target, &b_name, &tail);
		CHECK_INT("handed out", tail != NULL, e == ERR_OK);
	}
	if (e == ERR_OK) {
		e = dns_build_join(head, tail, &joined);
		CHECK_INT("handed out", joined != NULL, e == ERR_OK);
	}
	if (e == ERR_OK) {
		e = dns_answer_copy(joined, &copy);
		CHECK_INT("handed out", copy != NULL, e == ERR_OK);
	}
	if (e == ERR_OK)
		e = show(copy);
	if (e == ERR_OK) {
		e = dns_build_none(&asked, DNS_NO_ANSWER, STR("why"), &none);
		CHECK_INT("handed out", none != NULL, e == ERR_OK);
	}
	return e;
}

static void check(const char *label, bool good)
{
	bool done = false;
	long n = 0;

	for_good = good;
	while (!done && n < 1000) {
		countdown = ++n;
		enum err e = run();
		done = countdown > 0; /* it never came to the n-th */
		CHECK_INT(label, e, done ? ERR_OK : ERR_NOMEM);
		countdown = -1;
	}
	CHECK_INT(label, n > 7 && done, true);
}

int main(void)
{
	a_name = craft_name_of("x.a.");
	b_name = craft_name_of("x.b.");
	craft_begin(&alias, 1, DNS_FLAG_QR, "x.a.", DNS_TYPE_TXT);
	craft_lines(&alias, DNS_SECTION_ANSWER, "a. 60 DNAME b.");
	craft_begin(&target, 1, DNS_FLAG_QR, "x.b.", DNS_TYPE_TXT);
	craft_lines(&target, DNS_SECTION_ANSWER, "@ 60 TXT one\n@ 60 TXT two");
	craft_ede(&target, 3, "stale");
	check("one", false);
	check("all", true);
	return TEST_EXIT();
}
