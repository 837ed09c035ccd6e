/*
 * People write what is at hand: dig's order, an address out of a log, the address of a
 * mail.  What is meant without doubt is asked; what is not is refused with words that
 * say what to write, never asked as a name that nobody has.
 */
#include "cli/question.h"

#include "base/ip.h"
#include "base/unicode.h"
#include "dns/type.h"

#include <string.h>

enum { NAME_ROOM = 1024 };

/* A URL in whole or in part; "0/25.2.0.192.in-addr.arpa" is a name (RFC 2317). */
static bool is_url(struct str s)
{
	return str_starts_nocase(s, STR("mailto:")) ||
	       (str_has(s, '/') && !str_ends(s, STR(".arpa")) && !str_ends(s, STR(".arpa.")));
}

/* What follows the last '@', also of one in <>; false where there is none. */
static bool mail_domain(struct str s, struct str *domain)
{
	struct str unused, rest = s;

	while (str_cut(&rest, '@', &unused))
		;
	if (str_has(s, '<') && str_ends(rest, STR(">")))
		*domain = str_head(rest, rest.n - 1);
	else
		*domain = rest;
	return rest.n < s.n;
}

/* An address, also as the literal of a mail address (RFC 5321 section 4.1.3). */
static bool read_address(struct str s, struct ip *out)
{
	if (str_starts(s, STR("[")) && str_ends(s, STR("]"))) {
		s = (struct str){ s.p + 1, s.n - 2 };
		if (str_starts_nocase(s, STR("IPv6:")))
			s = str_skip(s, strlen("IPv6:"));
	}
	return ip_read(s, out) == ERR_OK;
}

bool cli_question_is_address(struct str word)
{
	struct ip ip;

	return read_address(word, &ip);
}

enum err cli_question_reverse(const struct ip *ip, struct dns_name *out)
{
	CLEANUP(buf_free) struct buf text = BUF_MAX(NAME_ROOM);

	for (size_t i = ip->family == 4 ? 4 : 16; i-- > 0;)
		if (ip->family == 4)
			buf_addf(&text, "%u.", ip->octets[i]);
		else
			buf_addf(&text, "%x.%x.", ip->octets[i] & 15u, ip->octets[i] >> 4u);
	buf_add(&text, ip->family == 4 ? STR("in-addr.arpa.") : STR("ip6.arpa."));
	return buf_err(&text) == ERR_OK ? dns_name_from_text(buf_str(&text), out) : ERR_NOMEM;
}

/* What is not ASCII becomes A-labels, the rest stays. */
static enum err read_domain(struct str text, struct dns_name *out)
{
	CLEANUP(buf_free) struct buf ascii = BUF_MAX(NAME_ROOM);
	bool plain = true;

	for (size_t i = 0; i < text.n; i++)
		plain &= (unsigned char)text.p[i] < 0x80;
	if (plain)
		return dns_name_from_text(text, out);
	enum err e = unicode_to_ascii(&ascii, text);
	return e == ERR_OK ? dns_name_from_text(buf_str(&ascii), out) : e;
}

/* The words for what can be no name at all; false where it may be one. */
static bool refuse(struct str s, struct buf *why)
{
	if (s.n == 0)
		buf_add(why, STR("an empty name: write one like bank.example, or . for the root"));
	else if (is_url(s))
		buf_addf(why, "%.*s is a URL: write its domain alone, one like bank.example",
			 STR_ARG(s));
	return s.n == 0 || is_url(s);
}

static enum err read_name(struct str s, struct cli_question *q, struct buf *note)
{
	struct str domain;
	struct ip ip;
	bool mail = mail_domain(s, &domain);

	if (refuse(s, note))
		return ERR_SYNTAX;
	bool address = read_address(domain, &ip);
	if (address && q->n == 0)
		q->type[q->n++] = DNS_TYPE_PTR;
	enum err e = address                ? cli_question_reverse(&ip, &q->name)
		     : str_has(domain, ':') ? ERR_SYNTAX
					    : read_domain(domain, &q->name);
	if (e == ERR_NOMEM)
		return e;
	if (e != ERR_OK) {
		buf_addf(note, "%.*s is not a domain name: write one like bank.example",
			 STR_ARG(s));
		return ERR_SYNTAX;
	}
	if (mail)
		buf_addf(note, "%.*s is a mail address: its domain %.*s is asked", STR_ARG(s),
			 STR_ARG(domain));
	return ERR_OK;
}

