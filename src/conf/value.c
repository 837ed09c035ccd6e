/*
 * Readers of single values.  Each says in its refusal what may be written.
 */
#include "conf/value_priv.h"

#include "base/text.h"
#include "base/time.h"
#include "base/unicode.h"

#include <errno.h>
#include <search.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	TEXT_MAX = 4096,
	HOST_MAX = 253,
	LABEL_MAX = 63,
	NET_MAX = 1024,
	REFUSAL_MAX = 3 * TEXT_MAX
};

bool conf_value_refuse(struct conf_reading *r, const char *fmt, ...)
{
	char words[REFUSAL_MAX];
	va_list ap;

	if (r->err != ERR_OK)
		return false;
	va_start(ap, fmt);
	(void)vsnprintf(words, sizeof(words), fmt, ap);
	va_end(ap);
	r->err = ERR_SYNTAX;
	text_escape(r->why, str_of(r->file));
	buf_addf(r->why, ":%u: ", r->line);
	text_escape(r->why, str_of(words));
	return false;
}

bool conf_value_nomem(struct conf_reading *r)
{
	if (r->err == ERR_OK)
		r->err = ERR_NOMEM;
	return false;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(a, b);
}

bool conf_value_once(struct conf_reading *r, void **seen, const char *domain, const char *section,
		     struct str title)
{
	const char *const *first = tsearch(domain, seen, by_text);

	if (!first)
		return conf_value_nomem(r);
	return *first == domain || conf_value_refuse(r, CONF_TWICE, section, STR_ARG(title));
}

static void keep_text(void *domain)
{
	(void)domain;
}

void conf_value_forget(struct conf_reading *r)
{
	tdestroy(r->seen_route, keep_text);
	tdestroy(r->seen_exempt[false], keep_text);
	tdestroy(r->seen_exempt[true], keep_text);
	free(r->dir);
}

bool conf_value_keep(struct conf_reading *r, char **at, struct str s)
{
	char *copy = str_z(s);

	if (!copy)
		return conf_value_nomem(r);
	free(*at);
	*at = copy;
	return true;
}

char *conf_value_join(const char *dir, struct str path)
{
	struct buf b = BUF_MAX(2 * TEXT_MAX);

	if (str_eq(path, STR(".")))
		return strdup(dir);
	if (!str_starts(path, STR("/")))
		buf_addf(&b, "%s/", dir);
	buf_add(&b, path);

	char *joined = buf_err(&b) == ERR_OK ? str_z(buf_str(&b)) : NULL;
	buf_free(&b);
	return joined;
}

/* What every value must be before its kind is asked. */
static bool plain(struct conf_reading *r, const struct conf_key *k, struct str value)
{
	if (value.n > TEXT_MAX)
		return conf_value_refuse(r, "%s: the value is longer than %d octets: shorten it",
					 k->name, TEXT_MAX);
	for (size_t i = 0; i < value.n; i++)
		if ((unsigned char)value.p[i] < ' ' || value.p[i] == 0x7f)
			return conf_value_refuse(r, "%s: there is a control character in \"%.*s\"",
						 k->name, STR_ARG(value));
	return true;
}

bool conf_value_text(struct conf_reading *r, const struct conf_key *k, struct str value, void *at)
{
	return plain(r, k, value) && conf_value_keep(r, at, value);
}

bool conf_value_is_path(struct conf_reading *r, const struct conf_key *k, struct str value)
{
	if (!plain(r, k, value))
		return false;
	if (value.n == 0)
		return conf_value_refuse(r, "%s is empty: write a path", k->name);
	if (str_starts(value, STR("$")) || str_starts(value, STR("~/")) || str_eq(value, STR("~")))
		return conf_value_refuse(r, "%s: no shell reads \"%.*s\": write the whole path",
					 k->name, STR_ARG(value));
	return true;
}

bool conf_value_socket(struct conf_reading *r, const struct conf_key *k, struct str value, void *at)
{
	if (str_starts(value, STR("unix:")))
		return conf_value_refuse(r, "%s: \"%.*s\" has unix: before it: leave that out",
					 k->name, STR_ARG(value));
	return conf_value_is_path(r, k, value) && conf_value_keep(r, at, value);
}

