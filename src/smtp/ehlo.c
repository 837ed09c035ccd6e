/*
 * One table says which word stands for which extension, for both directions.
 */
#include "smtp/ehlo.h"

static const struct extension {
	struct str word;
	size_t offer; /* offset of its bool in struct smtp_offer */
} extensions[] = {
	{ STR_INIT("PIPELINING"), offsetof(struct smtp_offer, pipelining) },
	{ STR_INIT("SIZE"), offsetof(struct smtp_offer, size) },
	{ STR_INIT("8BITMIME"), offsetof(struct smtp_offer, eight_bit) },
	{ STR_INIT("SMTPUTF8"), offsetof(struct smtp_offer, utf8) },
	{ STR_INIT("DSN"), offsetof(struct smtp_offer, dsn) },
	{ STR_INIT("STARTTLS"), offsetof(struct smtp_offer, starttls) },
	{ STR_INIT("CHUNKING"), offsetof(struct smtp_offer, chunking) },
	{ STR_INIT("ENHANCEDSTATUSCODES"), offsetof(struct smtp_offer, enhanced) },
};

#define N_EXTENSIONS (sizeof(extensions) / sizeof(extensions[0]))

static bool *flag(struct smtp_offer *offer, const struct extension *x)
{
	return (bool *)(void *)((char *)offer + x->offer);
}

void smtp_ehlo_write(struct buf *out, struct str host, const struct smtp_offer *offer)
{
	struct smtp_offer has = *offer;
	size_t left = 0;

	for (size_t i = 0; i < N_EXTENSIONS; i++)
		left += *flag(&has, &extensions[i]);
	buf_add(out, left ? STR("250-") : STR("250 "));
	buf_add(out, host);
	buf_add(out, STR("\r\n"));
	for (size_t i = 0; i < N_EXTENSIONS; i++) {
		bool *offered = flag(&has, &extensions[i]);
		if (!*offered)
			continue;
		buf_add(out, --left ? STR("250-") : STR("250 "));
		buf_add(out, extensions[i].word);
		if (offered == &has.size) {
			buf_addc(out, ' ');
			buf_addu(out, offer->size_max);
		}
		buf_add(out, STR("\r\n"));
	}
}

/* ehlo-line = ehlo-keyword *( SP ehlo-param ) */
static void read_line(struct str line, struct smtp_offer *offer)
{
	struct str word, param;

	(void)str_word(&line, &word);
	for (size_t i = 0; i < N_EXTENSIONS; i++)
		if (str_eq_nocase(word, extensions[i].word))
			*flag(offer, &extensions[i]) = true;
	/* RFC 1870 section 4: no number, or 0, tells no limit. */
	if (str_eq_nocase(word, STR("SIZE")) && str_word(&line, &param))
		(void)str_u64(param, &offer->size_max);
}

void smtp_ehlo_read(struct str text, struct smtp_offer *offer)
{
	struct str line;

	*offer = (struct smtp_offer){ .size_max = 0 };
	(void)str_line(&text, &line);
	while (str_line(&text, &line))
		read_line(line, offer);
}
