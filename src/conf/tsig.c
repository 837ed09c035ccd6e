#include "conf/tsig.h"

#include "base/text.h"
#include "conf/file.h"
#include "conf/value_priv.h"
#include "os/file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { SECRET_MAX = 128 }; /* octets */

struct key {
	struct str name, algorithm, secret;
};

static enum err refuse(const char **why, const char *words)
{
	*why = words;
	return ERR_SYNTAX;
}

/* Letters that a name may have without an escape; no white space, no quotes. */
static bool name_form(struct str name)
{
	for (size_t i = 0; i < name.n; i++)
		if (name.p[i] <= ' ' || name.p[i] >= 0x7f || strchr("\"\\;{}", name.p[i]))
			return false;
	return name.n > 0;
}

static bool algorithm_known(struct str a)
{
	static const struct str known[] = { STR_INIT("hmac-sha256"), STR_INIT("hmac-sha384"),
					    STR_INIT("hmac-sha512") };

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (str_eq_nocase(a, known[i]))
			return true;
	return false;
}

static enum err check(const struct key *k, struct buf *out, const char **why)
{
	CLEANUP(buf_wipe) struct buf octets = BUF_MAX(CONF_TSIG_TEXT_MAX);

	if (!name_form(k->name))
		return refuse(why, "the key has no name that the DNS can have: write "
				   "name:hmac-sha256:base64");
	if (!algorithm_known(k->algorithm))
		return refuse(why, "its algorithm is not known: write hmac-sha256, hmac-sha384 or "
				   "hmac-sha512");
	enum err e = text_unbase64(&octets, k->secret);
	if (e == ERR_SYNTAX || (e == ERR_OK && octets.n == 0))
		return refuse(why, "its secret is not base64: write name:hmac-sha256:base64");
	if (e == ERR_LIMIT || (e == ERR_OK && octets.n > SECRET_MAX))
		return refuse(why, "its secret is longer than 128 octets: make a shorter one");
	if (e != ERR_OK)
		return e;
	buf_add(out, k->name);
	buf_addc(out, ':');
	for (size_t i = 0; i < k->algorithm.n; i++)
		buf_addc(out, (char)str_fold(k->algorithm.p[i]));
	buf_addc(out, ':');
	buf_add(out, k->secret);
	return buf_err(out);
}

/* "name:algorithm:secret". */
static enum err read_line(struct str line, struct buf *out, const char **why)
{
	struct key k;

	if (!str_cut(&line, ':', &k.name) || !str_cut(&line, ':', &k.algorithm))
		return refuse(why, "it is not of the form name:hmac-sha256:base64, nor a file "
				   "that holds a key");
	k.secret = line;
	return check(&k, out, why);
}

/* White space and comments of BIND's: "#" and two slashes to the end of the line, C's. */
static struct str skip_blank(struct str s)
{
	struct str line;

	for (;;) {
		s = str_trim(s);
		if (str_starts(s, STR("#")) || str_starts(s, STR("//"))) {
			(void)str_line(&s, &line);
		} else if (str_starts(s, STR("/*"))) {
			for (s = str_skip(s, 2); s.n && !str_starts(s, STR("*/"));)
				s = str_skip(s, 1);
			s = str_skip(s, 2);
		} else {
			return s;
		}
	}
}

/* The next token: a brace, a semicolon, a word, or what stands in quotes.  Empty at the end. */
static struct str token(struct str *s)
{
	struct str rest = skip_blank(*s), t;

	if (str_starts(rest, STR("\""))) {
		rest = str_skip(rest, 1);
		t = rest;
		if (!str_cut(&rest, '"', &t))
			rest = STR_NONE;
		*s = rest;
		return t;
	}
	size_t n = 0;
	while (n < rest.n && !strchr(" \t\r\n\";{}", rest.p[n]))
		n++;
	if (n == 0 && rest.n > 0)
		n = 1;
	*s = str_skip(rest, n);
	return str_head(rest, n);
}

/* From behind the word key on. */
static enum err read_statement(struct str s, struct buf *out, const char **why)
{
	struct key k = { .name = token(&s) };
	struct str word = token(&s);
	bool ok = str_eq(word, STR("{"));

	while (ok && !str_eq(word = token(&s), STR("}"))) {
		if (str_eq_nocase(word, STR("algorithm")))
			k.algorithm = token(&s);
		else if (str_eq_nocase(word, STR("secret")))
			k.secret = token(&s);
		else
			ok = false;
		ok = ok && str_eq(token(&s), STR(";"));
	}
	s = skip_blank(s);
	if (str_starts(s, STR(";")))
		s = skip_blank(str_skip(s, 1));
	if (!ok || s.n > 0)
		return refuse(why, "the file does not hold one key statement: write name:"
				   "hmac-sha256:base64 on a line, or use what tsig-keygen writes");
	return check(&k, out, why);
}

enum err conf_tsig_text(struct str text, struct buf *out, const char **why)
{
	struct str s = skip_blank(text), rest = s, line = STR_NONE;

	if (str_eq_nocase(token(&rest), STR("key")))
		return read_statement(rest, out, why);
	(void)str_line(&s, &line);
	if (skip_blank(s).n > 0)
		return refuse(why, "the file holds more than one line: keep the key alone in it");
	return read_line(str_trim(line), out, why);
}

enum err conf_tsig_read(struct str value, const char *dir, struct buf *out, const char **why)
{
	CLEANUP(buf_wipe) struct buf text = BUF_MAX(CONF_TSIG_TEXT_MAX + 1);

	if (str_has(value, ':'))
		return read_line(value, out, why);
	char *path = conf_value_join(dir, value);
	if (!path)
		return ERR_NOMEM;
	enum err e = conf_file_read(path, CONF_TSIG_TEXT_MAX + 1, &text);
	free(path);
	if (e == ERR_IO)
		*why = os_file_why(e);
	if (e == ERR_OK && text.n > CONF_TSIG_TEXT_MAX)
		return refuse(why, "the file is too long for one that holds a key alone");
	return e == ERR_OK ? conf_tsig_text(buf_str(&text), out, why) : e;
}
