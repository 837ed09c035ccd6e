/*
 * Letters of either case, and domain names in both their forms.
 *
 * Folding is made for comparing with wildcards: it maps one character to one
 * character ("straße" keeps its eight), so that what counts characters counts
 * the same before and after.  Canonically equal spellings come out equal,
 * since NFC goes first.  The full folding of Unicode, which turns "ß" into
 * "ss", is therefore not used.
 *
 * A U-label is shown only where it leads back to the A-label it came from
 * (RFC 5890 section 2.3.2.1); other Punycode stays as it is, so that nothing
 * can hide a dot or an at sign in it.
 */
#include "base/unicode.h"

#include "base/text.h"

#include <idn2.h>
#include <stdlib.h>
#include <string.h>
#include <unicase.h>
#include <unictype.h>
#include <uninorm.h>
#include <uniwidth.h>

#define DOMAIN_OCTETS 1024 /* longer ones have no other form: 253 characters of up to 4 octets */
#define LABEL_OCTETS 63    /* RFC 1035 section 2.3.4 */

static void add_lower(struct buf *out, struct str s)
{
	char *room = s.n ? buf_room(out, s.n) : NULL;

	if (!room)
		return;
	for (size_t i = 0; i < s.n; i++)
		room[i] = (char)str_fold(s.p[i]);
	out->n += s.n;
}

void unicode_plain(struct buf *out, struct str s)
{
	uint8_t near[256];
	size_t n = sizeof(near);
	uint8_t *plain = u8_normalize(UNINORM_NFKC, (const uint8_t *)s.p, s.n, near, &n);

	if (!plain) {
		out->err = ERR_NOMEM;
		return;
	}
	buf_add(out, (struct str){ (const char *)plain, n });
	if (plain != near)
		free(plain);
}

bool unicode_is_mark(uint32_t cp)
{
	return uc_is_general_category_withtable(cp, UC_CATEGORY_MASK_P | UC_CATEGORY_MASK_S);
}

int unicode_width(uint32_t cp)
{
	return uc_width(cp, "UTF-8");
}

/* s is UTF-8. */
static void fold_utf8(struct buf *out, struct str s)
{
	uint8_t near[256];
	size_t n = sizeof(near);
	uint8_t *nfc = u8_normalize(UNINORM_NFC, (const uint8_t *)s.p, s.n, near, &n);

	if (!nfc) {
		out->err = ERR_NOMEM;
		return;
	}
	for (struct str rest = { (const char *)nfc, n }; rest.n;) {
		uint32_t cp = 0;
		size_t len = text_utf8(rest, &cp);
		if (len == 0) /* cannot be: NFC of UTF-8 is UTF-8 */
			break;
		text_utf8_add(out, uc_tolower(uc_toupper(cp)));
		rest = str_skip(rest, len);
	}
	if (nfc != near)
		free(nfc);
}

/* s is UTF-8, and most often ASCII: so are a pattern's stretches between its wildcards. */
static void fold(struct buf *out, struct str s)
{
	if (text_is_ascii(s))
		add_lower(out, s);
	else
		fold_utf8(out, s);
}

void unicode_fold(struct buf *out, struct str s)
{
	if (text_is_ascii(s)) {
		add_lower(out, s);
		return;
	}
	while (s.n) {
		size_t good = 0, len;
		while ((len = text_utf8(str_skip(s, good), NULL)) > 0)
			good += len;
		fold(out, str_head(s, good));
		s = str_skip(s, good);
		if (s.n) {
			buf_add(out, str_head(s, 1));
			s = str_skip(s, 1);
		}
	}
}

/*
 * What may stand in A-labels, none of which is empty; the mapping can make an at sign, a space or
 * two dots of other characters.
 */
static bool is_host_text(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = str_fold(s.p[i]);
		if (c == '.' && (i == 0 || s.p[i - 1] == '.' || i + 1 == s.n))
			return false;
		if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '-' && c != '_' &&
		    c != '.')
			return false;
	}
	return s.n > 0;
}