bool conf_value_path(struct conf_reading *r, const struct conf_key *k, struct str value, void *at)
{
	char **to = at;

	if (!conf_value_is_path(r, k, value))
		return false;
	char *joined = conf_value_join(r->dir, value);
	if (!joined)
		return conf_value_nomem(r);
	free(*to);
	*to = joined;
	return true;
}

/*
 * A file that must be there, "" is none.  Whether it may be read is for the daemon's user to
 * find out: a command that any user runs has no use for a private key.
 */
bool conf_value_held(struct conf_reading *r, const struct conf_key *k, struct str value, void *at)
{
	char **path = at;
	struct stat st;

	if (value.n == 0)
		return conf_value_keep(r, at, value);
	if (!conf_value_path(r, k, value, at))
		return false;
	int error = stat(*path, &st) < 0 ? errno : S_ISDIR(st.st_mode) ? EISDIR : 0;
	if (error == 0 || error == EACCES)
		return true;
	return conf_value_refuse(r, "%s: cannot read %s: %s: name a file that is there", k->name,
				 *path, strerror(error));
}

/* RFC 1123 section 2.1, with the underscore that zones have in practice. */
static bool host_form(struct str name)
{
	struct str label;
	bool more = name.n > 0 && name.n <= HOST_MAX;
	bool ok = more;

	while (ok && more) {
		more = str_cut(&name, '.', &label);
		if (!more)
			label = name;
		ok = label.n > 0 && label.n <= LABEL_MAX && label.p[0] != '-' &&
		     label.p[label.n - 1] != '-';
		for (size_t i = 0; ok && i < label.n; i++) {
			unsigned char c = str_fold(label.p[i]);
			ok = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
			     c == '_';
		}
	}
	return ok;
}

/* name without final dot as A-labels, then tail. */
static bool keep_name(struct conf_reading *r, const struct conf_key *k, struct str name,
		      struct str tail, char **at)
{
	CLEANUP(buf_free) struct buf ascii = BUF_MAX(TEXT_MAX);
	enum err e = plain(r, k, name) ? unicode_to_ascii(&ascii, name) : ERR_OK;

	if (r->err != ERR_OK)
		return false;
	if (e == ERR_NOMEM)
		return conf_value_nomem(r);
	if (e != ERR_OK || !host_form(buf_str(&ascii)))
		return conf_value_refuse(
			r, "%s: \"%.*s\" is not a domain name: write one like mail.example.net",
			k->name, STR_ARG(name));
	buf_add(&ascii, tail);
	return conf_value_keep(r, at, buf_str(&ascii));
}

bool conf_value_host(struct conf_reading *r, const struct conf_key *k, struct str value, void *at)
{
	if (value.n == 0)
		return conf_value_keep(r, at, value);
	if (value.n > 1 && str_ends(value, STR(".")))
		value.n--;
	return keep_name(r, k, value, STR_NONE, at);
}

bool conf_value_peer(struct conf_reading *r, const struct conf_key *k, struct str value, void *at)
{
	char text[IP_TEXT_MAX];
	struct ip ip;

	if (ip_read(value, &ip) == ERR_OK)
		return conf_value_keep(r, at, ip_text(&ip, text));
	return conf_value_host(r, k, value, at);
}

bool conf_value_domain(struct conf_reading *r, const struct conf_key *k, struct str value, void *at)
{
	if (str_eq(value, STR(".")))
		return conf_value_keep(r, at, value);
	if (str_ends(value, STR(".")))
		value.n--;
	return keep_name(r, k, value, STR("."), at);
}

bool conf_value_domain_or_none(struct conf_reading *r, const struct conf_key *k, struct str value,
			       void *at)
{
	return value.n ? conf_value_domain(r, k, value, at) : conf_value_keep(r, at, value);
}

unsigned conf_value_line(const struct conf_reading *r, const struct conf_key *keys, const char *key)
{
	for (size_t i = 0; keys[i].name; i++)
		if (strcmp(keys[i].name, key) == 0)
			return r->set_line[i];
	return 0;
}

