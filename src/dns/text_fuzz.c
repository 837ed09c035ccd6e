/*
 * Names as text.  Seeds: src/dns/corpus/text/.
 *
 * A name that was read is read back from what it is written as, and what is
 * written is printable ASCII without spaces.  Rdata of any type becomes one
 * such line, spaces allowed, and is what that line is read as.
 */
#include "dns/text.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void check_printable(struct str s, char least)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] < least || s.p[i] > '~')
			abort();
}

static void check_name(struct str text)
{
	struct dns_name name, again;
	struct buf out = BUF_MAX(4096);

	if (dns_name_from_text(text, &name) == ERR_OK) {
		dns_name_text(&out, &name);
		check_printable(buf_str(&out), '!');
		if (dns_name_from_text(buf_str(&out), &again) != ERR_OK)
			abort();
		if (again.len != name.len || memcmp(again.wire, name.wire, name.len) != 0)
			abort();
		if (dns_name_from_wire(dns_name_wire(&name), &again) != ERR_OK)
			abort();
	}
	buf_free(&out);
}

static void check_rdata(uint16_t type, struct str rdata)
{
	struct buf out = BUF_MAX(1 << 20), back = BUF_MAX(1 << 20);

	dns_text_rdata(&out, type, rdata);
	check_printable(buf_str(&out), ' ');
	/* A text tells no more than 65,535 octets. */
	if (rdata.n <= UINT16_MAX && (dns_text_read_rdata(type, buf_str(&out), &back) != ERR_OK ||
				      !str_eq(buf_str(&back), rdata)))
		abort();
	buf_free(&out);
	buf_free(&back);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct str s = { (const char *)data, n };
	struct buf rdata = BUF_MAX(UINT16_MAX);

	check_name(s);
	if (n > 0)
		check_rdata(data[0], str_skip(s, 1));
	if (n > 0 && dns_text_read_rdata(data[0], str_skip(s, 1), &rdata) == ERR_OK)
		check_rdata(data[0], buf_str(&rdata));
	buf_free(&rdata);
	return 0;
}