enum err unicode_to_ascii(struct buf *out, struct str domain)
{
	if (domain.n == 0 || domain.n > DOMAIN_OCTETS)
		return ERR_SYNTAX;
	if (text_is_ascii(domain)) {
		add_lower(out, domain);
		return buf_err(out);
	}
	if (!text_is_utf8(domain) || str_has(domain, '\0'))
		return ERR_SYNTAX;

	char *z = str_z(domain), *a = NULL;
	int rc = z ? idn2_to_ascii_8z(z, &a, IDN2_NONTRANSITIONAL) : IDN2_MALLOC;
	free(z);
	if (rc != IDN2_OK)
		return rc == IDN2_MALLOC ? ERR_NOMEM : ERR_SYNTAX;
	struct str mapped = str_of(a);
	if (mapped.n > 1 && mapped.p[mapped.n - 1] == '.')
		mapped.n--; /* it was none: an ideographic stop, or one of full width */
	bool good = is_host_text(mapped);
	if (good)
		add_lower(out, mapped);
	idn2_free(a);
	return good ? buf_err(out) : ERR_SYNTAX;
}

/* Append the U-label of an A-label; false where there is none, or no memory: then out fails. */
static bool add_u_label(struct buf *out, struct str label)
{
	struct buf back = BUF_MAX(DOMAIN_OCTETS);
	char *z = str_z(label), *u = NULL;
	int rc = z ? idn2_to_unicode_8z8z(z, &u, 0) : IDN2_MALLOC;
	enum err e = rc == IDN2_OK       ? unicode_to_ascii(&back, str_of(u))
		     : rc == IDN2_MALLOC ? ERR_NOMEM
					 : ERR_SYNTAX;
	bool good = e == ERR_OK && str_eq_nocase(buf_str(&back), label);

	if (good)
		buf_add(out, str_of(u));
	if (e == ERR_NOMEM)
		out->err = e;
	free(z);
	idn2_free(u);
	buf_free(&back);
	return good;
}

bool unicode_same_domain(struct str a, struct str b)
{
	enum { ROOM = 1024 };
	CLEANUP(buf_free) struct buf one = BUF_MAX(ROOM), other = BUF_MAX(ROOM);

	if (str_eq_nocase(a, b))
		return true;
	if (text_is_ascii(a) && text_is_ascii(b))
		return false;
	return unicode_to_ascii(&one, a) == ERR_OK && unicode_to_ascii(&other, b) == ERR_OK &&
	       str_eq_nocase(buf_str(&one), buf_str(&other));
}

/* Most names are: nothing is to be made of them. */
static bool is_domain_name(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] >= 0x80 || (s.p[i] >= 'A' && s.p[i] <= 'Z'))
			return false;
	return true;
}

enum err unicode_domain_name(struct arena *in, struct str domain, struct str *out)
{
	CLEANUP(buf_free) struct buf ascii = BUF_MAX(DOMAIN_OCTETS);
	enum err e = ERR_SYNTAX;

	*out = domain;
	if (!is_domain_name(domain))
		e = unicode_to_ascii(&ascii, domain);
	if (e == ERR_OK)
		e = arena_str(in, buf_str(&ascii), out);
	return e == ERR_NOMEM ? e : ERR_OK;
}

void unicode_to_labels(struct buf *out, struct str domain)
{
	struct buf ascii = BUF_MAX(DOMAIN_OCTETS);
	struct str rest = domain, label;

	/* By way of the A-label form, so that other spellings of a U-label meet in one. */
	enum err e = text_is_ascii(domain) ? ERR_SYNTAX : unicode_to_ascii(&ascii, domain);
	if (e == ERR_OK)
		rest = buf_str(&ascii);
	if (e == ERR_NOMEM)
		out->err = e;
	for (bool more = true; more;) {
		more = str_cut(&rest, '.', &label);
		if (!more)
			label = rest;
		if (!str_starts_nocase(label, STR("xn--")) || label.n > LABEL_OCTETS ||
		    !add_u_label(out, label))
			buf_add(out, label);
		if (more)
			buf_addc(out, '.');
	}
	buf_free(&ascii);
}