/* That path is a file, and may be read by who runs this; else it is refused. */
static bool readable(struct conf_reading *r, const struct conf_key *k, const char *path)
{
	struct stat st;
	int error = access(path, R_OK) < 0 || stat(path, &st) < 0 ? errno : 0;

	if (error == 0 && S_ISDIR(st.st_mode))
		error = EISDIR;
	if (error == 0 || (error == EACCES && r->who == CONF_READER_MAILER))
		return true;
	return conf_value_refuse(r,
				 "%s: cannot read %s: %s: name a file that is there, and that "
				 "this user may read",
				 k->name, path, strerror(error));
}

bool conf_value_file(struct conf_reading *r, const struct conf_key *k, struct str value, void *at)
{
	char **path = at;

	if (value.n == 0)
		return conf_value_keep(r, at, value);
	return conf_value_path(r, k, value, at) && readable(r, k, *path);
}

bool conf_value_count(struct conf_reading *r, const struct conf_key *k, struct str value, void *at)
{
	uint32_t n;

	if (!str_u32(value, &n) || n < k->min || n > k->max)
		return conf_value_refuse(
			r, "%s: \"%.*s\" will not do: write a number from %lld to %lld", k->name,
			STR_ARG(value), (long long)k->min, (long long)k->max);
	*(unsigned *)at = n;
	return true;
}

/* As chmod(1) takes them, of a file that is not executed. */
bool conf_value_mode(struct conf_reading *r, const struct conf_key *k, struct str value, void *at)
{
	bool ok = value.n == 3 || (value.n == 4 && value.p[0] == '0');
	unsigned mode = 0;

	for (size_t i = 0; i < value.n; i++) {
		ok = ok && strchr("0246", value.p[i]);
		mode = mode << 3 | ((unsigned char)value.p[i] & 7);
	}
	if (!ok)
		return conf_value_refuse(
			r, "%s: \"%.*s\" is not a mode of a socket: write one like \"0660\"",
			k->name, STR_ARG(value));
	*(unsigned *)at = mode;
	return true;
}

bool conf_value_port(struct conf_reading *r, const struct conf_key *k, struct str value, void *at)
{
	uint32_t n;

	if (!str_u32(value, &n) || n == 0 || n > UINT16_MAX)
		return conf_value_refuse(
			r, "%s: \"%.*s\" is not a port: write a number from 1 to 65535", k->name,
			STR_ARG(value));
	*(uint16_t *)at = (uint16_t)n;
	return true;
}

/* In the largest unit that says it exactly. */
static const char *size_text(int64_t octets, char text[static TIME_TEXT_MAX])
{
	static const char units[] = "KMG";
	int64_t n = octets >> 10;
	size_t i = 0;

	for (; i < 2 && n % 1024 == 0 && n > 0; i++)
		n /= 1024;
	(void)snprintf(text, TIME_TEXT_MAX, "%lld%c", (long long)n, units[i]);
	return text;
}

bool conf_value_size(struct conf_reading *r, const struct conf_key *k, struct str value, void *at)
{
	static const char units[] = "KMG";
	char from[TIME_TEXT_MAX], to[TIME_TEXT_MAX];
	unsigned shift = 0;
	struct str digits = value;
	uint64_t n;

	for (unsigned i = 0; i < 3; i++)
		if (value.n > 0 && value.p[value.n - 1] == units[i]) {
			shift = 10 * (i + 1);
			digits.n--;
		}
	if (!str_u64(digits, &n) || n < (uint64_t)(k->min + (1 << shift) - 1) >> shift ||
	    n > (uint64_t)k->max >> shift)
		return conf_value_refuse(r,
					 "%s: \"%.*s\" will not do: write a size like 10M (K, M or "
					 "G), from %s to %s",
					 k->name, STR_ARG(value), size_text(k->min, from),
					 size_text(k->max, to));
	*(uint64_t *)at = n << shift;
	return true;
}

bool conf_value_span(struct conf_reading *r, const struct conf_key *k, struct str value, void *at)
{
	char from[TIME_TEXT_MAX], to[TIME_TEXT_MAX];
	int64_t ms;

	if (time_read_span(value, &ms) != ERR_OK || ms < k->min || ms > k->max)
		return conf_value_refuse(
			r,
			"%s: \"%.*s\" will not do: write a time like 30s, 5m, 4h or 5d, from %.*s "
			"to %.*s",
			k->name, STR_ARG(value), STR_ARG(time_span(k->min, from)),
			STR_ARG(time_span(k->max, to)));
	*(int64_t *)at = ms;
	return true;
}

