/*
 * Write src/message's tables of the charsets in which an octet is a character, as the C library
 * of the machine that builds has them: charsets OUTPUT.
 *
 * A charset is one of these if each octet alone is one character of the BMP or none, and if any
 * two of them behind each other are what they are alone: accents that join the letter before
 * them, and shifts, show so.  All others are left to iconv() at run time.
 */
#include <errno.h>
#include <iconv.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define OCTETS 256
#define MARK 0xfeff /* is no character of text */

#define NAME(name) name,
static const char *const names[] = {
#include "message/converters.def"
};

#define COUNT (sizeof(names) / sizeof(names[0]))

static uint16_t tables[COUNT][OCTETS];
static size_t n_tables;

/* How many characters n octets are, from the first state to the last; -1: they are not text. */
static int decode(iconv_t to, const unsigned char *octets, size_t n, uint32_t *out, size_t room)
{
	char *from = (char *)(uintptr_t)octets, *at = (char *)out;
	size_t left = n, space = room * sizeof(*out);

	(void)iconv(to, NULL, NULL, NULL, NULL);
	if (iconv(to, &from, &left, &at, &space) != 0)
		return -1;
	if (iconv(to, NULL, NULL, &at, &space) != 0)
		return -1;
	return (int)((uint32_t *)(void *)at - out);
}

/* 0: none.  False: more, or half of one. */
static bool read_octet(iconv_t to, unsigned char octet, uint16_t *out)
{
	uint32_t points[4];
	int n = decode(to, &octet, 1, points, 4);

	*out = 0;
	if (n < 0)
		return errno == EILSEQ && octet != 0;
	*out = (uint16_t)points[0];
	return n == 1 && points[0] <= 0xffff && points[0] != MARK &&
	       (points[0] == 0) == (octet == 0);
}

/* Whether it is the same before and behind each other. */
static bool stands_alone(iconv_t to, unsigned char octet, const uint16_t table[OCTETS])
{
	unsigned char pairs[2 * OCTETS];
	uint32_t points[4 * OCTETS];
	size_t n = 0;

	for (size_t i = 0; i < OCTETS; i++) {
		if (i != 0 && table[i] == 0)
			continue;
		pairs[n++] = octet;
		pairs[n++] = (unsigned char)i;
	}
	if (decode(to, pairs, n, points, 4 * OCTETS) != (int)n)
		return false;
	for (size_t i = 0; i < n; i++)
		if (points[i] != table[pairs[i]])
			return false;
	return true;
}

static bool read_table(iconv_t to, uint16_t table[OCTETS])
{
	for (unsigned i = 0; i < OCTETS; i++)
		if (!read_octet(to, (unsigned char)i, &table[i]))
			return false;
	for (unsigned i = 0; i < OCTETS; i++)
		if ((i == 0 || table[i] != 0) && !stands_alone(to, (unsigned char)i, table))
			return false;
	return true;
}

/* The table of a name, one for all that have the same; -1: none. */
static int find_table(const char *name)
{
	iconv_t to = iconv_open("UCS-4LE", name);

	if (to == (iconv_t)-1)
		return -1;
	bool read = read_table(to, tables[n_tables]);
	(void)iconv_close(to);
	if (!read)
		return -1;
	size_t at = 0;
	while (memcmp(tables[at], tables[n_tables], sizeof(tables[at])) != 0)
		at++;
	if (at == n_tables)
		n_tables++;
	return (int)at;
}

int main(int argc, char **argv)
{
	FILE *f = argc == 2 ? fopen(argv[1], "we") : NULL;

	if (!f)
		return 1;
	(void)fputs("#include \"message/tables_priv.h\"\n\nconst int16_t message_table_of[] = {\n",
		    f);
	for (size_t i = 0; i < COUNT; i++)
		(void)fprintf(f, "%d,%s", find_table(names[i]), i % 16 == 15 ? "\n" : " ");
	(void)fputs("\n};\n\nconst uint16_t message_tables[][256] = {\n", f);
	for (size_t t = 0; t < n_tables; t++) {
		(void)fputs("{\n", f);
		for (size_t i = 0; i < OCTETS; i++)
			(void)fprintf(f, "0x%x,%s", tables[t][i], i % 16 == 15 ? "\n" : " ");
		(void)fputs("},\n", f);
	}
	(void)fputs("};\n", f);
	return ferror(f) || fclose(f) != 0;
}
