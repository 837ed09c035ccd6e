/*
 * What criteria cost: reading a file of many lines, and matching a message of many addresses
 * against many domains, many short fields against many patterns, and a long one against a
 * pattern of the worst kind.
 *
 *	criteria [LINES]       default 100000
 *
 * SPEC's bars are 0.5 s to read 100,000 lines, and 50 ms for 10,000 addresses by 10,000 lines.
 */
#include "criteria/criteria.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { ADDRESSES = 10000, DOMAINS = 10000, OCTETS = 64 << 20 };

/* Of processor time: others may be at work on the machine. */
static double now_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static struct criteria *read_file(struct buf *file, const char *what)
{
	struct buf why = BUF_MAX(OCTETS);
	struct criteria *c = NULL;
	double from = now_ms();

	if (criteria_parse(buf_str(file), STR("bench"), &c, &why) != ERR_OK)
		abort();
	(void)printf("read %zu lines %s: %.1f ms\n", criteria_count(c), what, now_ms() - from);
	buf_free(&why);
	buf_free(file);
	return c;
}

static struct criteria *domains(unsigned n, const char *header)
{
	struct buf file = BUF_MAX(OCTETS);

	for (unsigned i = 0; i < n; i++)
		buf_addf(&file, "%s *@bank%u.example SECURE\n", header, i);
	return read_file(&file, header);
}

static void match(const struct criteria *c, struct str head, const char *what)
{
	double from = now_ms();
	struct criteria_match *m = criteria_match_new(c, head, STR_NONE, NULL, 0);

	if (!m)
		abort();
	(void)printf("%s: %.1f ms\n", what, now_ms() - from);
	criteria_match_free(&m);
}

/* Recipients judged by Envelope-To, each alone. */
static void match_envelope(const struct criteria *c)
{
	struct criteria_match *m = criteria_match_new(c, STR("X: y\n\n"), STR_NONE, NULL, 0);
	double from = now_ms();
	size_t n = 0;

	for (unsigned i = 0; m && i < ADDRESSES; i++) {
		char rcpt[64];
		int len = snprintf(rcpt, sizeof(rcpt), "a%u@none%u.example", i, i);
		n += criteria_match_rcpt(m, (struct str){ rcpt, (size_t)len }) != NULL;
	}
	(void)printf("%d recipients by Envelope-To (%zu match): %.1f ms\n", ADDRESSES, n,
		     now_ms() - from);
	criteria_match_free(&m);
}

/* 12,000 fields, each another, by 1,000 patterns, of which none matches. */
static void match_fields(const char *word)
{
	struct buf file = BUF_MAX(OCTETS), head = BUF_MAX(OCTETS);

	for (unsigned i = 0; i < 1000; i++)
		buf_addf(&file, "Subject *invoice %u.*\n", i);
	struct criteria *c = read_file(&file, "of patterns");
	for (unsigned i = 0; i < 12000; i++)
		buf_addf(&head, "Subject: %s %u;\n", word, i);
	match(c, buf_str(&head), "12,000 short fields by 1,000 patterns");
	buf_free(&head);
	criteria_free(&c);
}

static struct criteria *patterns(unsigned n)
{
	struct buf file = BUF_MAX(OCTETS);

	for (unsigned i = 0; i < n; i++)
		buf_addf(&file, "Subject *invoice %u of May*\n", i);
	return read_file(&file, "Subject");
}

static void match_pattern(void)
{
	struct buf file = BUF_MAX(OCTETS), head = BUF_MAX(OCTETS);

	buf_add(&file, STR("Subject *"));
	while (file.n < 4000)
		buf_add(&file, STR("a?"));
	buf_add(&file, STR("b*\n"));
	struct criteria *c = read_file(&file, "of the worst kind");
	buf_add(&head, STR("Subject: "));
	while (head.n < 1 << 18)
		buf_addc(&head, 'a');
	buf_add(&head, STR("\n\n"));
	match(c, buf_str(&head), "256 KiB by the worst pattern");
	buf_free(&head);
	criteria_free(&c);
}

int main(int argc, char **argv)
{
	unsigned lines = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 100000;
	struct buf head = BUF_MAX(OCTETS);
	struct criteria *c = domains(lines, "To");

	criteria_free(&c);
	c = patterns(lines);
	criteria_free(&c);
	c = domains(DOMAINS, "To");
	buf_add(&head, STR("To: x@y.example"));
	for (unsigned i = 0; i < ADDRESSES; i++)
		buf_addf(&head, ",\r\n a%u@none%u.example", i, i);
	buf_add(&head, STR("\r\n\r\n"));
	match(c, buf_str(&head), "10,000 addresses by 10,000 lines");
	criteria_free(&c);
	c = domains(DOMAINS, "Envelope-To");
	match_envelope(c);
	criteria_free(&c);
	match_fields("x");
	match_fields("invoice");
	match_pattern();
	buf_free(&head);
	return 0;
}
