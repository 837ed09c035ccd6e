/*
 * No memory, at each point where the library wants some: what fails says so, what
 * does not is right, nothing is lost, and no wait is without end.  Linked with
 * --wrap for malloc, calloc and realloc: see include/meson.build.
 */
#include "base/test.h"
#include "library/fake_priv.h"

#include <signpost/dns.h>

/* Allocations of this thread until one fails, and all after it; negative: none fails. */
static _Thread_local long left = -1;
static _Thread_local bool failed;

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t n);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t n);

static bool none_left(void)
{
	if (left < 0)
		return false;
	if (left > 0) {
		left--;
		return false;
	}
	failed = true;
	return true;
}

void *__wrap_malloc(size_t n)
{
	return none_left() ? NULL : __real_malloc(n);
}

void *__wrap_calloc(size_t n, size_t size)
{
	return none_left() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *p, size_t n)
{
	return none_left() ? NULL : __real_realloc(p, n);
}

static const struct fake_row rows[] = {
	{ "alias", 0x20, "@ 50 CNAME b.example.\nb.example. 60 A 192.0.2.5", "", 0 },
	{ "xn--bcher-kva", 0x20, "@ 60 A 192.0.2.7", "", 0 },
};

static void look(struct signpost_dns *d, const char *name, size_t records)
{
	struct signpost_dns_answer *a = NULL, *copy;
	char text[SIGNPOST_DNS_NAME_ROOM];

	enum signpost_dns_error e = signpost_dns_lookup(d, name, SIGNPOST_DNS_TYPE_A, 0, &a);
	CHECK_INT(name, e == SIGNPOST_DNS_OK || (e == SIGNPOST_DNS_ERR_MEMORY && failed), 1);
	CHECK_INT(name, (e == SIGNPOST_DNS_OK) == (a != NULL), 1);
	if (!a)
		return;
	if (signpost_dns_answer_outcome(a) == SIGNPOST_DNS_DATA) {
		CHECK_INT(name, signpost_dns_answer_status(a), SIGNPOST_DNS_SECURE);
		CHECK_INT(name, (long long)signpost_dns_answer_record_count(a), (long long)records);
		size_t n = signpost_dns_record_text(signpost_dns_answer_record(a, 0), text,
						    sizeof(text));
		CHECK_INT(name, (n == SIZE_MAX && failed) || n == strlen(text), 1);
	} else {
		CHECK_INT(name, signpost_dns_answer_outcome(a), SIGNPOST_DNS_NO_ANSWER);
		CHECK_INT(name, signpost_dns_answer_status(a), SIGNPOST_DNS_INDETERMINATE);
		CHECK_INT(name, failed, 1);
	}
	CHECK_INT(name, signpost_dns_answer_why(a) != NULL, 1);
	(void)signpost_dns_name_unicode(signpost_dns_answer_name(a), text);
	copy = signpost_dns_answer_copy(a);
	CHECK_INT(name, copy != NULL || failed, 1);
	signpost_dns_answer_free(&copy);
	signpost_dns_answer_free(&a);
}

static void run(const char *at)
{
	struct signpost_dns_server s = { .size = sizeof(s), .address = at };
	struct signpost_dns_options o = { .size = sizeof(o), .deadline_ms = 30000 };
	struct signpost_dns_server_state state = { .size = sizeof(state) };
	struct signpost_dns *d = signpost_dns_new(NULL);

	CHECK_INT("new", d != NULL || failed, 1);
	if (!d)
		return;
	if (signpost_dns_set_options(d, &o) != SIGNPOST_DNS_OK ||
	    signpost_dns_add_server(d, &s) != SIGNPOST_DNS_OK) {
		CHECK_INT("settings", failed, 1);
	} else if (signpost_dns_start(d) != SIGNPOST_DNS_OK) {
		CHECK_INT("start", failed, 1);
		CHECK_STR("start", str_of(signpost_dns_reason(d)), STR("out of memory"));
	} else {
		look(d, "alias.example", 2);
		look(d, "b\303\274cher.example", 1);
		CHECK_INT("state", signpost_dns_get_server_state(d, 0, &state) || failed, 1);
	}
	signpost_dns_free(&d);
}

int main(void)
{
	struct fake f;
	long n = 0;

	fake_start(&f, rows, COUNT_OF(rows));
	do {
		failed = false;
		left = n++;
		run(f.at);
		left = -1;
	} while (failed && n < 2000);
	CHECK_INT("all points were tried", n > 20 && n < 2000, 1);
	fake_stop(&f);
	return TEST_EXIT();
}
