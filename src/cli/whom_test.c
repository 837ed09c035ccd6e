#include "cli/whom.h"

#include "base/test.h"

static const struct {
	const char *word, *note;
} rows[] = {
	{ "", "" },
	{ "<>", "" },
	{ "bob@bank.example", "" },
	{ "@bank.example", "" },
	{ "b*b@bank.example", "" },
	{ "Postmaster", "" },
	{ "bank.example",
	  "bank.example is no address: write @bank.example for all of that domain" },
	{ "bob", "bob is no address: write bob@DOMAIN, or @DOMAIN for all of one" },
	{ "*@bank.example",
	  "*@bank.example: * is no wildcard here: write @bank.example for all of one domain" },
	{ "bob@*.example",
	  "bob@*.example: * is no wildcard here: write @DOMAIN for all of one domain" },
	{ "<bob@bank.example>", "<bob@bank.example>: write the address alone: bob@bank.example" },
	{ "Bob <bob@bank.example>",
	  "Bob <bob@bank.example>: write the address alone: bob@bank.example" },
	{ "@", "@ is no address: no domain stands behind the @" },
	{ "bob@", "bob@ is no address: no domain stands behind the @" },
	{ "<bob", "<bob is no address: write <bob@DOMAIN, or @DOMAIN for all of one" },
};

int main(void)
{
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		CLEANUP(buf_free) struct buf out = BUF_MAX(4096);

		cli_whom_note(&out, str_of(rows[i].word));
		CHECK_STR(rows[i].word, buf_str(&out), str_of(rows[i].note));
	}
	return TEST_EXIT();
}