static enum err add_type(struct str s, struct cli_question *q, struct buf *why)
{
	if (q->n == CLI_QUESTION_TYPES_MAX) {
		buf_addf(why, "more than %d types", CLI_QUESTION_TYPES_MAX);
		return ERR_SYNTAX;
	}
	if (dns_type_read(s, &q->type[q->n])) {
		q->n++;
		return ERR_OK;
	}
	if (str_starts(s, STR("+")))
		buf_addf(why, "%.*s is an option of dig: those of lookup begin with --",
			 STR_ARG(s));
	else
		buf_addf(why, "\"%.*s\" is not a record type: write one like MX or TYPE65",
			 STR_ARG(s));
	return ERR_SYNTAX;
}

/* Which word is the name; n where all are types. */
static size_t find_name(const char *const *word, size_t n)
{
	uint16_t type;

	for (size_t i = 0; i < n; i++)
		if (!dns_type_read(str_of(word[i]), &type))
			return i;
	return n;
}

enum err cli_question_read(const char *const *word, size_t n, struct cli_question *out,
			   struct buf *note)
{
	static const uint16_t usual[] = { DNS_TYPE_MX, DNS_TYPE_A, DNS_TYPE_AAAA };
	struct cli_question q = { 0 };
	size_t name = find_name(word, n);
	enum err e = ERR_OK;

	if (n == 0) {
		buf_add(note, STR("no NAME to look up"));
		return ERR_SYNTAX;
	}
	if (name == n) {
		buf_addf(note,
			 "%s is a record type, and no NAME stands beside it: write one like "
			 "bank.example; a name that looks so ends in a dot",
			 word[0]);
		return ERR_SYNTAX;
	}
	for (size_t i = 0; e == ERR_OK && i < n; i++)
		if (i != name)
			e = add_type(str_of(word[i]), &q, note);
	if (e == ERR_OK)
		e = read_name(str_of(word[name]), &q, note);
	if (e != ERR_OK)
		return e;
	if (q.n == 0) {
		memcpy(q.type, usual, sizeof(usual));
		q.n = sizeof(usual) / sizeof(usual[0]);
	}
	*out = q;
	return ERR_OK;
}

bool cli_question_is_server(const char *const *word, size_t n, size_t i)
{
	struct ip_port at;
	uint16_t type;

	if (word[i][0] != '@')
		return false;
	for (size_t k = 0; k < n; k++)
		if (word[k][0] != '@' && !dns_type_read(str_of(word[k]), &type))
			return true;
	return ip_port_read(str_of(word[i] + 1), 53, &at) == ERR_OK;
}

/* Of a word without "@": why it is neither a name nor an address literal; false where it is. */
static bool refuse_domain(struct str s, struct buf *why)
{
	bool brackets = str_starts(s, STR("["));
	struct dns_name name;
	struct ip ip;
	bool address = read_address(s, &ip);

	if (address && !brackets)
		buf_addf(
			why,
			"%.*s is an address, and no name: write [%s%.*s], as in a mail address, or "
			"lookup %.*s for its name",
			STR_ARG(s), ip.family == 6 ? "IPv6:" : "", STR_ARG(s), STR_ARG(s));
	else if (!address && brackets)
		buf_addf(why,
			 "%.*s is no address literal: write one like [192.0.2.1] or "
			 "[IPv6:2001:db8::1]",
			 STR_ARG(s));
	else if (!address && (str_has(s, ':') || read_domain(s, &name) == ERR_SYNTAX))
		buf_addf(why, "%.*s is not a domain name: write one like bank.example", STR_ARG(s));
	return why->n > 0;
}

enum err cli_question_domain(const char *word, struct buf *why)
{
	struct str domain;

	if (refuse(str_of(word), why))
		return ERR_SYNTAX;
	if (!mail_domain(str_of(word), &domain))
		return refuse_domain(str_of(word), why) ? ERR_SYNTAX : ERR_OK;
	buf_addf(why, "%s is a mail address: write its domain alone: %.*s", word, STR_ARG(domain));
	return ERR_SYNTAX;
}
