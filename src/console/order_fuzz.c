/*
 * What the spawner reads of the process that speaks HTTP: any octets.  Seeds:
 * src/console/corpus/order/.
 *
 * An order that was taken is the same when it is written and read back, and its words are those of
 * its command first; of what comes behind, an option is one that the table names, or
 * stands behind "--".
 */
#include "console/order.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static const char *const options[] = { "--json",   "--from=",    "--to=",        "--try=",
				       "--since=", "--message=", "--openmetrics" };

static bool is_known(struct str word)
{
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		if (str_starts(word, str_of(options[i])))
			return true;
	return !str_starts(word, STR("-"));
}

static void check_words(const struct console_order *o)
{
	CLEANUP(console_order_words_free) char **words = console_order_words(o, NULL);

	if (!words || strcmp(words[0], "signpost") != 0)
		abort();
	for (char **w = words + 1; *w && strcmp(*w, "--") != 0; w++)
		if (!is_known(str_of(*w)))
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct str packet = { (const char *)data, n };
	CLEANUP(buf_free) struct buf back = BUF_MAX(CONSOLE_ORDER_MAX);
	struct console_order o;

	if (console_order_read(packet, &o) != ERR_OK)
		return 0;
	console_order_write(&o, &back);
	if (buf_err(&back) != ERR_OK || !str_eq(buf_str(&back), packet))
		abort();
	check_words(&o);
	return 0;
}
