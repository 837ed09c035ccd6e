/* Pages are summed up, and the domains of the most messages come first. */
#include "console/tally.h"

#include "base/test.h"

#include <stdlib.h>

#define COUNTS(n) "\"messages\":" #n ",\"would_bounce\":" #n ",\"not_known\":0"
#define OF(domain, n) "{\"domain\":\"" domain "\"," COUNTS(n) "}"

static const struct {
	const char *label, *pages; /* a list */
	bool more;
	const char *want;
} cases[] = {
	{ "none", "[]", false, "{\"more\":false,\"domains\":[]}" },
	{ "one", "[{\"looked\":3,\"messages\":2,\"domains\":[" OF("a", 1) "," OF("b", 2) "]}]",
	  true,
	  "{\"looked\":3,\"messages\":2,\"more\":true,\"domains\":[" OF("b", 2) "," OF("a",
										       1) "]}" },
	{ "two",
	  "[{\"looked\":3,\"domains\":[" OF("c", 1) "," OF(
		  "b", 1) "]},"
			  "{\"looked\":4,\"last\":\"x\",\"domains\":[" OF("c", 2) "]}]",
	  false, "{\"looked\":7,\"more\":false,\"domains\":[" OF("c", 3) "," OF("b", 1) "]}" },
	{ "equal ones by name", "[{\"domains\":[" OF("c", 1) "," OF("a", 1) "]}]", false,
	  "{\"more\":false,\"domains\":[" OF("a", 1) "," OF("c", 1) "]}" },
	{ "what is no page", "[7,{\"looked\":\"x\",\"domains\":[{},7]}]", false,
	  "{\"looked\":0,\"more\":false,\"domains\":[]}" },
};

static void check_cases(void)
{
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct console_tally t;
		json_t *pages = json_loads(cases[i].pages, 0, NULL), *page;
		size_t k;

		CHECK_INT(cases[i].label, console_tally_init(&t), ERR_OK);
		CHECK_INT(cases[i].label, json_is_array(pages), true);
		json_array_foreach(pages, k, page)
			CHECK_INT(cases[i].label, console_tally_add(&t, page), ERR_OK);
		json_t *document = console_tally_document(&t, cases[i].more);
		char *text = json_dumps(document, JSON_COMPACT);
		CHECK_STR(cases[i].label, str_of(text), str_of(cases[i].want));
		free(text);
		json_decref(document);
		json_decref(pages);
		console_tally_clear(&t);
	}
}

/* No more are told than are looked at by anybody. */
static void check_many(void)
{
	struct console_tally t;

	CHECK_INT("begin", console_tally_init(&t), ERR_OK);
	for (int i = 0; i < CONSOLE_TALLY_DOMAINS + 1; i++) {
		char text[80];
		(void)snprintf(text, sizeof(text),
			       "{\"domains\":[{\"domain\":\"%d\",\"messages\":%d}]}", i, i);
		json_t *page = json_loads(text, 0, NULL);
		CHECK_INT(text, console_tally_add(&t, page), ERR_OK);
		json_decref(page);
	}
	json_t *document = console_tally_document(&t, false);
	const json_t *rows = json_object_get(document, "domains");
	CHECK_INT("so many", (long long)json_array_size(rows), CONSOLE_TALLY_DOMAINS);
	CHECK_STR("the first",
		  str_of(json_string_value(json_object_get(json_array_get(rows, 0), "domain"))),
		  STR("100"));
	json_decref(document);
	console_tally_clear(&t);
}

int main(void)
{
	check_cases();
	check_many();
	return TEST_EXIT();
}
