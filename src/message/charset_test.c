/* Each table against the C library's own, where that has the charset. */
#include "base/test.h"
#include "message/charset.h"

#include <iconv.h>

static const char *const names[] = {
	"US-ASCII",     "ISO-8859-1",   "ISO-8859-2",   "ISO-8859-3",   "ISO-8859-4",
	"ISO-8859-5",   "ISO-8859-6",   "ISO-8859-7",   "ISO-8859-8",   "ISO-8859-9",
	"ISO-8859-10",  "ISO-8859-11",  "ISO-8859-13",  "ISO-8859-14",  "ISO-8859-15",
	"ISO-8859-16",  "WINDOWS-1250", "WINDOWS-1251", "WINDOWS-1252", "WINDOWS-1253",
	"WINDOWS-1254", "WINDOWS-1255", "WINDOWS-1256", "WINDOWS-1257", "WINDOWS-1258",
	"CP874",        "KOI8-R",       "KOI8-U",
};

/* The code point of an octet; 0: none. */
static uint32_t by_library(iconv_t to, unsigned char octet)
{
	unsigned char out[16];
	char *from = (char *)&octet, *at = (char *)out;
	size_t n = 1, room = sizeof(out);

	(void)iconv(to, NULL, NULL, NULL, NULL);
	/* A letter that an accent may follow is held back until there is none. */
	if (iconv(to, &from, &n, &at, &room) == (size_t)-1 ||
	    iconv(to, NULL, NULL, &at, &room) == (size_t)-1 || room > sizeof(out) - 4)
		return 0;
	return (uint32_t)out[0] << 24 | (uint32_t)out[1] << 16 | (uint32_t)out[2] << 8 | out[3];
}

static void check(const char *name)
{
	const struct message_charset *c = message_charset_find(str_of(name));
	iconv_t to = iconv_open("UTF-32BE", name);

	CHECK_INT(name, c != NULL, 1);
	if (to == (iconv_t)-1) {
		fprintf(stderr, "%s: the C library does not have it\n", name);
		return;
	}
	for (unsigned octet = 0x80; c && octet < 0x100; octet++) {
		char label[40];
		(void)snprintf(label, sizeof(label), "%s, octet %02x", name, octet);
		CHECK_INT(label, c->high[octet - 0x80], by_library(to, (unsigned char)octet));
	}
	(void)iconv_close(to);
}

int main(void)
{
	for (size_t i = 0; i < COUNT_OF(names); i++)
		check(names[i]);
	CHECK_INT("UTF-8", message_charset_find(STR("UTF-8"))->high == NULL, 1);
	CHECK_INT("none", message_charset_find(STR("")) == NULL, 1);
	CHECK_INT("another", message_charset_find(STR("iso-2022-jp")) == NULL, 1);
	return TEST_EXIT();
}
