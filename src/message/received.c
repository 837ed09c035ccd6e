#include "message/received.h"

#include "base/time.h"
#include "message/line.h"

#define NAME_OCTETS 255 /* RFC 5321 section 4.5.3.1.2 */

/* What an atom, a domain or a literal may hold; the rest would end it or begin a comment. */
static bool is_name_octet(char c)
{
	return (unsigned char)c >= 0x80 || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
	       (c >= 'a' && c <= 'z') || c == '-' || c == '.' || c == '_' || c == ':' || c == '[' ||
	       c == ']';
}

/* Append a word that names something; what cannot be part of it becomes '?'. */
static void add_name(struct buf *out, struct str name, enum message_line_charset charset)
{
	bool keep = name.n <= NAME_OCTETS && message_line_is_clean(name, charset);

	if (name.n == 0)
		buf_add(out, STR("unknown"));
	name = str_head(name, NAME_OCTETS);
	while (name.n > 0) {
		size_t n = 0;
		while (n < name.n && is_name_octet(name.p[n]) &&
		       (keep || (unsigned char)name.p[n] < 0x80))
			n++;
		buf_add(out, str_head(name, n));
		if (n < name.n)
			buf_addc(out, '?');
		name = str_skip(name, n + 1);
	}
}

/* "([192.0.2.1])": TCP-info of RFC 5321 section 4.4. */
static void add_client(struct buf *out, struct str client)
{
	if (client.n == 0) {
		buf_add(out, STR(" (local)"));
		return;
	}
	buf_add(out, str_has(client, ':') ? STR(" ([IPv6:") : STR(" (["));
	add_name(out, client, MESSAGE_LINE_ASCII);
	buf_add(out, STR("])"));
}

/* "from client.example ([192.0.2.1])", or "from local user 1000 (client.example)". */
static void add_from(struct buf *out, const struct message_received *r,
		     enum message_line_charset charset)
{
	bool known = r->client.n == 0 && r->user.n;

	buf_add(out, STR("Received: from "));
	if (known) {
		buf_add(out, STR("local user "));
		add_name(out, r->user, MESSAGE_LINE_ASCII);
		buf_add(out, STR(" ("));
	}
	add_name(out, r->helo, charset);
	if (known)
		buf_addc(out, ')');
	else
		add_client(out, r->client);
}

/* A comment may hold what is no octet of a name, but for what would end it. */
static void add_comment_text(struct buf *out, struct str s)
{
	for (size_t i = 0; i < s.n && i < NAME_OCTETS; i++) {
		bool plain = s.p[i] >= ' ' && s.p[i] <= '~' && !str_has(STR("()\\"), s.p[i]);
		buf_addc(out, plain ? s.p[i] : '?');
	}
}

/* How it was secured and who has logged in: comments as other programs write them. */
static void add_security(struct buf *out, const struct message_received *r)
{
	if (r->tls_version.n) {
		buf_add(out, STR("\r\n\t(using "));
		add_comment_text(out, r->tls_version);
		buf_add(out, STR(" with cipher "));
		add_comment_text(out, r->tls_cipher);
		if (r->tls_bits)
			buf_addf(out, " (%u/%u bits)", r->tls_bits, r->tls_bits);
		buf_addc(out, ')');
	}
	if (r->login.n) {
		buf_add(out, STR("\r\n\t(Authenticated sender: "));
		add_comment_text(out, r->login);
		buf_addc(out, ')');
	}
}

/* RFC 3848, RFC 6531 section 4.3: there is no such word for SMTP without extensions. */
static void add_protocol(struct buf *out, const struct message_received *r)
{
	static const struct str words[] = { [MESSAGE_SMTP] = STR_INIT("SMTP"),
					    [MESSAGE_ESMTP] = STR_INIT("ESMTP"),
					    [MESSAGE_UTF8SMTP] = STR_INIT("UTF8SMTP") };

	buf_add(out, words[r->protocol]);
	if (r->protocol == MESSAGE_SMTP)
		return;
	if (r->tls_version.n)
		buf_addc(out, 'S');
	if (r->login.n)
		buf_addc(out, 'A');
}

void message_received_write(struct buf *out, const struct message_received *r)
{
	char date[TIME_TEXT_MAX];
	/* RFC 6531 section 3.7.3: UTF-8 only where the message is internationalized. */
	enum message_line_charset charset =
		r->protocol == MESSAGE_UTF8SMTP ? MESSAGE_LINE_UTF8 : MESSAGE_LINE_ASCII;

	add_from(out, r, charset);
	add_security(out, r);
	buf_add(out, STR("\r\n\tby "));
	add_name(out, r->by, charset);
	buf_add(out, STR(" (Signpost) with "));
	add_protocol(out, r);
	buf_add(out, STR(" id "));
	add_name(out, r->id, MESSAGE_LINE_ASCII);
	if (r->rcpt.n && r->rcpt.n <= 2 * NAME_OCTETS && message_line_is_clean(r->rcpt, charset)) {
		buf_add(out, STR("\r\n\tfor <"));
		buf_add(out, r->rcpt);
		buf_addc(out, '>');
	}
	buf_add(out, STR(";\r\n\t"));
	buf_add(out, time_rfc5322(r->wall_ms, date));
	buf_add(out, STR("\r\n"));
}
