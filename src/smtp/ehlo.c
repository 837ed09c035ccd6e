#include "smtp/ehlo.h"

/* A line of the reply, its code before it; SIZE alone has a parameter that differs. */
static void write_line(struct buf *out, enum smtp_extension x, const struct smtp_offer *offer)
{
	buf_add(out, smtp_extension(x)->keyword);
	buf_add(out, smtp_extension(x)->argument);
	if (x == SMTP_EXT_SIZE) {
		buf_addc(out, ' ');
		buf_addu(out, offer->size_max);
	}
	buf_add(out, STR("\r\n"));
}

void smtp_ehlo_write(struct buf *out, struct str host, const struct smtp_offer *offer)
{
	unsigned left = offer->has;

	buf_add(out, left ? STR("250-") : STR("250 "));
	buf_add(out, host);
	buf_add(out, STR("\r\n"));
	for (unsigned x = 0; x < SMTP_EXTENSIONS; x++) {
		if (!smtp_offer_has(offer, x))
			continue;
		left &= ~(1u << x);
		buf_add(out, left ? STR("250-") : STR("250 "));
		write_line(out, x, offer);
	}
}

/* ehlo-line = ehlo-keyword *( SP ehlo-param ) */
static void read_line(struct str line, struct smtp_offer *offer)
{
	struct str word, param;

	(void)str_word(&line, &word);
	for (unsigned x = 0; x < SMTP_EXTENSIONS; x++)
		if (str_eq_nocase(word, smtp_extension(x)->keyword))
			offer->has |= 1u << x;
	/* RFC 1870 section 4: no number, or 0, tells no limit. */
	if (str_eq_nocase(word, STR("SIZE")) && str_word(&line, &param))
		(void)str_u64(param, &offer->size_max);
	while (str_eq_nocase(word, STR("AUTH")) && str_word(&line, &param)) {
		if (str_eq_nocase(param, STR("PLAIN")))
			offer->auth |= SMTP_OFFER_PLAIN;
		if (str_eq_nocase(param, STR("LOGIN")))
			offer->auth |= SMTP_OFFER_LOGIN;
	}
}

void smtp_ehlo_read(struct str text, struct smtp_offer *offer)
{
	struct str line;

	*offer = (struct smtp_offer){ .size_max = 0 };
	(void)str_line(&text, &line);
	while (str_line(&text, &line))
		read_line(line, offer);
	/* RFC 3030 section 3: it is BDAT that carries it. */
	if (!smtp_offer_has(offer, SMTP_EXT_CHUNKING))
		offer->has &= ~(1u << SMTP_EXT_BINARYMIME);
}
