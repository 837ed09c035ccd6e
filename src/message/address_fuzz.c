/*
 * Address lists from any octets.  Seeds: src/message/corpus/address/.
 *
 * What must hold: an address is UTF-8 without controls, and read again, bare
 * or in brackets, it is the one address that comes out, the same.
 */
#include "message/address.h"

#include "base/text.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void must(bool true_)
{
	if (!true_)
		abort();
}

static void check_again(struct str body, struct str want)
{
	struct message_addresses a = message_addresses_of(body);
	struct buf addr = BUF_MAX(4096);

	must(message_addresses_next(&a, &addr) && str_eq(buf_str(&addr), want));
	must(!message_addresses_next(&a, &addr));
	buf_free(&addr);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct message_addresses a = message_addresses_of((struct str){ (const char *)data, n });
	struct buf addr = BUF_MAX(4096), list = BUF_MAX(8192);
	size_t most = n / 2 + 1; /* two octets and a comma each */

	while (message_addresses_next(&a, &addr)) {
		struct str one = buf_str(&addr);
		must(most-- > 0 && text_is_utf8(one));
		for (size_t i = 0; i < one.n; i++)
			must((unsigned char)one.p[i] >= ' ' && one.p[i] != 0x7f);
		check_again(one, one);
		buf_clear(&list);
		buf_addf(&list, "Name <%.*s>", STR_ARG(one));
		check_again(buf_str(&list), one);
	}
	buf_free(&addr);
	buf_free(&list);
	return 0;
}