/* Which word of the list it is, from 0; -1: none. */
static int word_index(const char *words, struct str value)
{
	struct str rest = str_of(words), w;

	for (int i = 0; str_word(&rest, &w); i++)
		if (str_eq(w, value))
			return i;
	return -1;
}

bool conf_value_flag(struct conf_reading *r, const struct conf_key *k, struct str value, void *at)
{
	int i = word_index("false true no yes off on", value);

	if (i < 0)
		return conf_value_refuse(r, "%s: \"%.*s\" will not do: write true or false",
					 k->name, STR_ARG(value));
	*(int *)at = i % 2;
	return true;
}

bool conf_value_word(struct conf_reading *r, const struct conf_key *k, struct str value, void *at)
{
	int i = word_index(k->words, value);

	if (i < 0)
		return conf_value_refuse(r, CONF_NOT_KNOWN, k->name, STR_ARG(value), k->words);
	*(int *)at = i;
	return true;
}

static bool bind_address(struct conf_reading *r, const struct conf_key *k, struct str value,
			 uint8_t family, struct ip *at)
{
	struct ip ip = { 0 };

	if (value.n > 0 && (ip_read(value, &ip) != ERR_OK || ip.family != family))
		return conf_value_refuse(
			r, "%s: \"%.*s\" is not an IPv%d address: write one like %s", k->name,
			STR_ARG(value), family, family == 4 ? "192.0.2.1" : "2001:db8::1");
	*at = ip;
	return true;
}

bool conf_value_ipv4(struct conf_reading *r, const struct conf_key *k, struct str value, void *at)
{
	return bind_address(r, k, value, 4, at);
}

bool conf_value_ipv6(struct conf_reading *r, const struct conf_key *k, struct str value, void *at)
{
	return bind_address(r, k, value, 6, at);
}

bool conf_value_net(struct conf_reading *r, const struct conf_key *k, struct str value,
		    struct ip_net **nets, size_t *n)
{
	struct ip_net net;

	if (ip_net_read(value, &net) != ERR_OK)
		return conf_value_refuse(
			r,
			"%s: \"%.*s\" is not a network: write one like 192.0.2.0/24 "
			"or 2001:db8::/32, no bits set beyond its length",
			k->name, STR_ARG(value));
	if (*n == NET_MAX)
		return conf_value_refuse(r, "%s: more than %d networks: join some", k->name,
					 NET_MAX);

	struct ip_net *more = reallocarray(*nets, *n + 1, sizeof(*more));
	if (!more)
		return conf_value_nomem(r);
	*nets = more;
	more[(*n)++] = net;
	return true;
}

bool conf_value_type(struct conf_reading *r, const struct conf_key *k, struct str value, void *at)
{
	/* Those that a signed zone may be probed for; any other by number (RFC 3597). */
	static const struct {
		struct str name;
		uint16_t number;
	} types[] = {
		{ STR_INIT("A"), 1 },     { STR_INIT("NS"), 2 },      { STR_INIT("SOA"), 6 },
		{ STR_INIT("MX"), 15 },   { STR_INIT("TXT"), 16 },    { STR_INIT("AAAA"), 28 },
		{ STR_INIT("DS"), 43 },   { STR_INIT("DNSKEY"), 48 }, { STR_INIT("TLSA"), 52 },
		{ STR_INIT("CAA"), 257 },
	};
	uint32_t n = 0;

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (str_eq_nocase(value, types[i].name))
			n = types[i].number;
	if (n == 0 && str_starts_nocase(value, STR("TYPE")) &&
	    (!str_u32(str_skip(value, 4), &n) || n > UINT16_MAX))
		n = 0;
	if (n == 0)
		return conf_value_refuse(
			r,
			"%s: \"%.*s\" is no record type: write one like NS, SOA, DNSKEY or TYPE2",
			k->name, STR_ARG(value));
	*(uint16_t *)at = (uint16_t)n;
	return true;
}
